"""Seats that nobody seems to use, as far as Help Scout tells: the status for e-mail has not changed for long. Pure.

A hint for people, and nothing more: who is away may be on leave, and who never touches their status may work all day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Dormant:
    """`away`: else active all the time; `since` then the status has not changed."""

    away: bool
    since: datetime


def dormant(
    status: str, changed_at: datetime | None, created_at: datetime | None, *, now: datetime, after: timedelta
) -> Dormant | None:
    """None for a seat whose status, or which itself, is newer than `after`; and where Help Scout tells no time.

    A time before the seat there was (Help Scout writes 1970 for never) counts from its beginning.
    """
    if not status or changed_at is None:
        return None
    since = max(changed_at, created_at) if created_at is not None else changed_at
    if since.year <= 1970 or now - since < after:
        return None
    return Dormant(status == "away", since)
