"""A thread that knows the version of the record: told by NOTIFY, and asking once a second in case it was not.

It has a connection of its own, and so is also the first to notice that the server went away and is back.
"""

import threading
from collections.abc import Callable
from typing import Any

import psycopg

POLL_SECONDS = 1.0
_LOOKS_A_POLL = 4
_AGAIN_SECONDS = 0.25
CHANNEL_SQL = "SELECT left('hs_bot_' || current_schema(), 63)"
"""One for each schema, because a database may hold several records; as in the trigger of `postgresql_schema.py`."""


class Listener:
    """`connect` opens a connection in autocommit; `told_away(bool)` is called when the server goes and comes back."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection[tuple[Any, ...]]], told_away: Callable[[bool], None]
    ) -> None:
        self._connect = connect
        self._told_away = told_away
        self._changed = threading.Condition()
        self._number: int | None = None
        self._changes = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def number(self) -> int | None:
        """The newest version known, None before the first."""
        return self._number

    @property
    def changes(self) -> int:
        """Counts what was noticed."""
        return self._changes

    def start(self, number: int) -> None:
        """Begin, knowing `number`; idempotent."""
        with self._changed:
            self._number = max(number, self._number or 0)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="record-listener", daemon=True)
                self._thread.start()

    def saw(self, number: int) -> None:
        """This very process has committed `number`, or read it."""
        with self._changed:
            if self._number is None or number > self._number:
                self._number = number

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
                with self._connect() as conn:
                    self._listen(conn)
            except psycopg.Error:
                self._told_away(True)
                self._stopping.wait(_AGAIN_SECONDS)

    def _listen(self, conn: psycopg.Connection[tuple[Any, ...]]) -> None:
        (channel,) = conn.execute(CHANNEL_SQL).fetchone() or ("hs_bot_public",)
        conn.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
        self._told_away(False)
        while True:
            (number,) = conn.execute("SELECT number FROM record_version").fetchone() or (0,)
            self._noticed(number)
            for _ in range(_LOOKS_A_POLL):
                for notice in conn.notifies(timeout=POLL_SECONDS / _LOOKS_A_POLL):
                    self._noticed(int(notice.payload) if notice.payload else None)
                if self._stopping.is_set():
                    return

    def _noticed(self, number: int | None) -> None:
        """None: something else than people and teams has changed."""
        with self._changed:
            if number is not None:
                if self._number is not None and number <= self._number:
                    return
                self._number = number
            self._changes += 1
            self._changed.notify_all()
