"""What REST shows of a request's wish: is it so? For the ways that know nothing else to read."""

from collections.abc import Mapping
from typing import Any

from bot.helpscout.errors import Forbidden, HelpScoutError, NotFound
from bot.helpscout.rest import Rest
from bot.model.address import same_address
from bot.model.request import Kind, Request
from bot.model.user import User
from bot.services.steps.same_person import or_none


def is_done(rest: Rest, request: Request) -> bool:
    """Whether Help Scout shows what the request asks for. Raises `HelpScoutError`."""
    plan = request.plan
    match request.kind:
        case Kind.OFFBOARD:
            return or_none(lambda: rest.user(int(plan["rest_id"]))) is None
        case Kind.PROVISION | Kind.RESTORE:
            found = seated_as(rest, plan)
            return found is not None and not missing_teams(rest, plan, found.id)
        case Kind.CHANGE:
            return not differing(rest.user(int(plan["rest_id"])), plan)
        case Kind.DELETE_TEAM:
            return all(team.id != plan["team_id"] for team in rest.teams())


def seated_as(rest: Rest, plan: Mapping[str, Any]) -> User | None:
    """Who has the address of a seat that is to be given; None only after everybody was read."""
    return rest.find_by_email(str(plan["email"]))


def missing_teams(rest: Rest, plan: Mapping[str, Any], user_id: int) -> list[str]:
    """Names of the plan's teams that this person is not in; those that can't be read count as joined."""
    missing = []
    for team in plan["teams"]:
        try:
            inside = user_id in rest.team_members(int(team["id"]))
        except (Forbidden, NotFound):
            continue
        if not inside:
            missing.append(str(team["name"]))
    return missing


def differing(user: User, plan: Mapping[str, Any]) -> list[str]:
    """The fields of a change that are not as they are wanted."""
    wanted = {name: str(one["after"]) for name, one in plan["changes"].items()}
    return sorted(name for name, value in wanted.items() if not _took(name, str(getattr(user, name)), value))


def _took(name: str, shown: str, wanted: str) -> bool:
    return shown == wanted or (name == "email" and same_address(shown, wanted))


def read_or_why(rest: Rest, request: Request) -> bool | str:
    """As `is_done`, with the sentence of what kept it from being read."""
    try:
        return is_done(rest, request)
    except HelpScoutError as problem:
        return problem.sentence
