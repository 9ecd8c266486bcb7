"""What hs-bot is and who may do what: the first message in the channel, and the welcome in somebody's first Home."""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block

from bot.slack.views.kit import Message, context, header, section
from bot.slack.views.text import counted, safe

NAMED = 8
"""People named one by one; the rest are counted."""

WHAT = (
    "hs-bot manages who has a seat in Help Scout. Look people up, see who joined and left, and request changes. "
    "No one loses a seat or becomes an admin on one person's word: someone else has to approve."
)
HELP = "Type `/hs-user help` to see what you can do."


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Names. `requesters` None: every full member may ask."""

    approvers: Sequence[str] = ()
    requesters: Sequence[str] | None = None


def first_message(roles: Roles) -> Message:
    """To the channel, once."""
    lines = [
        "Every full member of this workspace can look people up, search, and see history and status.",
        _asking(roles),
        _approving(roles),
        "Guests, people from other companies, and apps can't use hs-bot.",
    ]
    return Message(
        "hs-bot is set up in this channel. Type /hs-user help to see what you can do.",
        (
            header("Welcome to hs-bot"),
            section(f"{WHAT} Requests appear in this channel."),
            section("*Who can do what*\n" + "\n".join(f"• {line}" for line in lines)),
            context(HELP),
        ),
    )


def welcome(roles: Roles, *, may_ask: bool, approver: bool) -> list[Block]:
    """To one person, in their first Home."""
    lines = [
        "You can look people up, search, and see history and status.",
        "You can request changes: offboard someone, give a seat, change or restore one." if may_ask else _asking(roles),
        "You can approve requests that other people make." if approver else _approving(roles),
    ]
    return [section(f"*Welcome to hs-bot*\n{WHAT}"), section("\n".join(f"• {line}" for line in lines)), context(HELP)]


def _asking(roles: Roles) -> str:
    if roles.requesters is None:
        return "Every full member can request changes."
    if not roles.requesters:
        return "No one can request changes yet. Ask whoever runs hs-bot."
    return f"{_listed(roles.requesters)} can request changes."


def _approving(roles: Roles) -> str:
    if not roles.approvers:
        return "No one can approve requests yet, so none can be made. Ask whoever runs hs-bot to name approvers."
    return f"{_listed(roles.approvers)} can approve requests. No one can approve their own."


def _listed(names: Sequence[str]) -> str:
    """`Ana`, `Ana and Bo`, `Ana, Bo and 3 others`."""
    shown = [safe(name, 80) for name in names[:NAMED]]
    if len(names) > NAMED:
        shown.append(counted(len(names) - NAMED, "other"))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
