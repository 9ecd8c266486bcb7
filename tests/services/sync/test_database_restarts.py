"""The database goes away in the middle of a sync and comes back: nothing is lost, half written, or told twice."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from bot.model.outbox import Topic
from bot.model.sync import SyncRun, SyncState
from bot.model.user import Status
from bot.services.syncing.one_sync import OneSync
from bot.store.errors import Away

if TYPE_CHECKING:
    from tests.services.sync.conftest import Account

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.parametrize("engine", ["postgresql"], indirect=True),
]


def sooner_or_later(account: Account) -> SyncRun:
    """As the timers do: again and again until it works."""
    ends = time.monotonic() + 20
    while True:
        try:
            run = account.run()
        except Away:
            run = None
        if run is not None and run.state is not SyncState.FAILED:
            return run
        assert time.monotonic() < ends
        time.sleep(0.05)


def is_right(account: Account, leaver: int, renamed: int) -> None:
    assert account.row(leaver).status is Status.REMOVED
    assert account.row(renamed).user.role == "admin"
    assert len(account.owed(Topic.NOTICE)) == 1
    changes = account.record.changes.of_user(leaver)
    assert len({(one.kind, one.before, one.after) for one in changes}) == len(changes), "each recorded once"
    assert not [run for run in account.record.syncs.recent(9) if run.state is SyncState.RUNNING]


def test_restarted_while_we_read(known: Account, postgresql: Any) -> None:
    leaver, renamed = known.people(2)
    known.sim.remove_person(leaver)
    known.sim.change_person(renamed, role="admin")
    hold = known.sim.faults.hold("GET /teams")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(sooner_or_later, known)
        assert hold.reached.wait(10)
        postgresql.restart()
        hold.release()
        assert running.result(30).state is SyncState.DONE
    is_right(known, leaver, renamed)


def test_restarted_while_we_write(known: Account, postgresql: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    leaver, renamed = known.people(2)
    known.sim.remove_person(leaver)
    known.sim.change_person(renamed, role="admin")
    owe = OneSync._owe
    before = known.tables()

    def restarted_before(self: OneSync, *arguments: Any) -> None:
        monkeypatch.undo()
        postgresql.restart()
        owe(self, *arguments)

    monkeypatch.setattr(OneSync, "_owe", restarted_before)
    with suppress(Away):
        assert known.run().state is SyncState.FAILED
    assert known.tables() == before
    assert sooner_or_later(known).state is SyncState.DONE
    is_right(known, leaver, renamed)
