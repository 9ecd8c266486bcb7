"""Migrations on SQLite: sqlite-utils' own, inside one BEGIN IMMEDIATE, and the triggers in SQLite's words."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bot.store.errors import NotOurs, TooNew
from bot.store.migrations import MIGRATIONS, SET
from bot.store.migrations.ground import Ground
from bot.store.sqlite.file import APPLICATION_ID, check
from bot.store.sqlite.library import Database, Migrations


class _Ground:
    """A SQLite file in the middle of a migration."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def execute(self, sql: str) -> None:
        self._db.conn.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._db.conn.execute(sql)]

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        self._db.conn.executemany(sql, rows)

    def allow(self, table: str, column: str, *, after: str, also: str) -> None:
        # A CHECK can't be altered; that its text may be edited like this is documented (lang_altertable.html, 7).
        conn = self._db.conn
        (version,) = conn.execute("PRAGMA schema_version").fetchone()
        conn.execute("PRAGMA writable_schema = ON")
        edited = conn.execute(
            "UPDATE sqlite_master SET sql = replace(sql, :last, :more) WHERE type = 'table' AND name = :table "
            "AND instr(sql, :last) > 0",
            {"table": table, "last": f"'{after}'))", "more": f"'{after}', '{also}'))"},
        ).rowcount
        conn.execute(f"PRAGMA schema_version = {version + 1}")
        conn.execute("PRAGMA writable_schema = OFF")
        if edited != 1:
            raise AssertionError(f"the CHECK of {table}.{column} is not as it was made")

    def append_only(self, table: str, key: str) -> None:
        self._refuse(table, "UPDATE")
        self._refuse(table, "DELETE")
        self._refuse(table, "INSERT", when=f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})")

    def erasable(self, table: str, key: str, allowed_by: str) -> None:
        self._refuse(table, "UPDATE")
        self._refuse(table, "DELETE", when=f"NOT EXISTS (SELECT 1 FROM {allowed_by} WHERE {key} = OLD.{key})")
        self._refuse(table, "INSERT", when=f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})")

    def announced(self, table: str, events: str) -> None:
        """SQLite counts commits by itself (`PRAGMA data_version`)."""

    def _refuse(self, table: str, event: str, when: str = "") -> None:
        # INSERT OR REPLACE removes a row without the DELETE trigger on other tools' connections: hence one for INSERT.
        condition = f"WHEN {when}" if when else ""
        self.execute(f"""
            CREATE TRIGGER {table}_refuses_{event.lower()} BEFORE {event} ON {table} {condition}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
        """)


def known(upto: int | None = None) -> Migrations:
    """Our migrations as sqlite-utils keeps them; the first `upto` of them."""
    migrations = Migrations(SET)
    for migration in MIGRATIONS[:upto]:
        migrations(name=migration.__name__)(_on_sqlite(migration))
    return migrations


def migrate(db: Database, path: Path, *, upto: int | None = None) -> None:
    """Run what has not run yet. Whoever comes second waits, and finds it done. Raises `TooNew`, `NotOurs`."""
    migrations = known(upto)
    db.conn.execute("BEGIN IMMEDIATE")  # also finds out now whether the file can be written
    try:
        tables = {name for (name,) in db.conn.execute("SELECT name FROM sqlite_master")}
        if tables and migrations.migrations_table not in tables:
            raise NotOurs(f"{path} is no record of this bot: it was left alone. Name another file for the record.")
        applied = {migration.name for migration in migrations.applied(db)}
        if newer := applied - {migration.__name__ for migration in MIGRATIONS}:
            raise TooNew(
                f"The record {path} was written by a newer version of the bot ({min(newer)}): upgrade this one to "
                "that version. Nothing was changed."
            )
        if migrations.pending(db):
            check(db, path)
            db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrations.apply(db)
        db.conn.execute("COMMIT")
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise


def erase_all(db: Database, tables: Sequence[str]) -> None:
    """Remove every row of `tables`; triggers that refuse it are away while it happens, within the transaction."""
    triggers = db.conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.conn.execute(f'DROP TRIGGER "{name}"')
    for table in reversed(tables):
        db.conn.execute(f'DELETE FROM "{table}"')
    for _, sql in triggers:
        db.conn.execute(sql)


def _on_sqlite(migration: Callable[[Ground], None]) -> Callable[[Database], None]:
    def run(db: Database) -> None:
        migration(_Ground(db))

    run.__name__ = migration.__name__
    return run
