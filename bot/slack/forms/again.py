"""*Ask again…* on the card of a request that expired or went out of date: its form, filled in as it was."""

from bot.model.request import Kind, Request
from bot.model.user import Status, User, UserRecord
from bot.slack.forms import offboard, restore
from bot.slack.handling.answer import Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import hidden
from bot.slack.handling.payload import Call
from bot.slack.views.finished_card import ASK_AGAIN
from bot.slack.views.forms.offboard import Filled
from bot.slack.views.words import GONE_FROM_THE_RECORD, sentence

GONE_ALREADY = "{name} no longer has a seat in Help Scout, so there's nothing to ask for."


def opened(call: Call, deps: Deps) -> Reply:
    """The button's value is the request's id. Nothing is asked for before the form is submitted."""
    request = deps.record.requests.get(call.value)
    if request is None or hidden(call, deps, request):
        return sentence("This request doesn't exist.")
    if request.state not in ASK_AGAIN:
        return sentence(f"This request is {request.state}. Only one that expired or is out of date can be asked again.")
    row = deps.directory.get(request.target_id) if request.target_id is not None else None
    if row is None:
        return sentence(GONE_FROM_THE_RECORD)
    match request.kind:
        case Kind.OFFBOARD:
            return _offboard(call, deps, request, row)
        case Kind.RESTORE if row.status is not Status.ACTIVE:
            return restore.opened(call, deps, row, reason=request.reason, back=bool(request.plan.get("hand_back")))
        case Kind.RESTORE:
            return sentence(f"{row.user.name} is already active in Help Scout, so there's nothing to do.")
    return sentence("Please ask for this again with the command you used before.")


def _offboard(call: Call, deps: Deps, request: Request, row: UserRecord) -> Reply:
    """Without the time: it has passed, or was part of what is out of date."""
    if row.status is not Status.ACTIVE:
        return sentence(GONE_ALREADY.format(name=row.user.name))
    return offboard.opened(
        call, deps, Filled(person=row.user, reason=request.reason, assignee=_assignee(deps, request))
    )


def _assignee(deps: Deps, request: Request) -> User | None:
    id = request.plan.get("assignee_id")
    row = deps.directory.get(id) if isinstance(id, int) else None
    return row.user if row is not None and row.status is Status.ACTIVE else None
