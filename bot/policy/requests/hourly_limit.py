"""How many removals may start within an hour; the rest wait for their turn. Pure."""

from datetime import timedelta

HOUR = timedelta(hours=1)


def queued(started_last_hour: int, limit: int) -> str | None:
    """None when one more removal may start; else the sentence for people who wait for it."""
    if started_last_hour < limit:
        return None
    removals = "1 removal starts" if limit == 1 else f"{limit} removals start"
    return f"Queued: at most {removals} within an hour, so this one waits for its turn."
