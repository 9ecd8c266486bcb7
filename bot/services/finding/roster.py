"""The index kept up with the record: small changes are taken in before an answer, many are read in the background.

The first reading runs in pieces, so that whoever answers meanwhile hardly notices. While the record is away the index
stays as it was, and `problem` says so.
"""

import logging
import threading
import time
from datetime import datetime

from bot.model.seen import Seen
from bot.services.finding.index import Index
from bot.services.finding.teambook import TeamBook
from bot.store.errors import StoreError
from bot.store.record import Record

SMALL = 2_000
"""So many changed people are taken in while somebody waits for an answer; more are left to the background."""
LOOK_EVERY = 2.0
"""Seconds between two looks at when the last good sync was."""
TEAMS_EVERY = 30.0
"""Seconds between two readings of teams that nobody asked for, so that memory has them when the record goes away."""
WORK, REST = 0.004, 0.001
"""Seconds that a long reading works, and then lets others work."""


class ReadingStopped(Exception):
    """The reading was given up because the bot stops."""


class Roster:
    """The index, and who keeps it up: after `start` two threads (one looks, one reads much), else whoever asks.

    `patience` is how long (seconds) an answer waits for a record in another place to say whether it has moved; a record
    in a file is asked directly, which takes microseconds. `poll` is how often the thread looks when nobody asks.
    """

    def __init__(self, record: Record, *, patience: float = 0.3, poll: float = 1.0) -> None:
        self._record = record
        self._patience = patience
        self._poll = poll
        self._index: Index | None = None
        self._changing = threading.Lock()
        self._rounds = threading.Condition()
        self._asked = self._done = 0
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._much = threading.Event()  # for the reading thread: there is something to read
        self._threads: tuple[threading.Thread, ...] = ()
        self._looked_at = -LOOK_EVERY
        self._teams = TeamBook()
        self._reading_teams = threading.Lock()
        self._log = logging.getLogger("directory")
        self.problem = ""
        """Why the record can't be asked now; "" while it can."""
        self.as_of: datetime | None = None
        """When the last good sync ended, as far as known."""
        self.seen = Seen()
        """When people were last seen, as far as known: no row is written for it."""
        self.behind = True
        """Whether so much has changed that everybody is being read anew: exact look-ups ask the record meanwhile."""

    def start(self) -> None:
        """Read everybody, and keep up, in the background."""
        if not self._threads:
            self._much.set()
            self._threads = (
                threading.Thread(target=self._look, name="directory", daemon=True),
                threading.Thread(target=self._read, name="directory-reading", daemon=True),
            )
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._much.set()
        with self._rounds:
            self._rounds.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)

    @property
    def index(self) -> Index | None:
        """As it is, without looking; None before the first reading is through."""
        return self._index

    def wait(self, timeout: float) -> bool:
        """Whether everybody has been read, at the latest after `timeout` seconds."""
        return self._ready.wait(timeout)

    def current(self, *, read: bool = False) -> Index | None:
        """The index as of now, or, where the record does not answer in time, as it was. None: nobody is read yet.

        With `read`, and without threads that do it, everybody is read now if that is due.
        """
        if self._threads and self._record.engine != "sqlite":
            self._ask(0.0 if self.problem else self._patience)
        else:
            self._round(read=read and not self._threads)
        return self._index

    def teams(self) -> TeamBook:
        """Teams and members as of now, or as they were while the record is away. Raises `StoreError` without any."""
        with self._reading_teams:
            if self.problem and self._teams.version >= 0:
                return self._teams
            try:
                if self._teams.version != self._record.version():
                    self._teams = TeamBook.read(self._record)
            except StoreError:
                if self._teams.version < 0:
                    raise
            return self._teams

    # One round: has the record moved?

    def _round(self, *, read: bool = False) -> None:
        try:
            self._catch_up()
            if self.behind:
                self._much.set()
                if read:
                    self._load()
            if self.as_of is None or time.monotonic() - self._looked_at >= LOOK_EVERY:
                good = self._record.syncs.latest_good()
                self.as_of = good.finished_at if good else None
                self.seen = self._record.users.seen()
                self._looked_at = time.monotonic()
            self.problem = ""
        except StoreError as problem:
            self._away(problem)

    def _away(self, problem: StoreError) -> None:
        if not self.problem:
            self._log.warning("the directory answers from memory", extra={"problem": problem.sentence})
        self.problem = problem.sentence

    def _catch_up(self) -> None:
        """Take in what has changed, unless it is so much that everybody is better read anew."""
        version, index = self._record.version(), self._index
        if index is None or version == index.version:
            return
        with self._changing:
            index, version = self._index, self._record.version()
            if self.behind or index is None or version == index.version:
                return
            if version < index.version or abs(self._record.users.size() - len(index)) > SMALL:
                self._fall_behind(index)
                return
            version, rows = self._record.users.changed_since(index.version)
            if len(rows) > SMALL:
                self._fall_behind(index)
                return
            with index.lock:
                for row in rows:
                    index.put(row)
                index.version = version

    def _fall_behind(self, index: Index) -> None:
        self.behind = True
        if not len(index):
            self._ready.clear()  # whoever asks by name had better wait than hear that there is nobody

    def _load(self) -> None:
        """Read everybody. What changes meanwhile has a later version, and is taken in by the next round."""
        index = Index(self._record.version())
        since = time.perf_counter()
        for _ in index.fill(self._record.users.by_status()):
            if time.perf_counter() - since >= WORK:
                if self._stopping.wait(REST):
                    raise ReadingStopped
                since = time.perf_counter()
        with self._changing:
            self._index = index
            self.behind = False
        self._ready.set()

    # The threads

    def _look(self) -> None:
        """One round after another: when asked, and every `poll` seconds."""
        while not self._stopping.is_set():
            with self._rounds:
                ticket = self._asked
            self._round()
            with self._rounds:
                self._done = ticket
                self._rounds.notify_all()
                self._rounds.wait_for(lambda: self._stopping.is_set() or self._asked > self._done, self._poll)

    def _read(self) -> None:
        """What takes long, apart from the rounds, so that these stay quick."""
        while not self._stopping.is_set():
            asked = self._much.wait(TEAMS_EVERY)
            self._much.clear()
            try:
                if self.behind:
                    self._load()
                if not asked or self._teams.version < 0:
                    self.teams()
            except StoreError as problem:
                self._away(problem)
                self._stopping.wait(self._poll)
            except ReadingStopped:
                return

    def _ask(self, patience: float) -> None:
        """Have the thread look, and wait for it, but not for long: who asks has three seconds."""
        with self._rounds:
            self._asked += 1
            ticket = self._asked
            self._rounds.notify_all()
            if not self._rounds.wait_for(lambda: self._done >= ticket, patience) and not self.problem:
                self.problem = "The record does not answer in time."
