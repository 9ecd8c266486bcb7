"""Offboarding: check, record, reassign, remove, verify, close.

Only the removal can't be repeated blindly: `removal.py`. Everything else reads, or writes what may be written twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.helpscout.client import HelpScout
from bot.helpscout.errors import Forbidden, Rejected
from bot.model.change import Change, ChangeKind
from bot.model.conversation import Move, MoveState
from bot.model.request import Kind, Request, Verdict
from bot.model.team import Team, TeamMember
from bot.model.user import Status, User, UserRecord, fold_email
from bot.policy.diff import diff_teams
from bot.policy.standing import is_person_of
from bot.services.crew import together
from bot.services.ports import WorkspaceAway
from bot.services.requests.kinds import CardWords, NotPossible, Proposal, StepPlan, integer
from bot.services.requests.membership import members_of
from bot.services.requests.terms import Terms
from bot.services.steps.execution import Attention, Execution, Stale
from bot.services.steps.handover import HandOver, open_conversations, planned
from bot.services.steps.people import NOTHING_DONE, Differs, find_over_scim, look_at, or_none, same_person, teams_of
from bot.services.steps.removal import remove, verify
from bot.store.record import Record


class Offboarding:
    """Arguments: `target_id` (REST id), `assignee_id` (REST id; none leaves the conversations unassigned)."""

    kind = Kind.OFFBOARD
    removes = True
    about_people = True

    def __init__(self, record: Record, helpscout: HelpScout, terms: Terms) -> None:
        self._record = record
        self._helpscout = helpscout
        self._terms = terms

    # Asking

    @property
    def ready(self) -> bool:
        return self._helpscout.scim is not None

    def propose(self, arguments: Mapping[str, object], *, fresh: bool = True) -> Proposal:
        target_id, assignee_id = integer(arguments, "target_id"), integer(arguments, "assignee_id")
        known = self._record.users.get(target_id) if target_id is not None else None
        if known is None:
            raise NotPossible("Choose the person to offboard from the list.", field="target_id", code="no target")
        taker = self._record.users.get(assignee_id) if assignee_id is not None else None
        if assignee_id is not None and taker is None:
            sentence = "Choose from the list who takes the conversations."
            raise NotPossible(sentence, field="assignee_id", code="no assignee")
        user, scim_id, taker_user, count = known.user, known.scim_id, taker.user if taker else None, None
        if fresh and known.status is Status.ACTIVE and self._helpscout.scim is not None:
            user, scim_id, taker_user, count = self._look_up(known, taker)
        teams = self._record.teams.of_user(known.id)
        return Proposal(
            plan=self._plan(user, scim_id, taker_user, teams, count),
            target_id=user.id,
            target_name=user.name,
            target_email=fold_email(user.email),
            target=user,
            status=known.status,
            emails=user.emails | known.user.emails,
            role=user.role,
            assignee=taker_user,
            assignee_status=taker.status if taker else None,
        )

    def _look_up(self, known: UserRecord, taker: UserRecord | None) -> tuple[User, str, User | None, int]:
        rest, scim = self._helpscout.rest, self._helpscout.scim
        assert scim is not None
        if not known.user.email:
            raise NotPossible(
                f"{known.user.name} has no e-mail address in Help Scout, and over SCIM people are found by it: give "
                "them one there, or remove them there.",
                field="target_id",
                code="not over scim",
            )
        user, found, taker_user, count = together(
            lambda: or_none(lambda: rest.user(known.id)),
            lambda: find_over_scim(scim, known.user.email, known.scim_id),
            lambda: or_none(lambda: rest.user(taker.id)) if taker else None,
            lambda: rest.count_conversations(known.id),
        )
        if user is None:
            raise NotPossible(
                f"{known.user.name} has just vanished from Help Scout: the next sync will record it.",
                field="target_id",
                code="not active",
            )
        if taker is not None and taker_user is None:
            raise NotPossible(
                f"{taker.user.name} has just vanished from Help Scout: choose somebody else for the conversations.",
                field="assignee_id",
                code="assignee not active",
            )
        if found is None or found.active is False:
            raise NotPossible(
                f"SCIM knows nobody active with the e-mail {user.email}, so {user.name} can't be removed over it: see "
                "under Admin > Authentication in Help Scout that they belong to the account's SSO domain.",
                field="target_id",
                code="not over scim",
            )
        if found.id != known.scim_id:
            self._record.users.set_scim_id(known.id, found.id)
        return user, found.id, taker_user, count

    def _plan(
        self, user: User, scim_id: str | None, taker: User | None, teams: Sequence[Team], count: int | None
    ) -> dict[str, Any]:
        return {
            "rest_id": user.id,
            "scim_id": scim_id,
            "name": user.name,
            "email": fold_email(user.email),
            "emails": sorted(user.emails),
            "role": user.role,
            "teams": [team.name for team in teams],
            "conversations": count,
            "assignee_id": taker.id if taker else None,
            "assignee_name": taker.name if taker else "",
            "deprovision": self._terms.deprovision,
        }

    def words(self, request: Request) -> CardWords:
        plan = request.plan
        count, taker = plan.get("conversations"), plan.get("assignee_name") or ""
        handed = f"handed to {taker}" if taker else "left unassigned"
        how = "removed from" if plan.get("deprovision") == "delete" else "deactivated in"
        return CardWords(
            title=f"Offboard {request.target_name}",
            verb="Offboard",
            consequence=f"{request.target_name} is {how} Help Scout, and their open conversations are {handed}.",
            facts=(
                ("Person", request.target_name),
                ("E-mail", str(plan.get("email", ""))),
                ("Role", str(plan.get("role", "")) or "not known"),
                ("Teams", ", ".join(plan.get("teams", ())) or "none"),
                ("Open conversations", "not counted" if count is None else f"{count}, {handed}"),
            ),
        )

    @property
    def steps(self) -> Sequence[StepPlan]:
        return (
            StepPlan("check", check),
            StepPlan("record", record),
            StepPlan("reassign", reassign),
            StepPlan("remove", remove),
            StepPlan("verify", verify),
            StepPlan("close", close),
        )


def check(ex: Execution) -> Mapping[str, Any]:
    """The person again, over REST and SCIM: who was approved, or nothing is done."""
    plan = ex.request.plan
    try:
        user, scim = same_person(
            ex.request, look_at(ex.rest, ex.scim, plan["rest_id"], plan["scim_id"]), ex.terms.protected
        )
    except Differs as differs:
        raise Stale(f"{differs.sentence} {NOTHING_DONE}") from differs
    _still_three_people(ex, user)
    return {"rest_id": user.id, "scim_id": scim.id, "email": user.email, "role": user.role}


def _still_three_people(ex: Execution, user: User) -> None:
    """Who asked and who approved were held against the addresses known by then; Help Scout may show more by now."""
    added = user.emails - frozenset(ex.request.plan.get("emails", ()))
    if not added:
        return
    approving = {vote.actor for vote in ex.record.requests.decisions(ex.request.id) if vote.verdict is Verdict.APPROVE}
    try:
        involved = members_of(ex.workspace, {ex.request.requester, *approving})
    except WorkspaceAway as away:
        raise Attention(f"{ex.request.target_name} has another e-mail address than before. {away.sentence}") from away
    for member in involved:
        if is_person_of(member, added):
            did = "asked for" if member.id == ex.request.requester else "approved"
            raise Stale(
                f"{member.name}, who {did} this, is {ex.request.target_name} by an e-mail address that Help Scout "
                f"shows only now. {NOTHING_DONE}"
            )


def record(ex: Execution) -> Mapping[str, Any]:
    """Everything that will be unreadable afterwards, committed with this step's result, before anything is changed."""
    plan = ex.request.plan
    user_id, assignee_id = int(plan["rest_id"]), plan["assignee_id"]
    user, scim, teams, conversations = together(
        lambda: ex.rest.user(user_id),
        lambda: ex.scim.user(plan["scim_id"]),
        lambda: _teams(ex, user_id),
        lambda: open_conversations(ex.rest, user_id),
    )

    def write() -> None:
        now = ex.record.now()
        known = ex.record.users.get(user_id) or UserRecord(user=user, first_seen=now, last_seen=now)
        ex.record.users.put([replace(known, user=user, last_seen=now, scim_id=scim.id)])
        _remember_teams(ex, user_id, teams)
        ex.record.moves.plan(planned(ex.request.id, conversations, user_id, assignee_id))

    ex.with_result(write)
    return {
        "user": dict(user.raw),
        "scim": dict(scim.raw),
        "teams": [{"id": team.id, "name": team.name, "scim_id": team.scim_id} for team in teams],
        "conversations": len(conversations),
    }


