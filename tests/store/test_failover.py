"""A server that can only be read is not well; a new primary is found; nobody answers from an old record."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bot.model.user import UserRecord
from bot.store.errors import ReadOnly, StoreError
from bot.store.postgresql import listener as postgresql_listener
from bot.store.record import Record, open_record
from bot.store.whole.backup import copy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.store.postgres import PostgresServer
    from tests.store.proxy import Proxy

pytestmark = pytest.mark.postgresql
Person = Callable[..., UserRecord]


def eventually(look: Callable[[], Any], *, within: float = 30.0) -> Any:
    """Ask until there is an answer; an error is none."""
    ends = time.monotonic() + within
    while True:
        try:
            if answer := look():
                return answer
        except StoreError:
            if time.monotonic() > ends:
                raise
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.05)


def writes(record: Record) -> bool:
    record.notes.set("k", "v")
    return True


def test_a_record_that_cant_be_written_is_not_well_and_is_well_again_by_itself(
    postgresql_server: "PostgresServer", person: Person
) -> None:
    url = postgresql_server.new_database()
    name = url.rpartition("/")[2]
    record = open_record(url)
    record.users.put([person(7)])
    assert record.health().well
    postgresql_server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgresql_server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    health = record.health()
    assert not health.well
    assert "can only be read" in health.problem
    assert record.users.get(7) == person(7)
    with pytest.raises(ReadOnly, match="Nothing was written"):
        record.notes.set("k", "v")
    postgresql_server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    eventually(lambda: writes(record))  # a refused write gives its connections up
    eventually(lambda: record.health().well)
    record.close()


def test_a_standby_can_be_read_and_is_taken_up_when_it_becomes_the_primary(
    postgresql_server: "PostgresServer",
    standby: "PostgresServer",
    proxy_to: "Callable[[int], Proxy]",
    tmp_path: "Path",
    person: Person,
) -> None:
    url = postgresql_server.new_database()
    line = proxy_to(postgresql_server.port)
    record = open_record(url.replace(f":{postgresql_server.port}/", f":{line.port}/"))
    record.version()
    record.users.put([person(7)])
    there = standby.url(url.rpartition("/")[2])
    eventually(lambda: psycopg.connect(there).execute("SELECT count(*) FROM users").fetchone() == (1,))

    line.lead_to(standby.port)
    line.cut()
    line.mend()
    eventually(lambda: record.users.get(7) == person(7))
    assert "can only be read" in eventually(lambda: record.health()).problem
    with pytest.raises(ReadOnly):
        record.notes.set("k", "v")
    copy(there, str(tmp_path / "copy.db"))  # a snapshot needs nothing written

    standby.promote()
    before = record.version()
    eventually(lambda: writes(record))
    record.users.put([person(8)])
    assert record.version() > before
    assert record.health().well
    record.close()


def test_what_a_failover_has_lost_is_no_longer_counted_on(url: str, postgresql_server: "PostgresServer") -> None:
    """A standby that had not received the last writes becomes the primary: the version goes back."""
    record = open_record(url)
    record.version()
    postgresql_server.execute(f"UPDATE {schema_of(url)}.record_version SET number = 100")
    eventually(lambda: record.version() == 100)
    postgresql_server.execute(f"ALTER TABLE {schema_of(url)}.record_version DISABLE TRIGGER USER")
    postgresql_server.execute(f"UPDATE {schema_of(url)}.record_version SET number = 98")
    eventually(lambda: record.version() == 98)
    record.close()


def test_a_bot_whose_listener_gets_no_connection_reads_for_itself(
    url: str, postgresql_server: "PostgresServer", person: Person
) -> None:
    schema = schema_of(url)
    other = open_record(url)
    postgresql_server.execute(
        f"CREATE ROLE narrow_{schema} LOGIN CONNECTION LIMIT 1; GRANT USAGE ON SCHEMA {schema} TO narrow_{schema}; "
        f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO narrow_{schema}"
    )
    record = open_record(url.replace("bot@", f"narrow_{schema}@"))
    eventually(lambda: record.notes.get("k") is None)  # the one connection is the pool's
    time.sleep(0.1)
    before = record.version()
    other.users.put([person(7)])
    began = time.monotonic()
    eventually(lambda: record.version() > before)
    assert time.monotonic() - began < postgresql_listener.SILENCE_SECONDS + 2
    other.users.put([person(8)])
    eventually(lambda: record.version() > before + 1, within=3)
    record.close()
    other.close()


def test_a_crowded_server_says_so_and_keeps_the_connections_that_there_are(
    url: str, postgresql_server: "PostgresServer"
) -> None:
    schema = schema_of(url)
    open_record(url).close()
    postgresql_server.execute(
        f"CREATE ROLE narrow_{schema} LOGIN CONNECTION LIMIT 1; GRANT USAGE ON SCHEMA {schema} TO narrow_{schema}; "
        f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO narrow_{schema}"
    )
    record = open_record(url.replace("bot@", f"narrow_{schema}@"))
    record.version()  # has the listener asking for a connection, again and again
    inside, over = threading.Event(), threading.Event()

    def hold() -> None:
        with record.transaction():
            inside.set()
            over.wait(20)
            record.notes.set("k", "v")

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(10)
    with pytest.raises(StoreError, match="takes no more connections"):
        record.notes.get("k")
    over.set()
    thread.join()
    assert record.notes.get("k") == "v"
    record.close()


@pytest.fixture
def url(postgresql_server: "PostgresServer") -> str:
    return postgresql_server.new_schema()


def schema_of(url: str) -> str:
    return url.rpartition("%3D")[2]
