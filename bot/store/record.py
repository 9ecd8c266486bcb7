"""The record: rooms of named operations over one engine.

Each operation is one transaction of its own, or part of the one around it:

    with record.transaction():
        request = record.requests.transition(id, from_states={State.PENDING}, to=State.APPROVED)
        record.audit.append("request.approved", request_id=id)

All or nothing; a block inside a block is a savepoint. On PostgreSQL a connection may break while the commit is under
way. The record then settles by itself: it reconnects, asks the server what became of the transaction, and the block
ends as if nothing had happened, or raises `Away` (nothing was written). Only when the server stays away does it raise
`Unsettled`; `record.settle(problem.ticket)` answers later.
"""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.policy.typed.place import shown
from bot.store.clock import Clock
from bot.store.engine import Engine, RecordHealth
from bot.store.errors import NoPlace
from bot.store.paths import path_of

if TYPE_CHECKING:
    from bot.policy.requests.seal import Seals
    from bot.store.operations.audit.log import Audit
    from bot.store.operations.batches import Batches
    from bot.store.operations.changes import Changes
    from bot.store.operations.identities import Identities
    from bot.store.operations.leases import Leases
    from bot.store.operations.left_as_is import Kept
    from bot.store.operations.notes import Notes
    from bot.store.operations.offboarding.inboxes import Inboxes
    from bot.store.operations.offboarding.moves import Moves
    from bot.store.operations.offboarding.quiets import Quiets
    from bot.store.operations.offboarding.statuses import Statuses
    from bot.store.operations.outbox import Outbox
    from bot.store.operations.requests.requests import Requests
    from bot.store.operations.seat_ends import SeatEnds
    from bot.store.operations.sources import Managers, Sources
    from bot.store.operations.statistics import Statistics
    from bot.store.operations.syncs import Syncs
    from bot.store.operations.teams import Teams
    from bot.store.operations.users import Users
    from bot.store.operations.wishes import Wishes

__all__ = ["Record", "RecordHealth", "open_record"]


