"""How many removals may start within an hour; the rest wait for their turn, and are told when that is. Pure.

Of the hour a fifth, but at least one start, is kept for people's single requests: no batch holds them up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
KEPT = 5
"""One start in so many is for single requests alone."""
PREFIX = "Queued:"


def share(limit: int, *, in_batch: bool) -> int:
    """How many of an hour's starts are open to a request, by itself or in a batch."""
    return limit - max(limit // KEPT, min(1, limit - 1)) if in_batch else limit


def starts_at(started: Sequence[datetime], limit: int, waiting: int, now: datetime) -> datetime:
    """When the last of so many that wait may start, at the earliest: `started` is the last hour's, in order."""
    starts = list(started)
    for _ in range(max(waiting, 1)):
        starts.append(max(now, starts[-limit] + HOUR) if len(starts) >= limit else now)
    return starts[-1]


def queued(limit: int, at: datetime) -> str:
    """What people are told who wait: when this one starts, to the minute."""
    return f"{PREFIX} at most {_removals(limit)} an hour. This one starts at about {minute(at)}."


def queued_many(limit: int, at: Sequence[datetime], now: datetime) -> str:
    """What an approver is told of several: how many start now, and when the last one does. `at` in order."""
    ready = sum(one <= now for one in at)
    if ready == len(at):
        return "Starting now."
    some = f"{ready} {'starts' if ready == 1 else 'start'} now" if ready else "None of them starts now"
    return f"{some}: at most {_removals(limit)} an hour. The last one starts at about {minute(at[-1])}."


def _removals(limit: int) -> str:
    return "1 removal" if limit == 1 else f"{limit} removals"


def minute(at: datetime) -> str:
    """The next full minute, as people are told it."""
    upwards = at + timedelta(seconds=59) if at.second or at.microsecond else at
    return f"{upwards:%Y-%m-%d %H:%M} UTC"
