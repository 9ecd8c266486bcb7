"""Migrations: from nothing, from every older schema, twice, and from several processes at once, with one outcome."""

import sqlite3
from collections.abc import Callable
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.model.change import ChangeKind
from bot.model.offboarding.conversation import MoveState
from bot.model.outbox import Topic
from bot.model.request import OPEN, Kind, Request, State, Step, StepState, Verdict
from bot.model.sync import SyncState
from bot.model.user import Status, User
from bot.store.errors import NotOurs, TooNew
from bot.store.migrations import MIGRATIONS
from bot.store.record import Record, open_record
from bot.store.tables import TABLES

if TYPE_CHECKING:
    import subprocess


def schema(target: str) -> list[tuple[Any, ...]]:
    """Everything that a migration makes, in the database's own words."""
    if not target.startswith("postgresql"):
        with sqlite3.connect(target) as conn:
            found = conn.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        conn.close()
        return found
    import psycopg

    with psycopg.connect(target) as server:
        return [
            *server.execute(
                "SELECT table_name, column_name, data_type, is_nullable, collation_name, is_identity "
                "FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, ordinal_position"
            ),
            *server.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1"),
            *server.execute(
                "SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal ORDER BY 1"
            ),
            *server.execute(
                "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2"
            ),
            *server.execute(
                "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY 1"
            ),
        ]


def named(target: str, rows: list[tuple[Any, ...]]) -> list[str]:
    """Without the name of the schema, which differs."""
    own = target.rpartition("%3D")[2]
    return [str(row).replace(own, "SCHEMA") for row in rows]


def migrated(target: str, upto: int) -> None:
    """A record as a version of the bot left it that knew the first `upto` migrations."""
    if target.startswith("postgresql"):
        import psycopg

        from bot.store.postgresql.schema import migrate as on_postgresql

        with psycopg.connect(target, autocommit=True) as conn:
            on_postgresql(conn, "here", upto=upto)
    else:
        from sqlite_utils import Database

        from bot.store.sqlite.schema import migrate as on_sqlite

        db = Database(sqlite3.connect(target, isolation_level=None))
        on_sqlite(db, Path(target), upto=upto)
        db.close()


def test_a_new_record_has_every_table(record: Record) -> None:
    assert all(record._engine.columns(table) for table in TABLES)


@pytest.mark.parametrize("upto", range(1, len(MIGRATIONS)))
def test_an_older_record_becomes_what_a_new_one_is(
    new_target: Callable[[], str], opened: Callable[..., Record], upto: int
) -> None:
    old, fresh = new_target(), new_target()
    migrated(old, upto)
    opened(old).close()
    opened(fresh).close()
    assert named(old, schema(old)) == named(fresh, schema(fresh))


def test_what_an_older_record_holds_stays(new_target: Callable[[], str], opened: Callable[..., Record]) -> None:
    old = new_target()
    migrated(old, 2)
    values = {"trigger": "'cli'", "started_at": "'2020-01-01T00:00:00.000000Z'", "state": "'done'", "problem": "''"}
    numbers = dict.fromkeys(["people", "joined", "removed", "changed", "requests"], "1")
    row = {f'"{name}"': value for name, value in (values | numbers).items()}
    statement = f"INSERT INTO syncs ({', '.join(row)}) VALUES ({', '.join(row.values())})"
    if old.startswith("postgresql"):
        import psycopg

        with psycopg.connect(old) as conn:
            conn.execute(statement.encode())
    else:
        with sqlite3.connect(old) as other:
            other.execute(statement)
        other.close()
    latest = opened(old).syncs.latest()
    assert latest is not None
    assert (latest.trigger, latest.people) == ("cli", 1)


def test_opening_again_changes_nothing(record: Record, opened: Callable[[], Record], target: str) -> None:
    before = schema(target)
    record.notes.set("k", "v")
    assert opened().notes.get("k") == "v"
    assert schema(target) == before


