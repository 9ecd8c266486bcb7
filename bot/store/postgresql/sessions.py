"""Reading and transactions over connections that may turn out to be dead.

What has not been sent yet is begun anew on another connection; a commit that got no answer is settled by asking the
server what became of it (`session.py`).
"""

import time
from collections.abc import Callable

import psycopg

from bot.store.engine import Params, Row, storable
from bot.store.errors import Away, StoreError, Unsettled
from bot.store.postgresql.faults import as_store_error, away, demoted
from bot.store.postgresql.pool import Connection, Pool
from bot.store.postgresql.session import Session, commit, fate
from bot.store.postgresql.target import Target

SETTLE_SECONDS = 8.0
_ANEW = (True, True, False)
"""Whether there is another try: a pooler may have several dead sessions in its hand when its server was restarted."""
_CONNECTION_LOST = (psycopg.OperationalError, psycopg.InterfaceError)


class Sessions:
    def __init__(self, pool: Pool, target: Target) -> None:
        self._pool = pool
        self._target = target

    def read(self, words: bytes, params: Params | None) -> list[Row]:
        """One SELECT; a connection that turns out to be dead is changed for another."""
        for again in _ANEW:
            conn = self._pool.take()
            try:
                return self._target.select(conn, words, storable(params)).fetchall()
            except psycopg.Error as fault:
                if conn.closed and again:
                    self._pool.renew()
                    continue
                raise as_store_error(fault, self._target.place) from fault
            finally:
                self._pool.give(conn)
        raise away(self._target.place)

    def begin(self, begins: Callable[[Connection, str], Session]) -> Session:
        """Nothing has been sent yet: a connection that turns out to be dead is changed for another."""
        for again in _ANEW:
            conn = self._pool.take()
            try:
                return begins(conn, self._target.begins_with(conn))
            except psycopg.Error as fault:
                lost = conn.closed
                if not lost:
                    Session(conn, "").roll_back()
                self._pool.give(conn)
                if lost and again:
                    self._pool.renew()
                    continue
                raise self.told(fault) from fault
            except BaseException:
                self._pool.give(conn)
                raise
        raise away(self._target.place)

    def commit(self, session: Session) -> None:
        try:
            commit(session)
        except _CONNECTION_LOST as fault:
            if not session.conn.broken:
                raise as_store_error(fault, self._target.place) from fault
            if not self._settled(session.ticket):
                raise away(self._target.place, fault) from fault
        except psycopg.Error as fault:
            raise self.told(fault) from fault

    def _settled(self, ticket: str) -> bool:
        """What became of a transaction whose commit got no answer: asked until the server says, for a while."""
        ends = time.monotonic() + SETTLE_SECONDS
        while True:
            try:
                return self.settle(ticket)
            except Away as problem:
                if time.monotonic() > ends:
                    raise Unsettled(
                        f"The connection to the record in {self._target.place} broke while something was being "
                        "written, and whether it was is not known yet. Look before doing it again.",
                        ticket,
                    ) from problem
                time.sleep(0.1)

    def settle(self, ticket: str) -> bool:
        try:
            with self._pool.connect() as conn:
                return fate(conn, ticket, self._target.place)
        except psycopg.Error as fault:
            raise as_store_error(fault, self._target.place) from fault

    def told(self, fault: psycopg.Error) -> StoreError:
        """The error for the caller. Connections to a server that became a standby are given up: there is a new one."""
        if demoted(fault):
            self._pool.renew()
        return as_store_error(fault, self._target.place)
