"""The form that gives somebody a seat, and what is known of the address while it is filled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from slack_sdk.models.blocks import (
    Block,
    ExternalDataMultiSelectElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    StaticSelectElement,
)
from slack_sdk.models.blocks.basic_components import DispatchActionConfig
from slack_sdk.models.views import View

from bot.model.member import Member
from bot.model.team import Team
from bot.model.user import ADMIN, LIGHT, USER, UserRecord
from bot.slack.views.forms.inputs import reason_input
from bot.slack.views.forms.seat_end import until_input
from bot.slack.views.kit import button, modal, option, section
from bot.slack.views.people.person import GONE, RESTORE
from bot.slack.views.text import at, safe

CALLBACK = "provision"
TITLE = "Seat in Help Scout"
EMAIL, ROLE, TEAMS = "provision.email", "provision.role", "provision.teams"
EMAIL_BLOCK, FIRST_BLOCK, LAST_BLOCK = "email", "first_name", "last_name"
ROLE_BLOCK, TEAMS_BLOCK = "role", "team_ids"
"""Blocks are named like the arguments at fault (`Outcome.field`), so that a sentence finds its field."""

CHECK_BLOCK, FOLLOWS_BLOCK, UNTIL_FAULT = "check", "follows", "until_fault"
LONGEST_NAME, LONGEST_ADDRESS = 200, 320
ROLES = {USER: "User", LIGHT: "Light user", ADMIN: "Admin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the form holds. `trouble` (safe markup) stands above the fields.

    `until_fault` (safe markup) stands under `Until`. `named_by` is the Slack id whose name was filled in: the fields
    are new ones then, or Slack would keep them empty.
    """

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    role: str = USER
    teams: tuple[Team, ...] = ()
    reason: str = ""
    until: date | None = None
    until_fault: str = ""
    named_by: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is known of the address: who has it, who had it, whose it is in Slack. `approvals` by others are needed."""

    email: str = ""
    active: UserRecord | None = None
    gone: UserRecord | None = None
    member: Member | None = None
    approvals: int = 0


def form(filled: Filled, checked: Checked | None = None, *, private_metadata: str = "") -> View:
    """The modal. Labels are the contract's; a reason is asked for where somebody decides by it."""
    known = checked or Checked()
    words = check_words(known)
    asked = [reason_input(filled.reason, optional=True)] if known.approvals else []
    blocks: list[Block] = [
        *([section(filled.trouble)] if filled.trouble else []),
        InputBlock(block_id=EMAIL_BLOCK, label="E-mail", dispatch_action=True, element=_email(filled.email)),
        *([_check(words, known)] if words else []),
        InputBlock(
            block_id=FIRST_BLOCK,
            label="First name",
            element=_line(f"first_name{_by(filled)}", filled.first_name),
        ),
        InputBlock(
            block_id=LAST_BLOCK,
            label="Last name",
            element=_line(f"last_name{_by(filled)}", filled.last_name),
        ),
        InputBlock(block_id=ROLE_BLOCK, label="Role", dispatch_action=True, element=_role(filled.role)),
        InputBlock(
            block_id=TEAMS_BLOCK,
            label="Teams",
            optional=True,
            element=ExternalDataMultiSelectElement(
                action_id=TEAMS,
                placeholder=PlainTextObject(text="Teams to be in"),
                min_query_length=0,
                initial_options=[team_option(team) for team in filled.teams] or None,
            ),
        ),
        until_input(filled.until, optional=True),
        *([section(filled.until_fault, block_id=UNTIL_FAULT)] if filled.until_fault else []),
        *asked,
        section(what_follows(known.approvals), block_id=FOLLOWS_BLOCK),
    ]
    return modal(
        TITLE,
        blocks,
        callback_id=CALLBACK,
        submit="Ask for approval" if known.approvals else "Give the seat",
        close="Cancel",
        private_metadata=private_metadata,
    )


def team_option(team: Team) -> Option:
    """A team in a typeahead."""
    return option(team.name or str(team.id), str(team.id))


def check_words(known: Checked) -> str:
    """What stands under the address; "" when there is nothing to say about it."""
    lines: list[str] = []
    if known.active is not None:
        user = known.active.user
        lines.append(f":no_entry: {safe(known.email, 320)} is in Help Scout already: *{safe(user.name, 150)}*.")
    elif known.gone is not None:
        row = known.gone
        left = f", {at(row.removed_at)}" if row.removed_at else ""
        lines.append(
            f":leaves: *{safe(row.user.name, 150)}* had a seat with this address and was {GONE[row.status]}{left}. "
            "Restoring brings back role and teams as they were."
        )
    if known.member is not None and known.active is None:
        lines.append(_in_slack(known.member))
    return "\n".join(lines)


def _in_slack(member: Member) -> str:
    name = f"*{safe(member.name or member.id, 150)}*"
    if member.deleted:
        return f":warning: In Slack this is {name}, whose account is deactivated."
    if member.is_guest or member.is_stranger:
        return f":warning: In Slack this is {name}, {'a guest' if member.is_guest else 'of another workspace'}."
    return f":white_check_mark: In Slack this is {name}."


def _check(words: str, known: Checked) -> Block:
    back = None
    if known.gone is not None and known.active is None:
        back = button("Restore…", RESTORE, str(known.gone.id), label=f"Restore {known.gone.user.name}")
    return section(words, accessory=back, block_id=CHECK_BLOCK)


def what_follows(approvals: int) -> str:
    """What sending the form brings about."""
    if not approvals:
        return "No approval needed. The seat is created when you submit this, and I'll message you when it's done."
    who = "someone else approves" if approvals == 1 else f"{approvals} others approve"
    return f"Nothing happens until you submit this and {who} it."


def _by(filled: Filled) -> str:
    return f":{filled.named_by}" if filled.named_by else ""


def _email(value: str) -> PlainTextInputElement:
    return PlainTextInputElement(
        action_id=EMAIL,
        placeholder=PlainTextObject(text="jane@example.com"),
        max_length=LONGEST_ADDRESS,
        initial_value=value[:LONGEST_ADDRESS] or None,
        dispatch_action_config=DispatchActionConfig(trigger_actions_on=["on_enter_pressed", "on_character_entered"]),
    )


def _line(action_id: str, value: str) -> PlainTextInputElement:
    return PlainTextInputElement(
        action_id=action_id, max_length=LONGEST_NAME, initial_value=value[:LONGEST_NAME] or None
    )


def _role(chosen: str) -> StaticSelectElement:
    options: Sequence[Option] = [option(words, role) for role, words in ROLES.items()]
    first = next((one for one in options if one.value == chosen), options[0])
    return StaticSelectElement(action_id=ROLE, options=list(options), initial_option=first)
