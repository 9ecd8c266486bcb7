"""A thread that knows the version of the record: told by NOTIFY, and asking once a second in case it was not.

It has a connection of its own, and so is also the first to notice that the server went away, became a standby, or is
back. Through a pooler it only asks: a LISTEN would stay with a session that is somebody else's a moment later. While it
hears nothing (the server takes no more connections), whoever wants the version asks for it.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg

from bot.store.errors import StoreError
from bot.store.postgresql.pool import Pool
from bot.store.postgresql.target import Target, owned

POLL_SECONDS = 1.0
SILENCE_SECONDS = 3.0
"""How long what was heard last is good."""
_LOOKS_A_POLL = 4
_AGAIN_SECONDS = 0.25
CHANNEL_SQL = b"SELECT left('hs_bot_' || current_schema(), 63)"
"""One for each schema, because a database may hold several records; as in the trigger of `postgresql_schema.py`."""
_POLL_SQL = b"""
    SELECT number, pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',
           (SELECT seq FROM audit_head), (SELECT max(id) FROM outbox),
           (SELECT id FROM requests ORDER BY opened_at DESC, id DESC LIMIT 1)
    FROM record_version
"""


class Listener:
    """Tells `pool` when the server goes and comes back."""

    def __init__(self, pool: Pool, target: Target) -> None:
        self._pool = pool
        self._target = target
        self._changed = threading.Condition()
        self._number: int | None = None
        self._good_until = 0.0
        self._changes = 0
        self._others: tuple[Any, ...] | None = None
        self._missing: int | None = None  # the newest version known, when the last poll did not find it
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def number(self) -> int | None:
        """The newest version known, None before the first."""
        return self._number

    @property
    def started(self) -> bool:
        """A process that wrote before it first asked knows a number without listening."""
        return self._thread is not None

    @property
    def silent(self) -> bool:
        """Whether `number` is too old to be answered."""
        return time.monotonic() > self._good_until

    @property
    def changes(self) -> int:
        """Counts what was noticed."""
        return self._changes

    def start(self, number: int) -> None:
        """Begin, knowing `number`; idempotent."""
        with self._changed:
            self._number = max(number, self._number or 0)
            if self._thread is None:
                self._good_until = time.monotonic() + SILENCE_SECONDS
                self._thread = threading.Thread(target=self._run, name="record-listener", daemon=True)
                self._thread.start()

    def saw(self, number: int) -> None:
        """This very process has committed `number`, or read it."""
        with self._changed:
            if self._number is None or number > self._number:
                self._number = number

    def instead(self, ask: Callable[[], int]) -> int:
        """The version as `ask` has it, at most once a second; the newest known while nobody answers."""
        self._good_until = time.monotonic() + POLL_SECONDS
        try:
            self._noticed(ask())
        except StoreError:
            self._good_until = time.monotonic() + POLL_SECONDS  # asking may have taken longer than that
        return self._number or 0

    def wait(self, before: int, timeout: float) -> bool:
        """Wait until `changes` is not `before` any more."""
        with self._changed:
            return self._changed.wait_for(lambda: self._changes != before or self._stopping.is_set(), timeout)

    def stop(self) -> None:
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=POLL_SECONDS + 1)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                conn = self._pool.connect(watching=True)
            except psycopg.Error as fault:
                self._pool.unreached(fault)
                self._stopping.wait(_AGAIN_SECONDS)
                continue
            try:
                with conn:
                    self._listen(conn)
            except psycopg.Error:
                self._pool.lost()
                self._stopping.wait(_AGAIN_SECONDS)

    def _listen(self, conn: psycopg.Connection[Any]) -> None:
        own = owned(conn)
        if own:
            (channel,) = conn.execute(CHANNEL_SQL).fetchone() or ("hs_bot_public",)
            conn.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
        self._pool.reached()
        while not self._stopping.is_set():
            number, read_only, *others = self._target.select(conn, _POLL_SQL).fetchone() or (0, False)
            self._good_until = time.monotonic() + SILENCE_SECONDS
            self._polled(number, tuple(others))
            if read_only or not own:
                self._stopping.wait(POLL_SECONDS)
            else:
                self._hear(conn)
            if read_only:
                # A failover made this server a standby, or left it behind: the new primary is found by connecting.
                self._pool.renew()
                return

    def _hear(self, conn: psycopg.Connection[Any]) -> None:
        for _ in range(_LOOKS_A_POLL):
            for notice in conn.notifies(timeout=POLL_SECONDS / _LOOKS_A_POLL):
                self._noticed(int(notice.payload) if notice.payload else None)
            if self._stopping.is_set():
                return

    def _polled(self, number: int, others: tuple[Any, ...]) -> None:
        self._noticed(number)
        if self._others is not None and others != self._others:
            self._noticed(None)  # what moves when something else than people and teams has changed
        self._others = others
        with self._changed:
            known = self._number if number < (self._number or 0) else None
            if known is not None and known == self._missing:
                # Known since before the last poll, and still not there: a failover has lost it.
                self._number = number
                self._changes += 1
                self._changed.notify_all()
            self._missing = known

    def _noticed(self, number: int | None) -> None:
        """None: something else than people and teams has changed."""
        with self._changed:
            if number is not None:
                if self._number is not None and number <= self._number:
                    return
                self._number = number
            self._changes += 1
            self._changed.notify_all()
