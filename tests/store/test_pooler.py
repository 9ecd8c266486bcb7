"""PostgreSQL as it is rented: behind a pooler, whatever its mode, and with URLs that other programs are given."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bot.model.user import UserRecord
from bot.store.errors import NoPlace, Refused, Unsuited
from bot.store.postgresql.url import parts_of, settings_of
from bot.store.record import Record, open_record

if TYPE_CHECKING:
    from tests.store.pgbouncer import PgBouncer
    from tests.store.postgres import PostgresServer

pytestmark = pytest.mark.postgresql
Person = Callable[..., UserRecord]
PoolerOf = Callable[..., AbstractContextManager["PgBouncer"]]


@pytest.fixture
def url(postgresql_server: "PostgresServer") -> str:
    return postgresql_server.new_schema()


@pytest.fixture
def lent(postgresql_server: "PostgresServer", pooler_of: PoolerOf) -> "Iterator[PgBouncer]":
    """A pooler that has one session to lend: whoever comes next gets the very one that the bot had."""
    with pooler_of(pool_mode="transaction", default_pool_size="1") as pooler:
        yield pooler


def schema_of(url: str) -> str:
    return url.rpartition("%3D")[2]


def people_in(server: "PostgresServer", schema: str) -> int:
    with psycopg.connect(server.url("postgres"), autocommit=True) as conn:
        (count,) = conn.execute(f"SELECT count(*) FROM {schema}.users".encode()).fetchone() or (-1,)
    return int(count)


@pytest.mark.parametrize("where", ["schema", "database"])  # with options in the URL, and without
def test_nothing_of_the_bots_is_left_in_a_session_for_its_next_borrower(
    lent: "PgBouncer", postgresql_server: "PostgresServer", where: str, person: Person
) -> None:
    url = postgresql_server.new_schema() if where == "schema" else postgresql_server.new_database()
    record = open_record(lent.through(url))
    record.version()
    record.users.put([person(n) for n in range(200)])
    with record.transaction():
        record.notes.set("k", "v")
        record.audit.append("e")
    for n in range(10):  # more often than it takes psycopg to prepare a statement
        record.users.get(n)
    with psycopg.connect(lent.through(url.partition("?")[0]), autocommit=True) as conn:
        left = conn.execute(
            "SELECT current_setting('search_path'), current_setting('lock_timeout'), "
            "current_setting('idle_in_transaction_session_timeout'), current_setting('default_transaction_isolation'), "
            "current_setting('synchronous_commit'), (SELECT count(*) FROM pg_prepared_statements), "
            "(SELECT count(*) FROM pg_listening_channels())"
        ).fetchone()
    record.close()
    assert left == ('"$user", public', "0", "0", "read committed", "off", 0, 0)


@pytest.mark.parametrize("settings", [{}, {"ignore_startup_parameters": "options"}])
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_the_schema_of_the_url_is_kept_whether_the_pooler_refuses_it_or_passes_it_over(
    postgresql_server: "PostgresServer",
    pooler_of: PoolerOf,
    url: str,
    person: Person,
    mode: str,
    settings: dict[str, str],
) -> None:
    with pooler_of(pool_mode=mode, **settings) as pooler:
        record = open_record(pooler.through(url))
        record.users.put([person(7)])
        assert record.users.get(7) == person(7)
        record.close()
        again = open_record(pooler.through(url))
        assert again.users.get(7) == person(7)
        again.close()
    assert people_in(postgresql_server, schema_of(url)) == 1


def test_statement_mode_is_refused_with_the_reason(pooler_of: PoolerOf, url: str) -> None:
    with pooler_of(pool_mode="statement") as pooler, pytest.raises(Unsuited, match="statement mode") as refused:
        open_record(pooler.through(url))
    assert "transaction or session" in refused.value.sentence


def test_a_pooler_that_is_started_again_is_used_again(pooler_of: PoolerOf, url: str, person: Person) -> None:
    with pooler_of(pool_mode="transaction") as pooler:
        record = open_record(pooler.through(url))
        record.users.put([person(7)])
        pooler.stop()
        pooler.start()
        record.notes.set("k", "v")
        assert record.users.get(7) == person(7)
        record.close()


def test_a_url_as_prisma_has_it_is_taken(
    postgresql_server: "PostgresServer", pooler: "PgBouncer", url: str, person: Person
) -> None:
    schema = schema_of(url)
    plain = url.partition("?")[0]
    for way in (plain, pooler.through(plain)):
        record = open_record(f"{way}?schema={schema}&pgbouncer=true&connection_limit=1&pool_timeout=10")
        record.users.put([person(7)])
        record.close()
    assert people_in(postgresql_server, schema) == 1


@pytest.mark.parametrize("query", ["sslaccept=strict", "pgbouncer=true&sslaccept=strict", "sslaccept=&schema=x"])
def test_a_parameter_that_nobody_knows_is_named(query: str) -> None:
    with pytest.raises(NoPlace, match="parameter “sslaccept”") as refused:
        open_record(f"postgresql://bot:hush@127.0.0.1:1/x?{query}")
    assert "hush" not in refused.value.sentence
    assert "password" not in refused.value.sentence


@pytest.mark.parametrize("query", ["hush=1", "hush=x@127.0.0.1:1/x", "hush=1&x=2@h/x"])
def test_what_may_be_half_a_password_is_never_named(query: str) -> None:
    with pytest.raises(NoPlace, match="percent-encoded") as refused:
        open_record(f"postgresql://bot:hu/sh?{query}")
    assert "hu" not in refused.value.sentence


def test_a_question_mark_in_a_password_begins_no_parameters() -> None:
    parts = parts_of("postgresql://bot:a?pgbouncer=b&c@127.0.0.1:1/x?pgbouncer=true")
    assert (parts["password"], parts["host"], parts["dbname"]) == ("a?pgbouncer=b&c", "127.0.0.1", "x")


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ("-csearch_path=a", {"search_path": "a"}),
        ("-c search_path=a,b --lock_timeout=5s", {"search_path": "a,b", "lock_timeout": "5s"}),
        (r"-c search_path=a,\ b", {"search_path": "a, b"}),
        ("endpoint=ep-cool-1", {}),
        ("-c", {}),
        ("", {}),
    ],
)
def test_settings_are_read_from_options_as_the_server_reads_them(options: str, settings: dict[str, str]) -> None:
    assert settings_of(options) == settings


@pytest.mark.parametrize("schema", ["plain", "Großes Haus", "o'x", 'a"b', "a\\b", "a,b"])
def test_a_schema_of_any_name_is_the_one_that_is_meant(postgresql_server: "PostgresServer", schema: str) -> None:
    from urllib.parse import quote

    parts = parts_of(f"{postgresql_server.url('postgres')}?schema={quote(schema)}")
    with psycopg.connect(**parts, autocommit=True) as conn:  # type: ignore[arg-type]
        quoted = psycopg.sql.Identifier(schema)
        conn.execute(psycopg.sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(quoted))
        assert conn.execute("SELECT current_schema()").fetchone() == (schema,)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cant_hold_every_name_is_refused(postgresql_server: "PostgresServer", encoding: str) -> None:
    name = f"narrow_{encoding.lower()}"
    postgresql_server.execute(
        f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    with pytest.raises(Unsuited, match=f"encoding {encoding}") as refused:
        open_record(postgresql_server.url(name))
    assert "UTF8" in refused.value.sentence
    with psycopg.connect(postgresql_server.url(name)) as conn:
        assert conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


WRONG = {"password": ("password", "password"), "user": ("such user", "password"), "database": ("such database",) * 2}
"""What is wrong, and what the server and the pooler make known of it."""


def wrongly(port: int, wrong: str) -> str:
    user = "nobody" if wrong == "user" else "bot"
    database = "nowhere" if wrong == "database" else "postgres"
    return f"postgresql://{user}:{'secr3t' if wrong == 'password' else 'hush'}@127.0.0.1:{port}/{database}"


def refusal(url: str) -> str:
    with pytest.raises(Refused) as refused:
        open_record(url)
    assert "by itself" not in refused.value.sentence
    assert "secr3t" not in refused.value.sentence
    return refused.value.sentence


@pytest.mark.parametrize("wrong", ["user", "database"])  # the tests' server trusts everybody, whatever the password
def test_whom_the_server_refuses_is_told_what_is_wrong_and_not_to_wait(
    postgresql_server: "PostgresServer", wrong: str
) -> None:
    assert WRONG[wrong][0] in refusal(wrongly(postgresql_server.port, wrong))


@pytest.mark.parametrize("wrong", ["user", "password", "database"])
def test_whom_the_pooler_refuses_is_told_what_is_wrong_and_not_to_wait(pooler_of: PoolerOf, wrong: str) -> None:
    with pooler_of(pool_mode="transaction", auth_type="scram-sha-256") as pooler:
        assert WRONG[wrong][1] in refusal(wrongly(pooler.port, wrong))


def test_a_password_that_is_changed_while_the_bot_runs_is_told_as_such(
    pooler_of: PoolerOf, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pooler_of(pool_mode="transaction", auth_type="scram-sha-256") as pooler:
        record = open_record(pooler.through(url).replace("bot@", "bot:hush@"))
        record.notes.set("k", "v")
        pooler.stop()
        pooler.change_password("other")
        pooler.start()
        with pytest.raises(Refused, match="password"):
            record.notes.get("k")
        record.close()


def test_many_short_lives_leave_no_connection_behind(
    postgresql_server: "PostgresServer", pooler: "PgBouncer", url: str
) -> None:
    for n in range(15):
        record: Record = open_record(pooler.through(url))
        record.notes.set(str(n), "v")
        record.version()
        record.close()
    with psycopg.connect(postgresql_server.url("postgres"), autocommit=True) as conn:
        row: Any = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hs-bot' AND state LIKE 'idle in%'"
        ).fetchone()
    assert row == (0,)
