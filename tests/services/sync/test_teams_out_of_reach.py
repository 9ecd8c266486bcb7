"""Teams that can't be read stay as they were, are named, and stop nobody's sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import Fault
from bot.model.sync import SyncState

if TYPE_CHECKING:
    from tests.services.sync.conftest import Account

FAULTS = [
    Fault.FORBIDDEN,
    Fault.ERROR_500,
    Fault.HTML_200,
    Fault.HALF_JSON,
    Fault.CUT_BODY,
    Fault.DROPPED_BEFORE,
    Fault.RATE_LIMITED,
]


def teams_of(account: Account) -> tuple[object, object]:
    return [(team.id, team.name) for team in account.record.teams.all()], account.record.teams.members()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.lower())
@pytest.mark.parametrize("match", ["GET /teams", "GET /teams/*/members"], ids=["their list", "their members"])
def test_people_are_synced_and_teams_left_as_they_were(known: Account, fault: Fault, match: str) -> None:
    before = teams_of(known)
    team = known.sim.teams[0]
    known.sim.account.set_members(team, [])
    leaver, renamed = known.people(2)
    known.sim.remove_person(leaver)
    known.sim.change_person(renamed, job_title="Lead")
    known.sim.faults.add(fault=fault, match=match, times=None)
    run = known.run()
    assert (run.state, run.removed, run.changed) == (SyncState.DONE, 1, 1)
    assert "left as they were" in run.problem
    assert teams_of(known) == before
    known.sim.faults.clear()
    run = known.run()
    assert (run.state, run.problem) == (SyncState.DONE, "")
    members = known.record.teams.members()
    assert {one.user_id for one in members if one.team_id == team.id} <= {leaver}, "the next sync makes up for it"


def test_one_team_s_broken_members_are_named_and_the_others_are_read(known: Account) -> None:
    broken, other = known.sim.teams[:2]
    kept = {one for one in known.record.teams.members() if one.team_id == broken.id}
    joins = known.people(1)[0]
    known.sim.account.set_members(broken, [])
    known.sim.account.set_members(other, [joins])
    known.sim.faults.add(fault=Fault.HALF_JSON, match=f"GET /teams/{broken.id}/members", times=None)
    run = known.run()
    assert run.state is SyncState.DONE
    assert broken.name in run.problem
    assert other.name not in run.problem
    members = known.record.teams.members()
    assert {one for one in members if one.team_id == broken.id} == kept
    assert {one.user_id for one in members if one.team_id == other.id} == {joins}


def test_a_token_that_dies_before_the_teams_fails_the_sync(known: Account) -> None:
    known.sim.faults.add(fault=Fault.UNAUTHORIZED, match="GET /teams", times=None)
    before = known.tables()
    assert known.run().state is SyncState.FAILED
    assert known.tables() == before


def test_people_are_read_before_teams(known: Account) -> None:
    known.sim.log.clear()
    known.run()
    paths = [entry.path for entry in known.sim.log.entries() if entry.method == "GET"]
    last_page = max(at for at, path in enumerate(paths) if path.endswith("/users"))
    assert last_page < min(at for at, path in enumerate(paths) if "/teams" in path)
