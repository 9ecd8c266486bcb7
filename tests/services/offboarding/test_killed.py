"""kill -9 at every boundary between and inside the steps, then a start: the same end as without the kill."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.helpscout.world.conversations import MAILBOX
from bot.model.request import State

pytestmark = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House, Processes

STEPS = ("check", "record", "quiet", "reassign", "remove", "verify", "close")
BOUNDARIES = ["check: before", *(f"{step}: {at}" for step in STEPS for at in ("begun", "acted", "finished"))]
INSIDE = [
    "quiet: on record",
    "quiet: before a call",
    "quiet: after a call",
    "reassign: before a call",
    "reassign: after a call",
    "reassign: marked",
    "remove: about to send",
    "remove: answered",
]
POINTS = sorted(BOUNDARIES + INSIDE)


def end_state(house: House, bot: Bot, request_id: str) -> dict[str, Any]:
    """Everything that must not depend on whether somebody was killed."""
    record, jane = bot.record, house.id("jane")
    request, person = record.requests.get(request_id), record.users.get(jane)
    assert request is not None
    assert person is not None
    held = record.quiets.of_request(request_id)
    return {
        "state": (request.state, request.outcome, request.lease_owner),
        "person": (person.status, person.request_id == request_id, replace(person.user, photo_url=""), person.scim_id),
        "teams": {team.name for team in record.teams.of_user(jane)},
        "moves": [(move.conversation_id, move.state, move.note) for move in record.moves.of_request(request_id)],
        "changes": [(change.kind, change.field, change.before) for change in record.changes.of_request(request_id)],
        "steps": [(step.name, step.state) for step in record.requests.steps(request_id)],
        "owed": sorted(item.payload["event"] + item.topic for item in claimed(bot)),
        "effective removals": house.deletes(jane),
        "assigned": sorted(c.id for c in house.sim.conversations_of("max@acme.example")),
        "chain": record.audit.verify().whole,
        "rotation": list(house.sim.account.duty.inboxes[MAILBOX].routing.user_ids),
        "quiet": (held.state, held.change) if held else None,
    }


def claimed(bot: Bot) -> list[Any]:
    return bot.record.outbox.claim("test", bot.record.now(), timedelta(0), limit=1000)


@pytest.fixture(scope="module")
def undisturbed(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Filled by the first test of this file."""
    return {}


def prepared(house: House) -> tuple[Bot, str]:
    """An approved request that nobody works at."""
    bot = house.bot()
    house.sim.account.duty.rotate(MAILBOX, [house.id("jane"), house.id("rita")])
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    assert bot.approve(request).accepted
    return bot, request.id


def test_without_a_kill_every_boundary_is_crossed(house: House, undisturbed: dict[str, Any]) -> None:
    bot, request_id = prepared(house)
    crossed: set[str] = set()
    bot.at = crossed.add
    bot.runner.start()
    request = bot.record.requests.get(request_id)
    assert request is not None
    bot.until(request, State.DONE)
    bot.runner.stop()
    assert sorted(crossed) == POINTS
    undisturbed.update(end_state(house, bot, request_id))
    assert undisturbed["effective removals"] == 1


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_and_started_again_it_ends_the_same(
    point: str, house: House, processes: Processes, undisturbed: dict[str, Any]
) -> None:
    assert undisturbed, "run the whole file"
    bot, request_id = prepared(house)
    (killed,) = processes.run(house, {"do": "run", "request": request_id, "kill_at": point})
    assert killed["signal"] == signal.SIGKILL, killed
    house.clock.move(seconds=30)  # the dead one's lease runs out
    bot.runner.start()
    request = bot.record.requests.get(request_id)
    assert request is not None
    bot.until(request, State.DONE)
    bot.runner.stop()
    assert end_state(house, bot, request_id) == undisturbed


@pytest.mark.parametrize("point", ["remove: begun", "remove: about to send", "remove: answered", "remove: acted"])
def test_killed_around_a_deactivation_it_ends_with_one(point: str, house: House, processes: Processes) -> None:
    bot = house.bot(deprovision="deactivate")
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    assert bot.approve(request).accepted
    job = {"do": "run", "request": request.id, "kill_at": point, "terms": {"deprovision": "deactivate"}}
    (killed,) = processes.run(house, job)
    assert killed["signal"] == signal.SIGKILL, killed
    house.clock.move(seconds=30)  # the dead one's lease runs out
    bot.runner.start()
    assert "was deactivated in Help Scout" in bot.until(request, State.DONE).outcome
    bot.runner.stop()
    assert (house.deletes(house.id("jane")), house.sent()) == (1, 0)
    assert bot.record.audit.verify().whole
