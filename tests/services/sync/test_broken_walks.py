"""Whatever goes wrong while reading: nothing is written but the sync's own row, and nobody is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import Fault
from bot.model.sync import SyncState
from bot.model.user import Status

if TYPE_CHECKING:
    from tests.services.sync.conftest import Account, Start

PAGE = "GET /users?page=3"


@pytest.mark.parametrize(
    "fault",
    [
        Fault.ERROR_500,
        Fault.HTML_502,
        Fault.UNAVAILABLE_503,
        Fault.FORBIDDEN,
        Fault.UNAUTHORIZED,
        Fault.RATE_LIMITED,
        Fault.RATE_LIMITED_BARE,
        Fault.HTML_200,
        Fault.HALF_JSON,
        Fault.CUT_BODY,
        Fault.EMPTY_PAGE,
        Fault.EMPTY_LIST,
        Fault.SHIFTED_PAGE,
        Fault.WRONG_TOTALS,
        Fault.DROPPED_BEFORE,
        Fault.DROPPED_AFTER,
    ],
    ids=lambda fault: fault.name.lower(),
)
@pytest.mark.parametrize("match", [PAGE, "GET /users"], ids=["a page of users", "every page"])
def test_a_list_that_stays_broken_is_refused_with_the_reason(known: Account, fault: Fault, match: str) -> None:
    known.sim.change_person(known.people(9)[8], job_title="Not to be written")
    before = known.tables()
    known.sim.faults.add(fault=fault, match=match, times=None)
    run = known.run()
    assert run.state is SyncState.FAILED
    assert run.problem.endswith(".")
    assert known.record.syncs.latest() == run
    assert known.tables() == before
    known.sim.faults.clear()
    assert known.run().changed == 1, "and the next good one makes up for it"


@pytest.mark.parametrize("reading", ["guide", "pages"])
def test_an_empty_list_where_hundreds_were_a_minute_ago_removes_nobody(start: Start, reading: str) -> None:
    account = start(people=400, reading=reading)
    account.run("start")
    account.sim.faults.add(fault=Fault.EMPTY_LIST, match="GET /users", times=None)
    for _ in range(3):
        assert account.run().state is SyncState.FAILED
    assert account.ids() == account.listed()


@pytest.mark.parametrize("match", ["POST /auth/token", "POST /oauth2/token"])
def test_a_dead_token_endpoint_is_a_sentence(start: Start, match: str) -> None:
    account = start()
    account.sim.faults.add(fault=Fault.UNAVAILABLE_503, match="POST *", times=None)
    run = account.run()
    assert run.state is SyncState.FAILED
    assert "503" in run.problem


def test_an_unreachable_help_scout_is_a_sentence(known: Account) -> None:
    with known.sim.unreachable():
        run = known.run()
    assert (run.state, run.joined, run.removed) == (SyncState.FAILED, 0, 0)
    assert "reached" in run.problem or "whole answer" in run.problem
    assert known.run().state is SyncState.DONE


def test_a_token_that_dies_in_the_middle_is_renewed(known: Account) -> None:
    known.sim.faults.add(fault=Fault.TOKEN_DEAD, match=PAGE)
    assert known.run().state is SyncState.DONE


def test_somebody_who_leaves_in_the_middle_takes_nobody_along(known: Account) -> None:
    """People behind the leaver move up by one: the first of page 4 now stands on page 3, which has been read."""
    left = known.sim.faults.add(fault=Fault.PERSON_REMOVED, match="GET /users?page=4")
    run = known.run()
    assert run.state is SyncState.DONE, run.problem
    assert known.ids(Status.REMOVED) <= set(left.people)
    assert known.listed() <= known.ids()
    known.run()
    assert known.ids() == known.listed()
    assert known.ids(Status.REMOVED) == set(left.people)


def test_somebody_who_joins_in_the_middle_makes_nobody_twice(known: Account) -> None:
    came = known.sim.faults.add(fault=Fault.PERSON_ADDED, match="GET /users?page=4")
    assert known.run().state is SyncState.DONE
    assert known.ids(Status.REMOVED) == set()
    known.run()
    assert known.ids() == known.listed()
    assert set(came.people) <= known.ids()


def test_one_who_is_missing_from_the_pages_but_there_by_id_is_not_gone(known: Account) -> None:
    (hidden,) = known.people(1)
    known.sim.change_person(hidden, job_title="Lead")
    known.sim.account.listing.remove(hidden)
    run = known.run()
    assert (run.state, run.removed, run.changed) == (SyncState.DONE, 0, 1)
    assert known.row(hidden).status is Status.ACTIVE
    assert known.row(hidden).user.job_title == "Lead", "the look-up by id is as good as a page"
    assert known.sim.log.count(f"GET /users/{hidden}") == 1


@pytest.mark.parametrize(
    "fault",
    [Fault.ERROR_500, Fault.FORBIDDEN, Fault.HTML_200, Fault.HTML_502, Fault.CUT_BODY, Fault.DROPPED_BEFORE],
    ids=lambda fault: fault.name.lower(),
)
def test_anything_but_a_404_by_id_is_not_gone(known: Account, fault: Fault) -> None:
    leaver, stays = known.people(2)
    known.sim.remove_person(leaver)
    known.sim.change_person(stays, job_title="Lead")
    known.sim.faults.add(fault=fault, match=f"GET /users/{leaver}", times=None)
    run = known.run()
    assert (run.state, run.removed, run.changed) == (SyncState.DONE, 0, 1)
    assert known.row(leaver).status is Status.ACTIVE
    known.sim.faults.clear()
    assert known.run().removed == 1


def test_a_list_that_lacks_many_who_are_there_is_not_believed(known: Account) -> None:
    """Consistent in itself, totals and all, and yet a lie: as a filter set by mistake, or a replica far behind."""
    before = known.tables()
    for hidden in known.people(60):
        known.sim.account.listing.remove(hidden)
    run = known.run()
    assert run.state is SyncState.FAILED
    assert "discarded" in run.problem
    assert known.tables() == before
    asked = [entry for entry in known.sim.log.entries("GET /users/*") if entry.path.split("/")[-1].isdigit()]
    assert len(asked) <= 30, "a sample tells as much as everybody"
