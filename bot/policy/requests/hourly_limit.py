"""How many removals may start within an hour; the rest wait for their turn, and say when it comes. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
QUEUED = "Queued: "
"""How the sentence of what waits begins."""


def turn(started: Iterable[datetime], limit: int, now: datetime, *, ahead: int = 0) -> datetime:
    """When one more removal may start, `ahead` others going first; `now` when at once. `started`: of the last hour."""
    starts = sorted(started)
    for _ in range(ahead + 1):
        free = starts[-limit] + HOUR if len(starts) >= limit else now
        starts.append(max(free, now))
    return starts[-1]


def queued(starts_at: datetime, limit: int) -> str:
    """The sentence for people who wait for it; a reader in Slack sees the time in their own zone."""
    removals = "1 removal starts" if limit == 1 else f"{limit} removals start"
    # A minute that has begun is not yet over when it is told.
    told = starts_at if not (starts_at.second or starts_at.microsecond) else starts_at + timedelta(minutes=1)
    return f"{QUEUED}at most {removals} within an hour. This one starts at about {told:%Y-%m-%d %H:%M} UTC."
