"""Times and time spans as people write them: `at:friday 17:00`, `24h`.

Wall-clock times are of the zone handed in (the requester's), unless the text names an offset or a zone itself. One that
does not exist (clocks go forward) or exists twice (they go back) is refused with what to write instead: a removal at a
time nobody meant is worse than a question.
"""

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from bot.model.problem import Problem
from bot.policy.typed.clean import visible

PASSED = "That time has passed. Choose one in the future, or leave it out to have it done once approved."
BEYOND = "That's later than the calendar goes. Choose an earlier time."
LONGEST = timedelta(days=3660)
FIRST_MOMENT, LAST_MOMENT = datetime(MINYEAR, 1, 1, tzinfo=UTC), datetime(MAXYEAR, 12, 31, 23, 59, 59, tzinfo=UTC)
"""Of the calendar."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

_TIME = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?)? ?(?P<half>am|pm)?"
_DATE = r"(?P<date>\d{4}-\d{1,2}-\d{1,2})"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_DAY = (
    rf"{_DATE}(?:T| |, ?)",
    r"(?P<word>[a-z]+),? (?:at )?",
    rf"(?P<day>\d{{1,2}})\.? {_MONTH}(?: (?P<year>\d{{4}}))?,? (?:at )?",
    rf"{_MONTH} (?P<day>\d{{1,2}})(?:,? (?P<year>\d{{4}}))?,? (?:at )?",
    r"(?:at )?",
)
_FORMS = tuple(re.compile(day + _TIME, re.IGNORECASE) for day in _DAY)
_OFFSET = re.compile(r"(?<=[0-9m]) ?(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
_ZONE_NAME = re.compile(r" (?P<zone>[A-Za-z]+/[A-Za-z_/+0-9-]+)$")
_SPAN = re.compile(r"(\d{1,9}) ?(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_IN = re.compile(r"in (\d{1,9}) ?(?:(s|m|h|d)|(sec|min|second|minute|hour|day)s?)", re.IGNORECASE)
_EXAMPLES = "like `2026-12-01 18:00`, `friday 17:00`, `tomorrow 9:00` or `18:00`"


class BadWhen(Problem):
    """A time or a time span that can't be read, does not exist, has passed or is too far away."""


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `15m`, `24h` or `7d`; raise `BadWhen`."""
    if (found := _SPAN.fullmatch(text.strip().lower())) and text.isascii():
        span = timedelta(**{_UNITS[found[2]]: int(found[1])})
        if span <= LONGEST:
            return span
    raise BadWhen(f"“{text[:40]}” isn't a time span. Use a number with a unit, like 90s, 15m, 24h or 7d.")


def parse_when(text: str, *, now: datetime, zone: str | tzinfo) -> datetime:
    """Read a moment in the future, at most a year away, as UTC; raise `BadWhen`.

    Forms: `2026-12-01 18:00` (also with `T`, seconds, an offset or a zone), `1 dec 18:00`, `dec 1 2026 18:00`,
    `friday 17:00` (the next one, today's if still to come), `today 18:00`, `tomorrow 9:00`, `18:00`, `5pm`, `in 2h`,
    `in 90 seconds`.
    """
    tidy = visible(text).strip(" ,;\"'")
    if found := _IN.fullmatch(tidy):
        unit = (found[2] or found[3]).lower()[0]
        return within_reach(now.astimezone(UTC) + parse_duration(f"{found[1]}{unit}"), now=now)
    if found := re.fullmatch(r"in (\d+ ?[a-z]+)", tidy, re.IGNORECASE):
        parse_duration(found[1])  # raises what is wrong with it
    here = zone_of(zone) if isinstance(zone, str) else zone
    tidy, here = _zone_told(tidy, here)
    tidy = tidy.lower()
    for form in _FORMS:
        if parts := form.fullmatch(tidy):
            wall = _wall_clock(parts.groupdict(), now.astimezone(here).replace(tzinfo=None))
            if wall is not None:
                return within_reach(_moment(wall, here), now=now)
    if tidy == "yesterday" or _is_past(tidy, now.astimezone(here).date()):
        raise BadWhen(PASSED)
    if re.fullmatch(rf"{_DATE}|[a-z]+day|tomorrow|today", tidy) and not _is_no_day(tidy):
        raise BadWhen(f"Add the time of day: `{tidy} 18:00`.")
    raise BadWhen(f"“{text[:60]}” isn't a time I can read. Write it {_EXAMPLES}.")


def _is_past(tidy: str, today: date) -> bool:
    """Whether this is a day alone, and one before today."""
    try:
        return date.fromisoformat(tidy) < today
    except ValueError:
        return False


def _is_no_day(tidy: str) -> bool:
    """Whether this is written as a day and is none, as `2026-02-30`."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", tidy):
        return False
    try:
        date.fromisoformat(tidy)
    except ValueError:
        return True
    return False


