"""The record in a SQLite file, through sqlite-utils: one connection for each thread, WAL, one writer at a time.

Every transaction that may write is BEGIN IMMEDIATE, so that it waits for its turn at its beginning (at most
`BUSY_SECONDS`) and never half way. Commits reach the disk before they return (`synchronous=FULL`): what is recorded
before a person is removed is there after a power cut.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Literal, TypeVar

from bot.store.engine import NO_CLOCK, Engine, Params, RecordHealth, Row, Statement, storable
from bot.store.errors import Away, Spoiled, StoreError
from bot.store.sqlite.connection import Connection
from bot.store.sqlite.connections import CLOSED, Connections
from bot.store.sqlite.faults import as_store_error, typed
from bot.store.sqlite.file import check, prepare, recognise
from bot.store.sqlite.library import Database
from bot.store.sqlite.schema import erase_all, migrate

BUSY_SECONDS = 10.0
_LOOK_EVERY = 0.1
_CHUNK = 5000
T = TypeVar("T")


class SqliteEngine(Engine):
    """`busy` is how long a writer waits for another one, in seconds. `whole`: see `record.open_record`."""

    name: Literal["sqlite", "postgresql"] = "sqlite"
    row_lock = ""  # BEGIN IMMEDIATE has the whole file
    skip_locked = ""
    clock_sql = NO_CLOCK

    def __init__(self, path: Path, *, busy: float = BUSY_SECONDS, whole: bool = True) -> None:
        self.path = path
        self.place = str(path)
        self._connections = Connections(path, busy)
        with typed(path):
            self.remarks = tuple(prepare(path))
            db = self._here().db
            recognise(db, path)
            if whole:
                check(db, path)
            migrate(db, path)

    # Statements

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        return self._do(lambda db: db.execute(sql, storable(params)).fetchall())

    def run(self, sql: str, params: Params | None = None) -> int:
        return self._do(lambda db: db.execute(sql, storable(params)).rowcount)

    def run_all(self, statements: Sequence[Statement]) -> None:
        for sql, params in statements:
            self.run(sql, params)

    def put(self, table: str, columns: Sequence[str], key: Sequence[str], rows: Iterable[Row]) -> None:
        sets = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column not in key)
        conflict = f"DO UPDATE SET {sets}" if sets else "DO NOTHING"
        self._insert(table, columns, rows, f" ON CONFLICT ({', '.join(key)}) {conflict}")

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
        return self._insert(table, columns, rows, "")

    def _insert(self, table: str, columns: Sequence[str], rows: Iterable[Row], tail: str) -> int:
        names = ", ".join(f'"{column}"' for column in columns)
        sql = f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))}){tail}'
        written = 0
        source = iter(rows)
        with self.joined():
            while chunk := list(islice(source, _CHUNK)):
                self._do(lambda db: db.conn.executemany(sql, chunk))
                written += len(chunk)
        return written

    def _do(self, work: Callable[[Database], T]) -> T:
        here = self._here()
        if here.lost:
            raise Spoiled("The transaction has failed already, so nothing more is written.")
        if not here.depth:
            self._connections.look()
        try:
            with here.at_work:
                return work(here.db)
        except sqlite3.Error as fault:
            if self._connections.closed:
                raise Away(CLOSED) from None
            here.spoiled = here.depth > 0
            here.lost = here.spoiled and not here.db.conn.in_transaction
            raise as_store_error(fault, self.path) from fault
        except OverflowError as fault:
            raise StoreError(f"The record {self.path} can't hold a number as large as that.") from fault

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        here = self._here()
        if here.depth:
            yield from self._savepoint(here)
            return
        with self._connections.turn():
            yield from self._transaction(here)
        if here.scrub:
            here.scrub = False
            self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _transaction(self, here: Connection) -> Iterator[None]:
        self._execute(here, "BEGIN IMMEDIATE")
        here.depth, here.spoiled, here.bumped = 1, False, False
        try:
            yield
            if here.spoiled or here.lost:
                raise Spoiled("An error inside a transaction was passed over, so nothing of it was written.")
            self._execute(here, "COMMIT")
        except BaseException:
            here.take_back("ROLLBACK")
            raise
        finally:
            here.depth, here.lost = 0, False
            if here.bumped:
                here.data_version = -1

    def _savepoint(self, here: Connection) -> Iterator[None]:
        if here.lost:
            raise Spoiled("The transaction has failed already, so nothing more is written.")
        name = f"level_{here.depth}"
        before = here.spoiled
        self._execute(here, f"SAVEPOINT {name}")
        here.depth += 1
        try:
            yield
            if here.spoiled and not before:
                raise Spoiled("An error inside a transaction was passed over, so nothing of it was written.")
        except BaseException:
            if here.take_back(f"ROLLBACK TO {name}", f"RELEASE {name}"):
                here.spoiled = before
            raise
        else:
            self._execute(here, f"RELEASE {name}")
        finally:
            here.depth -= 1

    @contextmanager
    def joined(self) -> Iterator[None]:
        here = self._here()
        if not here.depth:
            with self.transaction():
                yield
            return
        try:
            yield
        except BaseException:
            here.spoiled = True
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        here = self._here()
        if here.depth:
            yield
            return
        self._execute(here, "BEGIN")
        here.depth = 1
        try:
            yield
        finally:
            here.take_back("ROLLBACK")
            here.depth = 0

    def stream(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        names = ", ".join(f'"{column}"' for column in columns)
        cursor = self._do(lambda db: db.conn.execute(f'SELECT {names} FROM "{table}"'))
        while some := self._do(lambda _: cursor.fetchmany(_CHUNK)):
            yield from some

    @property
    def in_transaction(self) -> bool:
        return self._here().depth > 0

    def _execute(self, here: Connection, sql: str) -> None:
        with typed(self.path), here.at_work:
            if self._connections.closed:
                raise Away(CLOSED)
            self._connections.look()
            here.db.conn.execute(sql)

    # Version

    def version(self) -> int:
        here = self._here()
        if here.bumped and here.depth:
            return here.version
        data_version: int = self._do(lambda db: db.conn.execute("PRAGMA data_version").fetchone()[0])
        if data_version != here.data_version:
            here.version = self.value("SELECT number FROM record_version")
            here.data_version = data_version
        return here.version

    def bump(self) -> int:
        here = self._here()
        self.version()  # what is committed, to be told until this transaction is
        here.bumped = True
        number: int = self.value("UPDATE record_version SET number = number + 1 RETURNING number")
        return number

    def wait_for_change(self, timeout: float) -> bool:
        ends = time.monotonic() + timeout
        before = self._data_version()
        while self._data_version() == before:
            left = ends - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(_LOOK_EVERY, left))
        return True

    def _data_version(self) -> int:
        """Of this thread's connection: moves when any other connection has committed."""
        number: int = self._do(lambda db: db.conn.execute("PRAGMA data_version").fetchone()[0])
        return number

    # Care

    def health(self) -> RecordHealth:
        began = time.perf_counter()
        try:
            self.value("SELECT seq FROM audit_head")
        except StoreError as problem:
            return RecordHealth(engine=self.name, round_trip_ms=None, problem=problem.sentence)
        return RecordHealth(engine=self.name, round_trip_ms=(time.perf_counter() - began) * 1000)

    def check(self) -> None:
        self._do(lambda db: check(db, self.path))

    def settle(self, ticket: str) -> bool:
        raise ValueError(f"a commit to a file is never in doubt, so {ticket!r} is no ticket of ours")

    def empty(self, tables: Sequence[str]) -> None:
        with self.joined():
            self._do(lambda db: erase_all(db, tables))

    def filled(self) -> None:
        """Nothing to do: a new row's number is the highest and one."""

    def columns(self, table: str) -> list[str]:
        return [row[1] for row in self.rows(f'PRAGMA table_info("{table}")')]

    def scrub(self) -> None:
        """`secure_delete` zeroes what is freed in the file; after the commit the write-ahead log is emptied too."""
        self._here().scrub = True

    def close(self) -> None:
        self._connections.close()

    def thread_ends(self) -> None:
        self._connections.thread_ends()

    def _here(self) -> Connection:
        return self._connections.here()
