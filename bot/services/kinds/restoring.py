"""Brings somebody back from their tombstone: data, role and teams as recorded, and their conversations if wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.model.change import Change, ChangeKind
from bot.model.offboarding.conversation import Move, MoveState
from bot.model.request import Kind, Request
from bot.model.team import Team, TeamMember
from bot.model.user import Status, User, UserRecord
from bot.policy.requests.approval import heavier
from bot.services.kinds.every_kind import EveryKind
from bot.services.requests.execution import Execution
from bot.services.requests.kinds import CardWords, NotPossible, Proposal, StepPlan
from bot.services.steps.duty.former import duty_said, former_duty, put_back_duty
from bot.services.steps.handover.hand_over import HandOver
from bot.services.steps.seating import AddressTaken, appear, role_told, seat_of, seated
from bot.services.ways.dispatch import create, join_teams, vacant
from bot.services.ways.words import by_hand_then, way_facts
from bot.store.record import Record


class Restoring(EveryKind):
    """Arguments: `target_id` (REST id of who is gone), `hand_back` (conversations that were handed over come back),
    `rotations` (they are put back into the rotations that they were in).
    """

    kind = Kind.RESTORE

    def propose(self, arguments: Mapping[str, object], *, fresh: bool = True) -> Proposal:
        known = self._target(arguments, "Choose the person to restore from those who are gone.")
        if not known.user.email:
            raise NotPossible(
                f"{known.user.name} has no e-mail address in the record, so they can't be restored. Give "
                "them a new seat instead.",
                field="target_id",
                code="no email",
            )
        asks = fresh and known.status is not Status.ACTIVE
        try:
            way, dormant = self._ways.for_seat(
                self.kind, known.user.email, known.user.role, own=frozenset({known.id}), fresh=asks
            )
        except AddressTaken as taken:
            raise NotPossible(taken.sentence, field="target_id", code="already active") from taken
        teams = self._record.teams.of_user(known.id)
        moves = handed_over(self._record, known) if arguments.get("hand_back") else []
        plan = {
            "way": way.way.value,
            "way_why": way.why,
            "rest_id": known.id,
            "name": known.user.name,
            **seat_of(known.user, [{"id": team.id, "name": team.name} for team in teams]),
            "hand_back": bool(arguments.get("hand_back")),
            **former_duty(self._record, known, rotations=bool(arguments.get("rotations"))),
            "conversations": len(moves),
            "offboarded_by": known.request_id,
            "deactivated_scim_id": dormant.id if dormant else None,
            "former_role": heavier(*(dormant.roles if dormant else ())),
        }
        return Proposal(
            plan=plan,
            target_id=known.id,
            target_name=known.user.name,
            target_email=str(plan["email"]),
            target=known.user,
            status=known.status,
        )

    def words(self, request: Request) -> CardWords:
        plan = request.plan
        teams = ", ".join(team["name"] for team in plan["teams"]) or "none"
        back = f"{plan['conversations']}, where they are still open" if plan["hand_back"] else "stay where they are"
        return CardWords(
            title=f"Restore {request.target_name}",
            verb="Restore",
            consequence=f"This will give {request.target_name} their seat in Help Scout back, with role and teams."
            f"{by_hand_then(plan)}",
            facts=(
                ("Person", request.target_name),
                ("E-mail", str(plan["email"])),
                ("Role", str(plan["role"]) or "not known"),
                ("Teams", teams),
                ("Conversations handed back", back),
                *way_facts(plan),
                *(
                    [("Rotations", ", ".join(one["inbox"] for one in plan["rotations"]))]
                    if plan.get("rotations")
                    else []
                ),
            ),
        )

    @property
    def steps(self) -> Sequence[StepPlan]:
        return (
            StepPlan("check", vacant),
            StepPlan("create", create),
            StepPlan("teams", join_teams),
            StepPlan("appear", appear),
            StepPlan("hand back", hand_back),
            StepPlan("close", close),
        )


def handed_over(record: Record, known: UserRecord) -> list[Move]:
    """The conversations that the offboarding gave to somebody."""
    moves = record.moves.of_request(known.request_id) if known.request_id else []
    return [move for move in moves if move.state is MoveState.MOVED and move.to_user is not None]


def hand_back(ex: Execution) -> Mapping[str, Any]:
    """The step `hand back`: conversations and rotations, as wished; inboxes that a person has to give are named."""
    user, _ = seated(ex)
    return {**_conversations(ex, user), **put_back_duty(ex, user)}


def _conversations(ex: Execution, user: User) -> Mapping[str, Any]:
    """What the offboarding handed over and is still open and theirs; the rest stays where it went."""
    plan = ex.request.plan
    if not plan["hand_back"] or plan["offboarded_by"] is None:
        return {"moved": 0}
    old = [move for move in ex.record.moves.of_request(plan["offboarded_by"]) if move.state is MoveState.MOVED]
    givers = sorted({move.to_user for move in old if move.to_user is not None})
    with ex.fence():
        known = {move.conversation_id for move in ex.record.moves.of_request(ex.request.id)}
        ex.record.moves.plan(
            [
                Move(
                    request_id=ex.request.id,
                    conversation_id=move.conversation_id,
                    number=move.number,
                    from_user=move.to_user,
                    to_user=user.id,
                )
                for move in old
                if move.to_user is not None and move.conversation_id not in known
            ]
        )
    result: Mapping[str, Any] = {"moved": 0}
    for giver in givers:
        result = HandOver(ex, giver=giver, taker=user.id, everything=False).run()
    return result


def close(ex: Execution) -> Mapping[str, Any]:
    """The record has them again, in one transaction with the end of the request."""
    request = ex.request
    user, scim_id = seated(ex)

    def write() -> None:
        old = ex.record.users.get(int(request.plan["rest_id"]))
        welcome(ex, user, scim_id, old)

    ex.with_result(write)
    handed = ex.result_of("hand back") or {}
    back = f" Conversations handed back: {handed.get('moved', 0)}." if request.plan["hand_back"] else ""
    back += "".join(f" {one}" for one in duty_said(handed))
    return {"sentence": f"{request.target_name} has a seat in Help Scout again.{back}{role_told(ex, user)}"}


def welcome(ex: Execution, user: User, scim_id: str | None, old: UserRecord | None) -> None:
    """Write somebody who has just got a seat, their memberships and the change; within the journal's transaction."""
    now = ex.record.now()
    known = ex.record.users.get(user.id)
    row = replace(known, user=user) if known else UserRecord(user=user, first_seen=now, last_seen=now)
    ex.record.users.put(
        [replace(row, status=Status.ACTIVE, last_seen=now, removed_at=None, scim_id=scim_id, request_id=ex.request.id)]
    )
    change = Change(user_id=user.id, kind=ChangeKind.JOINED, after=user.name)
    if old is not None and old.id == user.id:
        change = Change(user_id=user.id, kind=ChangeKind.RETURNED, before=old.status.value, after=Status.ACTIVE.value)
    elif old is not None:
        change = Change(user_id=user.id, kind=ChangeKind.RETURNED, field="id", before=str(old.id), after=str(user.id))
    joined = [str(name) for name in (ex.result_of("teams") or {}).get("joined", ())]
    teams = [Change(user_id=user.id, kind=ChangeKind.TEAM_JOINED, after=name) for name in joined]
    already = {(one.kind, one.after) for one in ex.record.changes.of_request(ex.request.id)}
    ex.record.changes.add(
        [
            replace(one, seen_at=now, request_id=ex.request.id)
            for one in (change, *teams)
            if (one.kind, one.after) not in already
        ]
    )
    _join(ex, user.id)


def _join(ex: Execution, user_id: int) -> None:
    ids = {int(team["id"]) for team in ex.request.plan["teams"]}
    teams: list[Team] = ex.record.teams.all()
    there = {team.id for team in teams}
    members = set(ex.record.teams.members())
    ex.record.teams.replace(teams, members | {TeamMember(id, user_id) for id in ids & there})
