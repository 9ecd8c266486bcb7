"""Lists of seats beside the findings: those that look dormant, and all of them by group with what they cost."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from slack_sdk.models.blocks import Block

from bot.model.user import OWNER, UserRecord
from bot.policy.people.by_group import GroupSeats
from bot.policy.people.dormant import Dormant
from bot.policy.typed.when import spell
from bot.slack.views.kit import Message, actions, button, context, section
from bot.slack.views.people.person import OFFBOARD, SHOW, one_line
from bot.slack.views.reconcile import DORMANT, Cost
from bot.slack.views.text import counted, day, money, safe

PAGE = 8
GROUPS = 25
IN_DIGEST = 5
NO_PRICE = "Your plan has no price a seat, so no amount is shown."


def since(found: Dormant) -> str:
    """Safe markup; never called a login, which Help Scout's API doesn't tell."""
    return f"{'away' if found.away else 'no change of status'} since {day(found.since)}"


def hint(count: int, after: timedelta) -> str:
    """Under a page of findings."""
    seats = counted(count, "seat looks", "seats look")
    return f"{seats} dormant: away, or no change of status, for {spell(after)}."


def dormant_page(
    rows: Sequence[tuple[UserRecord, Dormant]],
    *,
    offset: int,
    newer: str,
    older: str,
    after: timedelta,
    cost: Cost | None,
    underway: frozenset[int] = frozenset(),
    offboard: bool = True,
) -> Message:
    """One page of them, the longest first. `underway`: ids with an open request."""
    if not rows:
        return Message(said := f"No seat was away or without a change of status for {spell(after)}.", (section(said),))
    amount = f" · {money(cost[0] * len(rows), cost[1])} a month" if cost is not None else ""
    heading = f"*{counted(len(rows), 'seat looks', 'seats look')} dormant*{amount}"
    why = "The status in Help Scout says so; someone on leave looks the same. Nothing is done by itself."
    blocks: list[Block] = [section(heading), context(why)]
    shown = rows[offset : offset + PAGE]
    for number, (row, found) in enumerate(shown):
        open_one = "\n_A request about them is open._" if row.id in underway else ""
        name, id = row.user.name, str(row.id)
        blocks.append(section(f"{one_line(row)}\n{since(found)}{open_one}"))
        buttons = [button("Show", f"{SHOW}:{number}", id, label=f"Show {name}")]
        if offboard and not open_one and row.user.role.strip().lower() != OWNER:
            buttons.append(button("Offboard…", f"{OFFBOARD}:{number}", id, label=f"Offboard {name}"))
        blocks.append(actions(*buttons))
    blocks.append(context(f"{offset + 1}–{offset + len(shown)} of {len(rows)}"))
    turns = [button(w, f"{DORMANT}:{w.lower()}", c) for w, c in (("Back", newer), ("More", older)) if c]
    return Message(heading, (*blocks, *([actions(*turns)] if turns else [])))


def groups_page(rows: Sequence[GroupSeats], *, seats: int, by: str, cost: Cost | None) -> Message:
    """Every group with its seats and what they cost. `by` is who says who is in which (safe markup)."""
    amount = f" · {money(cost[0] * seats, cost[1])} a month" if cost is not None else ""
    heading = f"*{counted(seats, 'seat')} in Help Scout*{amount}"
    lines = [_line(row, cost) for row in rows[:GROUPS]]
    if len(rows) > GROUPS:
        lines.append(f"and {counted(len(rows) - GROUPS, 'smaller group')}")
    notes = [f"Groups as {by}. Someone in two groups counts in both."]
    if cost is None:
        notes.append(NO_PRICE)
    return Message(heading, (section(heading), section("\n".join(lines) or "–"), *(context(one) for one in notes)))


def groups_line(rows: Sequence[GroupSeats], cost: Cost) -> str:
    """What the largest groups cost, in one line of the weekly digest."""
    said = [
        f"{safe(row.name, 60) or 'no group'} {money(cost[0] * row.seats, cost[1])} ({counted(row.seats, 'seat')})"
        for row in rows[:IN_DIGEST]
    ]
    more = f", and {counted(len(rows) - IN_DIGEST, 'smaller group')}" if len(rows) > IN_DIGEST else ""
    return f"• cost a month by group: {', '.join(said)}{more}"


def _line(row: GroupSeats, cost: Cost | None) -> str:
    parts = [counted(row.seats, "seat")]
    if cost is not None:
        parts.append(f"{money(cost[0] * row.seats, cost[1])} a month")
    if row.gone:
        parts.append(f"{row.gone} gone")
    if row.dormant:
        parts.append(f"{row.dormant} dormant")
    return f"• {f'*{safe(row.name, 150)}*' if row.name else '_in no group_'}: {', '.join(parts)}"


def marks(rows: Sequence[tuple[UserRecord, Dormant]]) -> Mapping[int, str]:
    """REST id → what stands at a finding about them, as safe markup."""
    return {row.id: since(found) for row, found in rows}
