"""Socket Mode with real processes: Slack gives each event to one of two bots."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import SimulatedSlack
from tests.journeys.conftest import JANE, World, free_port
from tests.journeys.forked_bots import Bot

TOKEN = "okta-token-of-the-journey"
LEAVER = "max@acme.example"

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]


@pytest.fixture
def world(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    with SimulatedHelpScout(people=60) as helpscout, SimulatedSlack(socket_mode=True) as slack:
        world = World(helpscout, slack, tmp_path)
        world.settings["HS_BOT_DATABASE"] = request.getfixturevalue("server").new_schema()
        world.settings["SLACK_APP_TOKEN"] = slack.app_token
        world.settings["HS_BOT_GATE_TOKENS"] = f"okta:{TOKEN}"
        yield world
        for process in world.processes:
            process.kill()
            process.wait(10)


def started(world: World) -> "tuple[Bot | subprocess.Popen[bytes], httpx.Client]":
    """One more bot, connected to Slack; and an identity provider at its port."""
    assert world.slack.socket is not None
    before, port = len(world.slack.socket.connections), free_port()
    log = world.directory / f"bot-{len(world.processes)}.log"
    world.processes.append(world.launched(["run"], world.environment(port), log))
    sockets = world.slack.socket
    world.until(lambda: len(sockets.connections) > before)
    okta = httpx.Client(base_url=f"http://127.0.0.1:{port}/scim/v2", headers={"Authorization": f"Bearer {TOKEN}"})
    return world.processes[-1], okta


def found(okta: httpx.Client, address: str) -> dict[str, Any]:
    """Their resource, as this bot shows it."""
    answer = okta.get("/Users", params={"filter": f'userName eq "{address}"'})
    [resource] = answer.json()["Resources"]
    assert isinstance(resource, dict)
    return resource


def newest(world: World) -> tuple[str, str]:
    """Who asked for the newest request, and its state."""
    record = world.record()
    try:
        request = record.requests.find(limit=1)[0]
        return request.requester, request.state.value
    finally:
        record.close()


def test_two_bots_answer_slack_and_okta_one_dies_the_other_goes_on_and_ends_cleanly(world: World) -> None:
    (first, okta), (second, beside) = started(world), started(world)
    world.until(lambda: "D'Arcy" in world.slack.command("max", f"/hs-user lookup {JANE}").shown)
    for _ in range(6):
        assert "D'Arcy" in world.slack.command("max", f"/hs-user lookup {JANE}").shown
    card = world.ask_to_offboard("rita", JANE)
    leaves = found(okta, LEAVER)
    push = {"Operations": [{"op": "replace", "value": {"active": False}}]}
    assert okta.patch(f"/Users/{leaves['id']}", json=push).status_code == 200
    first.kill()  # the very moment it was answered
    first.wait(10)
    sockets = world.slack.socket
    assert sockets is not None
    world.until(lambda: len(sockets.connections) == 1)  # Slack has noticed, too
    world.until(lambda: "D'Arcy" in world.slack.command("max", f"/hs-user lookup {JANE}").shown)
    assert found(beside, LEAVER)["active"] is False, "either bot answers, from the record that they share"
    world.slack.click("ana", card, "Approve")
    world.until(world.deletes, 30)
    world.until(lambda: newest(world) == ("okta", "pending"))
    assert (world.deletes(), world.deletes(LEAVER)) == (1, 0)
    assert found(beside, LEAVER)["active"] is False, "and waits for its own second person"
    second.send_signal(signal.SIGTERM)
    assert second.wait(10) == 0, world.log
    assert "Socket Mode is connected" in world.log