def test_bots_that_start_together_migrate_once(
    target: str, opened: Callable[[], Record], program: "Callable[..., subprocess.Popen[str]]"
) -> None:
    source = """
import sys
from bot.store.record import open_record
sys.stdin.readline()
record = open_record(sys.argv[1])
record.audit.append("started")
print(record.audit.verify().whole)
record.close()
"""
    bots = [program(source, target) for _ in range(4)]
    for bot in bots:
        assert bot.stdin is not None
        bot.stdin.write("go\n")
        bot.stdin.flush()
    assert [bot.communicate(timeout=60)[0].strip() for bot in bots] == ["True"] * 4
    report = opened().audit.verify()
    assert (report.whole, report.entries) == (True, 4)


def test_a_record_of_a_newer_bot_is_left_alone(record: Record, target: str) -> None:
    if record.engine == "sqlite":
        statement = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('hs-bot', 'm999_x', '')"
    else:
        statement = "INSERT INTO hs_bot_migrations (name, applied_at) VALUES ('m999_x', '')"
    record._engine.run(statement)
    with pytest.raises(TooNew, match=r"m999_x.*upgrade"):
        open_record(target)


def test_a_database_of_something_else_is_left_alone(target: str) -> None:
    if target.startswith("postgresql"):
        import psycopg

        with psycopg.connect(target) as conn:
            conn.execute("CREATE TABLE users (id int)")
    else:
        with sqlite3.connect(target) as other:
            other.execute("CREATE TABLE users (id int)")
        other.close()
    before = schema(target)
    with pytest.raises(NotOurs, match="left alone"):
        open_record(target)
    assert schema(target) == before


# What the tables allow is what the model knows


ENUMS: list[tuple[str, str, type[StrEnum]]] = [
    ("users", "status", Status),
    ("syncs", "state", SyncState),
    ("changes", "kind", ChangeKind),
    ("requests", "kind", Kind),
    ("requests", "state", State),
    ("decisions", "verdict", Verdict),
    ("steps", "state", StepState),
    ("moves", "state", MoveState),
    ("outbox", "topic", Topic),
]


@pytest.mark.parametrize(("table", "column", "enum"), ENUMS)
def test_the_tables_allow_the_words_of_the_model_and_no_others(
    record: Record, target: str, table: str, column: str, enum: type[StrEnum]
) -> None:
    """When this fails: a word was added to the model; a new migration must widen the CHECK of its column."""
    import re

    if record.engine == "sqlite":
        (sql,) = record._engine.row("SELECT sql FROM sqlite_master WHERE name = :table", {"table": table}) or ("",)
        (listed,) = re.findall(rf"\b{column} TEXT NOT NULL CHECK \({column} IN \((.*?)\)\)", sql, re.DOTALL)
    else:
        rows = record._engine.rows(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = CAST(:table AS regclass) AND contype = 'c'",
            {"table": table},
        )
        (listed,) = [text for (text,) in rows if f"({column} =" in text or f"(({column} =" in text]
    assert set(re.findall(r"'([^']+)'", listed)) == {word.value for word in enum}


@pytest.mark.parametrize(
    ("table", "model", "others"),
    [
        ("requests", Request, {"subject", "remind_at"}),
        ("steps", Step, set()),
        (
            "users",
            User,
            {"status", "first_seen", "last_seen", "removed_at", "scim_id", "request_id", "mention_key", "version"},
        ),
    ],
)
def test_every_field_of_the_model_has_its_column(record: Record, table: str, model: Any, others: set[str]) -> None:
    kept = {field.name for field in fields(model)} - {"odd"}  # what could not be read is read again from `raw`
    assert set(record._engine.columns(table)) == kept | others


def test_the_states_that_count_as_open_are_those_of_the_model(record: Record, target: str) -> None:
    from bot.store.operations import forgetting
    from bot.store.operations.requests import requests

    index = next(str(row) for row in schema(target) if "requests_one_open" in str(row) and "UNIQUE" in str(row).upper())
    words = {state.value for state in State if f"'{state.value}'" in index.replace("\\'", "'")}
    assert words == {state.value for state in OPEN}
    for listed in (requests._OPEN, forgetting._OPEN):
        assert {state.value for state in State if f"'{state.value}'" in listed} == {state.value for state in OPEN}
