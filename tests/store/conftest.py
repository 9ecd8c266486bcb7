"""A record on each engine, with a clock set by hand; a PostgreSQL server of its own for the whole run."""

import contextlib
import importlib.util
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from bot.model.request import Kind, Request
from bot.model.user import Status, User, UserRecord
from bot.store.migrations import MIGRATIONS
from bot.store.record import Record, open_record
from bot.store.tables import TABLES

if TYPE_CHECKING:
    from tests.store.pgbouncer import PgBouncer
    from tests.store.postgres import PostgresServer
    from tests.store.proxy import Proxy

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> datetime:
        self.time += timedelta(**by)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _beside(name: str) -> ModuleType:
    """A module of this directory: tests are folders here, not packages."""
    known = sys.modules.get(f"tests.store.{name}")
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(f"tests.store.{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def postgresql_server() -> "Iterator[PostgresServer]":
    """A running server; the test is left out, with the reason, where the system has no PostgreSQL."""
    postgres = _beside("postgres")
    binaries = postgres.binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server (initdb, postgres) on this machine: apt-get install postgresql")
    with postgres.running(binaries) as server:
        yield server


@pytest.fixture
def standby(postgresql_server: "PostgresServer") -> "Iterator[PostgresServer]":
    """A server that follows the other one, and can be read."""
    postgres = _beside("postgres")
    with postgres.running(postgres.binaries(), follows=postgresql_server) as server:
        yield server


@pytest.fixture(scope="session")
def pooler_of(postgresql_server: "PostgresServer") -> "Callable[..., AbstractContextManager[PgBouncer]]":
    """`with pooler_of(pool_mode="session") as pooler:` a PgBouncer in front of the server, with these settings."""
    pgbouncer = _beside("pgbouncer")
    program = pgbouncer.binary()
    if program is None:
        pytest.skip("no PgBouncer on this machine: apt-get install pgbouncer")

    def run(port: int = postgresql_server.port, **pooler_settings: str) -> "AbstractContextManager[PgBouncer]":
        running: AbstractContextManager[PgBouncer] = pgbouncer.running(program, port, **pooler_settings)
        return running

    return run


@pytest.fixture(scope="session")
def pooler(pooler_of: "Callable[..., AbstractContextManager[PgBouncer]]") -> "Iterator[PgBouncer]":
    """A PgBouncer in transaction mode in front of the server, for the whole run."""
    with pooler_of(pool_mode="transaction") as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> str:
    """Runs the test once on each engine."""
    name: str = request.param
    return name


@pytest.fixture
def new_target(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes the target of a record that is not there yet: a path, or the URL of an empty schema."""
    numbers = itertools.count(1)

    def new() -> str:
        if engine == "sqlite":
            return str(tmp_path / f"record-{next(numbers)}.db")
        url: str = request.getfixturevalue("postgresql_server").new_schema()
        return request.getfixturevalue("pooler").through(url) if engine == "pooler" else url

    return new


@pytest.fixture(scope="session")
def used_schemas() -> list[str]:
    """URLs of schemas that a test is done with, emptied: to make twenty tables anew for each test would take longer."""
    return []


@pytest.fixture
def target(engine: str, new_target: Callable[[], str], used_schemas: list[str]) -> Iterator[str]:
    """Where a record may be: not there yet, or (on PostgreSQL) as empty as on its first day."""
    if engine == "sqlite":
        yield new_target()
        return
    if engine == "pooler":
        yield new_target()
        return
    url = used_schemas.pop() if used_schemas else new_target()
    yield url
    if _emptied(url):
        used_schemas.append(url)


def _emptied(url: str) -> bool:
    """False when the test left something that one can't be sure of: then the schema is not used again."""
    import psycopg

    with contextlib.suppress(psycopg.Error):
        with psycopg.connect(url, autocommit=True) as conn:
            foreign = conn.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND NOT tablename = ANY(%s)",
                ([*TABLES, "hs_bot_migrations"],),
            ).fetchone()
            known = conn.execute("SELECT count(*) FROM hs_bot_migrations").fetchone()
            off = conn.execute(  # triggers that a test has switched off
                "SELECT count(*) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
                " WHERE c.relnamespace = current_schema()::regnamespace AND tgenabled <> 'O'"
            ).fetchone()
            if foreign != (0,) or known != (len(MIGRATIONS),) or off != (0,):
                return False
            numbering = "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()"
            first_day = (
                "SET session_replication_role = replica",  # in one go past the triggers that keep the audit log
                *(f"DELETE FROM {table}" for table in TABLES),
                "RESET session_replication_role",
                *(f"ALTER SEQUENCE {name} RESTART" for (name,) in conn.execute(numbering).fetchall()),
                "INSERT INTO record_version (id, number) VALUES (1, 0)",
                "INSERT INTO audit_head (id, seq, hash, at) VALUES (1, 0, '', '')",
            )
            conn.execute("; ".join(first_day).encode())
        return True
    return False


@pytest.fixture
def opened(target: str, clock: Clock) -> Iterator[Callable[..., Record]]:
    """Opens the record at `target` (or another) once more, as another process would; closed after the test."""
    records: list[Record] = []

    def open_it(where: str | None = None, *, clock: Callable[[], datetime] | None = clock) -> Record:
        records.append(open_record(where or target, clock=clock))
        return records[-1]

    yield open_it
    for record in records:
        record.close()


@pytest.fixture
def record(opened: Callable[..., Record]) -> Record:
    return opened()


@pytest.fixture
def person() -> Callable[..., UserRecord]:
    """`person(7, email=…, status=…)`: a row as a sync would write it."""

    def make(id: int, *, status: Status = Status.ACTIVE, seen: datetime = NOON, **fields: Any) -> UserRecord:
        own = {name: fields.pop(name) for name in ("removed_at", "scim_id", "request_id") if name in fields}
        values: dict[str, Any] = {
            "first_name": "Jane",
            "last_name": f"Doe {id}",
            "email": f"Jane.{id}@Example.com",
            "role": "user",
            "timezone": "Europe/Berlin",
            "raw": {"id": id, "unknownAttribute": {"nested": [1, None, "é"]}},
        }
        return UserRecord(
            user=User(id=id, **{**values, **fields}), status=status, first_seen=seen, last_seen=seen, **own
        )

    return make


@pytest.fixture
def a_request() -> Callable[..., Request]:
    """`a_request("r1", target_id=7)`: a pending offboarding, opened at noon, for a day."""

    def make(id: str, **fields: Any) -> Request:
        values: dict[str, Any] = {
            "kind": Kind.OFFBOARD,
            "opened_at": NOON,
            "requester": "U1",
            "target_id": 7,
            "expires_at": NOON + timedelta(hours=24),
        }
        return Request(id=id, **{**values, **fields})

    return make


@pytest.fixture
def program() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Runs Python source in a process of its own, with `sys.argv[1:]`; killed after the test when it still runs."""
    running: list[subprocess.Popen[str]] = []

    def run(source: str, *arguments: object) -> "subprocess.Popen[str]":
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", source, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=ROOT,
            )
        )
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def proxy_to() -> "Iterator[Callable[[int], Proxy]]":
    """A line to a port of this machine that the test can cut."""
    lines: list[Proxy] = []

    def make(port: int) -> "Proxy":
        lines.append(_beside("proxy").Proxy(port))
        return lines[-1]

    yield make
    for line in lines:
        line.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hs-bot.db"


@pytest.fixture
def file(path: Path) -> Iterator[Record]:
    """A record in a file."""
    record = open_record(path)
    yield record
    record.close()
