"""Offboarding: check, record, quiet, reassign, remove, verify, close.

Only the removal can't be repeated blindly: `removal.py`. Everything else reads, or writes what may be written twice.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.helpscout.client import HelpScout
from bot.helpscout.errors import Forbidden, Rejected
from bot.helpscout.rest import Rest
from bot.helpscout.scim.resources import ScimUser
from bot.model.address import address_key, same_address
from bot.model.change import Change, ChangeKind
from bot.model.conversation import Conversation, Move, MoveState
from bot.model.offboarding.quiet import QuietState
from bot.model.request import Kind, Request
from bot.model.team import Team, TeamMember
from bot.model.user import Status, User, UserRecord
from bot.model.way import Way
from bot.policy.by_hand import NOT_HANDED, WITHHELD
from bot.policy.people.diff import diff_teams
from bot.policy.ways import Chosen
from bot.services.assignee import assignee_of
from bot.services.requests.execution import Attention, Execution
from bot.services.requests.kinds import CardWords, NotPossible, Proposal, StepPlan, integer
from bot.services.requests.terms import Terms
from bot.services.side_by_side import begun, together
from bot.services.steps.aftermath import afterwards, workflows_before
from bot.services.steps.aftermath import said_of as aftermath_said
from bot.services.steps.duty import OnDuty, may_use, on_duty
from bot.services.steps.handover import TEAM, HandOver, conversations_named, links, planned, refused_of
from bot.services.steps.holdings import Holdings, holdings
from bot.services.steps.outlook import Outlook, facts, outlook
from bot.services.steps.people import (
    NOTHING_DONE,
    NotOverScim,
    or_none,
    teams_of,
)
from bot.services.steps.quiet import DUTY, Quieting, before_of
from bot.services.steps.quiet import said_of as quiet_said
from bot.services.steps.reading_ahead import ask_ahead, asked_ahead
from bot.services.steps.scheduled import everywhere, settle_scheduled
from bot.services.steps.scheduled import said_of as scheduled_said
from bot.services.steps.taker import need_taker
from bot.services.ways.choosing import Ways
from bot.services.ways.dispatch import identified, remove, verify
from bot.services.ways.words import by_hand_then, way_facts
from bot.store.record import Record

PERSON, LISTED, EVERYWHERE = "person", "listed", "everywhere"
"""What is asked for ahead: all of the person; what they have after `quiet`; what is scheduled in the account."""


class Offboarding:
    """Arguments: `target_id` (REST id), `assignee_id` (REST id; none leaves the conversations unassigned)."""

    kind = Kind.OFFBOARD
    removes = True
    about_people = True

    def __init__(self, record: Record, helpscout: HelpScout, terms: Terms) -> None:
        self._record = record
        self._helpscout = helpscout
        self._terms = terms
        self._ways = Ways(record, helpscout, terms)

    # Asking

    @property
    def why_not(self) -> str:
        return self._ways.refusal(self.kind)

    def propose(self, arguments: Mapping[str, object], *, fresh: bool = True) -> Proposal:
        target_id, assignee_id = integer(arguments, "target_id"), integer(arguments, "assignee_id")
        known = self._record.users.get(target_id) if target_id is not None else None
        if known is None:
            raise NotPossible("Choose the person to offboard from the list.", field="target_id", code="no target")
        taker = assignee_of(self._record, assignee_id) if assignee_id is not None else None
        if assignee_id is not None and taker is None:
            sentence = "Choose from the list who takes the conversations."
            raise NotPossible(sentence, field="assignee_id", code="no assignee")
        user, taker_user, ahead = known.user, taker.user if taker else None, None
        seat: ScimUser | None = None
        if fresh and known.status is Status.ACTIVE:
            user, seat, taker_user, ahead, way = self._look_up(known, taker)
        else:
            way = self._ways.chosen(self.kind, self._ways.means())
        teams = self._record.teams.of_user(known.id)
        return Proposal(
            plan=self._plan(user, way, seat, taker_user, teams, ahead),
            target_id=user.id,
            target_name=user.name,
            target_email=user.email,
            target=user,
            status=known.status,
            assignee=taker_user,
            assignee_status=taker.status if taker else None,
        )

    def _look_up(
        self, known: UserRecord, taker: UserRecord | None
    ) -> tuple[User, ScimUser | None, User | None, Outlook, Chosen]:
        rest = self._helpscout.rest
        means, user, (found, unknown), taker_user, ahead = together(
            self._ways.read,
            lambda: or_none(lambda: rest.user(known.id)),
            lambda: self._ways.over_scim(known, self._terms.protected),
            lambda: or_none(lambda: rest.user(taker.id)) if taker else None,
            lambda: outlook(rest, self._record, known.id, taker.user if taker else None),
        )
        if taker is not None and taker.user.type == TEAM:  # the pages leave open whether users list teams
            taker_user = taker_user or taker.user
        if user is None:
            raise NotPossible(
                f"{known.user.name} is no longer in Help Scout. The next sync will record it.",
                field="target_id",
                code="not active",
            )
        if taker is not None and taker_user is None:
            raise NotPossible(
                f"{taker.user.name} is no longer in Help Scout. Choose someone else for the conversations.",
                field="assignee_id",
                code="assignee not active",
            )
        if (user.email or known.user.email) and not same_address(user.email, known.user.email):
            raise NotPossible(
                f"{user.name}'s e-mail address has just changed in Help Scout. The next sync will record it; ask again "
                "then.",
                field="target_id",
                code="not over scim",
            )
        if isinstance(found, NotOverScim):
            raise NotPossible(found.sentence, field="target_id", code="not over scim")
        way = self._ways.chosen(self.kind, means, unknown=unknown)
        return user, found if way.way is Way.SCIM else None, taker_user, ahead, way

    def _plan(
        self,
        user: User,
        way: Chosen,
        seat: ScimUser | None,
        taker: User | None,
        teams: Sequence[Team],
        ahead: Outlook | None,
    ) -> dict[str, Any]:
        return {
            "rest_id": user.id,
            "way": way.way.value,
            "way_why": way.why,
            "scim_id": seat.id if seat is not None else None,
            "scim_name": seat.user_name if seat is not None else "",
            "name": user.name,
            "email": user.email,
            "emails": [user.email, *user.alternate_emails],
            "role": user.role,
            "teams": [team.name for team in teams],
            **(ahead.as_plan() if ahead else {"conversations": None}),
            "assignee_id": taker.id if taker else None,
            "assignee_name": taker.name if taker else "",
            "assignee_type": taker.type.strip().lower() if taker else "",
            "deprovision": self._terms.deprovision if way.way is Way.SCIM else "delete",
            "scheduled_replies": self._terms.scheduled_replies,
        }

    def words(self, request: Request) -> CardWords:
        plan = request.plan
        count, taker = plan.get("conversations"), plan.get("assignee_name") or ""
        handed = f"handed to {taker}" if taker else "left unassigned"
        remove = plan.get("deprovision") == "delete"
        will = f"remove {request.target_name} from" if remove else f"deactivate {request.target_name} in"
        left = f"hand their open conversations to {taker}" if taker else "leave their open conversations unassigned"
        return CardWords(
            title=f"Offboard {request.target_name}",
            verb="Offboard",
            consequence=f"This will {will} Help Scout and {left}.{by_hand_then(plan)}",
            facts=(
                ("Person", request.target_name),
                ("E-mail", str(plan.get("email", ""))),
                *_scim_name(plan),
                ("Role", str(plan.get("role", "")) or "not known"),
                ("Teams", ", ".join(plan.get("teams", ())) or "none"),
                ("Open conversations", "not counted" if count is None else f"{count}{_asleep(plan)}, {handed}"),
                *facts(plan),
                *way_facts(plan),
            ),
        )

    def needs_approval(self, plan: Mapping[str, Any], terms: Terms) -> bool:  # noqa: ARG002 - always
        return True

    @property
    def steps(self) -> Sequence[StepPlan]:
        return (
            StepPlan("check", check),
            StepPlan("record", record),
            StepPlan("quiet", quiet),
            StepPlan("reassign", reassign),
            StepPlan("remove", remove),
            StepPlan("verify", verified),
            StepPlan("close", close),
        )


def _asleep(plan: Mapping[str, Any]) -> str:
    """How many of them are snoozed."""
    many = plan.get("snoozed") or 0
    return f" ({many} of them snoozed)" if many else ""


def _scim_name(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The SCIM userName, where it isn't the e-mail address: approvers see whose seat it is."""
    name = str(plan.get("scim_name") or "")
    return [("SCIM user", name)] if name and not same_address(name, str(plan.get("email", ""))) else []


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
        ex.sound(NOTHING_DONE)


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


