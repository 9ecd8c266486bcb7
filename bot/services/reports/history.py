"""What happened to one person, and to everybody since a time: pages of changes with the people they are about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.model.change import Change
from bot.model.user import UserRecord
from bot.store.record import Record

PAGE = 20
"""Entries on a page, unless told."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A change and the person as the record knows them now (None: only an id is left)."""

    change: Change
    person: UserRecord | None

    @property
    def name(self) -> str:
        return self.person.user.name if self.person else str(self.change.user_id)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Entries from `offset` on, newest first; `previous` and `next` are offsets to ask for, None at the ends."""

    entries: tuple[Entry, ...]
    offset: int
    limit: int
    more: bool

    @property
    def previous(self) -> int | None:
        return max(0, self.offset - self.limit) if self.offset > 0 else None

    @property
    def next(self) -> int | None:
        return self.offset + self.limit if self.more else None


def history_of(record: Record, user_id: int, *, limit: int = PAGE, offset: int = 0) -> HistoryPage:
    """Every recorded change of one person."""
    return _page(record, record.changes.of_user(user_id, limit=limit + 1, offset=offset), limit, offset)


def changes_since(record: Record, since: datetime, *, limit: int = PAGE, offset: int = 0) -> HistoryPage:
    """What changed for everybody from `since` (aware UTC) until now; `record.changes.count_since` says how much."""
    return _page(record, record.changes.since(since, limit=limit + 1, offset=offset), limit, offset)


def entries_of(record: Record, changes: Iterable[Change]) -> tuple[Entry, ...]:
    """`changes` with their people, each person read once."""
    kept = tuple(changes)
    people = {user_id: record.users.get(user_id) for user_id in {change.user_id for change in kept}}
    return tuple(Entry(change, people[change.user_id]) for change in kept)


def _page(record: Record, one_more: list[Change], limit: int, offset: int) -> HistoryPage:
    return HistoryPage(entries_of(record, one_more[:limit]), offset, limit, len(one_more) > limit)
