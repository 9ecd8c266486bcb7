"""What an answer's headers say about the rate limit: two families of names, seconds, epochs and HTTP dates.

Guide: `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `Retry-After`. Pages: `X-RateLimit-Limit-Minute`,
`X-RateLimit-Remaining-Minute`, `X-RateLimit-Retry-After`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import isfinite

EPOCH = 1_000_000_000.0
"""A reset at or above this is a point in time (2001 and later), below it a number of seconds."""
LONGEST = 86_400.0


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

    Where both families speak, the smaller number wins; what is not a number is as if it were not there.
    """
    date = _date(headers.get("date", ""))
    base = now if date is None else date
    return Limits(
        limit=_least(headers, "x-ratelimit-limit", "x-ratelimit-limit-minute"),
        remaining=_least(headers, "x-ratelimit-remaining", "x-ratelimit-remaining-minute"),
        reset=_seconds(headers.get("x-ratelimit-reset", ""), base),
        retry_after=next(
            (
                seconds
                for name in ("retry-after", "x-ratelimit-retry-after")
                if (seconds := _seconds(headers.get(name, ""), base)) is not None
            ),
            None,
        ),
    )


def _least(headers: Mapping[str, str], *names: str) -> int | None:
    numbers = [number for name in names if (number := _number(headers.get(name, ""))) is not None]
    return int(min(numbers)) if numbers else None


def _number(text: str) -> float | None:
    try:
        number = float(text.strip())
    except ValueError:
        return None
    return max(0.0, number) if isfinite(number) else None


def _seconds(text: str, base: float) -> float | None:
    """Seconds from now of a number of seconds, an epoch (in seconds or milliseconds) or an HTTP date."""
    number = _number(text)
    if number is None:
        date = _date(text)
        if date is None:
            return None
        number = date - base
    elif number >= EPOCH * 1000:
        number = number / 1000 - base
    elif number >= EPOCH:
        number -= base
    return min(max(0.0, number), LONGEST)


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text.strip() else None
    except (TypeError, ValueError, OverflowError):
        return None