def within_reach(moment: datetime, *, now: datetime) -> datetime:
    """The moment in UTC, if it is after `now`; raise `BadWhen`."""
    if moment <= now:
        raise BadWhen(PASSED)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadWhen(BEYOND) from None


def midnight(day: date, here: tzinfo) -> datetime:
    """The first moment of that day there, in UTC; at either end of the calendar the first or last that there is."""
    try:
        return datetime.combine(day, time(), tzinfo=here).astimezone(UTC)
    except OverflowError:
        return FIRST_MOMENT if day.year == MINYEAR else LAST_MOMENT


def midnight_after(day: date, here: tzinfo) -> datetime:
    """The end of that day there, in UTC; of the calendar's last day the last moment that there is."""
    return midnight(day + timedelta(days=1), here) if day < date.max else LAST_MOMENT


def zone_of(name: str) -> tzinfo:
    """The time zone of this IANA name; raise `BadWhen` when there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise BadWhen(f"“{name[:40]}” isn't a time zone. Use a name like Europe/Vienna or UTC.") from None


def spell(span: timedelta) -> str:
    """A span for people, in its largest whole units, at most two: `1 day 4 hours`, `15 minutes`, `0 seconds`."""
    seconds = max(0, round(span.total_seconds()))
    words = []
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {unit}{'s' if count != 1 else ''}")
        elif words:
            break
    return " ".join(words[:2]) or "0 seconds"


def _zone_told(tidy: str, here: tzinfo) -> tuple[str, tzinfo]:
    """The text without its zone or offset, and the zone that it is of."""
    if found := _ZONE_NAME.search(tidy):
        return tidy[: found.start()], zone_of(found["zone"])
    if found := _OFFSET.search(tidy):
        sign = found["offset"].replace(":", "")
        if sign[0] not in "+-":
            return tidy[: found.start()], UTC
        if int(sign[1:3]) < 24 and int(sign[3:]) < 60:
            offset = timedelta(hours=int(sign[1:3]), minutes=int(sign[3:]))
            return tidy[: found.start()], timezone(-offset if sign[0] == "-" else offset)
    return tidy, here


def _wall_clock(parts: dict[str, str | None], today: datetime) -> datetime | None:
    """What the parts of a form say, as a naive local time; None when they say nothing of sense."""
    clock = _time_of_day(parts)
    day = _day(parts, today, clock) if clock is not None else None
    return datetime.combine(day, clock) if day is not None and clock is not None else None


def _time_of_day(parts: dict[str, str | None]) -> time | None:
    hour, half = int(parts["hour"] or 0), parts["half"]
    if parts["minute"] is None and half is None:
        return None  # a bare number is no time of day
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(parts["minute"] or 0), int(parts["second"] or 0))
    except ValueError:
        return None


def _day(parts: dict[str, str | None], today: datetime, clock: time) -> date | None:
    try:
        if text := parts.get("date"):
            year, month, day = (int(part) for part in text.split("-"))
            return date(year, month, day)
        if (word := parts.get("month")) is not None:
            month = next((i for i, name in enumerate(MONTHS, 1) if name.startswith(word)), 0)
            if parts["year"]:
                return date(int(parts["year"]), month, int(parts["day"] or 0))
            day_then = date(today.year, month, int(parts["day"] or 0))
            return day_then if day_then >= today.date() else date(today.year + 1, month, int(parts["day"] or 0))
    except ValueError:
        return None
    if (word := parts.get("word")) is None or word in ("today", "at"):
        return today.date()
    if word == "tomorrow":
        return today.date() + timedelta(days=1)
    if (
        len(word) >= 3
        and (weekday := next((i for i, name in enumerate(WEEKDAYS) if name.startswith(word)), None)) is not None
    ):
        ahead = (weekday - today.weekday()) % 7
        if ahead == 0 and clock <= today.time():
            ahead = 7
        return today.date() + timedelta(days=ahead)
    return None


def _moment(wall: datetime, here: tzinfo) -> datetime:
    """The one moment at which clocks there show this; raise `BadWhen` when there is none, or two."""
    try:
        first, second = wall.replace(tzinfo=here), wall.replace(tzinfo=here, fold=1)
        if first.utcoffset() == second.utcoffset():
            return first.astimezone(UTC)
        shown = f"{wall:%Y-%m-%d %H:%M}"
        if first.astimezone(UTC).astimezone(here).replace(tzinfo=None) != wall:
            later = first.astimezone(UTC).astimezone(here)
            raise BadWhen(
                f"{shown} does not exist in {here}, where clocks go forward. Write {later:%H:%M} or another time."
            )
        raise BadWhen(
            f"{shown} comes twice in {here}, where clocks go back. Write `{first.isoformat(' ', 'minutes')}` or "
            f"`{second.isoformat(' ', 'minutes')}`."
        )
    except OverflowError:
        raise BadWhen(BEYOND) from None
