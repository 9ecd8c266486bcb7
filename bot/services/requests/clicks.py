"""Clicks on a request: approve, deny, cancel, move, retry. Rules are read again at each; one transaction writes it all.

The row is taken first, so that of two clicks at once the second sees what the first one did; every change of state is a
compare-and-set besides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from bot.helpscout.errors import HelpScoutError
from bot.model.action import Assign, Cancel, Decide, Outcome, Reschedule, Retry
from bot.model.request import Decision, Kind, Request, State, Verdict
from bot.policy.by_hand import stays, stays_given_up
from bot.policy.refusal import Refusal
from bot.policy.requests.approval import (
    Click,
    Vote,
    counted,
    may_assign,
    may_cancel,
    may_decide,
    may_reschedule,
    may_retry,
    quorum_for,
    who_can,
)
from bot.policy.requests.clocks import expires_at, start_by
from bot.policy.requests.digest import plan_digest
from bot.policy.requests.opening import can_approve, may_take, reason_too_long
from bot.policy.requests.seal import opening
from bot.policy.requests.seal import vote as sealed_vote
from bot.policy.typed.when import BadWhen, within_reach
from bot.services.assignee import assignee_of, leaving
from bot.services.pairing import Pairing
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.kinds import NotPossible, Procedures
from bot.services.requests.membership import click_at, members_of, role_of
from bot.services.requests.queueing import why_queued
from bot.services.requests.telling import Event, tell
from bot.services.requests.terms import Terms
from bot.services.requests.transitions import expire, move, utc
from bot.store.record import Record

OnRequest: TypeAlias = Decide | Cancel | Reschedule | Assign | Retry

UNKNOWN = "This request doesn't exist, so nothing was done."
FASTER = Refusal("Someone else acted on this request first. Here's where it stands now.", "faster")
TRIES = 5  # readings of who has voted, while others are voting
NAMED = frozenset({"requester", "not approver", "voted"})
"""Refusals that say who can instead."""
HANDED = (
    *("assignee_id", "assignee_name", "assignee_type"),
    *("conversations", "snoozed", "closed_inboxes", "rotations", "alone_in", "lacking"),
)
"""What a plan says of who takes the conversations, and of what would come of that."""


class _Again(Exception):
    """Somebody voted while Slack was being asked, so nobody has asked yet who that is."""


class _Faster(Exception):
    """Somebody else has moved the row: what this click has written is taken back."""


class Clicks:
    """`apply` is the only way in."""

    def __init__(self, record: Record, workspace: Workspace, procedures: Procedures, terms: Terms) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._terms = terms
        self._pairing = Pairing(record)

    def apply(self, action: OnRequest) -> Outcome:
        """What came of the click; a refusal is recorded with its code."""
        request = self._record.requests.get(action.request_id)
        if request is None:
            details = {"code": "unknown request", "action": _verb(action)}
            self._record.audit.append("request.refused", actor=action.actor, details=details)
            return Outcome(accepted=False, sentence=UNKNOWN)
        for _ in range(TRIES):
            try:
                return self._clicked(action, request)
            except _Again:
                continue
            except _Faster:
                break
            except WorkspaceAway as away:
                return self._refused(action, request, Refusal(away.sentence, "slack away"))
        return self._refused(action, self._record.requests.get(request.id) or request, FASTER)

    def _clicked(self, action: OnRequest, request: Request) -> Outcome:
        # Before the transaction, which must not wait for Slack.
        votes = self._record.requests.decisions(request.id)
        click = click_at(self._workspace, self._record, request, action.actor, votes)
        if click.actor is not None and not click.actor.is_provider:
            self._pairing.seen(click.actor)
        handed: Mapping[str, Any] | Refusal = {}
        if isinstance(action, Assign) and self._may(action, request, click) is None:
            handed = self._look_up(action, request)
        if isinstance(handed, Refusal):
            return self._refused(action, request, handed)
        outcome = self._decided(action, request.id, click, handed)
        if isinstance(outcome, Outcome):
            return outcome
        refusal, current = outcome
        return self._refused(action, current, self._with_names(refusal, click))

    def _look_up(self, action: Assign, request: Request) -> Mapping[str, Any] | Refusal:
        """The part of the plan that another assignee changes, as Help Scout says now; empty where it is the same."""
        if request.plan.get("assignee_id") == action.assignee_id:
            return {}
        arguments = {"target_id": request.target_id, "assignee_id": action.assignee_id}
        try:
            proposal = self._procedures[request.kind].propose(arguments, fresh=True)
        except NotPossible as problem:
            return Refusal(problem.sentence, problem.code, problem.field)
        except HelpScoutError as problem:
            return Refusal(f"{problem.sentence} Nothing was changed.", "help scout")
        if (taker := proposal.assignee) is not None:  # whose role may have changed since the last sync
            leaves = leaving(self._record, taker.id)
            if refusal := may_take(taker, proposal.assignee_status, request.target_id, leaves):
                return refusal
        return {key: proposal.plan[key] for key in HANDED if key in proposal.plan}

    def _decided(
        self, action: OnRequest, id: str, click: Click, handed: Mapping[str, Any]
    ) -> Outcome | tuple[Refusal, Request]:
        with self._record.transaction():
            current = self._record.requests.update(id, touch=False)
            votes = self._record.requests.decisions(id)
            click = replace(click, now=self._record.now(), votes=_as_known(votes, click))
            refusal = self._may(action, current, click)
            if refusal is None:
                return self._do(action, current, click, handed)
            return refusal, expire(self._record, current, click.now) or current

    def _may(self, action: OnRequest, request: Request, click: Click) -> Refusal | None:
        match action:
            case Decide():
                return may_decide(request, click, action.verdict) or _reason(action)
            case Cancel() if request.state is State.ATTENTION:
                # To give up what was begun weighs as much as to go on with it.
                return may_retry(request, click, "give up on") or _reason(action)
            case Cancel():
                return may_cancel(request, click) or _reason(action)
            case Reschedule():
                return may_reschedule(request, click) or _time(action, click.now)
            case Assign():
                return may_assign(request, click) or self._unfit(action, request)
            case Retry():
                return may_retry(request, click)

    def _do(self, action: OnRequest, request: Request, click: Click, handed: Mapping[str, Any]) -> Outcome:
        match action:
            case Decide(verdict=Verdict.DENY):
                return self._deny(action, request, click)
            case Decide():
                return self._approve(action, request, click)
            case Cancel() if request.state is State.ATTENTION:
                return self._give_up(action, request, click)
            case Cancel():
                return self._cancel(action, request, click)
            case Reschedule():
                return self._reschedule(action, request, click)
            case Assign():
                return self._assign(action, request, click, handed)
            case Retry():
                return self._retry(request, click)

    def _approve(self, action: Decide, request: Request, click: Click) -> Outcome:
        voted, vote = self._vote(action, request, click)
        # The stricter of what was asked for at the opening and what is configured now.
        configured = quorum_for(role_of(voted.plan), self._terms.quorum, self._terms.admin_quorum)
        needed = max(voted.quorum, configured, 1)
        valid = counted(
            (*click.votes, Vote(vote, click.actor)),
            click.approvers,
            requester=click.requester,
            requester_id=voted.requester,
            about=click.about,
        )
        if len(valid) < needed:
            left = needed - len(valid)
            sentence = f"Approved. {left} more approval{' is' if left == 1 else 's are'} needed."
            tell(self._record, voted, Event.APPROVED_BY, sentence, actor=vote.actor)
            return Outcome(accepted=True, sentence=sentence, request=voted)
        later = voted.run_at is not None and voted.run_at > click.now
        by = start_by(click.now, voted.run_at, self._terms.execution_ttl)
        fields: dict[str, Any] = {"quorum": needed, "approved_at": click.now, "start_by": by}
        sentence = "Approved. Starting now."
        if later:
            sentence = f"Approved. It will run {utc(voted.run_at)}."
        elif voted.kind is Kind.OFFBOARD:
            due = replace(voted, approved_at=click.now)
            if waits := why_queued(self._record, due, click.requester, self._terms.max_per_hour):
                sentence = f"Approved. {waits}"
                fields["outcome"] = waits
        approved = self._move(click, voted, State.APPROVED, Event.APPROVED, sentence, **fields)
        return Outcome(accepted=True, sentence=sentence, request=approved)

    def _deny(self, action: Decide, request: Request, click: Click) -> Outcome:
        voted, _ = self._vote(action, request, click)
        denied = self._move(click, voted, State.DENIED, Event.DENIED, f"Denied: {action.reason.strip()}")
        sentence = "Denied. Nothing was done, and the requester will be told."
        return Outcome(accepted=True, sentence=sentence, request=denied)

    def _vote(self, action: Decide, request: Request, click: Click) -> tuple[Request, Decision]:
        """The row as it stands, still pending, and the vote, sealed and written."""
        locked = self._record.requests.transition(request.id, from_states=frozenset({State.PENDING}), to=State.PENDING)
        assert click.actor is not None  # the rules let nobody else come here
        decision = Decision(
            request_id=request.id,
            actor=click.actor.id,
            actor_name=click.actor.name,
            verdict=action.verdict,
            reason=action.reason.strip(),
            decided_at=click.now,
        )
        decision = replace(decision, seal=self._record.seals.make(*sealed_vote(decision, request.digest)))
        if locked is None or not self._record.requests.decide(decision):
            raise _Faster
        self._record.audit.append(
            f"decision.{action.verdict}",
            actor=decision.actor,
            request_id=request.id,
            user_id=request.target_id,
            details={"digest": locked.digest},
        )
        return locked, decision

    def _cancel(self, action: Cancel, request: Request, click: Click) -> Outcome:
        why = f": {action.reason.strip()}" if action.reason.strip() else "."
        if request.state is State.WAITING:
            kept = stays(request.kind)
            sentence = f"Cancelled by an approver{why.rstrip('.')}. {kept}"
            given_up = self._move(click, request, State.CANCELLED, Event.CANCELLED, sentence)
            return Outcome(accepted=True, sentence=f"Cancelled. {kept}", request=given_up)
        cancelled = self._move(click, request, State.CANCELLED, Event.CANCELLED, f"Cancelled{why}")
        return Outcome(accepted=True, sentence="Cancelled. Nothing was done.", request=cancelled)

    def _give_up(self, action: Cancel, request: Request, click: Click) -> Outcome:
        why = f": {action.reason.strip()}" if action.reason.strip() else ""
        sentence = f"Given up by an approver{why}. Before that: {request.outcome}"
        given_up = self._move(click, request, State.FAILED, Event.FAILED, sentence)
        said = f"Given up. {stays_given_up(request.kind)}"
        return Outcome(accepted=True, sentence=said, request=given_up)

    def _reschedule(self, action: Reschedule, request: Request, click: Click) -> Outcome:
        plan = {**request.plan, "run_at": action.run_at.isoformat() if action.run_at else None}
        digest = plan_digest(request.kind, plan)
        fields: dict[str, Any] = {
            "plan": plan,
            "digest": digest,
            "seal": self._record.seals.make(*opening(replace(request, digest=digest))),
            "run_at": action.run_at,
            "expires_at": expires_at(click.now, self._terms.approval_ttl),
            "reminded": 0,
            "outcome": "",
        }
        when = f"Moved to {utc(action.run_at)}" if action.run_at else "Moved: it starts as soon as it can"
        if request.quorum < 1:
            fields |= {
                "approved_at": click.now,
                "start_by": start_by(click.now, action.run_at, self._terms.execution_ttl),
            }
            moved = self._move(click, request, State.APPROVED, Event.RESCHEDULED, f"{when}.", **fields)
            return Outcome(accepted=True, sentence=f"{when}.", request=moved)
        fields |= {"approved_at": None, "start_by": None}
        sentence = f"{when}. The time is part of what is approved, so it needs approval again."
        moved = self._move(click, request, State.PENDING, Event.RESCHEDULED, sentence, **fields)
        self._record.requests.void_decisions(request.id)
        return Outcome(accepted=True, sentence=sentence, request=moved)

    def _unfit(self, action: Assign, request: Request) -> Refusal | None:
        if action.assignee_id is None:
            return None
        row = assignee_of(self._record, action.assignee_id)
        if row is None:
            return Refusal("Choose from the list who takes the conversations.", "no assignee", "assignee_id")
        return may_take(row.user, row.status, request.target_id, leaving(self._record, row.id))

    def _assign(self, action: Assign, request: Request, click: Click, handed: Mapping[str, Any]) -> Outcome:
        plan = {**request.plan, **handed}
        if plan.get("assignee_id") != action.assignee_id:  # changed since it was looked up
            raise _Faster
        if request.plan.get("assignee_id") == action.assignee_id:
            return Outcome(accepted=True, sentence="That's how it is already, so nothing changed.", request=request)
        named = plan["assignee_name"]
        digest = plan_digest(request.kind, plan)
        fields: dict[str, Any] = {
            "plan": plan,
            "digest": digest,
            "seal": self._record.seals.make(*opening(replace(request, digest=digest))),
            "expires_at": expires_at(click.now, self._terms.approval_ttl),
            "reminded": 0,
        }
        what = f"{named} takes the conversations" if named else "The conversations are left unassigned"
        sentence = f"{what}. That is part of what is approved, so it needs approval again."
        moved = self._move(click, request, State.PENDING, Event.RESCHEDULED, sentence, **fields)
        self._record.requests.void_decisions(request.id)
        return Outcome(accepted=True, sentence=sentence, request=moved)

    def _retry(self, request: Request, click: Click) -> Outcome:
        # Running, and nobody's: the next runner takes it over as it does with what a dead one left.
        fields = {"outcome": "", "lease_owner": None, "lease_until": None}
        sentence = "Trying again, from the step that couldn't be confirmed."
        retried = self._move(click, request, State.RUNNING, Event.RETRIED, sentence, **fields)
        return Outcome(accepted=True, sentence=sentence, request=retried)

    def _move(self, click: Click, request: Request, to: State, event: Event, sentence: str, **fields: Any) -> Request:
        moved = move(
            self._record,
            request,
            from_states={request.state},
            to=to,
            event=event,
            sentence=sentence,
            actor=click.actor.id if click.actor else "",
            audit={"digest": fields.get("digest", request.digest)},
            **fields,
        )
        if moved is None:
            raise _Faster
        return moved

    def _refused(self, action: OnRequest, request: Request, refusal: Refusal) -> Outcome:
        self._record.audit.append(
            "request.refused",
            actor=action.actor,
            request_id=request.id,
            user_id=request.target_id,
            details={"action": _verb(action), "code": refusal.code},
        )
        return Outcome(accepted=False, sentence=refusal.reason, request=request, field=refusal.field)

    def _with_names(self, refusal: Refusal, click: Click) -> Refusal:
        """The refusal with the names of who can, where that helps."""
        if refusal.code not in NAMED:
            return refusal
        try:
            approvers = members_of(self._workspace, click.approvers)
        except WorkspaceAway:
            return refusal
        voted = {id for vote in click.votes if vote.member is not None for id in vote.member.ids}
        able = [one for one in can_approve(approvers, click.requester, click.about) if one.ids.isdisjoint(voted)]
        return replace(refusal, reason=f"{refusal.reason} {who_can([one.name or one.id for one in able])}".rstrip())


def _as_known(votes: Sequence[Decision], click: Click) -> tuple[Vote, ...]:
    """The votes as they stand now, with who gave them; raises `_Again` when that is somebody new."""
    known = {vote.decision.actor: vote.member for vote in click.votes}
    if any(vote.actor not in known for vote in votes):
        raise _Again
    return tuple(Vote(vote, known[vote.actor]) for vote in votes)


def _reason(action: Decide | Cancel) -> Refusal | None:
    if isinstance(action, Decide) and action.verdict is Verdict.DENY and not action.reason.strip():
        return Refusal("Say why you deny it. The requester is told, and it's kept on record.", "no reason", "reason")
    return reason_too_long(action.reason)


def _time(action: Reschedule, now: datetime) -> Refusal | None:
    try:
        if action.run_at is not None:
            within_reach(action.run_at, now=now)
    except BadWhen as problem:
        return Refusal(problem.sentence, "bad time", "run_at")
    return None


def _verb(action: OnRequest) -> str:
    return action.verdict.value if isinstance(action, Decide) else type(action).__name__.lower()
