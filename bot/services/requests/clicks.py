"""Clicks on a request: approve, deny, cancel, move, retry. Rules are read again at each; one transaction writes it all.

The row is taken first, so that of two clicks at once the second sees what the first one did; every change of state is a
compare-and-set besides.
"""

from datetime import datetime
from typing import Any, TypeAlias, TypedDict

from bot.model.action import Cancel, Decide, Outcome, Reschedule, Retry
from bot.model.member import Member
from bot.model.request import Decision, Request, State, Verdict
from bot.policy.approval import may_cancel, may_decide, may_reschedule, may_retry, quorum_for, tally
from bot.policy.clocks import expires_at, start_by
from bot.policy.digest import plan_digest
from bot.policy.opening import LONGEST_REASON
from bot.policy.refusal import Refusal
from bot.policy.when import BadWhen, within_reach
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.membership import Standing, standing_at
from bot.services.requests.telling import Event, tell
from bot.services.requests.terms import Terms
from bot.services.requests.transitions import expire, move, utc
from bot.store.record import Record

Click: TypeAlias = Decide | Cancel | Reschedule | Retry

UNKNOWN = "There is no such request (any more): the button or id is not one of ours, so nothing was done."
FASTER = Refusal("Somebody else was faster: look at the request as it stands now.", "faster")


class _Who(TypedDict):
    actor: Member | None
    approvers: frozenset[str]
    emails: frozenset[str]


class _Faster(Exception):
    """Somebody else has moved the row: what this click has written is taken back."""


