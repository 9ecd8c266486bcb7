"""The form that brings somebody back from their tombstone."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, CheckboxesElement, InputBlock
from slack_sdk.models.views import View

from bot.model.team import Team
from bot.model.user import User, UserRecord
from bot.slack.views.forms.inputs import reason_input
from bot.slack.views.kit import Message, actions, button, context, modal, option, say, section
from bot.slack.views.people.person import GONE, SHOW, team_names
from bot.slack.views.text import at, counted, cut, safe, told
from bot.slack.views.words import NOTHING_YET

CALLBACK = "restore"
BACK_BLOCK = "hand_back"
BACK, ROTATIONS = "yes", "rotations"


def form(
    row: UserRecord,
    teams: Sequence[Team],
    *,
    conversations: int,
    approvals: int,
    reason: str = "",
    back: bool = False,
    rotations: Sequence[str] = (),
    in_turn: bool = False,
    trouble: str = "",
    private_metadata: str = "",
) -> View:
    """`conversations` were handed over when they left; `approvals` by others are needed. `rotations`: the inboxes
    whose rotation they were in. `trouble` is safe markup.
    """
    user = row.user
    left = f", {at(row.removed_at)}" if row.removed_at else ""
    lines = [
        f"This will give *{safe(user.name, 150)}* their seat in Help Scout back, as recorded:",
        f"• {safe(user.email, 320) or 'no e-mail on record'} · role {safe(user.role, 40) or 'not known'}",
        f"• teams: {team_names(teams)}",
        f"• {GONE.get(row.status, row.status.value)}{left}",
        f"• needs {counted(approvals, 'approval')} by others",
    ]
    blocks: list[Block] = [
        *([section(trouble)] if trouble else []),
        section("\n".join(lines), block_id="who"),
        reason_input(reason),
        *([_hand_back(conversations, back, rotations, in_turn)] if conversations or rotations else []),
        context(NOTHING_YET),
    ]
    return modal(
        "Restore in Help Scout",
        blocks,
        callback_id=CALLBACK,
        submit="Ask for approval",
        close="Cancel",
        private_metadata=private_metadata,
    )


def _hand_back(conversations: int, back: bool, rotations: Sequence[str], in_turn: bool) -> InputBlock:
    hints = []
    options, chosen = [], []
    if conversations:
        hints.append(f"{counted(conversations, 'conversation')} went to someone else when they left.")
        options.append(option("Hand conversations back, where they are still open", BACK))
        chosen += options[-1:] if back else []
    if rotations:
        hints.append(f"They were in the rotation of {', '.join(rotations)}.")
        options.append(option("Put them back into their rotations", ROTATIONS))
        chosen += options[-1:] if in_turn else []
    return InputBlock(
        block_id=BACK_BLOCK,
        label="Conversations and rotations" if rotations else "Conversations",
        hint=cut(" ".join(hints), 1900),
        optional=True,
        element=CheckboxesElement(action_id=BACK_BLOCK, options=options, initial_options=chosen or None),
    )


def still_here(user: User) -> Message:
    """Who has a seat needs none: a look at them instead."""
    look = button("Show", f"{SHOW}:here", str(user.id), label=f"Show {user.name}")
    return say(told(f"{user.name} already has a seat in Help Scout, so there's nothing to restore."), actions(look))
