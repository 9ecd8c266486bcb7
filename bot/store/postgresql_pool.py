"""Connections to PostgreSQL: psycopg's pool, made quick to say that the server is away, and quick to be back."""

import logging
import threading
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from bot.store.errors import Away, Locked
from bot.store.postgresql_faults import away, parts_of, place_of

Connection = psycopg.Connection[tuple[Any, ...]]

MAX_CONNECTIONS = 8
"""Small hosted databases allow 20 in all; two bots and a command line fit."""
TURN_SECONDS = 10.0
"""How long one waits for another thread to give its connection back."""
WAIT_SECONDS, AWAY_SECONDS = 3.0, 0.2
"""How long one waits for the server to take a connection; and when it is known to be away."""

_DEFAULTS = {
    "application_name": "hs-bot",
    "connect_timeout": "5",
    "client_encoding": "utf8",
    # A server that vanished without a word is noticed within ten seconds.
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Used where the URL says nothing else."""

_SETTINGS = (
    "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'; SET default_transaction_isolation = "
    "'read committed'; SET standard_conforming_strings = on; "
    # What is recorded before a person is removed must outlive a crash, however the server is set up.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)


class Pool:
    """Opened when a connection is first taken."""

    def __init__(self, url: str) -> None:
        given = parts_of(url)
        self.place = place_of(given)
        self._conninfo = make_conninfo("", **{**_DEFAULTS, **given})
        self._opening = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None
        self._turns = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._away = False
        self._closed = False

    def connect(self) -> Connection:
        """A connection of its own, outside the pool, in autocommit. Raises psycopg's errors."""
        conn: Connection = psycopg.connect(self._conninfo, autocommit=True)
        _configure(conn)
        return conn

    def take(self) -> Connection:
        """A connection of the pool, in autocommit. Raises `Away`, or `Locked` when all of them are long in use."""
        pool = self._opened()
        # Taking turns here tells the one wait from the other: in the pool, one waits for the server alone.
        if not self._turns.acquire(timeout=TURN_SECONDS):
            raise Locked(f"All connections to the record in {self.place} are busy: try again.")
        try:
            conn = pool.getconn(AWAY_SECONDS if self._away else WAIT_SECONDS)
        except PoolTimeout as fault:
            self._turns.release()
            self._away = True
            raise away(self.place) from fault
        except PoolClosed as fault:
            self._turns.release()
            raise Away("The record is closed: the bot is stopping.") from fault
        except BaseException:
            self._turns.release()
            raise
        self._away = False
        return conn

    def give(self, conn: Connection) -> None:
        """Back to the pool; a broken one is replaced there."""
        try:
            if self._pool is not None:
                self._pool.putconn(conn)
        finally:
            self._turns.release()

    def renew(self) -> None:
        """A connection was found dead, so the others of its time most likely are too."""
        if self._pool is not None:
            self._pool.drain()

    def told_away(self, is_away: bool) -> None:
        """The listener lost its connection, or has one again."""
        if is_away and not self._away:
            self.renew()
        self._away = is_away

    def close(self) -> None:
        with self._opening:
            self._closed = True
            if self._pool is not None:
                self._pool.close(timeout=1.0)

    def _opened(self) -> ConnectionPool[Connection]:
        pool = self._pool
        if pool is not None:
            return pool
        with self._opening:
            if self._closed:
                raise Away("The record is closed: the bot is stopping.")
            if self._pool is None:
                # It tells of every connection that is asked for, and of every attempt while the server is away.
                logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
                self._pool = ConnectionPool(
                    self._conninfo,
                    kwargs={"autocommit": True},
                    min_size=1,
                    max_size=MAX_CONNECTIONS,
                    configure=_configure,
                    timeout=WAIT_SECONDS,
                    reconnect_timeout=1.0,  # it tries anew whenever somebody asks
                    num_workers=2,
                    name="hs-bot-record",
                    open=True,
                )
            return self._pool


def _configure(conn: Connection) -> None:
    conn.execute(_SETTINGS, prepare=False)
