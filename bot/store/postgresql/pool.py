"""Connections to PostgreSQL: psycopg's pool, made quick to say that the server is away, and quick to be back."""

import logging
import threading
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from bot.store.errors import Away, Locked
from bot.store.postgresql.faults import as_store_error, away, crowded
from bot.store.postgresql.target import Target

Connection = psycopg.Connection[tuple[Any, ...]]

MAX_CONNECTIONS = 8
"""Small hosted databases allow 20 in all; two bots and a command line fit."""
TURN_SECONDS = 10.0
"""How long one waits for another thread to give its connection back."""
WAIT_SECONDS, AWAY_SECONDS = 3.0, 0.2
"""How long one waits for the server to take a connection; and when it is known to be away."""


class Pool:
    """Opened when a connection is first taken."""

    def __init__(self, target: Target) -> None:
        self.place = target.place
        self._target = target
        self._opening = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None
        self._turns = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._away = False
        self._closed = False

    def connect(self, *, watching: bool = False) -> Connection:
        """A connection of its own, outside the pool, in autocommit. Raises psycopg's errors."""
        return self._target.connect(watching=watching)

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
            raise self._unreached() from fault
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

    # What the listener finds out

    def lost(self) -> None:
        """It had a connection, and has it no more."""
        if not self._away:
            self.renew()
        self._away = True

    def unreached(self, fault: psycopg.Error) -> None:
        """It can't connect. That there are too many connections says nothing against those that there are."""
        if not crowded(fault):
            self._away = True

    def reached(self) -> None:
        """It has a connection again."""
        self._away = False

    @property
    def figures(self) -> dict[str, int]:
        """Connections `open` and `idle`, and how many `waiting` threads there are for one."""
        stats = self._pool.get_stats() if self._pool is not None else {}
        return {
            "open": stats.get("pool_size", 0),
            "idle": stats.get("pool_available", 0),
            "waiting": stats.get("requests_waiting", 0),
        }

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
                    connection_class=self._target.line(),
                    kwargs={"autocommit": True, "prepare_threshold": None},
                    min_size=1,
                    max_size=MAX_CONNECTIONS,
                    timeout=WAIT_SECONDS,
                    reconnect_timeout=1.0,  # it tries anew whenever somebody asks
                    num_workers=2,
                    name="hs-bot-record",
                    open=True,
                )
            return self._pool

    def _unreached(self) -> Away:
        """Why there is no connection, as the last attempt had it."""
        problem = as_store_error(self._target.fault, self.place) if self._target.fault is not None else None
        return problem if isinstance(problem, Away) else away(self.place, self._target.fault)
