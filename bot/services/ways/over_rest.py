"""The way over REST. Source: Mailbox API, "Create user", "Delete user", "Update team members".

Where this account's API turns out to have no such call, or refuses the credential, the rest is a person's to do: what
is approved stays approved.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from bot.helpscout.errors import Conflict, Forbidden, HelpScoutError, NotFound, Rejected
from bot.helpscout.rest import Rest
from bot.helpscout.rest_writes import MISSING, NewUser
from bot.model.request import Kind
from bot.model.team import Team
from bot.model.user import ADMIN, LIGHT, USER
from bot.model.way import Way
from bot.policy.ways import OLD_API, beyond_rest
from bot.services.requests.execution import Attention, Execution
from bot.services.steps.removal import SeatRemoval
from bot.services.steps.same_person import or_none
from bot.services.steps.settling import NotSettled
from bot.services.steps.step_journal import settled
from bot.services.ways.by_hand import hand_over
from bot.services.ways.one_call import asked_once
from bot.services.ways.over_reading import OverReading, created_id, vacant
from bot.services.ways.port import Result
from bot.services.ways.readings import seated_as


class OverRest(OverReading):
    """Needs a credential of an administrator or the owner."""

    way = Way.REST

    def remove(self, ex: Execution) -> Result:
        return asked_once(ex, RestRemoval(ex))

    def create(self, ex: Execution) -> Result:
        return asked_once(ex, RestCreation(ex))

    def join(self, ex: Execution) -> Result:
        """As over SCIM: what failed is named, and a Retry makes no second person."""
        wanted = ex.request.plan["teams"]
        user_id = created_id(ex)
        missing: dict[str, str] = {}
        for one in wanted:
            team = Team(id=int(one["id"]), name=str(one["name"]))
            wish = RestMembership(ex.rest, team, user_id, inside=True)
            try:
                if not wish.shown():
                    settled(ex, wish, f"{team.id}/{user_id}", team=team.id, user=user_id)
            except HelpScoutError as problem:
                if _no_such_call(problem, partial(_there, ex.rest, team.id)):
                    hand_over(ex, _said(problem), missing=not isinstance(problem, Forbidden))
                missing[team.name] = problem.sentence
            except NotSettled as problem:
                missing[team.name] = problem.sentence
        if missing:
            names = "; ".join(f"{name} ({why})" for name, why in missing.items())
            raise Attention(
                f"{ex.request.target_name} has a seat, but is missing in: {names}. Press Retry to try these teams "
                "again; nobody is created a second time."
            )
        return {"joined": [one["name"] for one in wanted]}

    def change(self, ex: Execution) -> Result:
        """Only what a plan that was approved for another way has come to: a person does it."""
        hand_over(ex, beyond_rest(Kind.CHANGE), missing=False)

    def delete_team(self, ex: Execution) -> Result:
        hand_over(ex, beyond_rest(Kind.DELETE_TEAM), missing=False)


class RestRemoval(SeatRemoval):
    """One person's seat is to be gone. REST has no deactivating: a user exists or not."""

    def __init__(self, ex: Execution) -> None:
        self._ex = ex
        self._rest_id = int(ex.request.plan["rest_id"])
        self.id = str(self._rest_id)
        self.about = f"The removal of {ex.request.target_name}"

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        return (self._delete,)

    def shown(self) -> bool:
        return or_none(lambda: self._ex.rest.user(self._rest_id)) is None

    def result(self) -> Mapping[str, Any]:
        return {"rest_id": self._rest_id}

    def _delete(self) -> None:
        ex = self._ex
        earlier = len(ex.saved.get("sent", ())) > 1
        try:
            ex.rest.delete_user(self._rest_id)
        except HelpScoutError as refused:
            if not _no_such_call(refused, lambda: self._stays(patient=earlier)):
                raise
            hand_over(ex, _said(refused), missing=not isinstance(refused, Forbidden))

    def _stays(self, *, patient: bool) -> bool:
        """Whether the person is still there; after an earlier call, whose answer was lost, it may take its time."""
        for _ in self._ex.looks():
            if self.shown():
                return False
            if not patient:
                break
        return True


class RestCreation:
    """Somebody is to have a seat with this address."""

    read_later = False

    def __init__(self, ex: Execution) -> None:
        self._ex = ex
        self._plan = ex.request.plan
        self.id = str(ex.request.plan["email"])
        self.about = f"The creation of {ex.request.target_name}"
        self._hidden = (
            f"Help Scout says that {self.id} is taken, but shows nobody with it. Retry won't help. Look in Help Scout "
            "under Manage > Users, invite them there, then cancel this request."
        )
        self._rest_id: int | None = None

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        return (self._create,)

    def ready(self) -> None:
        self._ex.sound("Nobody was given a seat")
        vacant(self._ex, "Nobody was given a seat; ask again.")

    def whose(self, refusal: HelpScoutError) -> str:
        return self._hidden if isinstance(refusal, Conflict) else ""

    def shown(self) -> bool:
        found = seated_as(self._ex.rest, self._plan)
        self._rest_id = found.id if found is not None else None
        return found is not None

    def result(self) -> Mapping[str, Any]:
        return {"rest_id": self._rest_id}

    def _create(self) -> None:
        ex = self._ex
        try:
            self._rest_id = ex.rest.create_user(new_user(self._plan))
        except HelpScoutError as refused:
            if not _no_such_call(refused, lambda: bool(ex.rest.me())):
                raise
            hand_over(ex, _said(refused), missing=not isinstance(refused, Forbidden))


GIVEN = (ADMIN, USER, LIGHT)
"""Source: Mailbox API, "Create user"."""


class RestMembership:
    """Somebody is to be in a team (`inside`) or out of it."""

    read_later = False

    def __init__(self, rest: Rest, team: Team, user_id: int, *, inside: bool) -> None:
        self._rest, self._team, self._user_id, self._inside = rest, team, user_id, inside
        self.about = "The addition to the team" if inside else "The removal from the team"

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        return (self._change,)

    def ready(self) -> None:
        """Always: saying it twice changes nothing more."""

    def whose(self, refusal: HelpScoutError) -> str:  # noqa: ARG002 - whoever did it, it is as wanted
        return ""

    def shown(self) -> bool:
        return (self._user_id in self._rest.team_members(self._team.id)) is self._inside

    def _change(self) -> None:
        one = (self._user_id,)
        added, removed = (one, ()) if self._inside else ((), one)
        self._rest.change_members(self._team.id, added=added, removed=removed)


def _there(rest: Rest, team_id: int) -> bool:
    return any(team.id == team_id for team in rest.teams())


def new_user(plan: Mapping[str, Any]) -> NewUser:
    """A plan's seat as `POST /v2/users` takes it; a role that it can't give is not raised to one that it can."""
    return NewUser(
        email=str(plan["email"]),
        first_name=str(plan["first_name"]),
        last_name=str(plan["last_name"]),
        role=str(plan["role"]) if plan["role"] in GIVEN else USER,
        timezone=str(plan["timezone"]),
        job_title=str(plan["job_title"]),
        phone=str(plan["phone"]),
    )


def _no_such_call(refused: HelpScoutError, still_there: Callable[[], bool]) -> bool:
    """Whether it is the call that Help Scout doesn't have or doesn't grant, not the thing that is missing."""
    if isinstance(refused, Forbidden):
        return True
    if not isinstance(refused, NotFound | Rejected) or refused.status not in MISSING:
        return False
    return refused.status != 404 or still_there()


def _said(refused: HelpScoutError) -> str:
    return refused.sentence if isinstance(refused, Forbidden) else f"{OLD_API}."
