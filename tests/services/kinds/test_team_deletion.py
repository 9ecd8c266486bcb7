"""A team is deleted with a second person's approval; its members keep their seats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import Fault
from bot.model.change import ChangeKind
from bot.model.request import Kind, Request, State

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

DELETE = "DELETE /scim/Groups/*"


def asked(house: House, bot: Bot) -> Request:
    outcome = bot.open(Kind.DELETE_TEAM, {"target_id": house.sim.teams[0].id})
    assert outcome.accepted, outcome.sentence
    assert outcome.request is not None
    assert (outcome.request.state, outcome.request.quorum) == (State.PENDING, 1)
    return outcome.request


@pytest.mark.parametrize(
    "fault", [None, Fault.DROPPED_AFTER, Fault.DROPPED_BEFORE, Fault.ERROR_500], ids=lambda fault: fault and fault.name
)
def test_the_team_goes_and_its_members_stay(fault: Fault | None, house: House, bot: Bot) -> None:
    team, people = house.sim.teams[0], len(house.sim.people)
    members = set(team.members)
    if fault:
        house.sim.faults.add(fault=fault, match=DELETE)
    request = asked(house, bot)
    bot.approve(request)
    row = bot.until(request, State.DONE, State.ATTENTION)
    assert row.outcome == f"The team {team.name} was deleted in Help Scout."
    assert team.id not in {one.id for one in house.sim.teams}
    assert len(house.sim.people) == people
    assert team.id not in {one.id for one in bot.record.teams.all()}
    changes = bot.record.changes.of_request(request.id)
    assert {(one.user_id, one.kind, one.before) for one in changes} == {
        (member, ChangeKind.TEAM_LEFT, team.name) for member in members
    }
    record = next(step for step in bot.record.requests.steps(request.id) if step.name == "record")
    assert set(record.result["teams"][0]["members"]) == members


def test_a_renamed_team_is_another_one(house: House, idle: Bot) -> None:
    request = asked(house, idle)
    idle.approve(request)
    house.sim.account.rename_team(house.sim.teams[0], "Something else")
    idle.runner.start()
    idle.until(request, State.STALE)
    assert house.sent(DELETE) == 0


def test_a_team_that_is_gone_already_is_not_deleted(house: House, idle: Bot) -> None:
    request = asked(house, idle)
    idle.approve(request)
    house.sim.account.remove_team(house.sim.teams[0])
    idle.runner.start()
    idle.until(request, State.STALE)
    assert house.sent(DELETE) == 0


def test_a_second_request_about_a_team_shows_the_first(house: House, idle: Bot) -> None:
    first = asked(house, idle)
    second = idle.open(Kind.DELETE_TEAM, {"target_id": house.sim.teams[0].id})
    assert (second.accepted, second.request) == (False, first)


def test_a_team_that_the_record_does_not_know_is_refused(house: House, idle: Bot) -> None:
    outcome = idle.open(Kind.DELETE_TEAM, {"target_id": 5})
    assert (outcome.accepted, outcome.field) == (False, "target_id")
