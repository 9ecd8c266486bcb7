"""Times as Slack writes them for a reader.

Source: docs.slack.dev, "Formatting text for app surfaces", on dates.
"""

import re
from datetime import datetime, timedelta

from bot.demo.page.drawing.reader import Reader

_TOKEN = re.compile(r"\{(\w+)\}")


def _ordinal(day: int) -> str:
    if 11 <= day % 100 <= 13:
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def clock(at: datetime) -> str:
    """`6:39 PM`"""
    return at.strftime("%I:%M %p").lstrip("0")


def _date(at: datetime) -> str:
    return f"{at:%B} {_ordinal(at.day)}, {at.year}"


def _short(at: datetime) -> str:
    return f"{at:%b} {at.day}, {at.year}"


def _long(at: datetime) -> str:
    return f"{at:%A}, {_date(at)}"


def _near(at: datetime, now: datetime) -> str | None:
    days = (at.date() - now.date()).days
    return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)


def ago(at: datetime, now: datetime) -> str:
    """`3 minutes ago`, `in 2 hours`, `now`"""
    seconds = (now - at).total_seconds()
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = round(abs(seconds) // size)
        if count:
            words = f"{count} {word}{'s' if count > 1 else ''}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "now"


def formatted(unix: int, form: str, reader: Reader) -> str | None:
    """The date in the form's words (`{date_short_pretty} at {time}`); None when the form has an unknown token."""
    try:
        at, now = reader.local(unix), reader.now().astimezone(reader.zone)
    except (ValueError, OverflowError, OSError):
        return None
    near = _near(at, now)
    known = {
        "date_num": f"{at:%Y-%m-%d}",
        "date_slash": f"{at:%d/%m/%Y}",
        "date": _date(at),
        "date_short": _short(at),
        "date_long": _long(at),
        "date_pretty": near or _date(at),
        "date_short_pretty": near or _short(at),
        "date_long_pretty": near or _long(at),
        "day_divider_pretty": near or _long(at),
        "date_long_full": _long(at),
        "time": clock(at),
        "time_secs": at.strftime("%I:%M:%S %p").lstrip("0"),
        "ago": ago(at, now),
    }
    tokens = _TOKEN.findall(form)
    if not tokens or any(token not in known for token in tokens):
        return None
    return _TOKEN.sub(lambda m: known[m[1]], form)


def stamp(ts: str, reader: Reader) -> str:
    """A message's time in the margin: `6:39 PM`."""
    return clock(reader.local(float(ts)))


def full(ts: str, reader: Reader) -> str:
    """A message's time in a tooltip: `Today at 6:39:05 PM`."""
    return _capital(formatted(int(float(ts)), "{date_short_pretty} at {time_secs}", reader))


def day(ts: str, reader: Reader) -> str:
    """The divider above the first message of a day: `Today`, `Tuesday, November 24th, 2026`."""
    return _capital(formatted(int(float(ts)), "{date_long_pretty}", reader))


def _capital(words: str | None) -> str:
    return words[:1].upper() + words[1:] if words else ""


def within(first: str, second: str, minutes: int) -> bool:
    """Whether two messages are so close that one heading serves both."""
    return abs(float(second) - float(first)) < timedelta(minutes=minutes).total_seconds()
