"""The one way in: every change that needs a second person is opened, decided, moved, cancelled and retried here.

Buttons, forms, schedules and the command line call `Approvals.apply`. The row in `requests` is the only authority;
rules are read again at each click, a decision is one compare-and-set, and the row, its audit line and what Slack is
owed are one transaction. Nothing is executed here: a committed approval wakes the runner (`runner.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypedDict

from bot.model.action import Action, Cancel, Decide, Open, Outcome, Reschedule, Retry
from bot.model.member import Member
from bot.model.request import Decision, Request, State, Verdict
from bot.policy.approval import may_cancel, may_decide, may_reschedule, may_retry, quorum_for, tally
from bot.policy.clocks import expires_at, reminder_due, start_by
from bot.policy.digest import plan_digest
from bot.policy.opening import LONGEST_REASON
from bot.policy.refusal import Refusal
from bot.policy.when import BadWhen, within_reach
from bot.services.kinds import CardWords, Procedures
from bot.services.membership import Standing, standing_at
from bot.services.opening import Opening
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.telling import Event, tell
from bot.services.terms import Terms
from bot.services.transitions import expire, move
from bot.store.record import Record

UNKNOWN = "There is no such request (any more): the button or id is not one of ours, so nothing was done."
FASTER = Refusal("Somebody else was faster: look at the request as it stands now.", "faster")

Click: TypeAlias = Decide | Cancel | Reschedule | Retry


class _Who(TypedDict):
    actor: Member | None
    approvers: frozenset[str]
    emails: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tick:
    """What a round did: ids of requests."""

    expired: tuple[str, ...] = ()
    reminded: tuple[str, ...] = ()


class Approvals:
    """`wake` is called after each commit, so that the runner and whoever tells Slack act at once."""

    def __init__(
        self,
        record: Record,
        workspace: Workspace,
        procedures: Procedures,
        terms: Terms,
        *,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._terms = terms
        self._wake = wake
        self._opening = Opening(record, workspace, procedures, terms)

    def apply(self, action: Action) -> Outcome:
        """Do what `action` asks if the rules allow it, and say what came of it.

        A refusal is an `Outcome` too, recorded with its reason. Raises what the record raises when it can't be written
        (`StoreError`): then nothing was done.
        """
        try:
            outcome = self._opening.open(action) if isinstance(action, Open) else self._on_request(action)
        finally:
            self._wake()
        return outcome

    def foresee(self, action: Open) -> Outcome:
        """The faults of an opening that the record and Slack's cache already tell: writes nothing, calls no API.

        For a form, which must answer within three seconds; `apply` decides.
        """
        return self._opening.foresee(action)

    def words(self, request: Request) -> CardWords:
        """What the card of a request says."""
        return self._procedures[request.kind].words(request)

    def tick(self, now: datetime | None = None) -> Tick:
        """Regularly: end what has expired, remind of what is undecided, wake the runner for what is due."""
        moment = now or self._record.now()
        due = self._record.requests.due(moment)
        expired = tuple(id for id in due.expired if self._expire(id, moment))
        reminded = tuple(id for id in due.remindable if self._remind(id, moment))
        if expired or reminded or due.startable or due.orphaned_leases:
            self._wake()
        return Tick(expired, reminded)

    # Clicks

    def _on_request(self, action: Click) -> Outcome:
        request = self._record.requests.get(action.request_id)
        if request is None:
            self._record.audit.append(
                "request.refused", actor=action.actor, details={"code": "unknown request", "action": _verb(action)}
            )
            return Outcome(accepted=False, sentence=UNKNOWN)
        try:
            standing = standing_at(self._workspace, self._record, request, action.actor)
        except WorkspaceAway as away:
            return self._refused(action, request, Refusal(away.sentence, "slack away"))
        with self._record.transaction():
            # The row is taken first, so that of two clicks at once the second sees what the first one did.
            current = self._record.requests.update(request.id, touch=False)
            now = self._record.now()
            refusal = self._may(action, current, standing, now)
            outcome = None if refusal else self._do(action, current, standing, now)
            if outcome is not None:
                return outcome
            # Refused, or somebody was faster: both are told how things stand now.
            current = self._record.requests.get(request.id) or current
            refusal = refusal or self._may(action, current, standing, now) or FASTER
            return self._refused(action, expire(self._record, current, now) or current, refusal)

    def _may(self, action: Click, request: Request, standing: Standing, now: datetime) -> Refusal | None:
        who: _Who = {"actor": standing.actor, "approvers": standing.approvers, "emails": standing.emails}
        match action:
            case Decide():
                votes = self._record.requests.decisions(request.id)
                return may_decide(request, **who, decisions=votes, now=now) or _reason_of(action)
            case Cancel() if request.state is State.ATTENTION:
                return may_retry(request, **who)  # to give up what was begun weighs as much as to go on with it
            case Cancel():
                return may_cancel(request, **who)
            case Reschedule():
                return may_reschedule(request, **who, now=now) or _time_of(action, now)
            case Retry():
                return may_retry(request, **who)

    def _do(self, action: Click, request: Request, standing: Standing, now: datetime) -> Outcome | None:
        """None when somebody else moved the row first."""
        match action:
            case Decide(verdict=Verdict.DENY):
                return self._deny(action, request, standing, now)
            case Decide():
                return self._approve(action, request, standing, now)
            case Cancel():
                return self._cancel(action, request)
            case Reschedule():
                return self._reschedule(action, request, now)
            case Retry():
                return self._retry(action, request)

    def _vote(self, action: Decide, request: Request, standing: Standing, now: datetime) -> Request | None:
        """The vote, written. None when the row was moved or this person has voted meanwhile."""
        locked = self._record.requests.transition(request.id, from_states=frozenset({State.PENDING}), to=State.PENDING)
        if locked is None or not self._record.requests.decide(_decision(action, standing, now)):
            return None
        self._record.audit.append(
            f"decision.{action.verdict}",
            actor=action.actor,
            request_id=request.id,
            user_id=request.target_id,
            details={"digest": locked.digest},
        )
        return locked

    def _approve(self, action: Decide, request: Request, standing: Standing, now: datetime) -> Outcome | None:
        voted = self._vote(action, request, standing, now)
        if voted is None:
            return None
        needed = max(voted.quorum, quorum_for(str(voted.plan.get("role", "")), *self._quorums))
        votes = self._record.requests.decisions(request.id)
        if tally(votes, needed, standing.approvers, requester=voted.requester) is not State.APPROVED:
            left = needed - len({vote.actor for vote in votes} & standing.approvers)
            sentence = f"Approved. {left} more {'is' if left == 1 else 'are'} needed."
            tell(self._record, voted, Event.APPROVED_BY, sentence, actor=action.actor)
            return _accepted(sentence, voted)
        later = voted.run_at if voted.run_at is not None and voted.run_at > now else None
        sentence = f"Approved: it starts at {_utc(later)}." if later else "Approved: it starts now."
        approved = move(
            self._record,
            voted,
            from_states={State.PENDING},
            to=State.APPROVED,
            event=Event.APPROVED,
            sentence=sentence,
            actor=action.actor,
            quorum=needed,
            approved_at=now,
            start_by=start_by(now, voted.run_at, self._terms.execution_ttl),
        )
        return _accepted(sentence, approved) if approved else None

    def _deny(self, action: Decide, request: Request, standing: Standing, now: datetime) -> Outcome | None:
        voted = self._vote(action, request, standing, now)
        if voted is None:
            return None
        denied = move(
            self._record,
            voted,
            from_states={State.PENDING},
            to=State.DENIED,
            event=Event.DENIED,
            sentence=f"Denied: {action.reason.strip()}",
            actor=action.actor,
        )
        return _accepted("Denied: the requester is told, and nothing is done.", denied) if denied else None

    def _cancel(self, action: Cancel, request: Request) -> Outcome | None:
        why = f": {action.reason.strip()}" if action.reason.strip() else "."
        if request.state is State.ATTENTION:
            given_up = move(
                self._record,
                request,
                from_states={State.ATTENTION},
                to=State.FAILED,
                event=Event.FAILED,
                sentence=f"Given up by an approver{why} Before that: {request.outcome}",
                actor=action.actor,
            )
            return _accepted("Given up: what had been done until then stays as it is.", given_up) if given_up else None
        cancelled = move(
            self._record,
            request,
            from_states={State.PENDING, State.APPROVED},
            to=State.CANCELLED,
            event=Event.CANCELLED,
            sentence=f"Cancelled{why}",
            actor=action.actor,
        )
        return _accepted("Cancelled: nothing was done.", cancelled) if cancelled else None

    def _reschedule(self, action: Reschedule, request: Request, now: datetime) -> Outcome | None:
        plan = {**request.plan, "run_at": action.run_at.isoformat() if action.run_at else None}
        waits = request.quorum > 0
        moved = move(
            self._record,
            request,
            from_states={State.PENDING, State.APPROVED},
            to=State.PENDING if waits else State.APPROVED,
            event=Event.RESCHEDULED,
            sentence=f"Moved to {_utc(action.run_at)}." if action.run_at else "Moved: it starts as soon as it may.",
            actor=action.actor,
            audit={"digest_before": request.digest},
            plan=plan,
            digest=plan_digest(request.kind, plan),
            run_at=action.run_at,
            expires_at=expires_at(now, self._terms.approval_ttl),
            approved_at=None if waits else now,
            start_by=None if waits else start_by(now, action.run_at, self._terms.execution_ttl),
            reminded=0,
            outcome="",
        )
        if moved is None:
            return None
        self._record.requests.void_decisions(request.id)
        return _accepted("Moved: the time is part of what is approved, so it needs approval again.", moved)

    def _retry(self, action: Retry, request: Request) -> Outcome | None:
        retried = move(
            self._record,
            request,
            from_states={State.ATTENTION},
            to=State.RUNNING,
            event=Event.RETRIED,
            sentence="Retried.",
            actor=action.actor,
            outcome="",
            lease_owner=None,
            lease_until=None,
        )
        return _accepted("Retried: it goes on at the step that could not be settled.", retried) if retried else None

    def _refused(self, action: Click, request: Request, refusal: Refusal) -> Outcome:
        self._record.audit.append(
            "request.refused",
            actor=action.actor,
            request_id=request.id,
            user_id=request.target_id,
            details={"action": _verb(action), "code": refusal.code},
        )
        return Outcome(accepted=False, sentence=refusal.reason, request=request, field=refusal.field)

    # Time

    def _expire(self, id: str, now: datetime) -> bool:
        with self._record.transaction():
            request = self._record.requests.get(id)
            return request is not None and expire(self._record, request, now) is not None

    def _remind(self, id: str, now: datetime) -> bool:
        with self._record.transaction():
            request = self._record.requests.get(id)
            due = reminder_due(request, now) if request is not None else 0
            if request is None or not due:
                return False
            votes = len(self._record.requests.decisions(id))
            moved = move(
                self._record,
                request,
                from_states={State.PENDING},
                to=State.PENDING,
                event=Event.REMINDED,
                sentence=f"Still to be decided: {votes} of {request.quorum} approvals so far. "
                f"It expires at {_utc(request.expires_at)}.",
                reminded=due,
            )
            return moved is not None

    @property
    def _quorums(self) -> tuple[int, int]:
        return self._terms.quorum, self._terms.admin_quorum


def _accepted(sentence: str, request: Request) -> Outcome:
    return Outcome(accepted=True, sentence=sentence, request=request)


def _decision(action: Decide, standing: Standing, now: datetime) -> Decision:
    return Decision(
        request_id=action.request_id,
        actor=action.actor,
        actor_name=standing.actor.name if standing.actor else "",
        verdict=action.verdict,
        reason=action.reason.strip(),
        decided_at=now,
    )


def _reason_of(action: Decide) -> Refusal | None:
    if action.verdict is Verdict.DENY and not action.reason.strip():
        return Refusal("Say why you deny it: the requester is told, and the record keeps it.", "no reason", "reason")
    if len(action.reason) > LONGEST_REASON:
        return Refusal(f"The reason is too long: at most {LONGEST_REASON} signs.", "long reason", "reason")
    return None


def _time_of(action: Reschedule, now: datetime) -> Refusal | None:
    try:
        if action.run_at is not None:
            within_reach(action.run_at, now=now)
    except BadWhen as problem:
        return Refusal(problem.sentence, "bad time", "run_at")
    return None


def _verb(action: Click) -> str:
    return action.verdict.value if isinstance(action, Decide) else type(action).__name__.lower()


def _utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "once"
