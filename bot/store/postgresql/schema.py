"""Migrations on PostgreSQL: one transaction behind an advisory lock, and the triggers in PostgreSQL's words."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from bot.store.errors import NotOurs, TooNew, TooOld
from bot.store.migrations import MIGRATIONS
from bot.store.postgresql.words import as_postgresql
from bot.store.spelling import time_text
from bot.store.tables import TABLES

Connection = psycopg.Connection[tuple[object, ...]]
MIGRATIONS_TABLE = "hs_bot_migrations"
_OLDEST = 120000

_FUNCTIONS = (
    """
    CREATE FUNCTION hs_bot_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE FUNCTION hs_bot_announce() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_LEVEL = 'ROW' THEN
            PERFORM pg_notify(left('hs_bot_' || TG_TABLE_SCHEMA, 63), NEW.number::text);
        ELSE
            PERFORM pg_notify(left('hs_bot_' || TG_TABLE_SCHEMA, 63), '');
        END IF;
        RETURN NULL;
    END $$
    """,
)


class _Ground:
    """A PostgreSQL schema in the middle of a migration."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def execute(self, sql: str) -> None:
        self._conn.execute(as_postgresql(sql))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._conn.execute(sql).fetchall()

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
        with self._conn.cursor() as cursor:
            cursor.executemany(sql, rows)

    def allow(self, table: str, column: str, *, after: str, also: str) -> None:
        name = f"{table}_{column}_check"
        found = self._conn.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace "
            "AND conrelid = %s::regclass AND conname = %s",
            (table, name),
        ).fetchone()
        if found is None:
            raise AssertionError(f"the CHECK of {table}.{column} is not as it was made")
        last = f"'{after}'::text"
        wider = str(found[0]).replace(last, f"{last}, '{also}'::text")
        self._conn.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        self._conn.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {wider}")

    def append_only(self, table: str, key: str) -> None:  # noqa: ARG002 - a second INSERT can't overwrite here
        self._refuse(table, "UPDATE")
        self._refuse(table, "DELETE")
        self._refuse(table, "TRUNCATE", level="STATEMENT")

    def erasable(self, table: str, key: str, allowed_by: str) -> None:
        self._refuse(table, "UPDATE")
        self._refuse(table, "TRUNCATE", level="STATEMENT")
        self._conn.execute(f"""
            CREATE FUNCTION hs_bot_erase_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT 1 FROM {allowed_by} WHERE {key} = OLD.{key}) THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation';
            END $$
        """)
        self._refuse(table, "DELETE", function=f"hs_bot_erase_{table}")

    def announced(self, table: str, events: str) -> None:
        level = "ROW" if table == "record_version" else "STATEMENT"
        self._conn.execute(
            f"CREATE TRIGGER {table}_announces AFTER {events} ON {table} FOR EACH {level} "
            "EXECUTE FUNCTION hs_bot_announce()"
        )

    def _refuse(self, table: str, event: str, *, level: str = "ROW", function: str = "hs_bot_refuse") -> None:
        self._conn.execute(
            f"CREATE TRIGGER {table}_refuses_{event.lower()} BEFORE {event} ON {table} FOR EACH {level} "
            f"EXECUTE FUNCTION {function}()"
        )


def migrate(conn: Connection, place: str, configuring: str = "", *, upto: int | None = None) -> None:
    """Run what has not run yet, on a connection in autocommit. Whoever comes second waits, and finds it done.

    `configuring` is a SELECT that sets what a transaction needs, or nothing. Raises `TooOld`, `TooNew`, `NotOurs`.
    """
    if conn.info.server_version < _OLDEST:
        raise TooOld(f"The server of the record in {place} is older than PostgreSQL 12: upgrade it.")
    names = [migration.__name__ for migration in MIGRATIONS[:upto]]
    with conn.transaction():
        if configuring:
            conn.execute(configuring.encode())
        if _applied(conn, place) >= set(names):
            return
    with conn.transaction():
        if configuring:
            conn.execute(configuring.encode())
        conn.execute("SELECT pg_advisory_xact_lock(hashtext('hs-bot'), hashtext(current_schema()))")
        applied = _applied(conn, place)
        if not applied:
            _begin(conn, place)
        ground = _Ground(conn)
        for migration in MIGRATIONS[:upto]:
            if migration.__name__ not in applied:
                migration(ground)
                conn.execute(
                    f"INSERT INTO {MIGRATIONS_TABLE} (name, applied_at) VALUES (%s, %s)",
                    (migration.__name__, time_text(datetime.now(UTC))),
                )


def _applied(conn: Connection, place: str) -> set[str]:
    found = conn.execute("SELECT to_regclass(%s) IS NOT NULL", (MIGRATIONS_TABLE,)).fetchone()
    if not found or not found[0]:
        return set()
    applied = {str(name) for (name,) in conn.execute(f"SELECT name FROM {MIGRATIONS_TABLE}")}
    if newer := applied - {migration.__name__ for migration in MIGRATIONS}:
        raise TooNew(
            f"The record in {place} was written by a newer version of the bot ({min(newer)}): upgrade this one to "
            "that version. Nothing was changed."
        )
    return applied


def _begin(conn: Connection, place: str) -> None:
    (schema,) = conn.execute("SELECT current_schema()").fetchone() or (None,)
    if schema is None:
        raise NotOurs(f"The search path of {place} names no schema that exists: create it, or correct the URL.")
    foreign = conn.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() "
        "AND table_name = ANY(%s) ORDER BY table_name",
        (list(TABLES),),
    ).fetchall()
    if foreign:
        names = ", ".join(str(name) for (name,) in foreign)
        raise NotOurs(
            f"{place} holds tables of something else with the names of ours ({names}): "
            "they were left alone. Give the bot a database or a schema of its own."
        )
    conn.execute(f"CREATE TABLE {MIGRATIONS_TABLE} (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)")
    for function in _FUNCTIONS:
        conn.execute(function)


def erase_all(conn: Connection, tables: Sequence[str]) -> None:
    """Remove every row of `tables`; triggers that refuse it are off while it happens, within the transaction."""
    for table in reversed(tables):
        conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for table in reversed(tables):
        conn.execute(f"DELETE FROM {table}")
    for table in reversed(tables):
        conn.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def renumber(conn: Connection) -> None:
    """Have columns that number themselves go on after the highest number there is."""
    for table, column in conn.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND is_identity = 'YES'"
    ).fetchall():
        conn.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), COALESCE(max({column}), 1), "
            f"max({column}) IS NOT NULL) FROM {table}"
        )
