"""kill -9 at every boundary between and inside the steps, then a start: the same end as without the kill."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.helpscout.world.conversations import MAILBOX
from bot.model.request import State
from bot.model.way import Way

RECORDS = [
    ("sqlite", Way.SCIM),
    pytest.param("postgresql", Way.SCIM, marks=pytest.mark.postgresql),
    ("sqlite", Way.REST),
]
ON_EACH = pytest.mark.parametrize(("engine", "way"), RECORDS, indirect=["engine"])

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
OTHER_OVER_REST = ("check:", "record:", "remove:", "verify:")
"""Steps that are others over REST than over SCIM."""
ON_POSTGRESQL = sorted({*INSIDE, "check: before", "record: acted", "remove: begun", "remove: acted", "close: finished"})
"""Around what is written elsewhere; `journeys/test_leader_killed.py` kills a whole bot in each step."""
CASES = [
    *(("sqlite", Way.SCIM, point) for point in POINTS),
    *(pytest.param("postgresql", Way.SCIM, point, marks=pytest.mark.postgresql) for point in ON_POSTGRESQL),
    *(("sqlite", Way.REST, point) for point in POINTS if point.startswith(OTHER_OVER_REST)),
]


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
def undisturbed() -> dict[Way, dict[str, Any]]:
    """How it ends without a kill; filled when it is first needed."""
    return {}


@pytest.fixture
def calm(
    undisturbed: dict[Way, dict[str, Any]], house_of: Callable[[ExitStack], House]
) -> Iterator[Callable[[Way], dict[str, Any]]]:
    with ExitStack() as stack:

        def of(way: Way) -> dict[str, Any]:
            if way not in undisturbed:
                undisturbed[way] = uninterrupted(house_of(stack), way)
            return undisturbed[way]

        yield of


def prepared(house: House, way: Way) -> tuple[Bot, str]:
    """An approved request that nobody works at."""
    house.over(way)
    bot = house.bot()
    house.sim.account.duty.rotate(MAILBOX, [house.id("jane"), house.id("rita")])
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    assert bot.approve(request).accepted
    return bot, request.id


def uninterrupted(house: House, way: Way) -> dict[str, Any]:
    """The end without a kill; every boundary is crossed."""
    bot, request_id = prepared(house, way)
    crossed: set[str] = set()
    bot.at = crossed.add
    bot.runner.start()
    request = bot.record.requests.get(request_id)
    assert request is not None
    bot.until(request, State.DONE)
    bot.runner.stop()
    assert sorted(crossed) == POINTS
    ended = end_state(house, bot, request_id)
    assert ended["effective removals"] == 1
    return ended


@ON_EACH
def test_without_a_kill_every_boundary_is_crossed(house: House, way: Way) -> None:
    uninterrupted(house, way)


@pytest.mark.parametrize(("engine", "way", "point"), CASES, indirect=["engine"])
def test_killed_anywhere_and_started_again_it_ends_the_same(
    point: str, house: House, way: Way, processes: Processes, calm: Callable[[Way], dict[str, Any]]
) -> None:
    expected = calm(way)
    bot, request_id = prepared(house, way)
    (killed,) = processes.run(house, {"do": "run", "request": request_id, "kill_at": point})
    assert killed["signal"] == signal.SIGKILL, killed
    house.clock.move(seconds=30)  # the dead one's lease runs out
    bot.runner.start()
    request = bot.record.requests.get(request_id)
    assert request is not None
    bot.until(request, State.DONE)
    bot.runner.stop()
    assert end_state(house, bot, request_id) == expected


@ON_EACH
@pytest.mark.parametrize("point", ["remove: begun", "remove: about to send", "remove: answered", "remove: acted"])
def test_killed_around_a_deactivation_it_ends_with_one(
    point: str, house: House, way: Way, processes: Processes
) -> None:
    house.over(way)
    bot = house.bot(deprovision="deactivate")
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    assert bot.approve(request).accepted
    job = {"do": "run", "request": request.id, "kill_at": point, "terms": {"deprovision": "deactivate"}}
    (killed,) = processes.run(house, job)
    assert killed["signal"] == signal.SIGKILL, killed
    house.clock.move(seconds=30)  # the dead one's lease runs out
    bot.runner.start()
    done = "removed from" if way is Way.REST else "deactivated in"  # REST knows no deactivating
    assert f"was {done} Help Scout" in bot.until(request, State.DONE).outcome
    bot.runner.stop()
    assert (house.deletes(house.id("jane")), house.sent()) == (1, 0)
    assert bot.record.audit.verify().whole
