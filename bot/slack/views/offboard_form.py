"""The form that asks for an offboarding, filled in as far as is known, and what would come of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import (
    Block,
    DateTimePickerElement,
    ExternalDataSelectElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
)
from slack_sdk.models.views import View

from bot.model.team import Team
from bot.model.user import User, UserRecord
from bot.slack.views.kit import context, modal, option, section
from bot.slack.views.person import option_words, team_names
from bot.slack.views.text import at, counted, safe

CALLBACK = "offboard"
TITLE = "Offboard from Help Scout"
LONGEST_REASON = 1000  # signs, as `policy.opening` has it

PERSON, ASSIGNEE = "offboard.person", "offboard.assignee"
TARGET_BLOCK, REASON_BLOCK, ASSIGNEE_BLOCK, WHEN_BLOCK = "target_id", "reason", "assignee_id", "run_at"
"""Blocks are named like the arguments at fault (`Outcome.field`), so that a sentence finds its field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the form holds. `trouble` (safe markup) stands above the fields."""

    person: User | None = None
    reason: str = ""
    assignee: User | None = None
    run_at: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would come of it. `conversations` None: not counted yet; `refusal` is why it would be refused."""

    row: UserRecord
    teams: Sequence[Team]
    approvals: int
    removed: bool  # else deactivated
    conversations: int | None = None
    assignee: User | None = None
    refusal: str = ""


def form(filled: Filled, preview: Preview | None = None, *, private_metadata: str = "") -> View:
    """The modal. Labels are the contract's."""
    trouble = [section(filled.trouble)] if filled.trouble else []
    blocks: list[Block] = [
        *trouble,
        InputBlock(
            block_id=TARGET_BLOCK,
            label="Person",
            dispatch_action=True,
            element=_people(PERSON, "Name, e-mail or @mention", filled.person),
        ),
        *([_consequences(preview)] if preview else []),
        InputBlock(
            block_id=REASON_BLOCK,
            label="Reason",
            hint="The approvers decide by it, and the record keeps it.",
            element=PlainTextInputElement(
                action_id="reason",
                multiline=True,
                max_length=LONGEST_REASON,
                initial_value=filled.reason[:LONGEST_REASON] or None,
            ),
        ),
        InputBlock(
            block_id=ASSIGNEE_BLOCK,
            label="Hand conversations to",
            hint="Empty: open conversations are left unassigned.",
            optional=True,
            dispatch_action=True,
            element=_people(ASSIGNEE, "Who takes the open conversations", filled.assignee),
        ),
        InputBlock(
            block_id=WHEN_BLOCK,
            label="When",
            hint="Empty: as soon as it is approved.",
            optional=True,
            element=DateTimePickerElement(
                action_id="run_at", initial_date_time=int(filled.run_at.timestamp()) if filled.run_at else None
            ),
        ),
        context("Nothing happens before this is sent, and then nothing before somebody else approves it."),
    ]
    return modal(
        TITLE,
        blocks,
        callback_id=CALLBACK,
        submit="Ask for approval",
        close="Cancel",
        private_metadata=private_metadata,
    )


def person_option(user: User) -> Option:
    """A person in a typeahead."""
    words, description = option_words(user)
    return option(words, str(user.id), description)


def _people(action_id: str, placeholder: str, chosen: User | None) -> ExternalDataSelectElement:
    return ExternalDataSelectElement(
        action_id=action_id,
        placeholder=PlainTextObject(text=placeholder),
        min_query_length=0,
        initial_option=person_option(chosen) if chosen else None,
    )


def _consequences(preview: Preview) -> Block:
    row, user = preview.row, preview.row.user
    if preview.conversations is None:
        count = "open conversations are being counted"
    else:
        count = counted(preview.conversations, "open conversation")
    handed = f"handed to {safe(preview.assignee.name, 150)}" if preview.assignee else "left unassigned"
    name, refused = f"*{safe(user.name, 150)}*", bool(preview.refusal)
    lines = [
        name if refused else f"{name} is {'removed from' if preview.removed else 'deactivated in'} Help Scout.",
        f"• {safe(user.email, 320)} · role {safe(user.role, 40) or 'not told'}",
        f"• teams: {team_names(preview.teams)}",
        f"• {count}{'' if refused else f': {handed}'}",
        f"• last seen {at(row.last_seen)}",
        *([] if refused else [f"• needs {counted(preview.approvals, 'approval')} by others"]),
    ]
    if refused:
        lines.insert(0, f":no_entry: {safe(preview.refusal, 600)}")
    return section("\n".join(lines), block_id="preview")
