"""The timers: who leads syncs and ticks, on time, whatever fails; and everything ends when told."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.sync import SyncRun, SyncState
from bot.services.running.leadership import LEASE, Leadership
from bot.services.running.scheduler import Scheduler
from bot.store.record import open_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.store.record import Record

SOON = 10.0


@dataclass
class Recorded:
    """Stands for the sync: writes its row, says when it was asked to run, and does what `acts` says."""

    record: Record
    triggers: queue.Queue[str] = field(default_factory=queue.Queue)
    state: SyncState = SyncState.DONE
    act: Callable[[], None] = lambda: None
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self, trigger: str) -> SyncRun:
        run = self.record.syncs.start(trigger, self.record.now())
        self.triggers.put(trigger)
        self.act()
        problem = "It failed." if self.state is SyncState.FAILED else ""
        ended = SyncRun(
            id=run.id,
            trigger=trigger,
            started_at=run.started_at,
            state=self.state,
            finished_at=self.record.now(),
            problem=problem,
        )
        self.record.syncs.finish(ended)
        return ended

    def stop(self, timeout: float) -> None:
        self.stopped.set()


@dataclass
class Bot:
    scheduler: Scheduler
    sync: Recorded
    record: Record
    leadership: Leadership


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Callable[..., Bot]]:
    """`bot(name, …)`: a bot's timers on the one record of the test, not started yet, quick in everything."""
    bots: list[Bot] = []

    def make(
        name: str = "one",
        *,
        ticks: dict[str, Callable[[], object]] | None = None,
        lease: float = 0.5,
        **options: object,
    ) -> Bot:
        record = open_record(str(tmp_path / "record.db"))
        sync = Recorded(record)
        leadership = Leadership(record, owner=name, lease=timedelta(seconds=lease))
        quick: dict[str, object] = {
            "interval": timedelta(hours=1),
            "tick": timedelta(seconds=0.05),
            "beat": timedelta(seconds=0.1),
            "again": timedelta(seconds=0.05),
        }
        scheduler = Scheduler(record, sync, leadership=leadership, ticks=ticks or {}, **quick | options)  # type: ignore[arg-type]
        bots.append(Bot(scheduler, sync, record, leadership))
        return bots[-1]

    yield make
    for one in bots:
        one.scheduler.stop(2)
        one.record.close()


def test_a_bot_syncs_at_its_start_and_then_on_the_interval(bot: Callable[..., Bot]) -> None:
    one = bot(interval=timedelta(seconds=0.2))
    one.scheduler.start()
    assert [one.sync.triggers.get(timeout=SOON) for _ in range(3)] == ["start", "interval", "interval"]


def test_what_is_due_is_looked_for_again_and_again(bot: Callable[..., Bot]) -> None:
    ticks: queue.Queue[float] = queue.Queue()
    one = bot(ticks={"expiries": lambda: ticks.put(time.monotonic())})
    one.scheduler.start()
    for _ in range(3):
        ticks.get(timeout=SOON)


def test_what_waits_for_who_has_a_seat_is_looked_for_as_soon_as_the_first_sync_has_ended(
    bot: Callable[..., Bot],
) -> None:
    known: queue.Queue[bool] = queue.Queue()
    one = bot(tick=timedelta(hours=1), ticks={"sources": lambda: known.put(measured())})

    def measured() -> bool:
        return one.record.syncs.latest_good() is not None

    before: queue.Queue[bool] = queue.Queue()
    one.sync.act = lambda: before.put(known.get(timeout=SOON))
    one.scheduler.start()
    assert not before.get(timeout=SOON)
    assert known.get(timeout=SOON)


def test_timers_go_on_after_this_machines_clock_went_back(bot: Callable[..., Bot]) -> None:
    ticks: queue.Queue[None] = queue.Queue()
    one = bot(ticks={"expiries": lambda: ticks.put(None)}, tick=timedelta(seconds=0.2))
    one.scheduler.start()
    ticks.get(timeout=SOON)
    timers = one.scheduler._timers
    timers.modify_job("tick", next_run_time=datetime.now(UTC) + timedelta(hours=3))  # what a clock going back comes to
    while not ticks.empty():
        ticks.get()
    ticks.get(timeout=SOON)


def test_a_sync_by_a_clock_that_was_ahead_puts_off_no_other(bot: Callable[..., Bot]) -> None:
    one = bot()
    run = one.record.syncs.start("interval", one.record.now() + timedelta(hours=3))
    one.record.syncs.finish(replace(run, state=SyncState.DONE))
    one.scheduler.start()
    one.sync.triggers.get(timeout=SOON)


@pytest.mark.parametrize("fault", [Problem("It is away."), ZeroDivisionError()], ids=["a problem", "a fault"])
def test_a_piece_of_work_that_fails_takes_no_other_along(bot: Callable[..., Bot], fault: Exception) -> None:
    ticks: queue.Queue[None] = queue.Queue()

    def fails() -> None:
        raise fault

    one = bot(ticks={"fails": fails, "works": lambda: ticks.put(None)})
    one.scheduler.start()
    for _ in range(2):
        ticks.get(timeout=SOON)


def test_of_two_bots_one_leads(bot: Callable[..., Bot]) -> None:
    ticks: queue.Queue[str] = queue.Queue()
    one = bot("one", ticks={"tick": lambda: ticks.put("one")})
    other = bot("other", ticks={"tick": lambda: ticks.put("other")})
    one.scheduler.start()
    one.sync.triggers.get(timeout=SOON)
    other.scheduler.start()
    assert [ticks.get(timeout=SOON) for _ in range(10)] == ["one"] * 10
    assert other.sync.triggers.empty()
    assert other.leadership.leader() == "one"
    assert one.scheduler.leading
    assert not other.scheduler.leading


