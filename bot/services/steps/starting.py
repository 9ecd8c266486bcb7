"""Whether a request may start now: everything is asked again, in the transaction that claims it.

Opening and approving are history here. What counts is the row as it stands: its state and lease, its clocks, whether
it and its votes are sealed and still make the quorum among those who approve today (bot.policy.requests.soundness),
and how many removals the last hour saw.
"""

from datetime import timedelta

import structlog

from bot.model.member import Member
from bot.model.request import Request, State
from bot.policy.requests.clocks import startable
from bot.policy.requests.hourly_limit import HOUR, PREFIX, queued, share, starts_at
from bot.policy.requests.soundness import NOTHING_DONE
from bot.policy.requests.wishing import UNDONE
from bot.services.clock_watch import WAITS, ClockWatch
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.checks import Asked, Checks
from bot.services.requests.kinds import Procedures
from bot.services.requests.queueing import why_queued
from bot.services.requests.telling import BOT, Event, note, tell
from bot.services.requests.terms import Patience, Terms
from bot.services.requests.transitions import expire, move
from bot.services.requests.withdrawn import cancel_withdrawn
from bot.store.record import Record

CALLS = frozenset({"remove", "create"})
"""The steps whose call is sent once and settled by reading."""


class _Doubtful(Exception):
    """The clock may be wrong: what is scheduled waits."""


