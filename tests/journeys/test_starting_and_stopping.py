"""How the bot's process begins and ends: a record that is damaged, a Slack that hangs."""

import os
import time
from pathlib import Path

from tests.journeys.conftest import JANE, World


def test_a_damaged_record_stops_the_start_with_one_sentence_and_is_left_as_it_is(world: World) -> None:
    world.start()
    assert world.stop() == 0
    path = Path(world.database)
    content = bytearray(path.read_bytes())
    for page in range(8, len(content) // 4096, 3):
        content[page * 4096 : page * 4096 + 200] = os.urandom(200)
    path.write_bytes(content)
    ended = world.run("run", "--http")
    assert ended.returncode == 1
    assert f"The record {path} is damaged" in ended.stderr
    assert "hs-bot restore PATH --force" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    assert path.read_bytes() == bytes(content)


def test_it_ends_within_ten_seconds_though_slack_hangs(world: World) -> None:
    world.start()
    world.ask_to_offboard("rita", JANE)
    world.slack.faults.slow(60, times=None)
    assert world.slack.command("rita", "/hs-offboard").status == 200  # whose form the worker is still opening
    world.helpscout.remove_person("max@acme.example")
    assert world.run("sync").returncode == 0  # which owes the channel a notice
    began = time.monotonic()
    assert world.stop() == 0
    assert time.monotonic() - began < 11