def quiet(ex: Execution) -> Mapping[str, Any]:
    """Nothing new reaches them. What they have is listed as soon as that is written, for `reassign`."""
    return Quieting(ex, lambda: ask_ahead(ex, LISTED, lambda: _listed(ex)), lambda: _forget_list(ex)).run()


def _listed(ex: Execution) -> tuple[HandOver | None, Sequence[Conversation], Holdings]:
    """What the leaver has now, listed beside a look at who takes it."""
    plan = ex.request.plan
    leaver, taker = int(plan["rest_id"]), plan["assignee_id"]
    if taker is None:
        own = holdings(ex.patient_rest, leaver)
        return None, own.open, own
    over = HandOver(ex, giver=leaver, taker=int(taker), everything=True)
    there = over.begin()
    return over, there, over.holdings


def _forget_list(ex: Execution) -> None:
    ex.read_before.pop(LISTED, None)


def reassign(ex: Execution) -> Mapping[str, Any]:
    """Each open and snoozed conversation to the assignee; without one they stay, and Help Scout unassigns them with the
    removal. Beside that the leaver's scheduled replies are settled, and it is seen to it that they are still away: not
    where they have nothing, and the removal is the next thing.

    What a credential may not read or move is a person's to do where the removal is, too.
    """
    try:
        return _hand_over(ex)
    except Forbidden as refused:
        if ex.way is not Way.HAND:
            raise
        return {WITHHELD: refused.detail or refused.sentence}