class Record:
    """Safe to share between threads; survives a fork (the child gets connections of its own).

    A subject's operations are imported when they are first asked for: the first look-up needs one subject of eleven.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime] | None = None, seals: "Seals | None" = None
    ) -> None:
        self._engine = engine
        self._sealed = seals
        self._clock = Clock(engine, clock)

    # Subjects

    @cached_property
    def users(self) -> "Users":
        from bot.store.operations.users import Users

        return Users(self._engine)

    @cached_property
    def identities(self) -> "Identities":
        from bot.store.operations.identities import Identities

        return Identities(self._engine, self.now)

    @cached_property
    def teams(self) -> "Teams":
        from bot.store.operations.teams import Teams

        return Teams(self._engine)

    @cached_property
    def changes(self) -> "Changes":
        from bot.store.operations.changes import Changes

        return Changes(self._engine, self.now)

    @cached_property
    def syncs(self) -> "Syncs":
        from bot.store.operations.syncs import Syncs

        return Syncs(self._engine)

    @cached_property
    def requests(self) -> "Requests":
        from bot.store.operations.requests.requests import Requests

        return Requests(self._engine)

    @cached_property
    def moves(self) -> "Moves":
        from bot.store.operations.offboarding.moves import Moves

        return Moves(self._engine)

    @cached_property
    def quiets(self) -> "Quiets":
        from bot.store.operations.offboarding.quiets import Quiets

        return Quiets(self._engine)

    @cached_property
    def inboxes(self) -> "Inboxes":
        from bot.store.operations.offboarding.inboxes import Inboxes

        return Inboxes(self._engine)

    @cached_property
    def batches(self) -> "Batches":
        from bot.store.operations.batches import Batches

        return Batches(self._engine)

    @cached_property
    def seat_ends(self) -> "SeatEnds":
        from bot.store.operations.seat_ends import SeatEnds

        return SeatEnds(self._engine)

    @cached_property
    def audit(self) -> "Audit":
        from bot.store.operations.audit.log import Audit

        return Audit(self._engine, self._clock, self._sealed)

    @cached_property
    def outbox(self) -> "Outbox":
        from bot.store.operations.outbox import Outbox

        return Outbox(self._engine, self.now)

    @cached_property
    def leases(self) -> "Leases":
        from bot.store.operations.leases import Leases

        return Leases(self._engine, self.now)

    @cached_property
    def notes(self) -> "Notes":
        from bot.store.operations.notes import Notes

        return Notes(self._engine, self.now)

    @cached_property
    def wishes(self) -> "Wishes":
        from bot.store.operations.wishes import Wishes

        return Wishes(self._engine)

    @cached_property
    def statistics(self) -> "Statistics":
        from bot.store.operations.statistics import Statistics

        return Statistics(self._engine)

    @cached_property
    def sources(self) -> "Sources":
        from bot.store.operations.sources import Sources

        return Sources(self._engine, self.now)

    @cached_property
    def managers(self) -> "Managers":
        from bot.store.operations.sources import Managers

        return Managers(self._engine)

    @cached_property
    def statuses(self) -> "Statuses":
        from bot.store.operations.offboarding.statuses import Statuses

        return Statuses(self._engine)

    @cached_property
    def left_as_is(self) -> "Kept":
        from bot.store.operations.left_as_is import Kept

        return Kept(self._engine, self.now)

    def forget(self, id: int, at: datetime) -> None:
        """Erase the personal data of somebody who is gone, wherever the record has it; see `forgetting.py`."""
        from bot.store.operations.forgetting import Forgetting

        Forgetting(self._engine, self.audit, self.now).forget(id, at)

    # The whole

    @property
    def engine(self) -> Literal["sqlite", "postgresql"]:
        return self._engine.name

    @property
    def place(self) -> str:
        """Where the record is, for people: a path, or a URL without its password."""
        return self._engine.place

    @cached_property
    def seals(self) -> "Seals":
        """For requests and votes. Without a key of one's own a vote holds as long as this process does."""
        from bot.policy.requests.seal import Seals

        return self._sealed or Seals((secrets.token_hex(32),))

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about what was set right when it was opened: files that others could read."""
        return self._engine.remarks

    def transaction(self) -> AbstractContextManager[None]:
        """Everything this thread writes in the block: all of it, or nothing."""
        return self._engine.transaction()

    def now(self) -> datetime:
        """Aware UTC, by the database's clock where it has one, else by this machine's."""
        return self._clock.now()

    def version(self) -> int:
        """Moves with every committed write to people, teams or wishes, whichever process wrote; costs microseconds."""
        return self._engine.version()

    def wait_for_change(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds until somebody else wrote something; True when so."""
        return self._engine.wait_for_change(timeout)

    def health(self) -> RecordHealth:
        """Ask the database now; never raises."""
        return self._engine.health()

    def connections(self) -> dict[str, int]:
        """Connections to PostgreSQL: `open`, `idle`, and threads `waiting` for one. Empty on SQLite."""
        return self._engine.connections()

    def check(self) -> None:
        """Read every page of the file; raises `Corrupt`. On PostgreSQL that is the server's business."""
        self._engine.check()

    def settle(self, ticket: str) -> bool:
        """Whether the transaction of an `Unsettled` was written. Raises `Away` while nobody can say."""
        return self._engine.settle(ticket)

    def thread_ends(self) -> None:
        """For a thread that is about to end: without it a file's connections stay open until they are found unused."""
        self._engine.thread_ends()

    def close(self) -> None:
        self._engine.close()


def open_record(
    target: str | Path,
    *,
    clock: Callable[[], datetime] | None = None,
    whole: bool = True,
    seals: "Seals | None" = None,
) -> Record:
    """Open the record at `target`: the path of a file, or a `postgresql://` (or `postgres://`) URL.

    Creates it when there is none, checks that it is whole, runs the migrations. `clock` takes the place of the
    system's, and of the database's: for tests. With `whole=False` the file is only recognised, and checked before it
    is migrated: the caller sees to `Record.check`. `seals` are for requests, votes and the audit log. Raises a
    `StoreError` whose sentence says what to do.
    """
    return Record(open_engine(target, whole=whole), clock, seals)


def open_engine(target: str | Path, *, whole: bool = True) -> Engine:
    """The engine for a target; its libraries are imported only now."""
    text = str(target)
    if is_postgresql(text):
        from bot.store.postgresql.database import PostgresEngine

        return PostgresEngine(text)
    if "://" in text or text == ":memory:" or not text.strip() or shown(text) != text:
        raise NoPlace(f"The record can't be kept in “{shown(text)}”: name a file, or a postgresql:// URL.")
    from bot.store.sqlite.database import SqliteEngine

    return SqliteEngine(path_of(text), whole=whole)


def is_postgresql(target: str) -> bool:
    return target.startswith(("postgresql://", "postgres://"))
