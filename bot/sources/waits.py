"""How long a source may take: handed in, so that tests need not wait."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds. `idle`: a page must be there within this, all its attempts and told waits together; slow is not dead.

    `connect`: a connection within this. `attempts` for one page in all. `wall` is seconds since the epoch.
    """

    idle: float = 60.0
    connect: float = 10.0
    attempts: int = 4
    pause: float = 0.5
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def told_wait(headers: Mapping[str, str], wall: float) -> float | None:
    """Seconds that a 429 or 503 asks to wait: Retry-After (RFC 9110 §10.2.3), else Okta's X-Rate-Limit-Reset."""
    after = headers.get("retry-after", "").strip()
    first = after.split(",")[0].strip()  # told twice, it is one wait
    if first.replace(".", "", 1).isdecimal():
        return float(first)
    if after:
        try:
            at = parsedate_to_datetime(after)
        except ValueError:
            at = None
        if at is not None:
            return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - wall)
    reset = headers.get("x-rate-limit-reset", "").strip()
    return max(0.0, float(reset) - wall) if reset.isdecimal() else None


def moment(text: object) -> str:
    """The day of an ISO 8601 time, for "since 2026-03-01"; "" for anything else."""
    if not isinstance(text, str):
        return ""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).date().isoformat()
    except ValueError:
        return ""


def since(word: str, at: object) -> str:
    """The word with its time, where one is told."""
    day = moment(at)
    return f"{word} since {day}" if day else word
