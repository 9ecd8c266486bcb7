"""Who may decide, cancel, move or retry a request, and what the votes come to. Read again at every click."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.member import Member
from bot.model.request import Decision, Kind, Request, State, Verdict
from bot.model.user import ADMIN, OWNER
from bot.policy.people.identity import NOBODY, About, could_be, not_the_person, same_member
from bot.policy.people.standing import may_speak
from bot.policy.refusal import Refusal
from bot.policy.requests.clocks import in_minutes, why_expired

_ADMINS = frozenset({OWNER, ADMIN, "account owner", "administrator"})
"""Help Scout's roles, and what SCIM servers call them."""

REMIND_AGAIN = timedelta(hours=1)
"""Between two reminders that a requester sends."""

ENDED_AS = {
    State.APPROVED: "has already been approved",
    State.RUNNING: "is already running",
    State.DONE: "is already done",
    State.DENIED: "has already been denied",
    State.CANCELLED: "has been cancelled",
    State.EXPIRED: "has expired",
    State.STALE: "is out of date",
    State.FAILED: "has failed",
    State.ATTENTION: "has already been decided, and needs attention",
    State.WAITING: "has already been approved, and someone has to do it in Help Scout",
}


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote and who gave it, as Slack knows them now; None: Slack knows nobody by that id."""

    decision: Decision
    member: Member | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """What the rules look at besides the row: read at the click."""

    actor: Member | None
    approvers: frozenset[str]  # Slack ids, flattened
    requester: Member | None = None  # who asked, as Slack knows them now
    about: About = NOBODY
    votes: Sequence[Vote] = ()
    now: datetime


def may_decide(request: Request, click: Click, verdict: Verdict = Verdict.APPROVE) -> Refusal | None:
    """May this person approve or deny it now?"""
    return _approver(request, click, verdict.value) or _pending(request, click.now) or _first_vote(click)


def may_cancel(request: Request, click: Click) -> Refusal | None:
    """The requester or an approver, before execution. An expired one may still be cancelled: that changes nothing.

    Once it waits for a person's hand, by an approver, or by an identity provider that takes its own wish back.
    """
    if request.state is State.WAITING:
        provider = click.actor is not None and click.actor.is_provider
        return _requester_or_approver(request, click, "cancel") if provider else _any_approver(click, "cancel")
    return _requester_or_approver(request, click, "cancel") or _not_begun(request, "cancelled")


def may_reschedule(request: Request, click: Click) -> Refusal | None:
    """The requester or an approver, before execution and before it has expired."""
    return (
        _requester_or_approver(request, click, "move") or _not_begun(request, "moved") or _in_time(request, click.now)
    )


def may_assign(request: Request, click: Click) -> Refusal | None:
    """The requester or an approver, while it is pending: who takes the conversations is part of what is approved."""
    if refusal := _requester_or_approver(request, click, "change"):
        return refusal
    if request.kind is not Kind.OFFBOARD:
        return Refusal("Conversations are handed over when someone is offboarded.", "no conversations")
    return _pending(request, click.now)


def may_remind(request: Request, click: Click, last: datetime | None) -> Refusal | None:
    """The requester only, while it is pending; `last` is when they last did."""
    actor = click.actor
    if actor is None or may_speak(actor) is not None:
        return may_speak(actor)
    if not _is(actor, request.requester, click.requester):
        who = request.requester_name or "the person who asked for this"
        return Refusal(f"Only {who} can send a reminder for this request.", "not requester of this")
    if refusal := _pending(request, click.now):
        return refusal
    if last is None or click.now >= last + REMIND_AGAIN:
        return None
    left = in_minutes(last + REMIND_AGAIN - click.now)
    return Refusal(f"You sent a reminder less than an hour ago. You can send the next one in {left}.", "reminded")


def may_retry(request: Request, click: Click, verb: str = "retry") -> Refusal | None:
    """An approver who is neither requester nor target, when the request needs attention."""
    if refusal := _approver(request, click, verb):
        return refusal
    if request.state is not State.ATTENTION:
        return Refusal(
            f"This request {ENDED_AS.get(request.state, f'is {request.state}')}. Only one that needs attention can be "
            "retried.",
            "not attention",
        )
    return None


def counted(
    votes: Iterable[Vote], approvers: frozenset[str], *, requester: Member | None, requester_id: str, about: About
) -> list[Vote]:
    """The approvals that count now: each by another approver who is a full member, neither requester nor target.

    Two votes of one person under two ids count once.
    """
    found: list[Vote] = []
    for vote in votes:
        voter = vote.member
        if vote.decision.verdict is not Verdict.APPROVE or voter is None or may_speak(voter) is not None:
            continue
        if voter.ids.isdisjoint(approvers) or _is(voter, requester_id, requester) or could_be(voter, about):
            continue
        if any(same_member(voter, one.member) for one in found if one.member is not None):
            continue
        found.append(vote)
    return found


def quorum_for(role: str, quorum: int, admin_quorum: int) -> int:
    """Approvals needed: for an admin (or the owner) at least the admins' quorum, and never less than for others."""
    return max(quorum, admin_quorum) if _weighs(role) else quorum


