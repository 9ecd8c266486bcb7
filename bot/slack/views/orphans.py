"""Seats without a Slack account to go with them: the list, the weekly digest, the form of "Not an orphan"."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from bot.model.user import User
from bot.policy.people.orphans import Orphan
from bot.slack.views.kit import Message, actions, button, context, modal, section
from bot.slack.views.text import counted, member, money, safe

PAGE = 8
MORE = "orphans.page"
EXEMPT = "orphans.exempt"
KEPT = "orphans.kept"
TAKE_BACK = "orphans.take_back"
FORM = "orphans.exempt_form"
WHY = "why"
OFFBOARD = "offboard.open"
OFFBOARD_ALL = "offboard.all"

Cost = tuple[Decimal, str]


def orphan_page(
    orphans: Sequence[Orphan],
    *,
    offset: int = 0,
    cost: Cost | None = None,
    exempt: int = 0,
    kept: str = "",
    newer: str = "",
    older: str = "",
    offboard: bool = True,
) -> Message:
    """One page from `offset` on, each with what one would do next. `exempt`: how many were said to be none, with the
    cursor of their list in `kept`."""
    heading = _heading(orphans, cost)
    tail: list[Block] = []
    if exempt:
        tail.append(context(f"{counted(exempt, 'person is', 'people are')} marked as not an orphan."))
        tail.append(
            actions(button("Show them", f"{KEPT}:all", kept, label="Show them: people marked as not an orphan"))
        )
    if not orphans:
        return Message(heading, (section(heading), *tail))
    rows: list[Block] = []
    for position, orphan in enumerate(orphans[offset : offset + PAGE]):
        user = orphan.user
        known = (safe(user.email, 150), safe(user.role, 40))
        who = " · ".join((f"*{safe(user.name, 150)}*", *(part for part in known if part)))
        rows.append(section(f"{who}\n{safe(orphan.reason, 300)}"))
        buttons = [button("Not an orphan", f"{EXEMPT}:{position}", str(user.id), label=f"Not an orphan: {user.name}")]
        if offboard:
            buttons.insert(
                0, button("Offboard", f"{OFFBOARD}:orphan{position}", str(user.id), label=f"Offboard {user.name}")
            )
        rows.append(actions(*buttons))
    turns = [
        button(words, f"{MORE}:{words.lower()}", cursor)
        for words, cursor in (("Back", newer), ("More", older))
        if cursor
    ]
    if offboard and len(orphans) > 1:
        turns.append(button("Offboard all…", OFFBOARD_ALL, label="Offboard all of them: opens the form"))
    place = f"{offset + 1}–{offset + len(orphans[offset : offset + PAGE])} of {len(orphans)}"
    return Message(heading, (section(heading), *rows, context(place), *tail, *([actions(*turns)] if turns else [])))


@dataclass(frozen=True, slots=True)
class Kept:
    """Somebody who was marked as not an orphan: whose name is safe to show as it is, who said so, and why."""

    user_id: int
    name: str
    by: str
    why: str


def kept_page(people: Sequence[Kept], *, offset: int = 0, newer: str = "", older: str = "") -> Message:
    """One page of those who are kept out of the list, each with a button that takes it back."""
    if not people:
        return Message("Nobody is marked as not an orphan.", (section("Nobody is marked as not an orphan."),))
    heading = f"*{counted(len(people), 'person is', 'people are')} marked as not an orphan*"
    shown = people[offset : offset + PAGE]
    rows = [
        section(
            f"*{safe(one.name, 150)}*\n{safe(one.why, 300)} · said by {member(one.by)}",
            accessory=button("Take back", f"{TAKE_BACK}:{place}", str(one.user_id), label=f"Take back: {one.name}"),
        )
        for place, one in enumerate(shown)
    ]
    turns = [
        button(words, f"{KEPT}:{words.lower()}", cursor)
        for words, cursor in (("Back", newer), ("More", older))
        if cursor
    ]
    where = context(f"{offset + 1}–{offset + len(shown)} of {len(people)}")
    return Message(heading, (section(heading), *rows, where, *([actions(*turns)] if turns else [])))


def digest(orphans: Sequence[Orphan], *, cost: Cost | None = None, overdue: Sequence[str] = ()) -> Message:
    """For the channel, weekly: counts by reason, no list of everybody; and `overdue`, who should be gone by now."""
    heading = _heading(orphans, cost)
    counts: dict[str, int] = {}
    for orphan in orphans:
        counts[orphan.why.value] = counts.get(orphan.why.value, 0) + 1
    lines = "\n".join(f"• {counted(number, 'person', 'people')}: {why}" for why, number in counts.items())
    past = []
    if overdue:
        more = f" and {counted(len(overdue) - 10, 'other')}" if len(overdue) > 10 else ""
        seats = counted(len(overdue), "seat is", "seats are")
        past.append(section(f"*{seats} past their end:* {safe(', '.join(overdue[:10]), 1500)}{more}"))
    found = section(f"{heading}\n{lines}" if lines else heading)
    return Message(heading, (found, *past, context("`/hs-audit orphans` lists them.")))


def exempt_form(user: User, private_metadata: str) -> View:
    """Asks why somebody is no orphan."""
    why = InputBlock(
        block_id=WHY,
        label=PlainTextObject(text="Why"),
        element=PlainTextInputElement(
            action_id=WHY, max_length=500, placeholder=PlainTextObject(text="An intern without Slack")
        ),
    )
    said = section(f"*{safe(user.name, 150)}* won't be listed as an orphan. Your name and reason are kept on record.")
    return modal(
        "Not an orphan", [said, why], callback_id=FORM, submit="Keep", close="Cancel", private_metadata=private_metadata
    )


def _heading(orphans: Sequence[Orphan], cost: Cost | None) -> str:
    if not orphans:
        return "*No orphans:* everyone with a Help Scout seat is a full member of this workspace."
    have = counted(len(orphans), "person has", "people have")
    words = f"*{have} a Help Scout seat but no active Slack account*"
    if cost is not None:
        words += f" · {money(cost[0] * len(orphans), cost[1])} a month"
    return words
