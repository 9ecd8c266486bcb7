"""Two bots on one PostgreSQL: the one that leads and works is killed with -9 in the middle of each step, for real.

No clock is moved here: the leases run out by the server's clock, and the other bot has thirty seconds.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack

import psycopg
import pytest

from bot.model.request import StepState
from tests.journeys.conftest import HTTP, JANE, World

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]

Stall = Callable[[World, ExitStack], None]
LOOK = "GET /users/101100"
"""At Jane herself: her status and her reassignment are read elsewhere."""


def held(match: str, phase: str = "before") -> Stall:
    """The next such request to Help Scout is held back, before or after its effect; in the end it is dropped."""

    def stall(world: World, stack: ExitStack) -> None:
        hold = world.helpscout.faults.hold(match, phase=phase)  # type: ignore[arg-type]
        stack.callback(hold.release, drop=True)

    return stall


def reading_back(world: World, stack: ExitStack) -> None:
    """The second look at the person after the removal is held back: the first one settles the removal."""
    looks: list[object] = []

    def hold(look: object) -> None:
        if world.deletes():
            looks.append(look)
        if len(looks) == 2:
            held(LOOK)(world, stack)

    world.helpscout.on_request(hold, LOOK)


def locked(world: World, stack: ExitStack) -> None:
    """Nobody can write down a change, which is what the last step does."""
    other = stack.enter_context(psycopg.connect(world.database))
    other.execute("LOCK TABLE changes IN SHARE MODE")


@pytest.mark.parametrize(
    ("step", "stall"),
    [
        ("check", held("GET /users/me")),
        ("record", held("GET /conversations")),
        ("reassign", held("PATCH /conversations/*", "after")),
        ("remove", held("DELETE /scim/Users/*")),
        ("remove", held("DELETE /scim/Users/*", "after")),
        ("verify", reading_back),
        ("close", locked),
    ],
    ids=["check", "record", "reassign", "remove, not sent yet", "remove, done", "verify", "close"],
)
def test_the_other_one_finishes_within_thirty_seconds(step: str, stall: Stall, world: World) -> None:
    first = world.start()
    card = world.ask_to_offboard("rita", JANE, to="ana@acme.example")
    record = world.record()
    (request,) = record.requests.find(limit=1)
    with ExitStack() as stack:
        stall(world, stack)
        world.slack.click("ana", card, "Approve")
        world.until(lambda: (step, StepState.RUNNING) in [(s.name, s.state) for s in record.requests.steps(request.id)])
        time.sleep(0.3)
        second = world.start(wait=False)
        leader = HTTP.get(f"http://127.0.0.1:{second}/healthz").json()["leader"]
        assert leader == HTTP.get(f"http://127.0.0.1:{first}/healthz").json()["leader"]
        assert f":{world.processes[0].pid}:" in leader
        running = [s.name for s in record.requests.steps(request.id) if s.state is StepState.RUNNING]
        assert running == [step]
        world.processes[0].kill()
        killed = time.monotonic()
    world.until(lambda: world.state() == "done", 30)
    world.until(
        lambda: HTTP.get(f"http://127.0.0.1:{second}/healthz").json()["leader"] not in (None, leader),
        30 - (time.monotonic() - killed),
    )
    assert world.deletes() == 1
    assert record.audit.verify().whole
    with psycopg.connect(world.database, autocommit=True) as conn:  # what the dead one was about to tell: three minutes
        dead = f"%:{world.processes[0].pid}:%"
        conn.execute("UPDATE outbox SET owned_until = NULL WHERE state = 'waiting' AND owner LIKE %s", (dead,))
    world.until(lambda: not world.buttons(card) & {"Approve", "Deny", "Cancel"} and not record.outbox.waiting(), 30)
    record.close()
    assert len(world.cards()) == 1, [m.shown for m in world.cards()]
    for told in (world.thread(card), [message.shown for message in world.slack.dms("rita")]):
        assert any("was removed from Help Scout" in sentence for sentence in told), told
        assert len(told) == len(set(told)), told
