"""Who may decide, cancel, move or retry a request, and what the votes come to. Read again at every click."""

from collections.abc import Iterable
from datetime import datetime

from bot.model.member import Member
from bot.model.request import Decision, Request, State, Verdict
from bot.model.user import ADMIN, OWNER
from bot.policy.clocks import why_expired
from bot.policy.refusal import Refusal
from bot.policy.standing import is_person_of, may_speak, not_the_person

ENDED_AS = {
    State.APPROVED: "has been approved already",
    State.RUNNING: "is being carried out already",
    State.DONE: "has been carried out already",
    State.DENIED: "has been denied already",
    State.CANCELLED: "has been cancelled",
    State.EXPIRED: "has expired",
    State.STALE: "no longer fits the person as approved",
    State.FAILED: "has failed",
    State.ATTENTION: "needs attention and has been decided already",
}


def may_decide(
    request: Request,
    *,
    actor: Member | None,
    approvers: frozenset[str],
    emails: frozenset[str],
    decisions: Iterable[Decision],
    now: datetime,
) -> Refusal | None:
    """May this person approve or deny it now?

    `approvers` is membership as read at the click; `emails` every (folded) address of the person it is about.
    """
    return (
        _approver(request, actor, approvers, emails, "decide")
        or _pending(request, now)
        or _first_vote(decisions, actor)
    )


def may_cancel(
    request: Request, *, actor: Member | None, approvers: frozenset[str], emails: frozenset[str]
) -> Refusal | None:
    """The requester or an approver, before execution. An expired one may still be cancelled: that changes nothing."""
    return _requester_or_approver(request, actor, approvers, emails, "cancel") or _not_begun(request, "cancelled")


def may_reschedule(
    request: Request, *, actor: Member | None, approvers: frozenset[str], emails: frozenset[str], now: datetime
) -> Refusal | None:
    """The requester or an approver, before execution and before it has expired."""
    return (
        _requester_or_approver(request, actor, approvers, emails, "move")
        or _not_begun(request, "moved")
        or _in_time(request, now)
    )


def may_retry(
    request: Request, *, actor: Member | None, approvers: frozenset[str], emails: frozenset[str]
) -> Refusal | None:
    """An approver who is neither requester nor target, when the request needs attention."""
    if refusal := _approver(request, actor, approvers, emails, "retry"):
        return refusal
    if request.state is not State.ATTENTION:
        return Refusal(
            f"This request is {request.state}: only one that needs attention can be retried.", "not attention"
        )
    return None


def tally(
    decisions: Iterable[Decision], quorum: int, allowed: frozenset[str] | None = None, *, requester: str = ""
) -> State | None:
    """What the votes come to: `DENIED` by one deny, `APPROVED` by `quorum` distinct people, None: still pending.

    With `allowed` only approvals of those people count, so that the vote of somebody who has left the approvers since
    does not carry a decision. The requester's never counts. A quorum below one is read as one.
    """
    votes = list(decisions)
    if any(vote.verdict is Verdict.DENY for vote in votes):
        return State.DENIED
    people = {vote.actor for vote in votes} - {requester}
    if allowed is not None:
        people &= allowed
    return State.APPROVED if len(people) >= max(1, quorum) else None


def quorum_for(role: str, quorum: int, admin_quorum: int) -> int:
    """Approvals needed: for an admin (or the owner) at least the admins' quorum, and never less than for others."""
    return max(quorum, admin_quorum) if role.strip().lower() in (ADMIN, OWNER) else quorum


def _approver(
    request: Request, actor: Member | None, approvers: frozenset[str], emails: frozenset[str], verb: str
) -> Refusal | None:
    if actor is None or may_speak(actor) is not None:
        return may_speak(actor)
    if actor.id == request.requester:
        return Refusal(f"You asked for this yourself: somebody else has to {verb} it.", "requester")
    if refusal := not_the_person(actor, emails, f"This is about yourself: somebody else has to {verb} it."):
        return refusal
    if actor.id not in approvers:
        return Refusal(
            f"Only approvers (HS_BOT_APPROVERS) can {verb} this, and you are none of them now.", "not approver"
        )
    return None


def _requester_or_approver(
    request: Request, actor: Member | None, approvers: frozenset[str], emails: frozenset[str], verb: str
) -> Refusal | None:
    if actor is None or may_speak(actor) is not None:
        return may_speak(actor)
    if is_person_of(actor, emails):
        return Refusal(f"This is about yourself: somebody else has to {verb} it.", "target")
    if actor.id == request.requester or actor.id in approvers:
        return None
    return Refusal(f"Only who asked for this, or an approver, can {verb} it.", "not involved")


def _pending(request: Request, now: datetime) -> Refusal | None:
    if request.state is not State.PENDING:
        said = ENDED_AS.get(request.state, f"is {request.state}")
        why = f" {request.outcome}" if request.outcome else ""
        return Refusal(f"This request {said}: your click changed nothing.{why}", "not pending")
    return _in_time(request, now)


def _in_time(request: Request, now: datetime) -> Refusal | None:
    sentence = why_expired(request, now)
    return Refusal(sentence, "expired") if sentence else None


def _not_begun(request: Request, done: str) -> Refusal | None:
    if request.state in (State.PENDING, State.APPROVED):
        return None
    said = ENDED_AS.get(request.state, f"is {request.state}")
    return Refusal(f"This request {said}: it can't be {done} any more.", "begun")


def _first_vote(decisions: Iterable[Decision], actor: Member | None) -> Refusal | None:
    if actor is None or actor.id not in {decision.actor for decision in decisions}:
        return None
    return Refusal("You have voted on this already: another approver has to.", "voted")
