"""One sync at a time, in a process and over several, whatever dies in the middle."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model.outbox import Topic
from bot.model.sync import SyncState
from bot.model.user import Status
from bot.services.syncing.sync import Stopped, Sync
from bot.store.clock import Clock

if TYPE_CHECKING:
    from tests.services.sync.conftest import Account

LEASE = timedelta(seconds=1)
pytestmark = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


def rows(account: Account) -> int:
    return len(account.record.syncs.recent(100))


def test_a_second_caller_joins_the_running_sync_and_sees_its_progress(known: Account) -> None:
    before = rows(known)
    hold = known.sim.faults.hold("GET /users?page=4")
    told: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(known.sync.run, "interval")
        assert hold.reached.wait(10)
        second = pool.submit(known.sync.run, "command", lambda done, total: told.append((done, total)))
        while not told:  # it is told at once how far the running one is
            time.sleep(0.01)
        hold.release()
        assert first.result(20) == second.result(20)
    assert rows(known) == before + 1
    assert known.sim.log.count("GET /users?page=2") == 2, "the first look, and one for both"
    assert told[-1] == (5, 5)


def test_who_joins_a_sync_that_breaks_by_a_fault_of_ours_hears_of_it(known: Account) -> None:
    hold = known.sim.faults.hold("GET /users?page=4")
    known.helpscout.view = None  # type: ignore[method-assign, assignment] # for the next sync; this one has its view
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(known.sync.run, "interval")
        with pytest.raises(TypeError):
            first.result(20)
        hold.release()
    latest = known.record.syncs.latest()
    assert latest is not None
    assert (latest.state, "TypeError" in latest.problem) == (SyncState.FAILED, True)
    assert not known.sync.running


def test_two_bots_at_once_are_one_sync(known: Account) -> None:
    refused = threading.Event()
    other = known.another_bot(refused=refused)
    before = rows(known)
    hold = known.sim.faults.hold("GET /teams")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(known.sync.run, "interval")
        assert hold.reached.wait(10)
        second = pool.submit(other.run, "command")
        assert refused.wait(10)
        assert rows(known) == before + 1
        hold.release()
        assert first.result(20) == second.result(20)
    assert rows(known) == before + 1


def test_who_lost_the_lease_while_reading_writes_nothing(known: Account) -> None:
    (leaver,) = known.people(1)
    known.sim.remove_person(leaver)
    slow = known.another_bot(lease=timedelta(hours=1))  # its heart does not beat within this test
    hold = known.sim.faults.hold("GET /teams")
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(slow.run, "interval")
        assert hold.reached.wait(10)
        held_by = known.record.leases.holder("sync")
        assert held_by is not None
        known.record.leases.release("sync", held_by)  # as if it had run out
        before = known.tables()
        winner = known.run()
        after = known.tables()
        hold.release()
        given_up = lost.result(20)
    assert (winner.state, winner.removed) == (SyncState.DONE, 1)
    assert after != before
    assert given_up.state is SyncState.FAILED
    assert known.tables() == after
    assert len(known.owed(Topic.NOTICE)) == 1


@pytest.mark.parametrize("hours", [3, -3])
def test_a_clock_that_jumps_during_a_sync_does_no_harm(
    known: Account, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ahead, another bot may take over and the first writes nothing; back, it goes on: one of them writes, once."""
    (leaver,) = known.people(1)
    known.sim.remove_person(leaver)
    hold = known.sim.faults.hold("GET /teams")
    real = Clock.now
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(known.sync.run, "interval")
        assert hold.reached.wait(10)
        monkeypatch.setattr(Clock, "now", lambda clock: real(clock) + timedelta(hours=hours))
        second = pool.submit(known.another_bot().run, "command")
        hold.release()
        ended = [first.result(20), second.result(20)]
    assert SyncState.DONE in {run.state for run in ended}
    monkeypatch.undo()
    assert known.run().state is SyncState.DONE  # no lease or row of the jump is in the way
    row = known.record.users.get(leaver)
    assert row is not None
    assert row.status is Status.REMOVED
    assert len(known.owed(Topic.NOTICE)) == 1


