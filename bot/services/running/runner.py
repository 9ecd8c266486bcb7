"""Carries out what was approved: claims a request, runs its steps in order, resumes what a dead process left.

One process at a time holds the lease of a request; a heartbeat renews it. Each step is journalled before and after; a
resumed request goes on at the first step without a result. There is no other recovery path. A process that was thought
dead and comes back finds its lease gone and writes nothing more (`execution.py`).
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import structlog

from bot.helpscout.client import HelpScout
from bot.model.problem import Problem
from bot.model.request import Request
from bot.services.clock_watch import ClockWatch
from bot.services.ports import Workspace
from bot.services.requests.execution import At, Execution, LeaseLost
from bot.services.requests.kinds import Procedures
from bot.services.requests.terms import Patience, Terms
from bot.services.running.carrying_out import CarryingOut
from bot.services.running.leadership import process_name
from bot.services.steps.duty.undoing import Undoing
from bot.services.steps.starting import Starting
from bot.store.errors import StoreError
from bot.store.record import Record


class Runner:
    """`workers` work at single requests, and as many at batches. `wake` may be called from any thread.

    `told` is called when Slack is owed something new.

    `at` is called with the name of every boundary between and inside steps; a test ends its process there.
    """

    def __init__(
        self,
        record: Record,
        helpscout: HelpScout,
        workspace: Workspace,
        procedures: Procedures,
        terms: Terms,
        *,
        patience: Patience | None = None,
        workers: int = 4,
        at: At = lambda _: None,
        told: Callable[[], None] = lambda: None,
        watch: ClockWatch | None = None,
    ) -> None:
        self.owner = process_name()
        self._record = record
        self._helpscout = helpscout
        self._workspace = workspace
        self._terms = terms
        self._patience = patience or Patience()
        self._workers = workers
        self._at = at
        self._told = told
        self._watch = watch or ClockWatch(record)
        self._starting = Starting(record, workspace, procedures, terms, self._patience, self.owner, self._watch)
        self._carrying_out = CarryingOut(record, procedures, self.owner)
        self._undoing = Undoing(record, helpscout)
        self._log = structlog.get_logger("runner")
        self._lock = threading.Lock()
        self._running: dict[str, tuple[Execution, threading.Thread]] = {}
        self._nudge = threading.Event()
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to look for work, in daemon threads."""
        for work in (self._look_for_work, self._beat):
            thread = threading.Thread(target=work, name=f"runner-{work.__name__.strip('_')}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self.wake()

    def wake(self) -> None:
        """Look for work now."""
        self._nudge.set()

    def work_off(self) -> None:
        """Do what is due now, one after the other, in the caller's thread; needs no `start`."""
        for request in self._claims():
            self._work(self._execution(request))
        self._undo()

    @property
    def running(self) -> tuple[str, ...]:
        """Ids of the requests that this process is working at."""
        with self._lock:
            return tuple(self._running)

    def stop(self, timeout: float = 10.0) -> None:
        """Begin nothing new, finish the current steps within `timeout` seconds, hand back the leases.

        A step that takes longer ends with the process; its lease runs out and another runner settles it.
        """
        ends = time.monotonic() + timeout
        self._stopping.set()
        self._nudge.set()
        with self._lock:
            working = [thread for _, thread in self._running.values()]
        for thread in working:
            thread.join(max(0.0, ends - time.monotonic()))
        self._stopped.set()
        for thread in self._threads:
            thread.join(max(0.1, ends - time.monotonic()))

    # Looking for work

    def _look_for_work(self) -> None:
        while not self._stopping.is_set():
            self._nudge.wait(self._patience.poll)
            self._nudge.clear()
            try:
                self._round()
            except Problem as problem:
                self._log.warning("the record can't be asked for work", problem=problem.sentence)
            except Exception:  # noqa: BLE001 - the loop outlives a fault of one round; it is logged with its traceback
                self._log.exception("looking for work failed")

    def _round(self) -> None:
        for request in self._claims():
            ex = self._execution(request)
            thread = threading.Thread(target=self._work_alone, args=(ex,), name=f"request-{request.id}", daemon=True)
            with self._lock:
                self._running[request.id] = (ex, thread)
            thread.start()
        if not self._undoing.busy:
            threading.Thread(target=self._undo, name="undoing", daemon=True).start()

    def _undo(self) -> None:
        """Put back what ended requests have changed; what can't be now is found again."""
        try:
            if self._undoing.work_off():
                self._told()
        except Problem as problem:
            self._log.warning("what a request changed is put back later", problem=problem.sentence)
        except Exception:  # noqa: BLE001 - as in `_look_for_work`
            self._log.exception("putting back what a request changed failed")

    def _claims(self) -> Iterator[Request]:
        """What is due, each claimed when it is asked for; ends when all workers have something to do."""
        now, lease = self._watch.look(), timedelta(seconds=self._patience.lease)
        due = self._record.requests.due(now, lease=lease)
        for id in due.overlong_leases:
            self._record.requests.cut_lease(id, now, lease)
        # After a clock was set forward every lease seems over, until its owner has renewed it.
        calm = self._watch.calm(self._patience.lease)
        self._starting.begin_round()
        claims = [(self._starting.resume, id) for id in due.orphaned_leases if calm]
        claims += [(self._starting.start, id) for id in due.startable]
        for claim, id in claims:
            with self._lock:
                if id in self._running:
                    continue
                if self._stopping.is_set():
                    return
                # A batch and people's single requests have workers of their own: neither holds the other up.
                in_batch = id in due.of_batches
                busy = sum(bool(ex.request.batch_id) == in_batch for ex, _ in self._running.values())
                if busy >= self._workers:
                    continue  # whoever ends wakes us
            request = claim(id)
            self._told()
            if request is not None:
                yield request

    def _execution(self, request: Request) -> Execution:
        return Execution(
            request,
            self._record,
            self._helpscout,
            self._workspace,
            owner=self.owner,
            terms=self._terms,
            patience=self._patience,
            stopping=self._stopping,
            at=self._at,
            why_unsound=self._starting.why_unsound,
        )

    def _beat(self) -> None:
        while not self._stopped.wait(self._patience.heartbeat):
            with self._lock:
                executions = [ex for ex, _ in self._running.values()]
            for ex in executions:
                try:
                    until = self._record.now() + timedelta(seconds=self._patience.lease)
                    if not self._record.requests.heartbeat(ex.request.id, owner=self.owner, until=until):
                        ex.lost.set()
                except Problem as problem:
                    self._log.warning("a lease could not be renewed", request=ex.request.id, problem=problem.sentence)

    # Working

    def _work_alone(self, ex: Execution) -> None:
        """In a thread of its own, which leaves nothing behind: a batch has a hundred of them."""
        try:
            self._work(ex)
        finally:
            self._record.thread_ends()

    def _work(self, ex: Execution) -> None:
        # Whoever logs something in this thread (the Help Scout client, say) logs it with the request's id.
        with structlog.contextvars.bound_contextvars(request=ex.request.id, kind=ex.request.kind.value):
            try:
                self._log.info("work on a request begins")
                self._carrying_out.carry_out(ex)
            except LeaseLost:
                self._log.warning("another runner has taken over")
            except StoreError as problem:
                # Nothing can be written now: the lease runs out, and whoever can write goes on.
                self._log.warning("the record went away", problem=problem.sentence)
            finally:
                with self._lock:
                    self._running.pop(ex.request.id, None)
                self._told()
                self.wake()
