"""From the start of a process to the first answered look-up, with 100,000 people, beside Bolt's own start.

    python -m tests.benchmarks.starting          some fifteen seconds

Turn by turn, so that all meet the same noise; the least disturbed of each counts.
"""

import http.client
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import SimulatedSlack, signed
from bot.model.user import Status
from bot.store.record import open_record
from tests.benchmarks.crowd import crowd
from tests.benchmarks.table import Row, table
from tests.journeys.conftest import World, free_port

PEOPLE = 100_000
STARTS = 9

BOLT = """
import slack_bolt
slack_bolt.App(token="xoxb-1", signing_secret="s", token_verification_enabled=False, process_before_response=True)
"""
FLOOR = BOLT + "print('there', flush=True)"
FIRST_ANSWER = (
    BOLT
    + """
import sys
from bot.policy.typed.who import parse_who
from bot.services.side_by_side import begun
from bot.services.directory import Directory
from bot.store.record import open_record
record = open_record(sys.argv[1], whole=False)  # as `hs-bot run` starts: the check of the pages goes on beside it
begun(record.check)
directory = Directory(record)
directory.start()
assert directory.find(parse_who(sys.argv[2])).total == 1
print('there', flush=True)
import os; os._exit(0)
"""
)
STANDS_AGAINST = (
    "the program also imports pydantic, structlog, httpx and its own rooms, asks Slack `auth.test`, and "
    "opens its port; the record's share is the row above"
)


def rows() -> list[Row]:
    """The directory alone, and the whole program over HTTP."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hs-bot.db"
        record = open_record(path)
        everybody = list(crowd(PEOPLE))
        record.users.put(everybody)
        record.close()
        address = next(row.user.email for row in everybody if row.status is Status.ACTIVE)
        del everybody
        floors, directories = [], []
        for _ in range(STARTS):
            floors.append(_until_there([sys.executable, "-c", FLOOR]))
            directories.append(_until_there([sys.executable, "-c", FIRST_ANSWER, str(path), address]))
        programs = _programs(path, address)
    floor, directory, program = (min(times) * 1e3 for times in (floors, directories, programs))
    return [
        Row(
            f"process start to first answered look-up, {PEOPLE:,} people; floor: Bolt's import and an empty App",
            round(directory),
            round(floor),
            round(directory / floor, 2),
            2,
            "ms",
            ok=directory / floor <= 2,
        ),
        Row(
            "the same with the whole of `hs-bot run`, signed, over HTTP",
            round(program),
            round(floor),
            round(program / floor, 2),
            unit="ms",
            note=STANDS_AGAINST,
        ),
    ]


def _until_there(command: Sequence[str]) -> float:
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        took = time.perf_counter() - began
    if said.strip() != b"there":
        raise RuntimeError(f"{command[2][-200:]} ended with {process.returncode}")
    return took


def _programs(path: Path, address: str) -> list[float]:
    """Seconds of each start of `python -m bot run --http` until it has answered a signed look-up."""
    with SimulatedHelpScout(people=20) as account, SimulatedSlack() as slack:
        world = World(account, slack, path.parent, {"HS_BOT_DATABASE": str(path)})
        asked = {
            "command": "/hs-user",
            "text": f"lookup {address}",
            "user_id": slack.people["max"].id,
            "team_id": "T0ACME0001",
            "channel_id": slack.channel("access").id,
        }
        return [_program(world.environment(free_port()), slack.signing_secret, asked) for _ in range(STARTS)]


def _program(environment: Mapping[str, str], secret: str, asked: Mapping[str, str]) -> float:
    body = urlencode(asked)
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--http"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            while process.poll() is None:
                if b"Help Scout id" in _post(int(environment["PORT"]), body, secret):
                    return time.perf_counter() - began
                time.sleep(0.005)
        finally:
            process.kill()
        raise RuntimeError(f"hs-bot ended: {process.stderr.read().decode() if process.stderr else ''}")


def _post(port: int, body: str, secret: str) -> bytes:
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        **{name: str(value) for name, value in signed(secret, body.encode(), at=int(time.time())).items()},
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", "/slack/events", body, headers)
        return connection.getresponse().read()
    except OSError:
        return b""  # it does not listen yet
    finally:
        connection.close()


if __name__ == "__main__":
    print(table(rows()))
