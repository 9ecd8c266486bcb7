"""What a person has to do in Help Scout's own pages for a request, and where. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.model.request import Kind, Request

PAGES = "https://secure.helpscout.net"
"""Help Scout in the browser. A user's page is `/users/profile/{id}`; the lists are the menu's."""
WITHHELD = "withheld"
"""In the result of `reassign`: why the credential may not read or move conversations."""
NOT_HANDED = "hs-bot may not read or hand over conversations in this account, so {name}'s were left as they were."
FIELDS = {
    "first_name": "first name",
    "last_name": "last name",
    "job_title": "job title",
    "phone": "phone",
    "timezone": "time zone",
    "email": "e-mail",
    "role": "role",
}


def task(request: Request) -> str:
    """What to do, as a sentence; the name of whom it is about is in it."""
    plan, name = request.plan, request.target_name
    match request.kind:
        case Kind.OFFBOARD:
            return f"Remove {name} ({plan['email']}) in Help Scout under Manage > Users."
        case Kind.PROVISION | Kind.RESTORE:
            teams = ", ".join(str(team["name"]) for team in plan["teams"])
            also = f", and add them to {teams}" if teams else ""
            role = plan["role"] or "user"
            return f"Invite {name} ({plan['email']}) as {role} in Help Scout under Manage > Users{also}."
        case Kind.CHANGE:
            return f"Change {name} in Help Scout under Manage > Users: {_changes(plan)}."
        case Kind.DELETE_TEAM:
            return f"Delete the team {name} in Help Scout under Manage > Teams."


def task_after(request: Request, reassigned: Mapping[str, Any] | None) -> str:
    """As `task`, with what an offboarding could not prepare (`reassigned`: what its step came to)."""
    if not reassigned or WITHHELD not in reassigned:
        return task(request)
    taker = request.plan.get("assignee_name")
    first = [f"Hand them to {taker} first."] if taker else []
    return " ".join((NOT_HANDED.format(name=request.target_name), *first, task(request)))


def stays(kind: Kind) -> str:
    """What becomes of what was prepared, when a request that waits for a person is cancelled."""
    if kind is Kind.OFFBOARD:
        return "Their status and rotations are put back; conversations that were handed over stay where they are."
    return "What was prepared stays as it is."


def stays_given_up(kind: Kind) -> str:
    """What becomes of what was done, when a request that needs attention is given up."""
    if kind is Kind.OFFBOARD:
        return (
            "If they still have a seat, their status and rotations are put back; whatever else was done stays as it is."
        )
    return "What was done until now stays as it is."


def joining(request: Request, missing: list[str]) -> str:
    """What is left when somebody has their seat and is not yet in all teams."""
    return f"Add {request.target_name} to {', '.join(missing)} in Help Scout under Manage > Teams."


def page_of(request: Request) -> str:
    """The address of the page where it is done."""
    match request.kind:
        case Kind.OFFBOARD | Kind.CHANGE:
            return f"{PAGES}/users/profile/{request.target_id}"
        case Kind.DELETE_TEAM:
            return f"{PAGES}/teams/"
    return f"{PAGES}/users/"


def _changes(plan: Mapping[str, Any]) -> str:
    return ", ".join(f"{FIELDS[name]} {one['after'] or 'empty'}" for name, one in plan["changes"].items())
