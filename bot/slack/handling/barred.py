"""Who can't ask for a thing at all hears it before a form is filled in."""

from bot.model.action import Open
from bot.model.request import Kind
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.views.kit import Message
from bot.slack.views.words import sentence


def barred(call: Call, deps: Deps, kind: Kind = Kind.PROVISION) -> Message | None:
    """Why this person can't ask for such a thing at all, whoever it is about. Recorded, as every refusal."""
    asked = Open(kind=kind, actor=call.user, reason="not written yet", arguments={})
    foreseen = deps.approvals.foresee(asked)
    if foreseen.accepted or foreseen.field:  # nothing but what is not filled in yet
        return None
    return sentence(deps.approvals.apply(asked).sentence)
