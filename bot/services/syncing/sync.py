"""The sync: read everybody from Help Scout, compare with the record, write what changed in one transaction.

One at a time: in this process a second caller joins the running one, and a lease in the record keeps other processes
out, which then wait for its result. Whoever lost the lease, because it was silent for too long, writes nothing.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.helpscout.client import HelpScout
from bot.helpscout.errors import Unauthorized
from bot.model.action import Outcome
from bot.model.member import Member
from bot.model.problem import Problem
from bot.model.sync import SyncRun, SyncState
from bot.services.credential import Credential
from bot.services.running.leadership import process_name
from bot.services.side_by_side import together
from bot.services.syncing import held
from bot.services.syncing.account import Progress, RequestCount, background
from bot.services.syncing.one_sync import OneSync
from bot.store.record import Record

LEASE = "sync"


class Stopped(Problem):
    """The bot is stopping; the sync wrote nothing."""


class _Overtaken(Exception):
    """Our row of `syncs` is no longer ours to write: another process took over, or the bot stops."""


class _Flight:
    """A sync that runs in this process, those who wait for it, and those who watch its progress."""

    def __init__(self) -> None:
        self.landed: Future[SyncRun] = Future()
        self.run: SyncRun | None = None  # once its row is written
        self._lock = threading.Lock()
        self._watchers: list[Progress] = []
        self._latest: tuple[int, int] | None = None
        self._log = structlog.get_logger("sync")

    def watch(self, progress: Progress) -> None:
        """Tell `progress` from now on, and at once how far it is."""
        with self._lock:
            self._watchers.append(progress)
            latest = self._latest
        if latest:
            self._tell(progress, *latest)

    def report(self, done: int, total: int) -> None:
        with self._lock:
            self._latest = (done, total)
            watchers = tuple(self._watchers)
        for progress in watchers:
            self._tell(progress, done, total)

    def _tell(self, progress: Progress, done: int, total: int) -> None:
        try:
            progress(done, total)
        except Exception:  # noqa: BLE001 - a progress bar that can't be drawn must not cost us the sync
            self._log.warning("progress can't be shown", exc_info=True)
            with self._lock:
                if progress in self._watchers:
                    self._watchers.remove(progress)


class Sync:
    """`guard` is the share of people who may vanish without a question (0.10 is 10 %).

    `wake` is called after a commit that owes Slack something, `after` once a sync has ended well. `lease` is how long
    a silent process keeps others out; it is renewed four times as often. `poll` is how often (seconds) the end of
    another process's sync is looked for.
    """

    def __init__(
        self,
        record: Record,
        helpscout: HelpScout,
        *,
        guard: float,
        owner: str | None = None,
        wake: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
        lease: timedelta = timedelta(seconds=20),
        poll: float = 0.25,
    ) -> None:
        self._record = record
        self._helpscout = helpscout
        self._guard = guard
        self._credential = Credential(record)
        # Two syncs in one process (a test, the demo) must not take each other's lease for their own.
        self._owner = f"{owner or process_name()}:{secrets.token_hex(2)}"
        self._wake = wake
        self._after = after
        self._lease = lease
        self._poll = poll
        self._lock = threading.Lock()
        self._flight: _Flight | None = None
        self._stopping = threading.Event()
        self._log = structlog.get_logger("sync")

    @property
    def running(self) -> bool:
        """Whether a sync runs in this process now."""
        return self._flight is not None

    def run(self, trigger: str, progress: Progress | None = None) -> SyncRun:
        """Sync now, or join the sync that runs; returns its row when it is over.

        A walk that failed is a row in state `failed` with the reason, and nothing else was written. Raises what the
        store raises when not even that row can be written, and `Stopped` when the bot is stopping.
        """
        with self._lock:
            if self._stopping.is_set():
                raise Stopped("The bot is stopping; ask for a sync again when it is back.")
            flight, joins = self._flight or _Flight(), self._flight is not None
            self._flight = flight
        if progress is not None:
            flight.watch(progress)
        if joins:
            return flight.landed.result()
        try:
            run = self._fly(trigger, flight)
        except BaseException as error:
            self._flight = None
            flight.landed.set_exception(error)
            raise
        self._flight = None
        flight.landed.set_result(run)
        return run

    def confirm_removals(
        self,
        sync_id: int,
        actor: str,
        *,
        member: Member | None,
        approvers: frozenset[str],
        progress: Progress | None = None,
    ) -> Outcome:
        """An approver says that the people held back by sync `sync_id` are really gone: look each up, then write.

        `member` is who `actor` is in Slack, `approvers` are Slack ids; both are read freshly. The confirmation itself
        is durable: if this sync fails, the next good one carries it out. Anybody else, an old question or a second
        click is refused, and recorded.
        """
        outcome = held.confirm(self._record, sync_id, actor, member=member, approvers=approvers)
        if not outcome.accepted:
            return outcome
        asked = self._record.syncs.latest()
        run = self.run("confirmation", progress)
        while asked is not None and run.id <= asked.id:  # joined one that began before the confirmation
            run = self.run("confirmation", progress)
        if run.state is SyncState.FAILED:
            return replace(outcome, sentence=f"{outcome.sentence} {run.problem} The next sync carries it out.")
        done = f"Confirmed and looked up once more; recorded as removed: {run.removed}."
        return replace(outcome, sentence=f"{done} {run.problem}".rstrip())  # a problem: more vanished meanwhile

    def stop(self, timeout: float = 5.0) -> None:
        """Begin no other sync and wait for the running one, at most `timeout` seconds; then abandon it.

        An abandoned sync has written nothing and will write nothing: its row says so.
        """
        with self._lock:
            self._stopping.set()
            flight = self._flight
        if flight is None:
            return
        try:
            flight.landed.exception(timeout)
        except TimeoutError:
            if flight.run is not None:
                self._fail(flight.run, "The bot was stopped in the middle of this sync; nothing was written.", 0)

    # One sync

    def _fly(self, trigger: str, flight: _Flight) -> SyncRun:
        """Take the lease and sync; or wait for the process that holds it, and give its result."""
        other: SyncRun | None = None
        while True:
            run, ours = self._begin(trigger, other)
            if run is not None and ours:
                flight.run = run
                return self._lead(run, flight)
            if run is not None and run.state is not SyncState.RUNNING:
                return run
            other = run
            if self._stopping.wait(self._poll):
                raise Stopped("The bot is stopping; the sync of another process goes on.")

    def _begin(self, trigger: str, other: SyncRun | None) -> tuple[SyncRun | None, bool]:
        """Our new row and True; or the row of another process's sync, ended only when it is `other`, and False."""
        with self._record.transaction():
            now = self._record.now()
            taken = self._record.leases.take(LEASE, self._owner, now, now + self._lease)
            # Looked at after the lease: its holder ends its row and gives the lease back in one transaction.
            waited_for = self._record.syncs.get(other.id) if other else None
            if waited_for is not None and waited_for.state is not SyncState.RUNNING:
                if taken:
                    self._record.leases.release(LEASE, self._owner)
                return waited_for, False
            if taken:
                self._record.syncs.abandon_running(now)
                return self._record.syncs.start(trigger, now), True
            latest = self._record.syncs.latest()
            return latest if latest is not None and latest.state is SyncState.RUNNING else None, False

    def _lead(self, run: SyncRun, flight: _Flight) -> SyncRun:
        requests = RequestCount()
        try:
            work = OneSync(self._record, run, guard=self._guard)
            with self._heartbeat(run):
                rest = background(self._helpscout, requests)
                together(lambda: work.read(rest, flight.report), lambda: self._credential.noticed(rest))
            with self._record.transaction():
                self._hold(run)
                ended = work.write(requests.count)
                self._record.syncs.finish(ended)
                self._record.leases.release(LEASE, self._owner)
        except _Overtaken:
            self._log.warning("sync given up: another process took over", sync=run.id)
            return self._record.syncs.get(run.id) or run
        except Unauthorized as refused:
            self._wake()  # the channel may be owed an alarm
            return self._failed(run, self._credential.explain(refused), requests.count)
        except Problem as problem:
            return self._failed(run, problem.sentence, requests.count)
        except Exception as fault:
            self._fail(run, f"The sync broke off by a fault in the bot ({type(fault).__name__}); see its log.", 0)
            raise
        if work.owes:
            self._wake()
        self._after()
        counts = {"people": ended.people, "joined": ended.joined, "removed": ended.removed, "changed": ended.changed}
        self._log.info("sync ended", sync=run.id, trigger=run.trigger, state=ended.state.value, **counts)
        return ended

    def _hold(self, run: SyncRun) -> None:
        """The fence, inside the transaction that writes: the lease is ours, and our row was not given up meanwhile."""
        now = self._record.now()
        kept = self._record.leases.take(LEASE, self._owner, now, now + self._lease)
        row = self._record.syncs.get(run.id)  # after the lease, which keeps others from writing it
        if not kept or row is None or row.state is not SyncState.RUNNING:
            raise _Overtaken

    def _failed(self, run: SyncRun, problem: str, requests: int) -> SyncRun:
        self._log.warning("sync failed", sync=run.id, problem=problem)
        return self._fail(run, problem, requests)

    def _fail(self, run: SyncRun, problem: str, requests: int) -> SyncRun:
        """Close our row with the reason, unless somebody closed it for us."""
        with self._record.transaction():
            row = self._record.syncs.get(run.id)
            if row is None or row.state is not SyncState.RUNNING:
                return row or run
            finished_at = self._record.now()
            ended = replace(run, state=SyncState.FAILED, finished_at=finished_at, problem=problem, requests=requests)
            self._record.syncs.finish(ended)
            self._record.leases.release(LEASE, self._owner)
            return ended

    @contextmanager
    def _heartbeat(self, run: SyncRun) -> Iterator[None]:
        """Renew the lease while we read. A beat that fails is tried again: the fence decides in the end."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(self._lease.total_seconds() / 4):
                try:
                    with self._record.transaction():
                        self._hold(run)
                except _Overtaken:
                    return
                except Problem as problem:
                    if self._stopping.is_set():
                        return
                    self._log.warning("the lease of the sync can't be renewed now", problem=problem.sentence)

        thread = threading.Thread(target=beat, name="sync-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