def _hand_over(ex: Execution) -> Mapping[str, Any]:
    plan = ex.request.plan
    leaver, policy = int(plan["rest_id"]), str(plan.get("scheduled_replies") or "draft")
    ahead = asked_ahead(ex, LISTED)
    if ahead is not None and ahead[0] is not None and ahead[1]:
        ahead = None  # others may have given them away since: a conversation is taken from nobody but the leaver
    (over, there, own), account = together(
        lambda: ahead or _listed(ex),
        lambda: asked_ahead(ex, EVERYWHERE, within=60.0) or everywhere(ex.patient_rest),
    )
    handed, scheduled, _ = together(
        lambda: over.run(there) if over is not None else {"unassigned": len(own.open), **own.bound},
        lambda: settle_scheduled(ex.patient_rest, leaver, policy, own, account),
        lambda: Quieting(ex).still() if there or ex.way is Way.HAND else False,
    )
    return {**handed, **scheduled}


def verified(ex: Execution) -> Mapping[str, Any]:
    """The step `verify`: gone over both APIs; and what their going has left behind."""
    return {**verify(ex), **afterwards(ex.rest, ex.request.plan, ex.result_of("record") or {})}


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
        ex.record.quiets.end(request.id, QuietState.KEPT, "the seat is gone")

    ex.with_result(write)
    moves = ex.record.moves.of_request(request.id)
    more = told(request, {name: ex.result_of(name) or {} for name in ("quiet", "reassign", "verify")})
    ended = _ended(request, moves, ex.result_of("reassign") or {})
    return {"sentence": " ".join((ended, *more)), "status": Status.OFFBOARDED.value}


def told(request: Request, results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What else people should hear: what stayed, what is left, what turned invalid."""
    name, done = request.target_name, results["reassign"]
    left, awake, drafts = done.get("left", ()), done.get("awake", ()), done.get("drafts", ())
    still_in = results["verify"].get("rotations_left", ())
    said = [*quiet_said(results["quiet"], name, still_in), *scheduled_said(done, name)]
    if WITHHELD in done:
        said.append(NOT_HANDED.format(name=name))
    if left:
        said.append(f"Still reaching {name} after three more passes, and unassigned now: {links(left)}.")
    if awake:
        said.append(f"{conversations_named(awake)} woke up when handed over and couldn't be snoozed again.")
    if drafts:
        said.append(f"Drafts that were never sent: {links(drafts)}.")
    if "looked_at" in done:
        said.append(
            f"For snoozed ones and scheduled replies I looked at the {done['looked_at']:,} conversations of {name} "
            f"that were changed last, of {done['of']:,}."
        )
    return [*said, *aftermath_said(results["verify"])]


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


def _ended(request: Request, moves: Sequence[Move], done: Mapping[str, Any]) -> str:
    moved = sum(move.state is MoveState.MOVED for move in moves)
    skipped = sum(move.state is MoveState.SKIPPED for move in moves)
    gone = "removed from" if request.plan["deprovision"] == "delete" else "deactivated in"
    if WITHHELD in done:
        handed = ""
    elif not moves:
        handed = "They had no open conversations."
    elif request.plan["assignee_id"] is None:
        handed = f"Their open conversations ({len(moves)}) are unassigned."
    else:
        handed = f"Conversations handed to {request.plan['assignee_name']}: {moved}."
        refused = refused_of(moves)
        others = skipped - len(refused)
        handed += f" Settled meanwhile by others: {others}." if others else ""
        if refused:
            named = conversations_named(sorted(move.number or move.conversation_id for move in refused))
            handed += f" {named} could not be given to {request.plan['assignee_name']} and stay unassigned"
            handed += f" ({refused[0].note})."
    return f"{request.target_name} was {gone} Help Scout. {handed}".rstrip()
