"""Clicks on a batch: each is what the same click on every one of its requests would be, in one transaction.

The rules are those of one request and are read for each of them; whom somebody may not decide is not covered by their
click. What somebody may not see is in no count that they are told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.model.action import Assign, Cancel, Decide, Outcome, Remind, Retry
from bot.model.batch import (
    AssignMany,
    Batch,
    BatchAction,
    BatchOutcome,
    DecideMany,
    ForEach,
    Gather,
    LeaveOut,
    OnBatch,
    OpenMany,
    RemindMany,
    RetryMany,
)
from bot.model.outbox import Topic
from bot.model.request import Request, State, Verdict, is_providers
from bot.policy.people.identity import could_be
from bot.policy.refusal import Refusal
from bot.policy.requests.approval import Click, may_assign, may_cancel, may_decide, may_retry
from bot.policy.requests.batch import CANCELLABLE, is_in
from bot.policy.requests.seal import batch as sealed_batch
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.clicks import FASTER, Clicks
from bot.services.requests.kinds import Procedures
from bot.services.requests.many.asked_once import AskedOnce
from bot.services.requests.many.batch_opening import BatchOpening
from bot.services.requests.many.batch_sentences import Done, approved, event_of, sentence_of
from bot.services.requests.many.gathering import Gathering
from bot.services.requests.many.taking_over import Handed, assign, handed_over
from bot.services.requests.membership import click_at, known_as
from bot.services.requests.queueing import starting
from bot.services.requests.reminding import Reminding
from bot.services.requests.seen import taker_leaves, why_many_unseen
from bot.services.requests.telling import Event
from bot.services.requests.terms import Terms
from bot.services.requests.transitions import utc
from bot.store.record import Record

UNKNOWN = "This batch doesn't exist, so nothing was done."
UNSEALED = "hs-bot can't confirm who is in this batch: its seal doesn't match. Nothing was done; ask again."
SETTLED = "Nothing in this batch is waiting for you to decide, so nothing was changed."
NOT_BEGUN = "There is nobody in this batch whose request you can cancel now, so nothing was changed."
NO_RETRY = "There is nobody in this batch whose request you can retry now, so nothing was changed."
SAME_TAKER = "That's how it is already, or nothing in this batch is waiting for you to decide. Nothing was changed."
"""Told alike to who came too late and to who could act on nobody but themselves, who must not learn of it."""
TRIES = 5  # readings of who has voted, while others are voting
LEFT_OUT = "Left out of the batch"

One: TypeAlias = Decide | Cancel | Assign | Retry
Judge: TypeAlias = Callable[[Request, Click], bool]


class _Again(Exception):
    """Somebody voted while Slack was being asked, so nobody has asked yet who that is."""


@dataclass(frozen=True, slots=True)
class _Way:
    """What an action on the batch is on one request: in which states, whether it may be, and the action itself.

    `none`: what is said where there is nobody to do it to.
    """

    states: frozenset[State]
    allowed: Judge
    make: Callable[[Request], One]
    none: str


class Batches:
    """`apply` is the only way in."""

    def __init__(self, record: Record, workspace: Workspace, procedures: Procedures, terms: Terms) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._terms = terms
        self._opening = BatchOpening(record, workspace, procedures, terms)

    def foresee(self, action: OpenMany) -> BatchOutcome:
        """The faults of an opening that the record and Slack's cache already tell; writes nothing."""
        return self._opening.foresee(action)

    def apply(self, action: BatchAction) -> BatchOutcome:
        """What came of it; a refusal is recorded with its code."""
        if isinstance(action, OpenMany):
            return self._opening.open(action)
        if isinstance(action, Gather):
            return Gathering(self._record, self._workspace, self._procedures, self._terms).apply(action)
        batch = self._record.batches.get(action.batch_id)
        if batch is None:
            self._note(action, "unknown batch")
            return BatchOutcome(accepted=False, sentence=UNKNOWN)
        if not self._record.seals.holds(batch.seal, *sealed_batch(batch.id, batch.requester, batch.members)):
            self._note(action, "seal")
            return BatchOutcome(accepted=False, sentence=UNSEALED, batch=batch)
        workspace = AskedOnce(self._workspace)
        try:
            for _ in range(TRIES):
                known = self._ask(workspace, batch, action.actor)
                if isinstance(action, RemindMany):
                    return self._remind(workspace, batch, action)
                try:
                    return self._click(workspace, known, batch, action)
                except _Again:
                    continue
            return BatchOutcome(accepted=False, sentence=FASTER.reason, batch=batch)
        except WorkspaceAway as away:
            self._note(action, "slack away")
            return BatchOutcome(accepted=False, sentence=away.sentence, batch=batch)

    def _ask(self, workspace: AskedOnce, batch: Batch, actor: str) -> frozenset[str]:
        """Slack, about everybody who matters, before the transaction, which must not wait for it; who has voted."""
        workspace.member(actor, fresh=True)
        workspace.approvers(fresh=True)
        voters = self._record.batches.voters(batch.id)
        known_as(workspace, {batch.requester, *voters})
        return voters

    def _click(
        self,
        workspace: AskedOnce,
        known: frozenset[str],
        batch: Batch,
        action: ForEach,
    ) -> BatchOutcome:
        way, clicks = _way(action), Clicks(self._record, workspace, self._procedures, self._terms)
        handed = self._handed(workspace, clicks, batch, action) if isinstance(action, AssignMany) else {}
        if isinstance(handed, Refusal):
            self._note(action, handed.code)
            return BatchOutcome(accepted=False, sentence=handed.reason, batch=batch)
        with self._record.transaction():
            # All rows first, in one order: nobody waits for us while we wait for them.
            rows = [self._record.requests.update(id, touch=False) for id in sorted(batch.members)]
            if not self._record.batches.voters(batch.id) <= known:
                raise _Again
            members = [one for one in rows if is_in(batch, one)]
            wanted = [one for one in members if one.state in way.states and _chosen(action, one)]
            judged = [(one, self._look(workspace, one, action.actor)) for one in wanted]
            allowed = [one for one, click in judged if way.allowed(one, click)]
            if isinstance(action, AssignMany):  # who came to be pending since it was looked up keeps what they had
                allowed = [one for one in allowed if one.id in handed]
            if allowed and (refusal := self._not_shown(workspace, action, batch, members, allowed)) is not None:
                self._note(action, refusal.code)
                self._record.batches.touch(batch.id)  # so that the card is drawn again
                return BatchOutcome(accepted=False, sentence=refusal.reason, batch=batch)
            answers = [(one, clicks.apply(way.make(one), handed.get(one.id))) for one in allowed]
            done = [(one, outcome) for one, outcome in answers if outcome.accepted]
            outcomes = [outcome for _, outcome in done]
            sentence = self._said(workspace, batch, action, done)
            if outcomes:
                self._tell(batch, action, sentence, outcomes)
        if not allowed:  # after the transaction: who can instead is asked of Slack
            return self._refused(clicks, batch, action, way, judged)
        if not outcomes:
            return BatchOutcome(accepted=False, sentence=way.none, batch=batch)
        return BatchOutcome(accepted=True, sentence=sentence, batch=self._record.batches.get(batch.id))

    def _handed(self, workspace: Workspace, clicks: Clicks, batch: Batch, action: AssignMany) -> Handed | Refusal:
        pending = [one for one in self._record.requests.of_batch(batch.id) if one.state is State.PENDING]
        judged = [(one, self._look(workspace, one, action.actor)) for one in pending if is_in(batch, one)]
        return handed_over(clicks, action, [(one, click) for one, click in judged if may_assign(one, click) is None])

    def _not_shown(
        self,
        workspace: Workspace,
        action: ForEach,
        batch: Batch,
        members: Sequence[Request],
        allowed: Sequence[Request],
    ) -> Refusal | None:
        if not isinstance(action, DecideMany) or action.verdict is not Verdict.APPROVE:
            return None
        if refusal := why_many_unseen(self._record, batch, members, action.seen):
            return refusal
        return taker_leaves(self._record, allowed, workspace.member(action.actor))

    def _look(self, workspace: Workspace, request: Request, actor: str) -> Click:
        return click_at(workspace, self._record, request, actor, self._record.requests.decisions(request.id))

    def _refused(
        self, clicks: Clicks, batch: Batch, action: ForEach, way: _Way, judged: Sequence[tuple[Request, Click]]
    ) -> BatchOutcome:
        """By the rules of one request that isn't about who clicks, where there is one; with the names of who can."""
        visible = [one for one, click in judged if click.actor is None or not could_be(click.actor, click.about)]
        if not judged or not visible:
            self._note(action, "settled" if not judged else "target")
            return BatchOutcome(accepted=False, sentence=way.none, batch=batch)
        outcome = clicks.apply(way.make(visible[0]))
        return BatchOutcome(accepted=outcome.accepted, sentence=outcome.sentence, batch=batch, field=outcome.field)

    def _said(self, workspace: Workspace, batch: Batch, action: ForEach, done: Done) -> str:
        if not isinstance(action, DecideMany) or action.verdict is Verdict.DENY:
            return sentence_of(action, done)
        rows = [outcome.request for _, outcome in done if outcome.request is not None]
        ready = [one for one in rows if one.state is State.APPROVED]
        if not ready:
            return approved(done, "")
        if ready[0].run_at is not None and ready[0].run_at > (ready[0].approved_at or ready[0].opened_at):
            return approved(done, f"It will run {utc(ready[0].run_at)}.")
        if not self._procedures[ready[0].kind].removes:
            return approved(done, "Starting now.")
        asker = workspace.member(batch.requester)
        return approved(done, starting(self._record, ready, asker, self._terms.max_per_hour))

    def _tell(self, batch: Batch, action: ForEach, sentence: str, outcomes: Sequence[Outcome]) -> None:
        """One line under the card, one message to the requester, one line of the log."""
        event = event_of(action)
        ids = [outcome.request.id for outcome in outcomes if outcome.request is not None]
        touched = self._record.batches.touch(batch.id)
        self._record.audit.append(
            f"batch.{event.value}", actor=action.actor, details={"batch": batch.id, "requests": ids}
        )
        payload = {"batch_id": batch.id, "event": event.value, "sentence": sentence, "actor": action.actor}
        key = f"{batch.id}/{event}/{touched.version}"
        self._record.outbox.add(f"{key}/thread", Topic.THREAD, payload)
        told = batch.requester != action.actor and not is_providers(batch.requester)
        if event in (Event.APPROVED, Event.CANCELLED) and told:
            self._record.outbox.add(f"{key}/dm", Topic.DM, {**payload, "member": batch.requester})

    def _remind(self, workspace: Workspace, batch: Batch, action: RemindMany) -> BatchOutcome:
        pending = [one for one in self._record.requests.of_batch(batch.id) if one.state is State.PENDING]
        if not pending:
            self._note(action, "settled")
            return BatchOutcome(accepted=False, sentence=SETTLED, batch=batch)
        # By the one that was reminded of last, so that an hour is an hour whoever was decided since.
        reminding = Reminding(self._record, workspace)
        outcome = reminding.apply(Remind(request_id=reminding.last_of(pending).id, actor=action.actor))
        return BatchOutcome(accepted=outcome.accepted, sentence=outcome.sentence, batch=batch)

    def _note(self, action: OnBatch, code: str) -> None:
        details = {"action": type(action).__name__.lower(), "batch": action.batch_id, "code": code}
        self._record.audit.append("batch.refused", actor=action.actor, details=details)


