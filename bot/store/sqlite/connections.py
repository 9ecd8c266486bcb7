"""One connection for each thread, of its own process; opened when it is first needed."""

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store.errors import Away, Moved
from bot.store.sqlite.connection import Connection
from bot.store.sqlite.faults import locked, typed
from bot.store.sqlite.file import connect, identity
from bot.store.sqlite.library import Database

CLOSE_SECONDS = 2.0
CLOSED = "The record is closed: the bot is stopping."


class Connections:
    """`busy` is how long a writer waits for another one, in seconds."""

    def __init__(self, path: Path, busy: float) -> None:
        self._path = path
        self._busy = busy
        self._local = threading.local()
        self._process = os.getpid()
        self.open: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._opening = threading.Lock()
        self._writing = threading.Lock()
        self._inherited: list[object] = []
        self.closed = False
        self._file: tuple[int, int] | None = None

    def look(self) -> None:
        """Raises `Moved` when another file than the first connection's stands there, or none.

        SQLite would go on writing into the file that was moved, and a new connection would make an empty one in its
        place (https://sqlite.org/howtocorrupt.html, section 4.1).
        """
        if self._file is not None and identity(self._path) != self._file:
            raise Moved(
                f"The file of the record, {self._path}, was moved, replaced or deleted while hs-bot was running: "
                "nothing was written. Put it back; or stop hs-bot, put the right file there, and start it again."
            )

    def here(self) -> Connection:
        if self._process != os.getpid():
            self._after_fork()
        here: Connection | None = getattr(self._local, "connection", None)
        if here is None:
            here = self._connect()
        return here

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One writer of this process at a time: who waits within SQLite looks again only after up to 0.1 s of sleep.

        Raises `Locked`.
        """
        writing = self._writing
        if not writing.acquire(timeout=self._busy):
            raise locked(self._path)
        try:
            yield
        finally:
            writing.release()

    def _connect(self) -> Connection:
        if self.closed:
            raise Away(CLOSED)
        self.look()
        with typed(self._path):
            here = Connection(Database(connect(self._path, self._busy), execute_plugins=False))
        # sqlite3's own lies in a cycle of references: after its thread has ended nothing would close it, and what was
        # written would stay in the log beside the file.
        weakref.finalize(here, here.db.conn.close).atexit = False
        self._local.connection = here
        with self._opening:
            self._file = self._file or identity(self._path)
            self.open.add(here)
        return here

    def thread_ends(self) -> None:
        here: Connection | None = getattr(self._local, "connection", None)
        if here is None or here.depth or self._process != os.getpid():
            return
        del self._local.connection
        with self._opening:
            self.open.discard(here)
        here.close(CLOSE_SECONDS)

    def close(self) -> None:
        self.closed = True
        if self._process != os.getpid():
            return  # the parent's connections: closing them here would take its log away
        for here in list(self.open):
            here.close(CLOSE_SECONDS)
        self.open.clear()

    def _after_fork(self) -> None:
        """A child has its own connections; its parent's are kept, unused: closing them would harm the parent."""
        self._inherited += [self._local, *self.open]
        self._local = threading.local()
        self.open = weakref.WeakSet()
        self._opening = threading.Lock()
        self._writing = threading.Lock()
        self._process = os.getpid()
