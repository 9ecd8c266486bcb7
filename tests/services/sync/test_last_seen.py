"""When people were last seen: by every sync that saw them, without a row written for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import Fault
from bot.model.member import Member
from bot.model.sync import SyncState
from bot.model.user import Status
from bot.services.directory import Directory
from bot.services.finding import everybody, roster

if TYPE_CHECKING:
    from tests.services.sync.conftest import Account

pytestmark = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


def test_every_sync_that_sees_somebody_is_when_they_were_last_seen(
    known: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(everybody, "SURE_SECONDS", 0.0)
    somebody = next(person for person in known.sim.people if person.email and person.role == "user")
    directory = Directory(known.record)
    directory.refresh()
    before = known.tables()
    run = known.run()
    users = known.record.users
    assert known.row(somebody.id).last_seen == run.started_at
    assert {row.last_seen for row in users.by_status()} == {run.started_at}
    assert users.by_email(somebody.email)[0].last_seen == run.started_at
    assert {row.last_seen for row in users.changed_since(0)[1]} == {run.started_at}
    assert known.tables() == before, "no row was written for it"
    shown = directory.get(somebody.id)
    assert shown is not None
    assert shown.last_seen == run.started_at, "also where people are kept in memory"


def test_who_is_missing_but_held_was_last_seen_by_the_sync_that_saw_them(known: Account) -> None:
    last = known.run()
    leavers = known.people(40)
    back, unreadable = leavers[:2]
    for leaver in leavers:
        known.sim.remove_person(leaver)
    first = known.run()
    for _ in range(2):
        held = known.run()
        assert held.state is SyncState.HELD
        assert {known.row(leaver).last_seen for leaver in leavers} == {last.started_at}
        stayed = next(id for id in known.ids() if id not in leavers)
        assert known.row(stayed).last_seen == held.started_at
    known.sim.add_person(known.row(back).user.email or "back@acme.example", "Back", "Again", id=back)
    again = known.run()
    assert known.row(back).last_seen >= again.started_at
    assert known.row(unreadable).last_seen == last.started_at
    known.sync.confirm_removals(first.id, "U1", member=Member(id="U1"), approvers=frozenset({"U1"}))
    gone = known.ids(Status.REMOVED)
    assert gone == set(leavers) - {back}
    assert {known.row(leaver).last_seen for leaver in gone} == {last.started_at}


def test_a_failed_sync_sees_nobody(known: Account) -> None:
    last = known.run()
    known.sim.faults.add(fault=Fault.ERROR_500, match="GET /users", times=None)
    assert known.run().state is SyncState.FAILED
    assert known.row(known.people(1)[0]).last_seen == last.started_at
