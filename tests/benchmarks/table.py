"""One line of the benchmark table, and the table as Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`measured` and `floor` are in `unit`; `ratio` is measured / floor (or what the row's name says); `limit` bounds
    the ratio where there is one, else `measured`. `ok` is False when the limit was missed; the note says why."""

    name: str
    measured: float | str
    floor: float | str = ""
    ratio: float | None = None
    limit: float | str = ""
    unit: str = ""
    ok: bool = True
    note: str = ""


HEADINGS = ("what", "measured", "floor", "ratio", "limit", "unit", "")


def table(rows: Iterable[Row]) -> str:
    """A Markdown table; what missed its limit is marked."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    for row in rows:
        cells = (row.name, row.measured, row.floor, row.ratio, row.limit, row.unit, "✓" if row.ok else "✗")
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
        if row.note:
            lines.append(f"| ↳ {row.note} {'| ' * len(HEADINGS)}".rstrip())
    return "\n".join(lines)


def _cell(value: float | str | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
