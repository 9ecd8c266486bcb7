"""Credentials of another Help Scout account: said, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.helpscout import SimulatedHelpScout
from bot.model.sync import SyncState
from bot.policy.people.guard import another_account
from bot.services.syncing.sync import Sync
from tests.services.sync.conftest import GUARD, client_of

if TYPE_CHECKING:
    from tests.services.sync.conftest import Account, Start


def other_account(account: Account, people: int, *, shared: int = 0) -> Sync:
    """A bot on the same record, with the credentials of an account of other ids (but for a few)."""
    sim = account.stack.enter_context(SimulatedHelpScout(people=people, conversations=False))
    rows = list(sim.account.rows.values())
    for row in rows[shared:]:
        row.id += 5_000_000
    for team in list(sim.teams):
        sim.account.set_members(team, [])
    sim.account.rows = {row.id: row for row in rows}
    sim.account.listing[:] = [row.id for row in rows]
    return Sync(account.record, account.stack.enter_context(client_of(sim)), guard=GUARD, poll=0.02)


@pytest.mark.parametrize(("ours", "theirs", "shared"), [(120, 120, 0), (120, 20, 0), (16, 120, 1), (40, 60, 4)])
def test_another_account_s_people_are_not_written(start: Start, ours: int, theirs: int, shared: int) -> None:
    account = start(people=ours)
    account.run()
    before = account.tables()
    run = other_account(account, theirs, shared=shared).run("start")
    assert run.state is SyncState.FAILED
    assert "another Help Scout account" in run.problem
    assert account.tables() == before
    assert account.run().state is SyncState.DONE, "with the right credentials it goes on"


def test_a_first_sync_knows_of_no_other_account(start: Start) -> None:
    account = start(people=16)
    assert other_account(account, 40).run("start").state is SyncState.DONE


def test_many_leavers_and_a_few_newcomers_are_the_same_account(known: Account) -> None:
    for leaver in known.people(1_000):
        known.sim.remove_person(leaver)
    for number in range(3):
        known.sim.add_person(f"new{number}@acme.example", "New", str(number))
    assert known.run().state is SyncState.HELD


ids = st.frozensets(st.integers(1, 60), max_size=40)


@given(ids, ids, ids)
def test_it_takes_most_who_are_there_to_be_strangers_and_nearly_nobody_known(
    active: frozenset[int], gone: frozenset[int], listed: frozenset[int]
) -> None:
    said = another_account(active | gone, active, listed)
    if said:
        assert len(listed - active - gone) > len(listed) / 2
        assert len(active & listed) <= len(active) / 10
    if not active or not listed or active <= listed:
        assert said is None
