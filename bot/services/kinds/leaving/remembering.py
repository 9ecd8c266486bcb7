"""Who leaves, read whole: `check`, and `record` of everything that will be unreadable afterwards."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.helpscout.errors import Forbidden, Rejected
from bot.helpscout.rest import Rest
from bot.helpscout.scim.resources import ScimUser
from bot.model.address import address_key
from bot.model.team import Team, TeamMember
from bot.model.user import User, UserRecord
from bot.model.way import Way
from bot.policy.people.diff import diff_teams
from bot.services.requests.execution import Execution
from bot.services.side_by_side import begun, together
from bot.services.steps.aftermath import workflows_before
from bot.services.steps.duty.quiet import DUTY, before_of
from bot.services.steps.duty.reading import OnDuty, may_use, on_duty
from bot.services.steps.handover.taker import need_taker
from bot.services.steps.handover.words import planned
from bot.services.steps.holdings import Holdings, holdings
from bot.services.steps.reading_ahead import ask_ahead, asked_ahead
from bot.services.steps.same_person import teams_of
from bot.services.steps.scheduled import everywhere
from bot.services.ways.dispatch import identified

PERSON, EVERYWHERE = "person", "everywhere"
"""What is asked for ahead: all of the person; what is scheduled in the account."""
HELD = "held"
"""What they had when it was recorded."""


def check(ex: Execution) -> Mapping[str, Any]:
    """The person again, over every API in use: who was approved, or nothing is done. And whoever takes over."""
    if ex.way is not Way.SCIM or ex.has_scim:
        ask_ahead(ex, PERSON, lambda: _whole(ex))
    taker = begun(lambda: need_taker(ex, ex.request.plan["assignee_id"]))
    user, found = identified(ex)
    _hold_against(ex, user)
    taker.result()
    return found


def _hold_against(ex: Execution, user: User) -> None:
    """Addresses that Help Scout shows only now: who asked and who approved are held against them too."""
    if user.keys - {address_key(str(one)) for one in ex.request.plan.get("emails", ())}:
        with ex.fence():
            ex.record.identities.remember(user)
        ex.sound()


def record(ex: Execution) -> Mapping[str, Any]:
    """Everything that will be unreadable afterwards, committed with this step's result, before anything is changed."""
    plan = ex.request.plan
    user_id, assignee_id = int(plan["rest_id"]), plan["assignee_id"]
    ask_ahead(ex, EVERYWHERE, lambda: everywhere(ex.patient_rest))
    found = asked_ahead(ex, PERSON) or _whole(ex)
    user, teams, duty, inboxes = found.user, found.teams, found.duty, found.inboxes
    scim = found.scim if ex.way is Way.SCIM else None
    if isinstance(found.held, Forbidden) and ex.way is not Way.HAND:
        raise found.held
    held = found.held if isinstance(found.held, Holdings) else None
    ex.read_before[DUTY] = found.duty_at, duty
    ex.read_before[HELD] = time.monotonic(), held

    def write() -> None:
        now = ex.record.now()
        known = ex.record.users.get(user_id) or UserRecord(user=user, first_seen=now, last_seen=now)
        ex.record.users.put(
            [replace(known, user=user, last_seen=now, scim_id=scim.id if scim is not None else known.scim_id)]
        )
        _remember_teams(ex, user_id, teams)
        if held is not None:
            ex.record.moves.plan(planned(ex.request.id, held.open, user_id, assignee_id))

    ex.with_result(write)
    return {
        "user": dict(user.raw),
        "scim": dict(scim.raw) if scim is not None else None,
        "teams": [{"id": team.id, "name": team.name, "scim_id": team.scim_id} for team in teams],
        **(held.as_recorded() if held is not None else {"conversations": None}),
        "duty": before_of(duty),
        "inboxes": [{"id": one.id, "name": one.name} for one in duty.inboxes if inboxes.get(one.id)],
        "inboxes_known": bool(inboxes) and None not in inboxes.values(),
        "workflows": found.workflows,
    }


def _remember_teams(ex: Execution, user_id: int, teams: Sequence[Team]) -> None:
    """The memberships of this one person as they are now; everybody else's are the sync's."""
    known = ex.record.teams.all()
    before = ex.record.teams.members()
    after = {one for one in before if one.user_id != user_id} | {TeamMember(team.id, user_id) for team in teams}
    new = [team for team in teams if team.id not in {one.id for one in known}]
    found = diff_teams(known, [*known, *new], before, after)
    if found.written:
        ex.record.teams.replace(list(found.teams), set(found.members))
        now = ex.record.now()
        ex.record.changes.add([replace(one, request_id=ex.request.id, seen_at=now) for one in found.changes])


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Everything of somebody. `held` says so where the credential may not see conversations; `duty_at` is monotonic;
    `inboxes` are those that they may use, where that is told.
    """

    user: User
    scim: ScimUser | None
    teams: Sequence[Team]
    held: Holdings | Forbidden
    duty: OnDuty
    duty_at: float
    workflows: Mapping[str, str] | None
    inboxes: Mapping[int, bool | None]


def _whole(ex: Execution) -> Whole:
    plan, way = ex.request.plan, ex.way
    user_id = int(plan["rest_id"])
    known = [one.id for one in ex.record.inboxes.all()]
    somebody = User(id=user_id, email=str(plan["email"]))
    user, scim, teams, held, (duty, duty_at), workflows, inboxes = together(
        lambda: ex.rest.user(user_id),
        lambda: ex.scim.user(plan["scim_id"]) if way is Way.SCIM else None,
        lambda: _teams(ex, user_id),
        lambda: _held(ex.rest, user_id),
        lambda: (on_duty(ex.rest, ex.record, user_id), time.monotonic()),
        lambda: workflows_before(ex.rest),
        lambda: may_use(ex.rest, somebody, known, sure=False),
    )
    new = [one.id for one in duty.inboxes if one.id not in known]
    inboxes |= may_use(ex.rest, somebody, new, sure=False)
    return Whole(
        user=user,
        scim=scim,
        teams=teams,
        held=held,
        duty=duty,
        duty_at=duty_at,
        workflows=workflows,
        inboxes=inboxes,
    )


def _held(rest: Rest, user_id: int) -> Holdings | Forbidden:
    """The refusal as a value: whether it stops the work depends on the way."""
    try:
        return holdings(rest, user_id)
    except Forbidden as refused:
        return refused


def _teams(ex: Execution, user_id: int) -> list[Team]:
    """As they are now; as the last sync saw them where the token may not read teams."""
    try:
        return teams_of(ex.rest, ex.record.teams.all(), user_id)
    except (Forbidden, Rejected):
        return ex.record.teams.of_user(user_id)
