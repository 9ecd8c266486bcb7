"""HR's list of leavers answered, in a few lines above the file: counts first, then whoever is an exception."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol

from bot.policy.typed.when import spell
from bot.slack.views.text import code, counted, safe

NAMED = 10
"""People that are named of each verdict; the file has all."""


class Row(Protocol):
    """Filled by `services.reconciling.population.Row`."""

    @property
    def email(self) -> str: ...
    @property
    def hours(self) -> float | None: ...
    @property
    def verdict(self) -> str: ...


_WORDS = (
    ("still-there", "person still has a seat", "people still have a seat"),
    ("outside-the-bot", "person was removed without a request", "people were removed without a request"),
    ("outside", "person was removed too late", "people were removed too late"),
    ("unknown", "address isn't in the record", "addresses aren't in the record"),
)


def summary(rows: Sequence[Row], others: Sequence[Row], *, begin: date, end: date, sla: timedelta, sha256: str) -> str:
    """Safe markup, well below what a message holds."""
    in_time = sum(row.verdict == "within" for row in rows)
    heading = f"*{counted(len(rows), 'leaver')}, {begin.isoformat()} to {end.isoformat()}*"
    lines = [f"{heading}: {in_time} of {len(rows)} removed within {spell(sla)} of their last day."]
    for verdict, one, many in _WORDS:
        if found := [row for row in rows if row.verdict == verdict]:
            lines.append(f"• {counted(len(found), one, many)}: {_named(found)}")
    if others:
        removals = counted(len(others), "removal")
        lines.append(f"• {removals} in that time without a row on the list: {_named(others)}")
    return "\n".join([*lines, f"SHA-256 of your file: {code(sha256)}"])


def _named(rows: Sequence[Row]) -> str:
    shown = [safe(row.email, 100) + _late(row) for row in rows[:NAMED]]
    more = len(rows) - len(shown)
    return ", ".join([*shown, *([f"and {counted(more, 'other')}"] if more > 0 else [])])


def _late(row: Row) -> str:
    """How long after the last day, of whom that is the point."""
    return f" (after {spell(timedelta(hours=row.hours))})" if row.verdict == "outside" and row.hours is not None else ""