def reassign(ex: Execution) -> Mapping[str, Any]:
    """Each open conversation to the assignee. Without one they stay, and Help Scout unassigns them with the removal."""
    plan = ex.request.plan
    if plan["assignee_id"] is None:
        return {"left": len(ex.record.moves.of_request(ex.request.id))}
    return HandOver(ex, giver=int(plan["rest_id"]), taker=int(plan["assignee_id"]), everything=True).run()


def close(ex: Execution) -> Mapping[str, Any]:
    """The tombstone, the changes and the end of the request, in one transaction."""
    request, removed = ex.request, ex.result_of("remove")
    if removed is None:
        raise Attention("The removal has no result in the record; look at the audit log.")
    removed_at = datetime.fromisoformat(removed["at"])
    user_id = int(request.plan["rest_id"])

    def write() -> None:
        # Memberships stay in the record as they were: part of what is remembered, and what a restore goes by.
        ex.record.users.mark_gone(user_id, Status.OFFBOARDED, removed_at, request.id)
        known = [change.kind for change in ex.record.changes.of_request(request.id)]
        if ChangeKind.OFFBOARDED not in known:  # a sync that met them while this needed attention has written it
            ex.record.changes.add(
                [
                    Change(
                        user_id=user_id,
                        kind=ChangeKind.OFFBOARDED,
                        before=request.target_name,
                        seen_at=removed_at,
                        request_id=request.id,
                    )
                ]
            )
        for move in ex.record.moves.of_request(request.id):
            if move.state is MoveState.TODO:
                note = "left unassigned by the removal"
                ex.record.moves.mark(request.id, move.conversation_id, MoveState.MOVED, note, removed_at)

    ex.with_result(write)
    moves = ex.record.moves.of_request(request.id)
    return {"sentence": _ended(request, moves), "status": Status.OFFBOARDED.value}


def _teams(ex: Execution, user_id: int) -> list[Team]:
    """As they are now; as the last sync saw them where the token may not read teams."""
    try:
        return teams_of(ex.rest, ex.record.teams.all(), user_id)
    except (Forbidden, Rejected):
        return ex.record.teams.of_user(user_id)


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


def _ended(request: Request, moves: Sequence[Move]) -> str:
    moved = sum(move.state is MoveState.MOVED for move in moves)
    skipped = sum(move.state is MoveState.SKIPPED for move in moves)
    done = "removed from" if request.plan["deprovision"] == "delete" else "deactivated in"
    if not moves:
        handed = "They had no open conversations."
    elif request.plan["assignee_id"] is None:
        handed = f"Their open conversations ({len(moves)}) are unassigned."
    else:
        handed = f"Conversations handed to {request.plan['assignee_name']}: {moved}."
        handed += f" Settled meanwhile by others: {skipped}." if skipped else ""
    return f"{request.target_name} was {done} Help Scout. {handed}"
