"""The record on PostgreSQL, through psycopg 3 and its pool.

READ COMMITTED; what must come one after the other locks a row. Blocks of several operations take turns, as on SQLite,
so that no two of them can wait for each other. A transaction that loses its connection while the commit is under way
is settled by asking the server what became of it (`session.py`).
"""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Literal

from bot.store.engine import Engine, Params, RecordHealth, Row, Statement, storable
from bot.store.errors import NoDriver, Spoiled, StoreError

try:
    import psycopg

    from bot.store.postgresql import bulk as bulk
    from bot.store.postgresql.faults import as_store_error, read_only
    from bot.store.postgresql.listener import Listener
    from bot.store.postgresql.pool import Pool
    from bot.store.postgresql.schema import erase_all, migrate, renumber
    from bot.store.postgresql.session import Session, begin, begin_snapshot
    from bot.store.postgresql.sessions import Sessions
    from bot.store.postgresql.target import Target
    from bot.store.postgresql.words import translated
except ImportError as missing:
    raise NoDriver(
        f"A record on PostgreSQL needs {missing.name}: install it with pip install 'hs-bot[postgresql]'."
    ) from missing

_WRITABLE = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')"


class PostgresEngine(Engine):
    """`url` is libpq's, TLS options included."""

    name: Literal["sqlite", "postgresql"] = "postgresql"
    row_lock = " FOR UPDATE"
    skip_locked = " FOR UPDATE SKIP LOCKED"
    clock_sql = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

    def __init__(self, url: str) -> None:
        self._target = Target(url)
        self.place = self._target.place
        self._translated: dict[str, str] = {}
        self._inherited: list[object] = []
        self._begin_life()
        try:
            with self._pool.connect() as conn:
                self._target.inspect(conn)
                migrate(conn, self.place, self._target.begins_with(conn))
        except psycopg.Error as fault:
            self.close()
            raise as_store_error(fault, self.place) from fault
        except StoreError:
            self.close()
            raise

    def _begin_life(self) -> None:
        self._process = os.getpid()
        self._local = threading.local()
        self._pool = Pool(self._target)
        self._sessions = Sessions(self._pool, self._target)
        self._listener = Listener(self._pool, self._target)

    # Statements

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        session = self._session()
        if session is not None:
            return self._within(session, sql, params).fetchall()
        if not sql.lstrip().startswith("SELECT"):
            with self.joined():
                return self.rows(sql, params)
        return self._read(sql, params)

    def run(self, sql: str, params: Params | None = None) -> int:
        session = self._session()
        if session is None:
            with self.joined():
                return self.run(sql, params)
        return self._within(session, sql, params).rowcount

    def run_all(self, statements: Sequence[Statement]) -> None:
        session = self._needed()
        with self._spoiling(session), session.conn.pipeline():
            for sql, params in statements:
                session.conn.execute(self._words(sql), storable(params))

    def put(self, table: str, columns: Sequence[str], key: Sequence[str], rows: Iterable[Row]) -> None:
        with self.joined(), self._spoiling(self._needed()) as session:
            bulk.put(session.conn, table, columns, key, rows)

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
        with self.joined(), self._spoiling(self._needed()) as session:
            return bulk.fill(session.conn, table, columns, rows)

    def _read(self, sql: str, params: Params | None = None) -> list[Row]:
        """One SELECT, outside of any transaction."""
        return self._sessions.read(self._words(sql), params)

    def _within(self, session: Session, sql: str, params: Params | None) -> psycopg.Cursor[Row]:
        with self._spoiling(session):
            return session.conn.execute(self._words(sql), storable(params))

    @contextmanager
    def _spoiling(self, session: Session) -> Iterator[Session]:
        try:
            yield session
        except psycopg.Error as fault:
            session.spoiled = True
            raise self._sessions.told(fault) from fault

    def _words(self, sql: str) -> bytes:
        known = self._translated.get(sql)
        if known is None:
            known = self._translated[sql] = translated(sql)
        return known.encode()

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        session = self._session()
        if session is not None:
            yield from self._savepoint(session)
            return
        yield from self._alone(in_turn=True)

    def _alone(self, *, in_turn: bool) -> Iterator[None]:
        session = self._sessions.begin(partial(begin, in_turn=in_turn))
        self._local.session = session
        try:
            yield
            if session.spoiled:
                raise Spoiled("An error inside a transaction was passed over, so nothing of it was written.")
            self._sessions.commit(session)
        except BaseException:
            session.roll_back()
            raise
        finally:
            self._local.session = None
            self._pool.give(session.conn)
        if session.number is not None:
            self._listener.saw(session.number)

    def settle(self, ticket: str) -> bool:
        return self._sessions.settle(ticket)

    def _savepoint(self, session: Session) -> Iterator[None]:
        name = f"level_{session.depth}"
        before = session.spoiled
        with self._spoiling(session):
            session.conn.execute(f"SAVEPOINT {name}")
        session.depth += 1
        try:
            yield
            if session.spoiled and not before:
                raise Spoiled("An error inside a transaction was passed over, so nothing of it was written.")
        except BaseException:
            if not session.conn.broken:
                with self._spoiling(session):
                    session.conn.execute(f"ROLLBACK TO {name}; RELEASE {name}", prepare=False)
                session.spoiled = before
            raise
        else:
            with self._spoiling(session):
                session.conn.execute(f"RELEASE {name}")
        finally:
            session.depth -= 1

    @contextmanager
    def joined(self) -> Iterator[None]:
        session = self._session()
        if session is None:
            yield from self._alone(in_turn=False)
            return
        try:
            yield
        except BaseException:
            session.spoiled = True
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        if self.in_transaction:
            yield
            return
        session = self._sessions.begin(begin_snapshot)
        self._local.session = session
        try:
            yield
        finally:
            session.roll_back()
            self._local.session = None
            self._pool.give(session.conn)

    def stream(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        with self._spoiling(self._needed()) as session:
            yield from bulk.stream(session.conn, table, columns)

    @property
    def in_transaction(self) -> bool:
        return self._session() is not None

    def _session(self) -> Session | None:
        if self._process != os.getpid():
            # A child of a fork: what it inherited belongs to its parent, whose connections it must not even close.
            self._inherited += [self._local, self._pool, self._listener]
            self._begin_life()
        session: Session | None = getattr(self._local, "session", None)
        return session

    def _needed(self) -> Session:
        session = self._session()
        if session is None:
            raise AssertionError("an operation of several statements needs a transaction around it")
        return session

    # Version

    def version(self) -> int:
        session = self._session()
        if session is not None and session.number is not None:
            return session.number_before
        known = self._listener.number
        if known is None or not self._listener.started:
            known = int(self.value("SELECT number FROM record_version"))
            self._listener.start(known)
        elif session is None and self._listener.silent:
            return self._listener.instead(lambda: int(self._read("SELECT number FROM record_version")[0][0]))
        return known

    def bump(self) -> int:
        session = self._needed()
        number = int(self.value("UPDATE record_version SET number = number + 1 RETURNING number"))
        if session.number is None:
            session.number_before = number - 1
        session.number = number
        return number

    def wait_for_change(self, timeout: float) -> bool:
        self.version()  # has the listener listening
        return self._listener.wait(self._listener.changes, timeout)

    # Care

    def check(self) -> None:
        """Nothing to do: the server looks after its own pages."""

    def health(self) -> RecordHealth:
        try:
            self._read("SELECT 1")
            began = time.perf_counter()
            [(standby, refuses)] = self._read(_WRITABLE)
        except StoreError as unwell:
            return RecordHealth(engine=self.name, round_trip_ms=None, problem=unwell.sentence)
        problem = read_only(self.place).sentence if standby or refuses == "on" else ""
        return RecordHealth(engine=self.name, round_trip_ms=(time.perf_counter() - began) * 1000, problem=problem)

    def connections(self) -> dict[str, int]:
        return self._pool.figures

    def empty(self, tables: Sequence[str]) -> None:
        with self._spoiling(self._needed()) as session:
            erase_all(session.conn, tables)

    def filled(self) -> None:
        with self._spoiling(self._needed()) as session:
            renumber(session.conn)

    def columns(self, table: str) -> list[str]:
        found = self.rows(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = :table ORDER BY ordinal_position",
            {"table": table},
        )
        return [name for (name,) in found]

    def scrub(self) -> None:
        """Old versions of rows go with the server's next VACUUM."""

    def close(self) -> None:
        if self._process == os.getpid():
            self._listener.stop()
            self._pool.close()
