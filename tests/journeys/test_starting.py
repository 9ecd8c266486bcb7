"""How the bot's process begins when its record is damaged."""

import os
from pathlib import Path

import pytest

from tests.journeys.conftest import World


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
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
