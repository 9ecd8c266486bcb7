"""Everybody of the record in memory: a few packed segments, the newer one counts; kept up in small steps.

The first reading and the occasional re-packing run in pieces, so that whoever answers meanwhile hardly notices. While
the record is away the last snapshot stays, and `problem` says so.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from bot.model.seen import Seen
from bot.model.user import Status, UserRecord
from bot.services.finding.segment import Segment, id_key
from bot.services.finding.teambook import TeamBook
from bot.store.errors import StoreError
from bot.store.record import Record

SMALL = 2_000
"""So many changed people are taken in while somebody waits for an answer; more are left to the background."""
LAYERS = 8
"""So many segments before the newer ones are packed into one."""
LOOK_EVERY = 2.0
"""Seconds between two looks at when the last good sync was."""
TEAMS_EVERY = 30.0
"""Seconds between two readings of teams that nobody asked for, so that memory has them when the record goes away."""
STALE_SHARE = 0.5
"""When newer segments replace more than this share of the first, everything is read and packed anew."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A segment, and those of its positions that a newer layer replaces."""

    segment: Segment
    dead: frozenset[int] = frozenset()

    def rows(self) -> Iterator[UserRecord]:
        return (row for at, row in self.segment.rows() if at not in self.dead)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everybody as of one version of the record; the first of `layers` is the oldest and largest. Never changes."""

    version: int
    layers: tuple[Layer, ...]

    def having(self, key: str) -> list[UserRecord]:
        """Everybody to whom an exact key leads, active people first, then who was seen last."""
        found = [
            layer.segment.row(at) for layer in self.layers for at in layer.segment.having(key) if at not in layer.dead
        ]
        return sorted(found, key=lambda row: (row.status is Status.ACTIVE, row.last_seen, row.id), reverse=True)

    @property
    def size(self) -> int:
        return sum(layer.segment.size - len(layer.dead) for layer in self.layers)

    def with_rows(self, version: int, segment: Segment, ids: Iterable[int]) -> "Snapshot":
        """The snapshot with a newer segment on top, whose people are `ids`."""
        keys = [id_key(id) for id in ids]
        layers = []
        for layer in self.layers:
            dead = layer.dead.union(*(layer.segment.having(key) for key in keys))
            layers.append(replace(layer, dead=dead) if len(dead) > len(layer.dead) else layer)
        return Snapshot(version, (*layers, Layer(segment)))


class Stopped(Exception):
    """The reading was given up because the bot stops."""


class Breath:
    """Called between two pieces of work: after `work` seconds rests for `rest`, so that others get their turn."""

    def __init__(self, stopping: threading.Event, work: float = 0.004, rest: float = 0.001) -> None:
        self._stopping, self._work, self._rest = stopping, work, rest
        self._since = time.perf_counter()

    def __call__(self) -> None:
        if time.perf_counter() - self._since >= self._work:
            if self._stopping.wait(self._rest):
                raise Stopped
            self._since = time.perf_counter()


class Roster:
    """The snapshot, and who keeps it up: after `start` two threads (one looks, one reads much), else whoever asks.

    `patience` is how long (seconds) an answer waits for a record in another place to say whether it has moved; a record
    in a file is asked directly, which takes microseconds. `poll` is how often the thread looks when nobody asks.
    """

    def __init__(self, record: Record, *, patience: float = 0.3, poll: float = 1.0) -> None:
        self._record = record
        self._patience = patience
        self._poll = poll
        self._snapshot: Snapshot | None = None
        self._changing = threading.Lock()
        self._rounds = threading.Condition()
        self._asked = self._done = 0
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._much = threading.Event()  # for the reading thread: there is something to read or to pack
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
        """Whether so much has changed that the snapshot is being read anew: exact look-ups ask the record meanwhile."""

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
    def snapshot(self) -> Snapshot | None:
        """As it is, without looking; None before the first reading is through."""
        return self._snapshot

    def wait(self, timeout: float) -> bool:
        """Whether everybody has been read, at the latest after `timeout` seconds."""
        return self._ready.wait(timeout)

    def current(self, *, read: bool = False) -> Snapshot | None:
        """The snapshot as of now, or, where the record does not answer in time, as it was. None: nobody is read yet.

        With `read`, and without threads that do it, everybody is read now if that is due.
        """
        if self._threads and self._record.engine != "sqlite":
            self._ask(0.0 if self.problem else self._patience)
        else:
            self._round(read=read and not self._threads)
        return self._snapshot

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
            if self._has_much():
                self._much.set()
                if read:
                    self._read_much()
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
        version, snapshot = self._record.version(), self._snapshot
        if snapshot is None or version == snapshot.version:
            return
        with self._changing:
            snapshot = self._snapshot
            version = self._record.version()
            if self.behind or snapshot is None or version == snapshot.version:
                return
            people = self._record.users.size()
            if version < snapshot.version or abs(people - snapshot.size) > SMALL:
                self._fall_behind()
                return
            version, rows = self._record.users.changed_since(snapshot.version)
            if len(rows) > SMALL:
                self._fall_behind()
            elif rows:
                self._snapshot = snapshot.with_rows(version, Segment(rows), [row.id for row in rows])
            else:
                self._snapshot = replace(snapshot, version=version)

    def _fall_behind(self) -> None:
        self.behind = True
        if self._snapshot is None or not self._snapshot.size:
            self._ready.clear()  # whoever asks by name had better wait than hear that there is nobody

    def _load(self) -> None:
        """Read everybody. What changes meanwhile has a later version, and is taken in by the next round."""
        version = self._record.version()
        segment = Segment(self._record.users.by_status(), Breath(self._stopping))
        with self._changing:
            self._snapshot = Snapshot(version, (Layer(segment),))
            self.behind = False
        self._ready.set()

    def _has_much(self) -> bool:
        return self.behind or (self._snapshot is not None and len(self._snapshot.layers) > LAYERS)

    def _read_much(self) -> None:
        """Read everybody, or make one segment of the newer ones, where that is due."""
        snapshot = self._snapshot
        if snapshot is None or self.behind:
            self._load()
        elif len(snapshot.layers) > LAYERS:
            first, *newer = snapshot.layers
            if len(first.dead) > STALE_SHARE * first.segment.size:
                self._load()
                return
            segment = Segment(chain.from_iterable(layer.rows() for layer in newer), Breath(self._stopping))
            with self._changing:
                if self._snapshot is snapshot:
                    self._snapshot = Snapshot(snapshot.version, (first, Layer(segment)))

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
                self._read_much()
                if not asked or self._teams.version < 0:
                    self.teams()
            except StoreError as problem:
                self._away(problem)
                self._stopping.wait(self._poll)
            except Stopped:
                return

    def _ask(self, patience: float) -> None:
        """Have the thread look, and wait for it, but not for long: who asks has three seconds."""
        with self._rounds:
            self._asked += 1
            ticket = self._asked
            self._rounds.notify_all()
            if not self._rounds.wait_for(lambda: self._done >= ticket, patience) and not self.problem:
                self.problem = "The record does not answer in time."
