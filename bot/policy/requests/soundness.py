"""May an approved request be carried out? Asked before it starts, resumes or is retried, and right before its one call.

Opening and approving are history by then. What counts is the row as it stands, whether it and each vote bear a seal,
and who the people are today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.audit import LogLine
from bot.model.member import Member
from bot.model.request import HS_BOT, Request, State, is_providers
from bot.policy.people.identity import About, could_be
from bot.policy.people.standing import may_speak
from bot.policy.requests.approval import Vote, counted
from bot.policy.requests.digest import plan_digest
from bot.policy.requests.seal import Seals, opening, vote

NOTHING_DONE = "Nothing was done; ask again."
ENDING = frozenset({f"request.{state}" for state in ("done", "denied", "cancelled", "expired", "stale", "failed")})
BEGINS = frozenset({"request.opened", "request.rescheduled"})
READY = frozenset({"request.opened", "request.approved", "request.rescheduled", "request.waiting"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundness:
    """`needed` is the quorum by the role in the plan and the configuration now; 0 only where no approval is needed."""

    request: Request
    votes: Sequence[Vote]
    requester: Member | None
    approvers: frozenset[str]
    about: About
    needed: int
    seals: Seals
    lines: Sequence[LogLine] = ()  # what the audit log says of this request
    log_problem: str = ""  # why the log can't be trusted
    now: datetime
    approval_ttl: timedelta
    execution_ttl: timedelta


def why_unsound(facts: Soundness) -> str | None:
    """None when it may go on; else why not, in a sentence that begins a longer one."""
    request, seals = facts.request, facts.seals
    if plan_digest(request.kind, request.plan) != request.digest or not _columns_fit(request):
        return "The plan in the record isn't the one that was approved."
    if not seals.holds(request.seal, *opening(request)):
        return "hs-bot can't confirm who made this request: its seal doesn't match."
    if facts.log_problem:
        return facts.log_problem
    if ended := next((line.event for line in facts.lines if line.event in ENDING), ""):
        return f"The audit log says that this request has ended ({ended.removeprefix('request.')})."
    if request.state is State.RUNNING and not any(line.event == "request.started" for line in facts.lines):
        return "The audit log doesn't say that hs-bot started this request."
    if request.state is State.APPROVED and facts.now > _ready_at(facts) + facts.execution_ttl:
        return "This request was approved, but wasn't started in time."
    if facts.requester is None and is_providers(request.requester):
        return f"{_named(request)} may no longer send people to hs-bot: its token was removed."
    by_itself = request.requester == HS_BOT  # as its seal says
    if not by_itself and (refusal := may_speak(facts.requester)) is not None:
        return f"{_named(request)} is no longer a full member of this workspace ({refusal.code})."
    requester = facts.requester
    if requester is not None and not requester.is_provider and could_be(requester, facts.about):
        return f"{_named(request)}, who asked for this, may be the person it is about."
    if facts.needed < 1:
        return None
    if not all(_in_the_log(one, facts.lines) for one in facts.votes):
        return "The audit log doesn't have every vote on this plan."
    if not all(_in_time(one, facts) for one in facts.votes):
        return "An approval came after this request had expired."
    forged = [one for one in facts.votes if not seals.holds(one.decision.seal, *vote(one.decision, request.digest))]
    if forged:
        return "hs-bot can't confirm every vote on this request: a seal doesn't match."
    valid = counted(
        facts.votes,
        facts.approvers,
        requester=facts.requester,
        requester_id=request.requester,
        about=facts.about,
    )
    if len(valid) >= facts.needed:
        return None
    return (
        f"{len(valid)} of the {facts.needed} approvals that are needed still count: someone who approved is no longer "
        "an approver or a full member, or may be the person it is about."
    )


def _in_the_log(vote: Vote, lines: Sequence[LogLine]) -> bool:
    """Whether the log has this vote, and nothing after it that made it void."""
    moved = max((line.seq for line in lines if line.event == "request.rescheduled"), default=0)
    event = f"decision.{vote.decision.verdict}"
    return any(line.seq > moved and line.event == event and line.actor == vote.decision.actor for line in lines)


def _in_time(vote: Vote, facts: Soundness) -> bool:
    """Whether it was cast before the request expired, counted by the log from its opening or its last move."""
    begun = max((line.at for line in facts.lines if line.event in BEGINS), default=None)
    return begun is None or vote.decision.decided_at <= begun + facts.approval_ttl


def _ready_at(facts: Soundness) -> datetime:
    """When it could have started: approved, its time come, and no longer waiting, as the log and the plan say."""
    said = [line.at for line in facts.lines if line.event in READY]
    return max([*said, *([facts.request.run_at] if facts.request.run_at else [])], default=facts.now)


def _columns_fit(request: Request) -> bool:
    """What stands in the row beside the plan says the same as the plan."""
    run_at = request.run_at.isoformat() if request.run_at else None
    id = request.plan.get("rest_id")
    return request.plan.get("run_at") == run_at and (id is None or id == request.target_id)


def _named(request: Request) -> str:
    return request.requester_name or "The person who asked for this"
