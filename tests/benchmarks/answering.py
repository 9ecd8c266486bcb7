"""One bot process, 20,000 people: 400 signed look-ups in a row on one connection, beside `/healthz` in the same run.

    python -m tests.benchmarks.answering          some twenty seconds

The simulated Slack and Help Scout are processes of their own, and what is filled into the answers afterwards (Slack
profile, open conversations, one message through the response URL each) is done while the next ones are asked for.
The least disturbed of three rows counts.
"""

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bot.demo.bot_process import environment, free_port
from bot.demo.slack import signed
from bot.model.user import Status
from bot.store.record import open_record
from tests.benchmarks.simulation import Simulation, simulation
from tests.benchmarks.table import Row, table

PEOPLE, ASKED, ROUNDS = 20_000, 400, 3
LIMITS = {50: (1.5, 1.5 / 0.47), 99: (10.0, 1.5)}
"""Percentile → milliseconds, and the multiple of `/healthz` that will do on a machine that others are busy on.

It answered in 0.47 ms where the limit of 1.5 ms was set. The slowest hundredth is the machine's own doing there, and
must be much the same for both.
"""

SLACK = """
import json, sys
from bot.demo.slack import APPROVERS_GROUP, SimulatedSlack
with SimulatedSlack() as slack:
    max, access = slack.people["max"], slack.channel("access")
    urls = [slack.installation.responses.hand_out(max.id, access.id).handle for _ in range(int(sys.argv[1]))]
    answers = [f"{slack.base_url}/respond/{handle}" for handle in urls]
    told = {"url": slack.url, "token": slack.bot_token, "secret": slack.signing_secret, "member": max.id}
    told |= {"channel": access.id, "approvers": APPROVERS_GROUP, "answers": answers}
    print(json.dumps(told), flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A simulated Slack in a process of its own; `answers` are response URLs."""

    url: str
    token: str
    secret: str
    member: str
    channel: str
    approvers: str
    answers: list[str]


def rows() -> list[Row]:
    """p50 and p99 of the look-ups, each beside that of `/healthz`."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _workspace(ASKED * ROUNDS) as slack,
        simulation(people=PEOPLE, page_size=100, no_conversations=True) as account,
        _bot(Path(folder), slack, account) as port,
    ):
        addresses = _addresses(Path(folder) / "hs-bot.db")
        rounds = [_round(port, slack, addresses, number) for number in range(ROUNDS)]
    asked, beside = min(rounds, key=lambda taken: _at(taken[0], 99))
    return [_row(at, _at(asked, at), _at(beside, at)) for at in LIMITS]


def _row(at: int, measured: float, floor: float) -> Row:
    limit, multiple = LIMITS[at]
    what = f"{ASKED} signed look-ups in a row over HTTP, {PEOPLE:,} people, p{at}; floor: GET /healthz, the same run"
    fine = measured <= limit or measured <= multiple * floor
    return Row(what, round(measured, 2), round(floor, 2), measured / floor, f"{limit:g} ms", "ms", ok=fine)


def _at(taken: Sequence[float], percent: int) -> float:
    """A percentile, in milliseconds."""
    return statistics.quantiles(taken, n=100)[percent - 1] * 1e3


def _round(port: int, slack: Workspace, addresses: Sequence[str], number: int) -> tuple[list[float], list[float]]:
    """Seconds of each look-up, and of as many `/healthz` before them, when nothing is being filled in."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    urls = slack.answers[number * ASKED : (number + 1) * ASKED]
    people = addresses[number * ASKED : (number + 1) * ASKED]
    beside = [_healthz(connection) for _ in range(ASKED)]
    asked = [_look_up(connection, slack, address, url) for address, url in zip(people, urls, strict=True)]
    connection.close()
    return asked, beside


def _look_up(connection: http.client.HTTPConnection, slack: Workspace, address: str, url: str) -> float:
    body = urlencode(
        {
            "command": "/hs-user",
            "text": f"lookup {address}",
            "user_id": slack.member,
            "team_id": "T0ACME0001",
            "channel_id": slack.channel,
            "trigger_id": f"1.2.{address}",
            "response_url": url,
        }
    )
    headers = {"content-type": "application/x-www-form-urlencoded", **_signature(slack.secret, body)}
    begun = time.perf_counter()
    connection.request("POST", "/slack/events", body, headers)
    answer = connection.getresponse().read()
    taken = time.perf_counter() - begun
    assert b"Help Scout id" in answer, answer[:300]
    return taken


def _signature(secret: str, body: str) -> dict[str, str]:
    return {name: str(value) for name, value in signed(secret, body.encode(), at=int(time.time())).items()}


def _healthz(connection: http.client.HTTPConnection) -> float:
    begun = time.perf_counter()
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    answer.read()
    taken = time.perf_counter() - begun
    assert answer.status == 200
    return taken


def _addresses(path: Path) -> list[str]:
    record = open_record(path)
    try:
        return [row.user.email for row in record.users.by_status(Status.ACTIVE) if row.user.is_person]
    finally:
        record.close()


@contextmanager
def _workspace(answers: int) -> Iterator[Workspace]:
    with subprocess.Popen(
        [sys.executable, "-c", SLACK, str(answers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Workspace(**json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(20)


@contextmanager
def _bot(folder: Path, slack: Workspace, account: Simulation) -> Iterator[int]:
    """`hs-bot run --http` that has synced once; its port."""
    port = free_port()
    settings: Mapping[str, str] = {
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": slack.secret,
        "SLACK_API_URL": slack.url,
        "HELPSCOUT_APP_ID": account.app_id,
        "HELPSCOUT_APP_SECRET": account.app_secret,
        "HELPSCOUT_SCIM_TOKEN": account.scim_token,
        "HELPSCOUT_API_URL": account.api_url,
        "HS_BOT_CHANNEL": slack.channel,
        "HS_BOT_APPROVERS": slack.approvers,
        "HS_BOT_DATABASE": str(folder / "hs-bot.db"),
        "HS_BOT_RATE_LIMIT": "100000",  # so that every card is filled in
        "PORT": str(port),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--http"], env=environment(settings), stdout=log, stderr=log
        )
    try:
        ends = time.monotonic() + 120
        while not _well(port):
            if process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"hs-bot did not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)
        time.sleep(2.0)  # what a first sync brings about is over then
        yield port
    finally:
        process.terminate()
        process.wait(15)


def _well(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    print(table(rows()))
