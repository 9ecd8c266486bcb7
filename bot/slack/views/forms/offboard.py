"""The form that asks for an offboarding, filled in as far as is known, and what would come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
)
from slack_sdk.models.views import View

from bot.model.team import Team
from bot.model.user import User, UserRecord
from bot.slack.views.forms.inputs import (
    ASSIGNEE_BLOCK,
    LABELS,
    REASON_BLOCK,
    WHEN_BLOCK,
    assignee_input,
    people_menu,
    reason_input,
    when_input,
)
from bot.slack.views.kit import context, modal, section
from bot.slack.views.people.person import team_names
from bot.slack.views.text import at, counted, safe
from bot.slack.views.words import NOTHING_YET

CALLBACK = "offboard"
TITLE = "Offboard from Help Scout"
PERSON = "offboard.person"
TARGET_BLOCK = "target_id"
_LABELS = {TARGET_BLOCK: "Person", **LABELS}
FAULT = ".fault"
"""Ends the id of the block that says what was wrong with what was typed for the block before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the form holds. `trouble` (safe markup) stands above the fields, each of `faults` under its block.

    `proposed`: by whose manager the assignee was filled in last, "" when by nobody's (`bot.slack.handling.manager`).
    """

    person: User | None = None
    reason: str = ""
    assignee: User | None = None
    proposed: str = ""
    run_at: datetime | None = None
    trouble: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would come of it. `conversations` None: not counted yet; `refusal` is why it would be refused."""

    row: UserRecord
    teams: Sequence[Team]
    approvals: int
    removed: bool  # else deactivated
    conversations: int | None = None
    snoozed: int = 0
    more: Sequence[tuple[str, str]] = ()  # (label, value): what can't be handed over, rotations
    assignee: User | None = None
    refusal: str = ""


def form(filled: Filled, preview: Preview | None = None, *, private_metadata: str = "") -> View:
    """The modal. Labels are the contract's."""
    trouble = [section(words) for words in (filled.trouble, _look_below(filled)) if words]
    blocks: list[Block] = [
        *trouble,
        InputBlock(
            block_id=TARGET_BLOCK,
            label=_LABELS[TARGET_BLOCK],
            dispatch_action=True,
            element=people_menu(PERSON, "Name, e-mail or @mention", filled.person),
        ),
        *_fault(filled, TARGET_BLOCK),
        *([_consequences(preview)] if preview else []),
        reason_input(filled.reason),
        *_fault(filled, REASON_BLOCK),
        assignee_input(filled.assignee, told_at_once=True, proposed=filled.proposed),
        *_fault(filled, ASSIGNEE_BLOCK),
        when_input(filled.run_at),
        *_fault(filled, WHEN_BLOCK),
        context(NOTHING_YET),
    ]
    return modal(
        TITLE,
        blocks,
        callback_id=CALLBACK,
        submit="Ask for approval",
        close="Cancel",
        private_metadata=private_metadata,
    )


def _look_below(filled: Filled) -> str:
    """Names the fields whose faults may be out of sight."""
    labels = [f"*{label}*" for block, label in _LABELS.items() if filled.faults.get(block)]
    if not labels:
        return ""
    return f":warning: Some of what you typed couldn't be used. Check {' and '.join(labels)} below."


def _fault(filled: Filled, block: str) -> list[Block]:
    return [section(filled.faults[block], block_id=f"{block}{FAULT}")] if filled.faults.get(block) else []


def _where(preview: Preview) -> str:
    return "from Help Scout" if preview.removed else "in Help Scout"


def _consequences(preview: Preview) -> Block:
    row, user = preview.row, preview.row.user
    if preview.conversations is None:
        count = "open conversations are being counted"
    else:
        count = counted(preview.conversations, "open conversation")
        count += f" ({preview.snoozed} of them snoozed)" if preview.snoozed else ""
    handed = f"handed to {safe(preview.assignee.name, 150)}" if preview.assignee else "left unassigned"
    name, refused = f"*{safe(user.name, 150)}*", bool(preview.refusal)
    lines = [
        name if refused else f"This will {'remove' if preview.removed else 'deactivate'} {name} {_where(preview)}.",
        f"• {safe(user.email, 320)} · role {safe(user.role, 40) or 'not told'}",
        f"• teams: {team_names(preview.teams)}",
        f"• {count}{'' if refused else f': {handed}'}",
        *(f"• {label.lower()}: {safe(value, 400)}" for label, value in preview.more if not refused),
        f"• in Help Scout as of {at(row.last_seen)}",
        *([] if refused else [f"• needs {counted(preview.approvals, 'approval')} by others"]),
    ]
    if refused:
        lines.insert(0, f":no_entry: {safe(preview.refusal, 600)}")
    return section("\n".join(lines), block_id="preview")
