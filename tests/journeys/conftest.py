"""A whole world: a simulated Help Scout and Slack on loopback, and the real bot as a process between them."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import APPROVERS_GROUP, Message, SimulatedSlack
from bot.store.record import Record, open_record
from tests.journeys.forked_bots import Bot, Forge
from tests.store.postgres import PostgresServer, binaries, running

JANE = "jane@acme.example"
AT_FIRST = ("audit verify --expect", "Welcome to hs-bot", "read for the first time")
"""The head of the audit log, the welcome, and that this Slack knows a tenth of Help Scout's people."""
HTTP = httpx.Client(trust_env=False)
"""Kept: a client takes longer to make than an answer to come."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class World:
    """`start()` starts the bot as `python -m bot run --http`; `kill()` is kill -9; `stop()` is SIGTERM."""

    helpscout: SimulatedHelpScout
    slack: SimulatedSlack
    directory: Path
    settings: dict[str, str] = field(default_factory=dict)
    processes: list["Bot | subprocess.Popen[bytes]"] = field(default_factory=list)
    forge: Forge | None = None

    def __post_init__(self) -> None:
        self.ids = {person.email: person.id for person in self.helpscout.people}

    @property
    def database(self) -> str:
        return self.settings.get("HS_BOT_DATABASE", str(self.directory / "hs-bot.db"))

    @property
    def log(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.directory.glob("*.log")))

    def environment(self, port: int) -> dict[str, str]:
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith(("HS_BOT_", "SLACK_", "HELPSCOUT_", "DATABASE_"))
        }
        return clean | {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.url,
            "HELPSCOUT_APP_ID": self.helpscout.app_id,
            "HELPSCOUT_APP_SECRET": self.helpscout.app_secret,
            "HELPSCOUT_SCIM_TOKEN": self.helpscout.scim_token,
            "HELPSCOUT_API_URL": self.helpscout.api_url,
            "HS_BOT_CHANNEL": self.slack.channel("access").id,
            "HS_BOT_APPROVERS": APPROVERS_GROUP,
            "HS_BOT_DATABASE": self.database,
            "PORT": str(port),
            **self.settings,
        }

    def start(self, *, wait: bool = True) -> int:
        """The port of a new bot that answers (and, with `wait`, has synced once)."""
        port = free_port()
        log = self.directory / f"bot-{len(self.processes)}.log"
        process = self.launched(["run", "--http"], self.environment(port), log)
        self.processes.append(process)
        url = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"the bot ended with {process.returncode}:\n{self.log}")
            try:
                return HTTP.get(f"{url}/healthz", timeout=1).status_code in ((200,) if wait else (200, 503))
            except httpx.TransportError:
                return False

        self.until(answers, 30)
        self.connect(port)
        return port

    def launched(self, arguments: list[str], environment: dict[str, str], log: Path) -> "Bot | subprocess.Popen[bytes]":
        if self.forge is not None:
            return self.forge.start(arguments, environment, log)
        with log.open("wb") as said:
            command = [sys.executable, "-m", "bot", *arguments]
            return subprocess.Popen(command, env=environment, stdout=said, stderr=said)

    def run(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """`hs-bot …` on the same configuration, to its end."""
        command = [sys.executable, "-m", "bot", *arguments]
        return subprocess.run(
            command, env=self.environment(0), capture_output=True, text=True, timeout=timeout, check=False
        )

    def connect(self, port: int) -> None:
        """Slack's deliveries go to the bot on `port` from now on."""
        self.slack.connect(f"http://127.0.0.1:{port}/slack/events")

    def kill(self) -> None:
        self.processes[-1].kill()
        self.processes[-1].wait(10)

    def stop(self) -> int:
        self.processes[-1].send_signal(signal.SIGTERM)
        return self.processes[-1].wait(20)

    def until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        began = time.monotonic()
        while not condition():
            waited = time.monotonic() - began
            if waited > seconds:
                raise AssertionError(f"did not come true in {seconds} s\n{self.log[-4000:]}")
            time.sleep(0.02 if waited < 1 else 0.1)

    # What people do

    def ask_to_offboard(self, who: str, email: str, *, reason: str = "leaves on Friday", to: str = "") -> Message:
        """Fill and submit the form; the card in the channel."""
        before = len(self.cards())
        answer = self.slack.command(who, f"/hs-offboard {email}" + (f" to:{to}" if to else ""))
        self.slack.wait_until(lambda: answer.view is not None)
        view = answer.view
        assert view is not None
        self.slack.submit(view, {"Reason": reason})
        assert not view.errors, view.errors
        self.until(lambda: len(self.cards()) > before, 10)
        return self.cards()[-1]

    def cards(self) -> list[Message]:
        """What stands in the channel itself: no thread, and nothing of what every first start has to say."""
        said = [m for m in self.slack.channel("access").messages if m.from_bot and not m.is_reply and not m.deleted]
        return [m for m in said if not any(words in m.shown for words in AT_FIRST)]

    def thread(self, card: Message) -> list[str]:
        """What was told under the card, oldest first."""
        return [message.shown for message in self.slack.channel("access").thread(card.ts)]

    def answered(self, who: str, words: str) -> Message:
        """The private answer with these words, once it comes."""
        return self.slack.wait_for(lambda: self.slack.ephemerals(who), words, timeout=10)

    def buttons(self, message: Message) -> set[str]:
        """What can be pressed under it."""
        actions = [block for block in message.blocks if block["type"] == "actions"]
        return {element["text"]["text"] for block in actions for element in block["elements"]}

    def record(self) -> Record:
        return open_record(self.database)

    def state(self) -> str:
        """The state of the newest request, as the record has it."""
        newest = "SELECT state FROM requests ORDER BY opened_at DESC, id DESC LIMIT 1"
        if "://" in self.database:
            with psycopg.connect(self.database) as server:
                found = server.execute(newest).fetchone()
        else:
            with closing(sqlite3.connect(self.database)) as file:
                found = file.execute(newest).fetchone()
        return found[0] if found else ""

    def deletes(self, email: str = JANE) -> int:
        return self.helpscout.log.deletes[self.ids[email]]


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL server (initdb, postgres) on this machine: apt-get install postgresql")
    with running(found) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> str:
    """Every journey is made on each engine, unless it says otherwise (`parametrize` with `indirect`)."""
    return str(request.param)


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    made = Forge()
    yield made
    made.close()


@pytest.fixture
def world(engine: str, tmp_path: Path, forge: Forge, request: pytest.FixtureRequest) -> Iterator[World]:
    with SimulatedHelpScout(people=60) as helpscout, SimulatedSlack() as slack:
        world = World(helpscout, slack, tmp_path, forge=forge)
        if engine == "postgresql":
            world.settings["HS_BOT_DATABASE"] = request.getfixturevalue("server").new_schema()
        yield world
        for process in world.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)
