"""Help Scout's webhook `user.status.changed`: a leaver who is active again is set away; for others it is a hint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.model.request import Request, State
from bot.services.statuses import StatusChanges, user_in
from tests.slack.conftest import Room


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


def told(room: Room, body: dict[str, Any]) -> None:
    StatusChanges(room.record, room.deps.helpscout, begin=lambda work: work()).told("user.status.changed", body)  # type: ignore[arg-type]


def quiet(room: Room) -> Request:
    """An approved request about Jane that has set her away."""
    request = room.open()
    room.record.requests.transition(request.id, from_states={State.PENDING}, to=State.RUNNING)
    room.record.quiets.hold(request.id, room.person().id, {"rotations": {}}, room.record.now())
    return request


def test_a_leaver_who_is_active_again_is_set_away_again(room: Room) -> None:
    request, jane = quiet(room), room.person().id
    room.helpscout.account.duty.set_status(jane, "active")
    told(room, {"id": jane, "status": "active"})
    assert room.helpscout.account.duty.presence(jane).status == "away"
    assert "quiet.again" in [one.event for one in room.record.audit.entries(request_id=request.id)]


def test_anybody_else_is_left_as_they_are_and_the_moment_is_kept(room: Room) -> None:
    max_ = room.person("max@acme.example").id
    room.helpscout.account.duty.set_status(max_, "active")
    told(room, {"id": max_, "status": "active"})
    assert room.helpscout.account.duty.presence(max_).status == "active"
    seen = room.record.statuses.of(max_)
    assert seen is not None
    assert seen[1] is not None


@pytest.mark.parametrize(
    ("body", "id"),
    [
        ({"id": 5}, 5),
        ({"userId": 5, "id": 9}, 5),
        ({"user": {"id": 5}}, 5),
        ({"id": "5"}, 0),
        ({"id": True}, 0),
        ({}, 0),
    ],
)
def test_the_id_is_taken_from_wherever_it_is(body: dict[str, Any], id: int) -> None:
    assert user_in(body) == id
