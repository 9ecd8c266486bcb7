"""Socket Mode with real processes: Slack gives each event to one of two bots."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import SimulatedSlack
from tests.journeys.conftest import JANE, World

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]


@pytest.fixture
def world(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    with SimulatedHelpScout(people=60) as helpscout, SimulatedSlack(socket_mode=True) as slack:
        world = World(helpscout, slack, tmp_path)
        world.settings["HS_BOT_DATABASE"] = request.getfixturevalue("server").new_schema()
        world.settings["SLACK_APP_TOKEN"] = slack.app_token
        yield world
        for process in world.processes:
            process.kill()
            process.wait(10)


def started(world: World) -> "subprocess.Popen[bytes]":
    """One more bot, connected to Slack."""
    assert world.slack.socket is not None
    before = len(world.slack.socket.connections)
    with (world.directory / f"bot-{len(world.processes)}.log").open("wb") as log:
        command = [sys.executable, "-m", "bot", "run"]
        world.processes.append(subprocess.Popen(command, env=world.environment(0), stdout=log, stderr=log))
    sockets = world.slack.socket
    world.until(lambda: len(sockets.connections) > before)
    return world.processes[-1]


def test_two_bots_answer_one_dies_the_other_goes_on_and_ends_cleanly(world: World) -> None:
    first, second = started(world), started(world)
    world.until(lambda: "D'Arcy" in world.slack.command("max", f"/hs-user lookup {JANE}").shown)
    for _ in range(6):
        assert "D'Arcy" in world.slack.command("max", f"/hs-user lookup {JANE}").shown
    card = world.ask_to_offboard("rita", JANE)
    first.kill()
    first.wait(10)
    sockets = world.slack.socket
    assert sockets is not None
    world.until(lambda: len(sockets.connections) == 1)  # Slack has noticed, too
    world.until(lambda: "D'Arcy" in world.slack.command("max", f"/hs-user lookup {JANE}").shown)
    world.slack.click("ana", card, "Approve")
    world.until(lambda: world.state() == "done", 30)
    assert world.deletes() == 1
    second.send_signal(signal.SIGTERM)
    assert second.wait(10) == 0, world.log
    assert "Socket Mode is connected" in world.log