class _TooMany(Exception):
    """The claim is to be taken back: the hour is full, for requests of a batch or for all."""


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
        watch: ClockWatch,
    ) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._terms = terms
        self._lease = timedelta(seconds=patience.lease)
        self._owner = owner
        self._checks = Checks(record, workspace, procedures, terms)
        self._log = structlog.get_logger("runner")
        self._watch = watch
        self._waiting: dict[bool, int] = {}  # of a batch or not → how many were found to wait in this round

    def begin_round(self) -> None:
        """Somebody looks for work anew: whether the hour is full must be asked again."""
        self._waiting.clear()

    def resume(self, id: str) -> Request | None:
        """Take over what a dead process left (or handed back); None when it is not to be had, or may not go on."""
        before = self._record.requests.get(id)
        if before is None or before.state is not State.RUNNING:
            return None
        asked = None
        if not self._call_is_sent(id):
            try:
                asked = self._ask(before)
            except WorkspaceAway as away:
                self._log.warning(
                    "Slack can't say who may approve; the request waits", request=id, problem=away.sentence
                )
                return None
        with self._record.transaction():
            claimed = self._claim(id, State.RUNNING)
            if claimed is None:
                return None
            if asked is not None and cancel_withdrawn(self._record, claimed, from_states=UNDONE | {State.RUNNING}):
                return None
            if asked is not None and (sentence := self.why_unsound(claimed, asked)):
                self._stale(claimed, State.RUNNING, sentence)
                return None
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
        request = self._record.requests.get(id)
        if request is None or request.state is not State.APPROVED:
            return None
        in_batch = bool(request.batch_id)
        if self._procedures[request.kind].removes and in_batch in self._waiting:
            self._wait_turn(request)
            return None
        try:
            # Outside the transaction, which must not wait for Slack; at most a minute old, by the port's promise.
            asked = self._ask(request)
        except WorkspaceAway as away:
            self._wait(id, f"Waiting for Slack to say who may approve. {away.sentence}")
            return None
        self._watch.begin()
        try:
            with self._record.transaction():
                return self._start(id, asked)
        except _TooMany:
            self._wait_turn(request)
            return None
        except _Doubtful:
            self._wait(id, WAITS)
            return None

    def why_unsound(self, request: Request, asked: Asked | None = None) -> str | None:
        """Why this request may not be carried out now; None when it may. Raises `WorkspaceAway` when Slack is asked."""
        return self._checks.why_unsound(request, asked)

    def _start(self, id: str, asked: Asked) -> Request | None:
        now = self._record.now()
        request = self._record.requests.get(id)
        if request is None or request.state is not State.APPROVED or expire(self._record, request, now):
            return None
        if not startable(request, now):
            return None
        if request.run_at is not None and self._watch.doubts(now):
            raise _Doubtful
        if cancel_withdrawn(self._record, request):
            return None
        if sentence := self.why_unsound(request, asked):
            self._stale(request, State.APPROVED, sentence)
            return None
        claimed = self._claim(id, State.APPROVED)
        if claimed is None:
            return None
        claimed = self._record.requests.update(id, started_at=now, outcome="")
        # The audit line first: appending is serialised on both engines, so that two bots can't both be the tenth.
        note(self._record, claimed, Event.STARTED, owner=self._owner)
        if self._procedures[claimed.kind].removes:
            limit, requests = self._terms.max_per_hour, self._record.requests
            full = len(requests.started_since(now - HOUR)) > limit
            if claimed.batch_id and not full:
                full = requests.starts_of_batches_since(now - HOUR) > share(limit, in_batch=True)
            if full:
                raise _TooMany
        tell(self._record, claimed, Event.STARTED, "Started.")
        return claimed

    def _wait_turn(self, request: Request) -> None:
        """Behind those that were found to wait before it, and (in a batch) behind who waits by themselves."""
        in_batch, now = bool(request.batch_id), self._record.now()
        if not in_batch:
            self._waiting[False] = self._waiting.get(False, 0) + 1
            said = why_queued(self._record, request, self._known(request.requester), self._terms.max_per_hour)
            if said is not None:
                self._wait(request.id, said, fresh_clock=True)
            return
        self._waiting[in_batch] = self._waiting.get(in_batch, 0) + 1
        before = self._waiting.get(False, 0)
        limit = self._terms.max_per_hour
        open_to = share(limit, in_batch=in_batch)
        started = self._record.requests.started_since(now - HOUR)
        at = starts_at(started, open_to, before + self._waiting[in_batch], now)
        self._wait(request.id, queued(limit, at), fresh_clock=True)

    def _known(self, id: str) -> Member | None:
        try:
            return self._workspace.member(id)
        except WorkspaceAway:
            return None

    def _ask(self, request: Request) -> Asked:
        return self._checks.ask(request, self._record.requests.decisions(request.id))

    def _call_is_sent(self, id: str) -> bool:
        """Whether the call that takes or gives the seat is under way: what came of it must be found out in any case.

        Before it is sent again everything is checked once more (`Execution.sound`).
        """
        steps = self._record.requests.steps(id)
        saved = [(step.name, step.result.get("saved") or {}) for step in steps]
        return any((name in CALLS and said.get("sent")) or said.get("handed") for name, said in saved)

    def _stale(self, request: Request, state: State, sentence: str) -> None:
        sentence = f"{sentence} {NOTHING_DONE}"
        move(self._record, request, from_states={state}, to=State.STALE, event=Event.STALE, sentence=sentence)

    def _claim(self, id: str, state: State) -> Request | None:
        now = self._record.now()
        return self._record.requests.claim(
            id, owner=self._owner, now=now, until=now + self._lease, from_states=frozenset({state})
        )

    def _wait(self, id: str, sentence: str, *, fresh_clock: bool = False) -> None:
        """Have the request say what it waits for, once. `fresh_clock`: the time that it waits is not counted."""
        with self._record.transaction():
            request = self._record.requests.get(id)
            now = self._record.now()
            if request is None or expire(self._record, request, now):
                return
            until = now + self._terms.execution_ttl
            if fresh_clock:
                # The log says from when the time counts again; not more often than it must.
                counted = request.start_by is not None and request.start_by - now > self._terms.execution_ttl / 2
                if counted and request.outcome.startswith(PREFIX) and sentence.startswith(PREFIX):
                    if request.outcome != sentence:  # its turn has moved: the card has it, and nobody is told again
                        self._record.requests.update(id, outcome=sentence)
                    return
                self._record.requests.update(id, touch=False, start_by=until)
            elif request.outcome == sentence:
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
