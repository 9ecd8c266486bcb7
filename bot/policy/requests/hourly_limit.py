"""How many removals may start within an hour; the rest wait for their turn, and are told when that is. Pure.

Of the hour a fifth is kept for people's single requests, so that a batch does not hold them up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
KEPT = 5
"""One start in so many is for single requests alone."""
PREFIX = "Queued:"


def share(limit: int, *, in_batch: bool) -> int:
    """How many of an hour's starts are open to a request, by itself or in a batch."""
    return limit - limit // KEPT if in_batch else limit


def starts_at(started: Sequence[datetime], limit: int, waiting: int, now: datetime) -> datetime:
    """When the last of so many that wait may start, at the earliest: `started` is the last hour's, in order."""
    starts = list(started)
    for _ in range(max(waiting, 1)):
        starts.append(max(now, starts[-limit] + HOUR) if len(starts) >= limit else now)
    return starts[-1]


def queued(limit: int, at: datetime) -> str:
    """What people are told who wait: when this one starts, to the minute."""
    removals = "1 removal" if limit == 1 else f"{limit} removals"
    upwards = at + timedelta(seconds=59) if at.second or at.microsecond else at
    return f"{PREFIX} at most {removals} an hour. This one starts at about {upwards:%Y-%m-%d %H:%M} UTC."
