"""A sync between a simulated Help Scout over real HTTP and a record in a real file, or on a real PostgreSQL."""

import importlib.util
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from bot.demo.helpscout import SimulatedHelpScout
from bot.helpscout.client import HelpScout, Waits
from bot.model.change import Change
from bot.model.outbox import OutboxItem, Topic
from bot.model.request import Kind, Request, State, Step
from bot.model.sync import SyncRun
from bot.model.user import Status, UserRecord
from bot.services.syncing.sync import Sync
from bot.store.record import Record, open_record

GUARD = 0.10


@dataclass
class Account:
    """One simulated account, one record, one sync; `woken` counts what Slack was owed."""

    sim: SimulatedHelpScout
    record: Record
    helpscout: HelpScout
    target: str
    stack: ExitStack
    woken: list[None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sync = Sync(self.record, self.helpscout, guard=GUARD, wake=lambda: self.woken.append(None), poll=0.02)

    def run(self, trigger: str = "command") -> SyncRun:
        return self.sync.run(trigger)

    def another_bot(self, *, refused: threading.Event | None = None, **options: Any) -> Sync:
        """A second bot on the same record; `refused` is set when it finds a lease taken."""
        record = self.stack.enter_context(_opened(self.target))
        if refused is not None:
            take = record.leases.take

            def watched(*arguments: Any) -> bool:
                taken = take(*arguments)
                if not taken:
                    refused.set()
                return taken

            record.leases.take = watched  # type: ignore[method-assign, assignment]
        helpscout = self.stack.enter_context(client_of(self.sim))
        return Sync(record, helpscout, guard=GUARD, **{"poll": 0.02} | options)

    # What the record says

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table but those of syncs themselves and their lease."""
        own = {"syncs", "leases", "sqlite_sequence"}
        if self.record.engine == "sqlite":
            with closing(sqlite3.connect(self.target)) as reader:
                names = [name for (name,) in reader.execute("select name from sqlite_master where type = 'table'")]
                return {name: reader.execute(f'select * from "{name}"').fetchall() for name in names if name not in own}
        with psycopg.connect(self.target) as server:
            found = server.execute("select tablename from pg_tables where schemaname = current_schema()").fetchall()
            names = [name for (name,) in found if name not in own]
            rows = {name: server.execute(SQL("select * from {}").format(Identifier(name))).fetchall() for name in names}
            return {name: sorted(all, key=repr) for name, all in rows.items()}

    def row(self, user_id: int) -> UserRecord:
        row = self.record.users.get(user_id)
        assert row is not None, f"{user_id} is lost"
        return row

    def ids(self, status: Status = Status.ACTIVE) -> set[int]:
        return {row.id for row in self.record.users.by_status(status)}

    def listed(self) -> set[int]:
        """Whom Help Scout shows."""
        return set(self.sim.account.listing)

    def changes(self, run: SyncRun) -> list[Change]:
        return list(self.record.changes.of_sync(run.id))

    def owed(self, topic: Topic) -> list[OutboxItem]:
        """What waits to be sent. Claims it for a moment that is over at once."""
        now = self.record.now()
        items = self.record.outbox.claim("test", now, timedelta(0), limit=1000)
        return [item for item in items if item.topic is topic]

    def people(self, count: int) -> list[int]:
        """Ids of people with a seat who may leave."""
        return [person.id for person in self.sim.people if person.role == "user"][:count]

    def request(self, kind: Kind, state: State, **fields: Any) -> Request:
        """A request of ours in the record, in whatever state."""
        now = self.record.now()
        said: dict[str, Any] = {
            "id": f"r{len(self.record.requests.find(limit=99))}",
            "opened_at": now,
            "requester": "U1",
        }
        request = Request(kind=kind, state=state, expires_at=now + timedelta(days=1), **said | fields)
        self.record.requests.insert(request)
        return request

    def step(self, request: Request, name: str, position: int) -> None:
        self.record.requests.step_started(
            Step(request_id=request.id, position=position, name=name, started_at=self.record.now())
        )


Start: TypeAlias = Callable[..., Account]


def client_of(sim: SimulatedHelpScout) -> HelpScout:
    """A client that waits for nothing."""
    return HelpScout(
        api_url=sim.api_url,
        app_id=sim.app_id,
        app_secret=sim.app_secret,
        scim_token=sim.scim_token,
        per_minute=100_000,
        timeout=5,
        waits=Waits.none(),
    )


class _opened:
    def __init__(self, target: str) -> None:
        self.record = open_record(target)

    def __enter__(self) -> Record:
        return self.record

    def __exit__(self, *_: object) -> None:
        self.record.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A server of its own for these tests."""
    # tests/ are folders here, not packages.
    spec = importlib.util.spec_from_file_location(
        "tests.store.postgres", Path(__file__).parents[2] / "store/postgres.py"
    )
    assert spec is not None
    assert spec.loader is not None
    postgres = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(postgres)
    binaries = postgres.binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server (initdb, postgres) on this machine: apt-get install postgresql")
    with postgres.running(binaries) as server:
        yield server


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a module asks for both with `pytestmark = both_engines`."""
    name: str = getattr(request, "param", "sqlite")
    return name


@pytest.fixture
def target(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where the test's record is: a file, or a schema of its own."""
    if engine == "sqlite":
        return str(tmp_path / "record.db")
    schema: str = request.getfixturevalue("postgresql").new_schema()
    return schema


@pytest.fixture
def start(target: str) -> Iterator[Start]:
    """`start(people=…, page_size=…)`: an account whose record has not seen it yet."""
    with ExitStack() as stack:

        def begin(**options: Any) -> Account:
            sim = stack.enter_context(SimulatedHelpScout(**{"people": 120, "conversations": False} | options))
            record = stack.enter_context(_opened(target))
            return Account(sim, record, stack.enter_context(client_of(sim)), target, stack)

        yield begin


@pytest.fixture
def known(start: Start) -> Account:
    """120 rows on pages of 25, all of them in the record already."""
    account = start()
    account.run("start")
    return account
