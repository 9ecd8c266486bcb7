"""What else a click does to a request: cancelled, given up, moved, handed to somebody else, tried again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.model.action import Assign, Cancel, Outcome, Reschedule
from bot.model.request import Request, State
from bot.policy.by_hand import stays, stays_given_up
from bot.policy.requests.approval import Click
from bot.policy.requests.clocks import expires_at, start_by
from bot.policy.requests.digest import plan_digest
from bot.policy.requests.seal import opening
from bot.services.requests.telling import Event
from bot.services.requests.terms import Terms
from bot.services.requests.transitions import Faster, moved_by, utc
from bot.store.record import Record


class Replanning:
    """Within the transaction of a click that the rules allow. What is in the plan is approved anew when it changes."""

    def __init__(self, record: Record, terms: Terms) -> None:
        self._record = record
        self._terms = terms

    def cancel(self, action: Cancel, request: Request, click: Click) -> Outcome:
        why = f": {action.reason.strip()}" if action.reason.strip() else "."
        if request.state is State.WAITING:
            kept = stays(request.kind)
            by = "" if click.actor is not None and click.actor.is_provider else " by an approver"
            sentence = f"Cancelled{by}{why.rstrip('.')}. {kept}"
            given_up = moved_by(self._record, click, request, State.CANCELLED, Event.CANCELLED, sentence)
            return Outcome(accepted=True, sentence=f"Cancelled. {kept}", request=given_up)
        cancelled = moved_by(self._record, click, request, State.CANCELLED, Event.CANCELLED, f"Cancelled{why}")
        return Outcome(accepted=True, sentence="Cancelled. Nothing was done.", request=cancelled)

    def give_up(self, action: Cancel, request: Request, click: Click) -> Outcome:
        why = f": {action.reason.strip()}" if action.reason.strip() else ""
        sentence = f"Given up by an approver{why}. Before that: {request.outcome}"
        given_up = moved_by(self._record, click, request, State.FAILED, Event.FAILED, sentence)
        said = f"Given up. {stays_given_up(request.kind)}"
        return Outcome(accepted=True, sentence=said, request=given_up)

    def reschedule(self, action: Reschedule, request: Request, click: Click) -> Outcome:
        plan = {**request.plan, "run_at": action.run_at.isoformat() if action.run_at else None}
        fields = {**self._planned(request, plan, click), "run_at": action.run_at, "outcome": ""}
        when = f"Moved to {utc(action.run_at)}" if action.run_at else "Moved: it starts as soon as it can"
        if request.quorum < 1:
            fields |= {
                "approved_at": click.now,
                "start_by": start_by(click.now, action.run_at, self._terms.execution_ttl),
            }
            moved = moved_by(self._record, click, request, State.APPROVED, Event.RESCHEDULED, f"{when}.", **fields)
            return Outcome(accepted=True, sentence=f"{when}.", request=moved)
        fields |= {"approved_at": None, "start_by": None}
        sentence = f"{when}. The time is part of what is approved, so it needs approval again."
        moved = moved_by(self._record, click, request, State.PENDING, Event.RESCHEDULED, sentence, **fields)
        self._record.requests.void_decisions(request.id)
        return Outcome(accepted=True, sentence=sentence, request=moved)

    def assign(self, action: Assign, request: Request, click: Click, handed: Mapping[str, Any]) -> Outcome:
        plan = {**request.plan, **handed}
        if plan.get("assignee_id") != action.assignee_id:  # changed since it was looked up
            raise Faster
        if request.plan.get("assignee_id") == action.assignee_id:
            return Outcome(accepted=True, sentence="That's how it is already, so nothing changed.", request=request)
        named = plan["assignee_name"]
        fields = self._planned(request, plan, click)
        what = f"{named} takes the conversations" if named else "The conversations are left unassigned"
        sentence = f"{what}. That is part of what is approved, so it needs approval again."
        moved = moved_by(self._record, click, request, State.PENDING, Event.RESCHEDULED, sentence, **fields)
        self._record.requests.void_decisions(request.id)
        return Outcome(accepted=True, sentence=sentence, request=moved)

    def retry(self, request: Request, click: Click) -> Outcome:
        # Running, and nobody's: the next runner takes it over as it does with what a dead one left.
        fields = {"outcome": "", "lease_owner": None, "lease_until": None}
        sentence = "Trying again, from the step that couldn't be confirmed."
        retried = moved_by(self._record, click, request, State.RUNNING, Event.RETRIED, sentence, **fields)
        return Outcome(accepted=True, sentence=sentence, request=retried)

    def _planned(self, request: Request, plan: Mapping[str, Any], click: Click) -> dict[str, Any]:
        """The fields of a plan that is to be approved anew, sealed."""
        digest = plan_digest(request.kind, plan)
        return {
            "plan": plan,
            "digest": digest,
            "seal": self._record.seals.make(*opening(replace(request, digest=digest))),
            "expires_at": expires_at(click.now, self._terms.approval_ttl),
            "reminded": 0,
        }