class Clicks:
    """`apply` is the only way in."""

    def __init__(self, record: Record, workspace: Workspace, terms: Terms) -> None:
        self._record = record
        self._workspace = workspace
        self._terms = terms

    def apply(self, action: Click) -> Outcome:
        """What came of the click; a refusal is recorded with its code."""
        request = self._record.requests.get(action.request_id)
        if request is None:
            details = {"code": "unknown request", "action": _verb(action)}
            self._record.audit.append("request.refused", actor=action.actor, details=details)
            return Outcome(accepted=False, sentence=UNKNOWN)
        try:
            # Before the transaction, which must not wait for Slack.
            standing = standing_at(self._workspace, self._record, request, action.actor)
        except WorkspaceAway as away:
            return self._refused(action, request, Refusal(away.sentence, "slack away"))
        try:
            with self._record.transaction():
                current = self._record.requests.update(request.id, touch=False)
                now = self._record.now()
                refusal = self._may(action, current, standing, now)
                if refusal is None:
                    return self._do(action, current, standing, now)
                return self._refused(action, expire(self._record, current, now) or current, refusal)
        except _Faster:
            return self._refused(action, self._record.requests.get(request.id) or request, FASTER)

    def _may(self, action: Click, request: Request, standing: Standing, now: datetime) -> Refusal | None:
        who: _Who = {"actor": standing.actor, "approvers": standing.approvers, "emails": standing.emails}
        match action:
            case Decide():
                votes = self._record.requests.decisions(request.id)
                return may_decide(request, **who, decisions=votes, now=now) or _reason(action)
            case Cancel() if request.state is State.ATTENTION:
                # To give up what was begun weighs as much as to go on with it.
                return may_retry(request, **who) or _reason(action)
            case Cancel():
                return may_cancel(request, **who) or _reason(action)
            case Reschedule():
                return may_reschedule(request, **who, now=now) or _time(action, now)
            case Retry():
                return may_retry(request, **who)

    def _do(self, action: Click, request: Request, standing: Standing, now: datetime) -> Outcome:
        match action:
            case Decide(verdict=Verdict.DENY):
                return self._deny(action, request, standing, now)
            case Decide():
                return self._approve(action, request, standing, now)
            case Cancel() if request.state is State.ATTENTION:
                return self._give_up(action, request)
            case Cancel():
                return self._cancel(action, request)
            case Reschedule():
                return self._reschedule(action, request, now)
            case Retry():
                return self._retry(action, request)

    def _approve(self, action: Decide, request: Request, standing: Standing, now: datetime) -> Outcome:
        voted = self._vote(action, request, standing, now)
        # The stricter of what was asked for at the opening and what is configured now.
        configured = quorum_for(str(voted.plan.get("role", "")), self._terms.quorum, self._terms.admin_quorum)
        needed = max(voted.quorum, configured)
        votes = self._record.requests.decisions(request.id)
        if tally(votes, needed, standing.approvers, requester=voted.requester) is not State.APPROVED:
            left = needed - len({vote.actor for vote in votes} & standing.approvers)
            sentence = f"Approved. {left} more {'is' if left == 1 else 'are'} needed."
            tell(self._record, voted, Event.APPROVED_BY, sentence, actor=action.actor)
            return Outcome(accepted=True, sentence=sentence, request=voted)
        later = voted.run_at is not None and voted.run_at > now
        sentence = f"Approved: it starts at {utc(voted.run_at)}." if later else "Approved: it starts now."
        by = start_by(now, voted.run_at, self._terms.execution_ttl)
        fields = {"quorum": needed, "approved_at": now, "start_by": by}
        approved = self._move(action, voted, State.APPROVED, Event.APPROVED, sentence, **fields)
        return Outcome(accepted=True, sentence=sentence, request=approved)

    def _deny(self, action: Decide, request: Request, standing: Standing, now: datetime) -> Outcome:
        voted = self._vote(action, request, standing, now)
        denied = self._move(action, voted, State.DENIED, Event.DENIED, f"Denied: {action.reason.strip()}")
        return Outcome(accepted=True, sentence="Denied: the requester is told, and nothing is done.", request=denied)

    def _vote(self, action: Decide, request: Request, standing: Standing, now: datetime) -> Request:
        """The vote, written; the row as it stands, still pending."""
        locked = self._record.requests.transition(request.id, from_states=frozenset({State.PENDING}), to=State.PENDING)
        decision = Decision(
            request_id=request.id,
            actor=action.actor,
            actor_name=standing.actor.name if standing.actor else "",
            verdict=action.verdict,
            reason=action.reason.strip(),
            decided_at=now,
        )
        if locked is None or not self._record.requests.decide(decision):
            raise _Faster
        self._record.audit.append(
            f"decision.{action.verdict}",
            actor=action.actor,
            request_id=request.id,
            user_id=request.target_id,
            details={"digest": locked.digest},
        )
        return locked

    def _cancel(self, action: Cancel, request: Request) -> Outcome:
        why = f": {action.reason.strip()}" if action.reason.strip() else "."
        cancelled = self._move(action, request, State.CANCELLED, Event.CANCELLED, f"Cancelled{why}")
        return Outcome(accepted=True, sentence="Cancelled: nothing was done.", request=cancelled)

    def _give_up(self, action: Cancel, request: Request) -> Outcome:
        why = f": {action.reason.strip()}" if action.reason.strip() else ""
        sentence = f"Given up by an approver{why}. Before that: {request.outcome}"
        given_up = self._move(action, request, State.FAILED, Event.FAILED, sentence)
        said = "Given up: what had been done until then stays as it is."
        return Outcome(accepted=True, sentence=said, request=given_up)

    def _reschedule(self, action: Reschedule, request: Request, now: datetime) -> Outcome:
        plan = {**request.plan, "run_at": action.run_at.isoformat() if action.run_at else None}
        fields: dict[str, Any] = {
            "plan": plan,
            "digest": plan_digest(request.kind, plan),
            "run_at": action.run_at,
            "expires_at": expires_at(now, self._terms.approval_ttl),
            "reminded": 0,
            "outcome": "",
        }
        when = f"Moved to {utc(action.run_at)}" if action.run_at else "Moved: it starts as soon as it may"
        if request.quorum < 1:
            fields |= {"approved_at": now, "start_by": start_by(now, action.run_at, self._terms.execution_ttl)}
            moved = self._move(action, request, State.APPROVED, Event.RESCHEDULED, f"{when}.", **fields)
            return Outcome(accepted=True, sentence=f"{when}.", request=moved)
        fields |= {"approved_at": None, "start_by": None}
        sentence = f"{when}. The time is part of what is approved, so it needs approval again."
        moved = self._move(action, request, State.PENDING, Event.RESCHEDULED, sentence, **fields)
        self._record.requests.void_decisions(request.id)
        return Outcome(accepted=True, sentence=sentence, request=moved)

    def _retry(self, action: Retry, request: Request) -> Outcome:
        # Running, and nobody's: the next runner takes it over as it does with what a dead one left.
        fields = {"outcome": "", "lease_owner": None, "lease_until": None}
        sentence = "Retried: it goes on at the step that could not be settled."
        retried = self._move(action, request, State.RUNNING, Event.RETRIED, sentence, **fields)
        return Outcome(accepted=True, sentence=sentence, request=retried)

    def _move(self, action: Click, request: Request, to: State, event: Event, sentence: str, **fields: Any) -> Request:
        moved = move(
            self._record,
            request,
            from_states={request.state},
            to=to,
            event=event,
            sentence=sentence,
            actor=action.actor,
            audit={"digest": fields.get("digest", request.digest)},
            **fields,
        )
        if moved is None:
            raise _Faster
        return moved

    def _refused(self, action: Click, request: Request, refusal: Refusal) -> Outcome:
        self._record.audit.append(
            "request.refused",
            actor=action.actor,
            request_id=request.id,
            user_id=request.target_id,
            details={"action": _verb(action), "code": refusal.code},
        )
        return Outcome(accepted=False, sentence=refusal.reason, request=request, field=refusal.field)


def _reason(action: Decide | Cancel) -> Refusal | None:
    if isinstance(action, Decide) and action.verdict is Verdict.DENY and not action.reason.strip():
        return Refusal("Say why you deny it: the requester is told, and the record keeps it.", "no reason", "reason")
    if len(action.reason) > LONGEST_REASON:
        return Refusal(f"The reason is too long: at most {LONGEST_REASON} signs.", "long reason", "reason")
    return None


def _time(action: Reschedule, now: datetime) -> Refusal | None:
    try:
        if action.run_at is not None:
            within_reach(action.run_at, now=now)
    except BadWhen as problem:
        return Refusal(problem.sentence, "bad time", "run_at")
    return None


def _verb(action: Click) -> str:
    return action.verdict.value if isinstance(action, Decide) else type(action).__name__.lower()
