"""The bot's timers: a beat that holds the leadership, the sync on its interval, and a tick for everything that is due.

Only the leader syncs and ticks. Every run has a daemon thread of its own, so that nothing that waits (for a rate
window, for a slow server) holds up the end of the process.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog
from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.sync import SyncRun, SyncState
from bot.services.running.leadership import Leadership
from bot.store.record import Record

Work = Callable[[], object]

STALE_INTERVALS = 3
"""Without a good sync for so many intervals, the channel is warned, once an outage."""


class Syncs(Protocol):
    """The part of `sync.Sync` that the timers use."""

    def run(self, trigger: str) -> SyncRun: ...

    def stop(self, timeout: float) -> None: ...


class Scheduler:
    """`ticks` are named pieces of work that find out by themselves whether they have anything to do.

    `beat` must be well below the lease of `leadership`; `tick` is how late something due may be noticed; `again` is
    the pause before a failed sync is repeated (doubled each time, at most the interval). All are timedeltas.
    """

    def __init__(
        self,
        record: Record,
        sync: Syncs,
        *,
        leadership: Leadership,
        interval: timedelta,
        ticks: Mapping[str, Work],
        tick: timedelta = timedelta(seconds=20),
        beat: timedelta = timedelta(seconds=5),
        again: timedelta = timedelta(seconds=30),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._record = record
        self._sync = sync
        self._leadership = leadership
        self._interval = interval
        self._ticks = dict(ticks)
        self._tick_every = tick
        self._beat_every = beat
        self._again = again
        self._wake = wake
        self._log = structlog.get_logger("scheduler")
        self._failures = 0
        self._started_at: datetime | None = None
        self._ending = threading.Event()
        self._executor = _DaemonThreads()
        # misfire_grace_time None: late is better than never; coalesce: once is enough.
        self._timers = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._executor},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    @property
    def leading(self) -> bool:
        return self._leadership.leading

    @property
    def next_sync(self) -> datetime | None:
        """When the next sync is due (aware UTC), as far as this process knows; None before the first."""
        job = self._timers.get_job("sync") if self.leading else None
        if job is not None and job.next_run_time is not None:
            return job.next_run_time.astimezone(UTC)  # type: ignore[no-any-return]
        latest = self._record.syncs.latest()
        return latest.started_at + self._interval if latest else None

    def start(self) -> None:
        """Ask for the leadership at once; who gets it syncs at once."""
        self._started_at = self._record.now()
        add = self._timers.add_job
        add(self._run_sync, "interval", seconds=self._interval.total_seconds(), id="sync", next_run_time=None)
        add(self._tick, "interval", seconds=self._tick_every.total_seconds(), id="tick", next_run_time=None)
        add(self._beat, "interval", seconds=self._beat_every.total_seconds(), id="beat", next_run_time=_now())
        self._timers.start()
        threading.Thread(target=self._keep_pace, name="timers-pace", daemon=True).start()

    def stop(self, timeout: float = 10.0) -> None:
        """End within `timeout` seconds: no new run begins, a running sync is abandoned cleanly, the lead given up."""
        if not self._timers.running:
            return
        self._ending.set()
        self._timers.pause()
        ends = time.monotonic() + timeout
        try:
            self._sync.stop(timeout / 2)
            self._executor.drain(ends - time.monotonic())
            self._leadership.resign()
        except Problem as problem:
            self._log.warning("stopped without giving up the lead: it runs out by itself", problem=problem.sentence)
        finally:
            self._timers.shutdown(wait=False)

    def _keep_pace(self) -> None:
        """No timer waits for longer than its interval: one that does was set before this machine's clock went back."""
        while not self._ending.wait(self._beat_every.total_seconds()):
            for job in self._timers.get_jobs():
                latest = _now() + job.trigger.interval + timedelta(seconds=1)
                if job.next_run_time is not None and job.next_run_time > latest:
                    self._log.warning("this machine's clock went back: a timer is set anew", timer=job.id)
                    with suppress(JobLookupError):  # removed meanwhile: the timers are being stopped
                        job.modify(next_run_time=_now() + job.trigger.interval)

    # Runs

    def _beat(self) -> None:
        led = self.leading
        try:
            began = self._leadership.beat()
            first = self._first_sync() if began else None
        except Problem as problem:
            self._log.warning("the record can't be asked who leads", problem=problem.sentence)
            return
        if first is not None:
            self._log.info("this bot leads", owner=self._leadership.owner)
            self._timers.modify_job("sync", next_run_time=first)
            self._timers.modify_job("tick", next_run_time=_now())
        elif led and not self.leading:
            self._log.warning("another bot leads now", leader=self._leadership.leader())

    def _first_sync(self) -> datetime:
        """At once after a start; when we take over from a leader that has just synced, when it would have been due."""
        latest = self._record.syncs.latest()
        if latest is None or self._started_at is None or latest.started_at < self._started_at:
            return _now()
        age = self._record.now() - latest.started_at
        if age < timedelta(0):  # the clock was ahead at that sync
            return _now()
        return _now() + max(self._interval - age, timedelta(0))

    def _tick(self) -> None:
        for name, work in self._ticks.items():
            if not self.leading:
                return
            self._guarded(name, work)

    def _run_sync(self) -> None:
        if not self.leading:
            return
        latest = self._record.syncs.latest()
        at_start = latest is None or self._started_at is None or latest.started_at < self._started_at
        first = self._record.syncs.latest_good() is None
        run = self._guarded("sync", lambda: self._sync.run("start" if at_start else "interval"))
        if isinstance(run, SyncRun) and run.state is not SyncState.FAILED:
            self._failures = 0
            if first and self._timers.running and self.leading:
                self._timers.modify_job("tick", next_run_time=_now())  # what waited for who has a seat
            return
        pause = min(self._again * 2 ** min(self._failures, 16), self._interval)
        self._failures += 1
        if self._timers.running and self.leading:
            self._timers.modify_job("sync", next_run_time=_now() + pause)
            self._guarded("stale warning", lambda: self._warn_if_stale(run))

    def _warn_if_stale(self, run: object) -> None:
        good = self._record.syncs.latest_good()
        since = good.started_at if good else self._started_at
        if since is None or self._record.now() - since < STALE_INTERVALS * self._interval:
            return
        why = f" {run.problem}" if isinstance(run, SyncRun) else ""
        sentence = (
            f"Help Scout could not be read since {since:%Y-%m-%d %H:%M} UTC: who came or left after that is unknown, "
            f"and answers are as old.{why}"
        )
        key = f"stale:{good.id if good else 0}"
        if self._record.outbox.add(key, Topic.WARNING, {"sentence": sentence}):
            self._wake()

    def _guarded(self, name: str, work: Work) -> Any:
        """Run one piece of work; whatever becomes of it, the others go on. Its result, or None."""
        try:
            return work()
        except Problem as problem:
            self._log.warning("scheduled work failed", work=name, problem=problem.sentence)
        except Exception:  # noqa: BLE001 - a timer outlives a fault of its work; the fault is logged with its traceback
            self._log.exception("scheduled work failed", work=name)
        return None


class _DaemonThreads(BaseExecutor):  # type: ignore[misc]
    """Each run in a daemon thread: the interpreter joins the threads of concurrent.futures before it ends."""

    def __init__(self) -> None:
        super().__init__()
        self._threads: set[threading.Thread] = set()
        self._starting = threading.Lock()  # nobody waits for a thread that has not begun

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        thread = threading.Thread(target=self._run, args=(job, run_times), name=f"timer-{job.id}", daemon=True)
        with self._starting:
            self._threads.add(thread)
            thread.start()

    def _run(self, job: Any, run_times: list[datetime]) -> None:
        try:
            # run_job turns what the job raises into an event; nothing comes out of it.
            self._run_job_success(job.id, run_job(job, job._jobstore_alias, run_times, self._logger.name))
        finally:
            self._threads.discard(threading.current_thread())

    def drain(self, timeout: float) -> None:
        """Wait for what runs, at most `timeout` seconds in all."""
        ends = time.monotonic() + timeout
        with self._starting:
            threads = tuple(self._threads)
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))


def _now() -> datetime:
    """APScheduler's own clock: it waits by this machine's time, whatever the record's says."""
    return datetime.now(UTC)
