"""One person over both APIs: the REST user, the SCIM user that is the same, and whether they are who was meant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from bot.helpscout.errors import NotFound
from bot.helpscout.rest import Rest
from bot.helpscout.scim import Scim, ScimUser
from bot.model.problem import Problem
from bot.model.request import Request
from bot.model.team import Team
from bot.model.user import OWNER, User, fold_email
from bot.policy.digest import stale
from bot.services.crew import together

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Both sides; None: that API knows nobody by the id."""

    user: User | None
    scim: ScimUser | None

    @property
    def gone(self) -> bool:
        """Gone over REST (404), and over SCIM gone or deactivated."""
        return self.user is None and self.gone_over_scim

    @property
    def gone_over_scim(self) -> bool:
        return self.scim is None or self.scim.active is False


def look_at(rest: Rest, scim: Scim, user_id: int, scim_id: str) -> Person:
    """Both sides, read side by side."""
    user, other = together(lambda: or_none(lambda: rest.user(user_id)), lambda: or_none(lambda: scim.user(scim_id)))
    return Person(user, other)


def find_over_scim(scim: Scim, email: str, known_id: str | None) -> ScimUser | None:
    """The SCIM user with this address; `known_id`, when it (still) has the address, saves the search."""
    if known_id:
        known = or_none(lambda: scim.user(known_id))
        if known is not None and fold_email(email) in known.addresses:
            return known
    return scim.find_user(email)


def or_none(read: Callable[[], T]) -> T | None:
    """What is read, or None when Help Scout has nothing there."""
    try:
        return read()
    except NotFound:
        return None


class Differs(Problem):
    """Help Scout shows something else than what was approved; the sentence does not say what was done meanwhile."""


def same_person(request: Request, person: Person, protected: frozenset[str]) -> tuple[User, ScimUser]:
    """Both sides of the person, when they are who was approved; else raises `Differs`.

    Compared is what the digest binds: REST id, SCIM id, e-mail, role, assignee and time.
    """
    name = request.target_name or request.target_email
    user, scim = person.user, person.scim
    if user is None:
        raise Differs(f"{name} is no longer in Help Scout under the id that was approved.")
    if scim is None or scim.active is False:
        raise Differs(f"{name} is {'gone' if scim is None else 'deactivated'} over SCIM, though REST still shows them.")
    if sentence := stale(bound(request.plan), fresh(request, user, scim)):
        raise Differs(sentence.removesuffix(NOTHING_DONE).rstrip())
    if fold_email(user.email) not in scim.addresses:
        raise Differs(f"The SCIM user that was approved no longer has {name}'s e-mail.")
    if user.role.strip().lower() == OWNER:
        raise Differs(f"{name} owns the account, and the owner is never touched.")
    if not protected.isdisjoint(user.emails):
        raise Differs(f"{name} is protected now (HS_BOT_PROTECTED).")
    return user, scim


NOTHING_DONE = "Nothing was done; ask again."

BOUND = ("rest_id", "scim_id", "email", "role", "assignee_id", "run_at")


def bound(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a plan that must be the same when the work starts."""
    return {key: plan.get(key) for key in BOUND}


def fresh(request: Request, user: User, scim: ScimUser) -> dict[str, Any]:
    """The same part as things are now. Who takes the conversations, and when, is what the row says."""
    return {
        "rest_id": user.id,
        "scim_id": scim.id,
        "email": fold_email(user.email),
        "role": user.role,
        "assignee_id": request.plan.get("assignee_id"),
        "run_at": as_text(request.run_at),
    }


def as_text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def teams_of(rest: Rest, known: Sequence[Team], user_id: int) -> list[Team]:
    """The teams somebody is in now. The members of the `known` teams are read beside the list of teams."""
    listed, *members = together(
        rest.teams, *(lambda id=team.id: or_none(lambda: rest.team_members(id)) for team in known)
    )
    inside = {team.id: user_id in (found or ()) for team, found in zip(known, members, strict=True)}
    new = [team for team in listed if team.id not in inside]
    for team, found in zip(new, together(*(lambda id=team.id: rest.team_members(id) for team in new)), strict=True):
        inside[team.id] = user_id in found
    scim_ids = {team.id: team.scim_id for team in known}
    return [replace(team, scim_id=scim_ids.get(team.id)) for team in listed if inside[team.id]]