def _way(action: ForEach) -> _Way:
    match action:
        case DecideMany():
            verdict, reason, actor = action.verdict, action.reason, action.actor
            return _Way(
                frozenset({State.PENDING}),
                lambda one, click: (
                    may_decide(one, click, verdict) is None and (verdict is Verdict.APPROVE or bool(reason.strip()))
                ),
                lambda one: Decide(request_id=one.id, actor=actor, verdict=verdict, reason=reason),
                SETTLED,
            )
        case LeaveOut():
            actor, why = action.actor, action.reason.strip() or LEFT_OUT
            return _Way(
                CANCELLABLE,
                lambda one, click: may_cancel(one, click) is None,
                lambda one: Cancel(request_id=one.id, actor=actor, reason=why),
                NOT_BEGUN,
            )
        case AssignMany():
            return _Way(
                frozenset({State.PENDING}),
                lambda one, click: may_assign(one, click) is None,
                lambda one: assign(action, one),
                SAME_TAKER,
            )
        case RetryMany():
            actor = action.actor
            return _Way(
                frozenset({State.ATTENTION}),
                lambda one, click: may_retry(one, click) is None,
                lambda one: Retry(request_id=one.id, actor=actor),
                NO_RETRY,
            )


def _chosen(action: ForEach, request: Request) -> bool:
    if isinstance(action, AssignMany):
        return request.plan.get("assignee_id") != action.assignee_id
    return not isinstance(action, LeaveOut) or action.request_ids is None or request.id in action.request_ids
