"""May an approved request be carried out? Asked before it starts, resumes or is retried, and right before its one call.

Opening and approving are history by then. What counts is the row as it stands, whether it and each vote bear a seal,
and who the people are today.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model.member import Member
from bot.model.request import Request
from bot.policy.approval import Vote, counted
from bot.policy.digest import plan_digest
from bot.policy.identity import About, could_be
from bot.policy.seal import Seals, opening, vote
from bot.policy.standing import may_speak

NOTHING_DONE = "Nothing was done; ask again."


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
    ended: str = ""  # the audit log's event that ended this request; a request never goes on after it


def why_unsound(facts: Soundness) -> str | None:
    """None when it may go on; else why not, in a sentence that begins a longer one."""
    request, seals = facts.request, facts.seals
    if plan_digest(request.kind, request.plan) != request.digest or not _columns_fit(request):
        return "The plan in the record isn't the one that was approved."
    if not seals.holds(request.seal, *opening(request)):
        return "hs-bot can't confirm who made this request: its seal doesn't match."
    if facts.ended:
        return f"The audit log says that this request has ended ({facts.ended.removeprefix('request.')})."
    if (refusal := may_speak(facts.requester)) is not None:
        return f"{_named(request)} is no longer a full member of this workspace ({refusal.code})."
    assert facts.requester is not None
    if could_be(facts.requester, facts.about):
        return f"{_named(request)}, who asked for this, may be the person it is about."
    if facts.needed < 1:
        return None
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


def _columns_fit(request: Request) -> bool:
    """What stands in the row beside the plan says the same as the plan."""
    run_at = request.run_at.isoformat() if request.run_at else None
    id = request.plan.get("rest_id")
    return request.plan.get("run_at") == run_at and (id is None or id == request.target_id)


def _named(request: Request) -> str:
    return request.requester_name or "The person who asked for this"
