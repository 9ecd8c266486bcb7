"""Two bots on one PostgreSQL: each answers Slack, one leads, a request runs once, and a death is made good."""

import json
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.journeys.conftest import JANE, World
from tests.store.postgres import PostgresServer, binaries, running

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL server (initdb, postgres) on this machine: apt-get install postgresql")
    with running(found) as server:
        yield server


@pytest.fixture
def pair(world: World, server: PostgresServer) -> World:
    world.settings["HS_BOT_DATABASE"] = server.new_schema()
    return world


def health(port: int) -> dict[str, object]:
    told: dict[str, object] = json.loads(httpx.get(f"http://127.0.0.1:{port}/healthz").content)
    return told


def test_one_leads_each_answers_and_a_request_runs_once(pair: World) -> None:
    first, second = pair.start(), pair.start()
    assert health(first)["engine"] == "postgresql"
    assert health(first)["leader"] == health(second)["leader"] != None  # noqa: E711
    card = pair.ask_to_offboard("rita", JANE)
    clicks = []
    for port in (first, second):
        for who in ("ana", "bo"):
            pair.slack.connect(f"http://127.0.0.1:{port}/slack/events")
            clicks.append(threading.Thread(target=pair.slack.click, args=(who, card, "Approve")))
            clicks[-1].start()
    for click in clicks:
        click.join()
    pair.until(lambda: pair.state() == "done", 30)
    assert pair.deletes() == 1
    assert pair.helpscout.log.count("DELETE /scim/Users/*") == 1
    assert len(pair.cards()) == 1


def test_when_the_one_that_works_is_killed_the_other_finishes_and_tells_nothing_twice(pair: World) -> None:
    held = pair.helpscout.faults.hold("DELETE /scim/Users/*", phase="after")
    pair.start()
    card = pair.ask_to_offboard("rita", JANE)
    pair.slack.click("ana", card, "Approve")
    assert held.reached.wait(20)
    first = pair.processes[0]
    pair.start()
    first.kill()
    first.wait(10)
    held.release(drop=True)
    pair.until(lambda: pair.state() == "done", 45)
    assert pair.deletes() == 1
    pair.until(lambda: not pair.buttons(card) & {"Approve", "Deny", "Cancel"})
    assert len(pair.cards()) == 1
    thread = [m.shown for m in pair.slack.channel("access").messages if m.is_reply]
    assert len(thread) == len(set(thread)), thread