def test_when_the_leader_stops_the_other_takes_over_at_once_and_syncs_when_it_is_due(bot: Callable[..., Bot]) -> None:
    ticks: queue.Queue[None] = queue.Queue()
    one, other = bot("one", lease=3600), bot("other", ticks={"tick": lambda: ticks.put(None)})
    one.scheduler.start()
    one.sync.triggers.get(timeout=SOON)
    other.scheduler.start()
    time.sleep(0.15)
    one.sync.run("interval")  # after the other's start: it need not sync again at once
    one.scheduler.stop(2)
    ticks.get(timeout=SOON)
    assert other.scheduler.leading
    assert other.sync.triggers.empty()
    assert other.scheduler.next_sync is not None
    assert other.scheduler.next_sync > other.record.now() + timedelta(minutes=59)


def test_a_leader_that_dies_is_replaced_when_its_lease_has_run_out(bot: Callable[..., Bot]) -> None:
    one, other = bot("one"), bot("other")
    one.leadership.beat()  # and never again
    other.scheduler.start()
    began = time.monotonic()
    assert other.sync.triggers.get(timeout=SOON) == "start"
    assert 0.2 < time.monotonic() - began < 2
    assert not one.leadership.leading


def test_a_bot_that_can_not_ask_stops_leading_when_its_lease_has_run_out(bot: Callable[..., Bot]) -> None:
    clock = [0.0]
    record = bot().record
    leadership = Leadership(record, owner="one", lease=timedelta(seconds=20), monotonic=lambda: clock[0])
    assert leadership.beat()
    assert not leadership.beat(), "no new term, only renewed"
    clock[0] = 19.9
    assert leadership.leading
    clock[0] = 20.1
    assert not leadership.leading


def test_a_bot_that_lost_the_lead_stops_its_timers(bot: Callable[..., Bot]) -> None:
    ticks: queue.Queue[None] = queue.Queue()
    one = bot(ticks={"tick": lambda: ticks.put(None)})
    one.scheduler.start()
    ticks.get(timeout=SOON)
    one.record.leases.release(LEASE, "one")
    now = one.record.now()
    assert one.record.leases.take(LEASE, "another machine", now, now + timedelta(hours=1))
    while one.scheduler.leading:
        time.sleep(0.01)
    time.sleep(0.1)
    while not ticks.empty():
        ticks.get()
    time.sleep(0.2)
    assert ticks.empty()


def test_work_that_outlives_the_lead_is_the_last_of_its_round(bot: Callable[..., Bot]) -> None:
    ran: queue.Queue[str] = queue.Queue()

    def long() -> None:
        ran.put("long")
        one.record.leases.release(LEASE, "one")
        now = one.record.now()
        one.record.leases.take(LEASE, "another machine", now, now + timedelta(hours=1))
        while one.scheduler.leading:
            time.sleep(0.01)

    one = bot(ticks={"long": long, "next": lambda: ran.put("next")})
    one.scheduler.start()
    assert ran.get(timeout=SOON) == "long"
    while one.scheduler.leading:
        time.sleep(0.01)
    time.sleep(0.2)
    assert ran.empty()


def test_a_sync_that_failed_is_tried_again_before_the_interval(bot: Callable[..., Bot]) -> None:
    one = bot()
    one.sync.state = SyncState.FAILED
    one.scheduler.start()
    for _ in range(3):
        one.sync.triggers.get(timeout=SOON)
    assert one.record.outbox.waiting() == 0, "the channel hears of it only when it lasts"
    one.sync.state = SyncState.DONE
    while one.scheduler.next_sync is None or one.scheduler.next_sync < one.record.now() + timedelta(minutes=30):
        time.sleep(0.02)  # back on the interval


def test_when_nothing_can_be_read_for_three_intervals_the_channel_is_warned_once(bot: Callable[..., Bot]) -> None:
    woken: queue.Queue[None] = queue.Queue()
    one = bot(interval=timedelta(seconds=0.1), wake=lambda: woken.put(None))
    one.sync.state = SyncState.FAILED
    one.scheduler.start()
    woken.get(timeout=SOON)
    while not one.sync.triggers.empty():
        one.sync.triggers.get()
    for _ in range(5):
        one.sync.triggers.get(timeout=SOON)
    (warning,) = one.record.outbox.claim("test", one.record.now(), timedelta(minutes=1))
    assert warning.topic is Topic.WARNING
    assert "It failed." in warning.payload["sentence"]


def test_a_held_sync_is_no_failure(bot: Callable[..., Bot]) -> None:
    one = bot()
    one.sync.state = SyncState.HELD
    one.scheduler.start()
    one.sync.triggers.get(timeout=SOON)
    time.sleep(0.3)
    assert one.sync.triggers.empty()


def test_it_ends_in_time_though_a_sync_hangs(bot: Callable[..., Bot]) -> None:
    hangs = threading.Event()
    one = bot()
    one.sync.act = lambda: (hangs.wait(60), None)[1]
    one.scheduler.start()
    one.sync.triggers.get(timeout=SOON)
    began = time.monotonic()
    one.scheduler.stop(1)
    assert time.monotonic() - began < 10, "the sync hangs for a minute"
    assert one.sync.stopped.is_set()
    assert one.record.leases.holder(LEASE) is None
    hangs.set()


def test_it_waits_for_work_that_is_nearly_done(bot: Callable[..., Bot]) -> None:
    begun, done = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        time.sleep(0.3)
        done.set()

    one = bot(ticks={"work": work})
    one.scheduler.start()
    assert begun.wait(SOON)
    one.scheduler.stop(5)
    assert done.is_set()