def heavier(*roles: str) -> str:
    """The role that weighs most for the quorum: an admin's if there is one among them, else the first that is known."""
    known = [role for role in roles if role.strip()]
    return next((role for role in known if _weighs(role)), known[0] if known else "")


def _weighs(role: str) -> bool:
    return role.strip().lower() in _ADMINS


def who_can(names: Sequence[str], most: int = 5) -> str:
    """`Ana or Bo can.`: the end of a refusal; "" for nobody."""
    if not names:
        return ""
    shown = [*names[:most], f"{len(names) - most} others"] if len(names) > most else [*names]
    return f"{', '.join(shown[:-1])}{' or ' if len(shown) > 1 else ''}{shown[-1]} can."


def _is(member: Member, id: str, known: Member | None) -> bool:
    """Whether `member` is the person with this id, whom Slack may know under others."""
    return id in member.ids or (known is not None and same_member(member, known))


def _approver(request: Request, click: Click, verb: str) -> Refusal | None:
    actor = click.actor
    if actor is None or may_speak(actor) is not None:
        return may_speak(actor)
    if actor.is_provider:
        return Refusal(f"An identity provider can't {verb} a request.", "provider")
    if _is(actor, request.requester, click.requester):
        return Refusal(f"You can't {verb} your own request.", "requester")
    if refusal := not_the_person(actor, click.about, f"This request is about you, so you can't {verb} it."):
        return refusal
    if actor.ids.isdisjoint(click.approvers):
        return Refusal(f"Only approvers can {verb} this.", "not approver")
    return None


def may_check(request: Request, click: Click) -> Refusal | None:
    """Whoever may look people up may have it looked whether what a person had to do is done; not whom it is about."""
    if refusal := may_speak(click.actor):
        return refusal
    assert click.actor is not None
    if refusal := not_the_person(click.actor, click.about, "This request is about you, so you can't check it."):
        return refusal
    if request.state is State.WAITING:
        return None
    return Refusal(
        f"This request {ENDED_AS.get(request.state, f'is {request.state}')}: nothing is waited for.", "not waiting"
    )


def _any_approver(click: Click, verb: str) -> Refusal | None:
    """Also who asked for it: what was approved is given up, nothing is done."""
    actor = click.actor
    if actor is None or may_speak(actor) is not None:
        return may_speak(actor)
    if refusal := not_the_person(actor, click.about, f"This request is about you, so you can't {verb} it."):
        return refusal
    if actor.ids.isdisjoint(click.approvers):
        return Refusal(f"It has been approved and prepared, so only approvers can {verb} it now.", "not approver")
    return None


def _requester_or_approver(request: Request, click: Click, verb: str) -> Refusal | None:
    actor = click.actor
    if actor is None or may_speak(actor) is not None:
        return may_speak(actor)
    if actor.is_provider:
        own = actor.id == request.requester
        return None if own else Refusal(f"Only who asked for this, or an approver, can {verb} it.", "not involved")
    if refusal := not_the_person(actor, click.about, f"This request is about you, so you can't {verb} it."):
        return refusal
    if _is(actor, request.requester, click.requester) or not actor.ids.isdisjoint(click.approvers):
        return None
    return Refusal(f"Only the person who asked for this, or an approver, can {verb} it.", "not involved")


def _pending(request: Request, now: datetime) -> Refusal | None:
    if request.state is not State.PENDING:
        said = ENDED_AS.get(request.state, f"is {request.state}")
        why = f" {request.outcome}" if request.outcome else ""
        return Refusal(f"This request {said}, so your click changed nothing.{why}", "not pending")
    return _in_time(request, now)


def _in_time(request: Request, now: datetime) -> Refusal | None:
    sentence = why_expired(request, now)
    return Refusal(sentence, "expired") if sentence else None


def _not_begun(request: Request, done: str) -> Refusal | None:
    if request.state in (State.PENDING, State.APPROVED):
        return None
    said = ENDED_AS.get(request.state, f"is {request.state}")
    return Refusal(f"This request {said}, so it can't be {done}.", "begun")


def _first_vote(click: Click) -> Refusal | None:
    if click.actor is None:
        return None
    if any(_is(click.actor, vote.decision.actor, vote.member) for vote in click.votes):
        return Refusal("You've already voted on this request. Another approver has to decide.", "voted")
    return None
