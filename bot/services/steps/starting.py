"""Whether a request may start now: everything is asked again, in the transaction that claims it.

Opening and approving are history here. What counts is the row as it stands: its state and lease, its clocks, whether
the votes still make the quorum among those who approve today, and how many removals the last hour saw.
"""

from datetime import timedelta

from bot.model.request import Request, State
from bot.policy.approval import tally
from bot.policy.clocks import breaker, startable
from bot.policy.digest import plan_digest
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.kinds import Procedures
from bot.services.requests.telling import BOT, Event, note, tell
from bot.services.requests.terms import Patience, Terms
from bot.services.requests.transitions import expire, move
from bot.store.record import Record

HOUR = timedelta(hours=1)


class _TooMany(Exception):
    """The claim is to be taken back: the hour is full."""


class Starting:
    """Claims requests for one owner."""

    def __init__(
        self,
        record: Record,
        workspace: Workspace,
        procedures: Procedures,
        terms: Terms,
        patience: Patience,
        owner: str,
    ) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._terms = terms
        self._lease = timedelta(seconds=patience.lease)
        self._owner = owner

    def resume(self, id: str) -> Request | None:
        """Take over what a dead process left (or handed back); None when it is not to be had."""
        with self._record.transaction():
            before = self._record.requests.get(id)
            if before is None or before.state is not State.RUNNING:
                return None
            claimed = self._claim(id, State.RUNNING)
            if claimed is not None:
                self._record.audit.append(
                    "request.resumed",
                    actor=BOT,
                    request_id=id,
                    user_id=before.target_id,
                    details={"owner": self._owner, "before": before.lease_owner or ""},
                )
            return claimed

    def start(self, id: str) -> Request | None:
        """Start what is approved and due; None when it may not, must wait, or another runner was first."""
        try:
            # Outside the transaction, which must not wait for Slack; at most a minute old, by the port's promise.
            approvers = self._workspace.approvers()
        except WorkspaceAway as away:
            self._wait(id, f"Waits for Slack to say who may approve. {away.sentence}")
            return None
        try:
            with self._record.transaction():
                return self._start(id, approvers)
        except _TooMany as full:
            self._wait(id, str(full))
            return None

    def _start(self, id: str, approvers: frozenset[str]) -> Request | None:
        now = self._record.now()
        request = self._record.requests.get(id)
        if request is None or request.state is not State.APPROVED or expire(self._record, request, now):
            return None
        if not startable(request, now):
            return None
        if sentence := self._unsound(request, approvers):
            move(
                self._record,
                request,
                from_states={State.APPROVED},
                to=State.STALE,
                event=Event.STALE,
                sentence=sentence,
            )
            return None
        claimed = self._claim(id, State.APPROVED)
        if claimed is None:
            return None
        claimed = self._record.requests.update(id, started_at=now, outcome="")
        # The audit line first: appending is serialised on both engines, so that two bots can't both be the tenth.
        note(self._record, claimed, Event.STARTED, owner=self._owner)
        if self._procedures[claimed.kind].removes:
            full = breaker(self._record.requests.started_since(now - HOUR) - 1, self._terms.max_per_hour)
            if full:
                raise _TooMany(full)
        tell(self._record, claimed, Event.STARTED, "Started.")
        return claimed

    def _unsound(self, request: Request, approvers: frozenset[str]) -> str | None:
        """A sentence when the row does not carry a valid approval of the very plan that it holds."""
        if plan_digest(request.kind, request.plan) != request.digest:
            return "The plan in the record is not the one that was approved. Nothing was done; ask again."
        if request.quorum < 1:
            return None
        votes = self._record.requests.decisions(request.id)
        if tally(votes, request.quorum, approvers, requester=request.requester) is State.APPROVED:
            return None
        return (
            f"The approvals no longer make the {request.quorum} that are needed: somebody who gave one is no approver "
            "any more. Nothing was done; ask again."
        )

    def _claim(self, id: str, state: State) -> Request | None:
        now = self._record.now()
        return self._record.requests.claim(
            id, owner=self._owner, now=now, until=now + self._lease, from_states=frozenset({state})
        )

    def _wait(self, id: str, sentence: str) -> None:
        """Have the request say what it waits for, once."""
        with self._record.transaction():
            request = self._record.requests.get(id)
            if request is None or expire(self._record, request, self._record.now()) or request.outcome == sentence:
                return
            move(
                self._record,
                request,
                from_states={State.APPROVED},
                to=State.APPROVED,
                event=Event.WAITING,
                sentence=sentence,
                outcome=sentence,
            )
