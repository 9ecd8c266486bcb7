"""The form that changes somebody who is there: filled in as they are now."""

from dataclasses import dataclass, field

from slack_sdk.models.blocks import (
    Block,
    ExternalDataSelectElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.model.user import User
from bot.slack.views.forms.inputs import reason_input
from bot.slack.views.forms.provision import ROLES
from bot.slack.views.kit import context, modal, option, section
from bot.slack.views.text import safe

CALLBACK = "change"
ZONE = "change.timezone"
FIRST_BLOCK, LAST_BLOCK, TITLE_BLOCK, PHONE_BLOCK = "first_name", "last_name", "job_title", "phone"
ZONE_BLOCK, EMAIL_BLOCK, ROLE_BLOCK = "timezone", "email", "role"
"""Blocks are named like the fields of a user and the arguments of a change."""

TYPED = (FIRST_BLOCK, LAST_BLOCK, TITLE_BLOCK, PHONE_BLOCK, EMAIL_BLOCK)
CHOSEN = (ZONE_BLOCK, ROLE_BLOCK)
LONGEST = {FIRST_BLOCK: 200, LAST_BLOCK: 200, TITLE_BLOCK: 200, PHONE_BLOCK: 60, EMAIL_BLOCK: 320}
_REASON_HINT = "Needed for a new e-mail address or role. Approvers see this, and it's kept on record."
AS_IT_IS = "-"
"""Value of a role that is none of those that can be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was filled in and is different: block → value. `trouble` (safe markup) stands above the fields."""

    values: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    trouble: str = ""


def form(user: User, approvals: str, wanted: Wanted | None = None, *, private_metadata: str = "") -> View:
    """`approvals` says (safe markup) how many are needed for another e-mail or role."""
    held = wanted or Wanted()
    now = {name: str(getattr(user, name)) for name in (*TYPED, *CHOSEN)} | held.values
    blocks: list[Block] = [
        *([section(held.trouble)] if held.trouble else []),
        _line(FIRST_BLOCK, "First name", now, required=True),
        _line(LAST_BLOCK, "Last name", now, required=bool(user.last_name)),
        _line(TITLE_BLOCK, "Job title", now),
        _line(PHONE_BLOCK, "Phone", now),
        InputBlock(block_id=ZONE_BLOCK, label="Time zone", optional=True, element=_zone(now[ZONE_BLOCK])),
        context(f"Another e-mail or role of *{safe(user.name, 150)}* needs {approvals}."),
        _line(EMAIL_BLOCK, "E-mail", now, required=True),
        InputBlock(block_id=ROLE_BLOCK, label="Role", element=_role(user.role, now[ROLE_BLOCK])),
        reason_input(held.reason, hint=_REASON_HINT, optional=True),
    ]
    return modal(
        "Change in Help Scout",
        blocks,
        callback_id=CALLBACK,
        submit="Change",
        close="Cancel",
        private_metadata=private_metadata,
    )


def zone_option(name: str) -> Option:
    """A time zone (IANA) in a typeahead."""
    return option(name.replace("_", " "), name)


def _line(block_id: str, label: str, now: dict[str, str], *, required: bool = False) -> InputBlock:
    value, most = now[block_id], LONGEST[block_id]
    # Help Scout may hold more than we would take: what is there must not be cut by somebody who changes something else.
    most = min(max(most, len(value)), 3000)
    element = PlainTextInputElement(action_id=block_id, max_length=most, initial_value=value[:most] or None)
    return InputBlock(block_id=block_id, label=label, optional=not required, element=element)


def _zone(name: str) -> ExternalDataSelectElement:
    return ExternalDataSelectElement(
        action_id=ZONE,
        placeholder=PlainTextObject(text="City or region"),
        min_query_length=1,
        initial_option=zone_option(name) if name else None,
    )


def _role(before: str, chosen: str) -> StaticSelectElement:
    options = [option(words, role) for role, words in ROLES.items()]
    if before not in ROLES:  # one that we don't know stays choosable: as it is
        options.insert(0, option(f"{before or 'not told'} (as it is)", AS_IT_IS))
    first = next((one for one in options if one.value == chosen), options[0])
    return StaticSelectElement(action_id=ROLE_BLOCK, options=options, initial_option=first)
