"""What an answer's headers say about the rate limit: two families of names, seconds, epochs and HTTP dates.

Guide: `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `Retry-After`. Pages: `X-RateLimit-Limit-Minute`,
`X-RateLimit-Remaining-Minute`, `X-RateLimit-Retry-After`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

EPOCH = 1_000_000_000.0
"""A reset at or above this is a point in time (2001 and later), below it a number of seconds."""
LONGEST = 86_400.0
_SPAN = re.compile(r"([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([a-z]*)\.?\s*(?:;.*)?", re.IGNORECASE)
"""A number, perhaps with a unit, perhaps with parameters behind it (`100;w=60`)."""
_UNITS = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """`limit` and `remaining` in units of the server's window; `reset` and `retry_after` in seconds from now; None:
    not told.
    """

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None
    retry_after: float | None = None

    @property
    def told_wait(self) -> float | None:
        """How long a 429 asks to wait: Retry-After of either name, else the reset."""
        return self.reset if self.retry_after is None else self.retry_after


def read_limits(headers: Mapping[str, str], *, now: float) -> Limits:
    """`now` is the wall clock (epoch seconds); the answer's own `Date` is preferred, so that a wrong clock here does
    no harm.

    Where both families speak, or a gateway and the server behind it (which arrives joined: `30, 120`), the smaller
    number and the longer wait win; what can't be read is as if it were not there.
    """
    date = _date(headers.get("date", ""))
    base = now if date is None else date
    return Limits(
        limit=_least(headers, "x-ratelimit-limit", "x-ratelimit-limit-minute"),
        remaining=_least(headers, "x-ratelimit-remaining", "x-ratelimit-remaining-minute"),
        reset=_longest(headers, base, "x-ratelimit-reset"),
        retry_after=_longest(headers, base, "retry-after", "x-ratelimit-retry-after"),
    )


def _least(headers: Mapping[str, str], *names: str) -> int | None:
    told = (_number(one) for name in names for one in headers.get(name, "").split(","))
    numbers = [number for number in told if number is not None]
    return int(min(numbers)) if numbers else None


def _longest(headers: Mapping[str, str], base: float, *names: str) -> float | None:
    told = (_seconds(one, base) for name in names for one in _parts(headers.get(name, "")))
    return max((seconds for seconds in told if seconds is not None), default=None)


def _parts(text: str) -> Iterator[str]:
    """What several headers of one name were joined from, by commas; the comma of an HTTP date is not such a one."""
    weekday = ""
    for part in text.split(","):
        if part.strip().isalpha():
            weekday = part
        else:
            yield f"{weekday},{part}" if weekday else part
            weekday = ""


def _number(text: str) -> float | None:
    span = _SPAN.fullmatch(text.strip())
    return None if span is None else _positive(span[1])


def _positive(digits: str) -> float | None:
    number = float(digits)
    return max(0.0, number) if isfinite(number) else None


def _seconds(text: str, base: float) -> float | None:
    """Seconds from now of a span (seconds, or with a unit), an epoch (in seconds or milliseconds) or a date."""
    span = _SPAN.fullmatch(text.strip())
    if span is None:
        date = _date(text)
        if date is None:
            return None
        number: float | None = date - base
    else:
        number, unit = _positive(span[1]), _UNITS.get(span[2].casefold())
        if number is None or unit is None:
            return None
        if span[2]:
            number *= unit
        elif number >= EPOCH * 1000:
            number = number / 1000 - base
        elif number >= EPOCH:
            number -= base
    assert number is not None
    return min(max(0.0, number), LONGEST)


def _date(text: str) -> float | None:
    """An HTTP date (RFC 9110 §5.6.7), or one of ISO 8601, which is UTC where it names no zone."""
    text = text.strip()
    if not text:
        return None
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
