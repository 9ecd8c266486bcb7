"""What a vote does: it is sealed and written, and the last one that is needed approves the request."""

from dataclasses import replace
from typing import Any

from bot.model.action import Decide, Outcome
from bot.model.request import Decision, Kind, Request, State
from bot.policy.requests.approval import Click, Vote, counted, quorum_for
from bot.policy.requests.clocks import start_by
from bot.policy.requests.seal import vote as sealed_vote
from bot.services.requests.membership import role_of
from bot.services.requests.queueing import why_queued
from bot.services.requests.telling import Event, tell
from bot.services.requests.terms import Terms
from bot.services.requests.transitions import Faster, moved_by, utc
from bot.store.record import Record


class Deciding:
    """Within the transaction of a click that the rules allow."""

    def __init__(self, record: Record, terms: Terms) -> None:
        self._record = record
        self._terms = terms

    def approve(self, action: Decide, request: Request, click: Click) -> Outcome:
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
        approved = moved_by(self._record, click, voted, State.APPROVED, Event.APPROVED, sentence, **fields)
        return Outcome(accepted=True, sentence=sentence, request=approved)

    def deny(self, action: Decide, request: Request, click: Click) -> Outcome:
        voted, _ = self._vote(action, request, click)
        denied = moved_by(self._record, click, voted, State.DENIED, Event.DENIED, f"Denied: {action.reason.strip()}")
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
            raise Faster
        self._record.audit.append(
            f"decision.{action.verdict}",
            actor=decision.actor,
            request_id=request.id,
            user_id=request.target_id,
            details={"digest": locked.digest},
        )
        return locked, decision