def test_a_bot_that_stops_abandons_its_sync_cleanly(known: Account) -> None:
    (leaver,) = known.people(1)
    known.sim.remove_person(leaver)
    hold = known.sim.faults.hold("GET /teams")
    before = known.tables()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(known.sync.run, "interval")
        assert hold.reached.wait(10)
        known.sync.stop(0.1)
        latest = known.record.syncs.latest()
        assert latest is not None
        assert (latest.state, "stopped" in latest.problem) == (SyncState.FAILED, True)
        with pytest.raises(Stopped):
            known.run()
        assert known.another_bot().run("start").removed == 1, "the lease is free at once"
        after = known.tables()
        hold.release()
        assert running.result(20).state is SyncState.FAILED
    assert known.tables() == after != before


CHILD = """
import os, signal, sys
from datetime import timedelta
from bot.helpscout.client import HelpScout, Waits
from bot.services.syncing import sync
from bot.services.syncing import one_sync as reconcile
from bot.store.record import open_record

path, api_url, app_id, app_secret, die = sys.argv[1:]

def die_instead(*arguments, **fields):
    os.kill(os.getpid(), signal.SIGKILL)

record = open_record(path)
if die == "in the transaction":
    reconcile.OneSync._owe = die_instead
helpscout = HelpScout(api_url=api_url, app_id=app_id, app_secret=app_secret, per_minute=100_000, waits=Waits.none())
wake = die_instead if die == "after the commit" else (lambda: None)
bot = sync.Sync(record, helpscout, guard=0.1, lease=timedelta(seconds=1), wake=wake)
take = record.leases.take

def watched(*arguments):
    taken = take(*arguments)
    print("taken" if taken else "refused", flush=True)
    return taken

record.leases.take = watched
print(bot.run("start").id, flush=True)
"""


def child(account: Account, die: str) -> subprocess.Popen[str]:
    sim = account.sim
    arguments = [sys.executable, "-c", CHILD, account.target, sim.api_url, sim.app_id, sim.app_secret, die]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("die", ["while reading", "in the transaction", "after the commit"])
def test_killed_in_the_middle_nothing_is_half_written_lost_or_told_twice(known: Account, die: str) -> None:
    leaver, renamed = known.people(2)
    known.sim.remove_person(leaver)
    known.sim.change_person(renamed, role="admin")
    before = known.tables()
    hold = known.sim.faults.hold("GET /teams") if die == "while reading" else None
    with child(known, die) as process:
        if hold is not None:
            assert hold.reached.wait(20)
            process.kill()
        assert process.wait(20) == -9
    if hold is not None:
        hold.release()
    if die != "after the commit":
        assert known.tables() == before
    run = known.run()
    assert run.state is SyncState.DONE
    assert known.row(leaver).status is Status.REMOVED
    assert known.row(renamed).user.role == "admin"
    assert len(known.owed(Topic.NOTICE)) == 1
    kinds = [c.kind for c in known.record.changes.of_user(leaver, limit=99, offset=0)]
    assert kinds.count(kinds[0]) == 1, "recorded once"
    assert not [r for r in known.record.syncs.recent(9) if r.state is SyncState.RUNNING]


def test_two_processes_at_once_are_one_sync(known: Account) -> None:
    (leaver,) = known.people(1)
    known.sim.remove_person(leaver)
    before = rows(known)
    hold = known.sim.faults.hold("GET /teams")
    with child(known, "never") as one:
        assert hold.reached.wait(20)
        with child(known, "never") as other:
            assert other.stdout is not None
            assert one.stdout is not None
            assert other.stdout.readline() == "refused\n"
            hold.release()
            assert one.stdout.read().split()[-1] == other.stdout.read().split()[-1]
    assert rows(known) == before + 1
    assert len(known.owed(Topic.NOTICE)) == 1


def test_the_lease_is_renewed_for_as_long_as_reading_takes(known: Account) -> None:
    slow = known.another_bot(lease=timedelta(seconds=0.4))
    hold = known.sim.faults.hold("GET /teams")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(slow.run, "interval")
        assert hold.reached.wait(10)
        time.sleep(0.8)
        now = known.record.now()
        assert not known.record.leases.take("sync", "somebody else", now, now + LEASE)
        hold.release()
        assert running.result(20).state is SyncState.DONE
    assert known.record.leases.holder("sync") is None


def test_a_sync_that_owes_nothing_wakes_nobody(known: Account) -> None:
    quiet: list[None] = []
    Sync(known.record, known.helpscout, guard=0.1, wake=lambda: quiet.append(None)).run("command")
    assert quiet == []
