"""*Ask again…* on the card of a request that expired or went out of date: its form, filled in as it was."""

from bot.model.request import Kind, Request
from bot.model.user import Status, User, UserRecord
from bot.slack.forms import change, offboard, provision, restore
from bot.slack.forms.metadata import metadata
from bot.slack.handling.answer import Opens, Reply
from bot.slack.handling.barred import barred
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import hidden
from bot.slack.handling.payload import Call
from bot.slack.views.forms.offboard import Filled
from bot.slack.views.forms.provision import Filled as Seat
from bot.slack.views.people.teams import delete_form
from bot.slack.views.requests.finished_card import ASK_AGAIN
from bot.slack.views.words import GONE_FROM_THE_RECORD, sentence

GONE_ALREADY = "{name} no longer has a seat in Help Scout, so there's nothing to ask for."


def opened(call: Call, deps: Deps) -> Reply:
    """The button's value is the request's id. Nothing is asked for before the form is submitted."""
    request = deps.record.requests.get(call.value)
    if request is None or hidden(call, deps, request):
        return sentence("This request doesn't exist.")
    if request.state not in ASK_AGAIN:
        return sentence(f"This request is {request.state}. Only one that expired or is out of date can be asked again.")
    match request.kind:
        case Kind.PROVISION:
            return barred(call, deps) or provision.opened(call, deps, _seat(deps, request))
        case Kind.DELETE_TEAM:
            return _team(call, deps, request)
    row = deps.directory.get(request.target_id) if request.target_id is not None else None
    if row is None:
        return sentence(GONE_FROM_THE_RECORD)
    match request.kind:
        case Kind.OFFBOARD:
            return _offboard(call, deps, request, row)
        case Kind.CHANGE:
            return _change(call, deps, request, row)
        case Kind.RESTORE if row.status is not Status.ACTIVE:
            return restore.opened(call, deps, row, reason=request.reason, back=bool(request.plan.get("hand_back")))
    return sentence(f"{row.user.name} is already active in Help Scout, so there's nothing to do.")


def _seat(deps: Deps, request: Request) -> Seat:
    """As it was asked for; teams that are gone meanwhile are left out."""
    plan = request.plan
    wanted = {team["id"] for team in plan.get("teams") or ()}
    return Seat(
        email=str(plan.get("email", "")),
        first_name=str(plan.get("first_name", "")),
        last_name=str(plan.get("last_name", "")),
        role=str(plan.get("role", "")),
        teams=tuple(team for team in deps.directory.teams() if team.id in wanted),
        reason=request.reason,
    )


def _team(call: Call, deps: Deps, request: Request) -> Reply:
    team = next((one for one in deps.directory.teams() if one.id == request.target_id), None)
    if team is None:
        return sentence(f"The team {request.target_name} is no longer in Help Scout, so there's nothing to do.")
    members = deps.directory.listing(team=team, limit=1).total
    kept = metadata(call, target_id=team.id)
    return Opens(delete_form(team, members, request.reason, private_metadata=kept))


def _change(call: Call, deps: Deps, request: Request, row: UserRecord) -> Reply:
    """What has come true meanwhile is not asked for."""
    if row.status is not Status.ACTIVE:
        return sentence(GONE_ALREADY.format(name=row.user.name))
    changes = request.plan.get("changes") or {}
    wanted = {name: str(change["after"]) for name, change in changes.items()}
    left = {name: value for name, value in wanted.items() if str(getattr(row.user, name, "")) != value}
    return change.opened_for(call, deps, row, left, reason=request.reason)


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
