"""A backup's rows, into our own schema and nothing else: the file may have been in other hands.

What a schema can hold (triggers, views, columns, indexes, defaults) stays behind. Our tables are made anew, as they
were at the backup's version, filled with values alone, and migrated from there by the engine that opens them.
"""

import contextlib
import sqlite3
from itertools import chain
from pathlib import Path

from bot.model.request import Request
from bot.store.errors import CopyFailed, Corrupt, NotOurs, TooNew
from bot.store.migrations import MIGRATIONS, SET
from bot.store.record import Record
from bot.store.sqlite.faults import typed
from bot.store.sqlite.file import APPLICATION_ID, check, connect
from bot.store.sqlite.library import Database
from bot.store.sqlite.schema import migrate
from bot.store.tables import TABLES

_CHUNK = 5000
_NOTHING = "Nothing was restored."
_ITS_FAULT = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_AUTH,
    }
)
"""Codes for a schema or a value of the backup's that isn't ours."""


def take_over(source: Path, target: Path) -> None:
    """Fill the new file `target` from `source`, a copy of a backup that nobody else has open; both are SQLite files.

    Raises `NotOurs`, `TooNew`, `Corrupt`, and `CopyFailed` for what our tables can't hold.
    """
    with (
        contextlib.closing(_untrusted(source)) as reading,
        contextlib.closing(connect(target, busy=10.0)) as conn,
    ):
        upto = _version(reading, source)
        with typed(target):
            migrate(Database(conn, execute_plugins=False), target, upto=upto)
            conn.execute("BEGIN IMMEDIATE")
            for table in _tables(conn):
                _take_rows(reading, conn, table)
            conn.execute("COMMIT")


def check_values(record: Record) -> None:
    """Read every row as the bot will. Raises `CopyFailed` for one that can't be read."""
    try:
        for request in record.requests.find(limit=None):
            _read(record, request)
        for _ in chain(record.users.by_status(), record.audit.iterate(), record.teams.all(), record.changes.all()):
            pass
        record.syncs.recent(1 << 62)
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise CopyFailed(f"The backup holds a value that hs-bot can't read ({fault}). {_NOTHING}") from None


def _read(record: Record, request: Request) -> None:
    record.requests.decisions(request.id)
    record.requests.steps(request.id)
    record.moves.of_request(request.id)


def _untrusted(source: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(source, isolation_level=None)
    try:
        for setting in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
            conn.execute(f"PRAGMA {setting}")
        if conn.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise NotOurs(f"The backup holds no record of this bot. {_NOTHING}")
        check(Database(conn, execute_plugins=False), source)
    except BaseException:
        conn.close()
        raise
    return conn


def _version(reading: sqlite3.Connection, source: Path) -> int:
    """How many of our migrations had run."""
    known = [migration.__name__ for migration in MIGRATIONS]
    _only_a_table(reading, "_sqlite_migrations")
    with typed(source):
        rows = reading.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (SET,))
        applied = {str(name) for (name,) in rows}
    if newer := applied - set(known):
        raise TooNew(
            f"The backup was written by a newer version of the bot ({min(newer)}): upgrade this one to that version. "
            f"{_NOTHING}"
        )
    if not applied or applied != set(known[: len(applied)]):
        raise NotOurs(f"The backup holds no record of this bot. {_NOTHING}")
    return len(applied)


def _tables(conn: sqlite3.Connection) -> list[str]:
    """Ours, each after those that it refers to."""
    names = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [table for table in TABLES if table in names]


def _only_a_table(reading: sqlite3.Connection, table: str) -> None:
    found = reading.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if found is None or found[0] != "table" or not str(found[1]).upper().startswith("CREATE TABLE"):
        raise NotOurs(f"The backup has no table {table}: it was changed, or is no record of this bot. {_NOTHING}")


def _take_rows(reading: sqlite3.Connection, conn: sqlite3.Connection, table: str) -> None:
    _only_a_table(reading, table)
    columns = [row[1] for row in conn.execute(f'PRAGMA table_info("{table}")')]
    # Qualified: SQLite takes an unknown name in double quotes for a text.
    values = ", ".join(f'"{table}"."{column}"' for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    insert = f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'
    try:
        conn.execute(f'DELETE FROM "{table}"')  # the one row that some have from the beginning
        rows = reading.execute(f'SELECT {values} FROM "{table}"')
        while some := rows.fetchmany(_CHUNK):
            conn.executemany(insert, some)
    except (sqlite3.DatabaseError, OverflowError) as fault:
        code = getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_CORRUPT:
            raise Corrupt(f"The backup is damaged in the table {table}. {_NOTHING}") from None
        if code not in _ITS_FAULT:
            raise
        raise CopyFailed(f"The backup's table {table} isn't like hs-bot's: {fault}. {_NOTHING}") from None
