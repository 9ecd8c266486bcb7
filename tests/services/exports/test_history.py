"""What happened to a person and to everybody, in pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model.change import Change, ChangeKind
from bot.model.user import User, UserRecord
from bot.services.reports.history import changes_since, history_of
from bot.store.record import open_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.store.record import Record

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """Person 7 changed once an hour for 45 hours; person 8 joined in the middle; of person 9 only a change is left."""
    opened = open_record(str(tmp_path / "record.db"))
    people = [User(id=7, first_name="Jane"), User(id=8, first_name="Max")]
    opened.users.put([UserRecord(user=user, first_seen=AT, last_seen=AT) for user in people])
    for hour in range(45):
        at = AT + timedelta(hours=hour)
        opened.changes.add([Change(user_id=7, kind=ChangeKind.CHANGED, field="role", after=str(hour), seen_at=at)])
    at = AT + timedelta(hours=20, minutes=30)
    opened.changes.add([Change(user_id=8, kind=ChangeKind.JOINED, seen_at=at)])
    opened.changes.add([Change(user_id=9, kind=ChangeKind.REMOVED, seen_at=at + timedelta(minutes=1))])
    yield opened
    opened.close()


def test_a_persons_history_is_newest_first_in_pages_that_meet(record: Record) -> None:
    first = history_of(record, 7, limit=20)
    assert [entry.change.after for entry in first.entries] == [str(hour) for hour in range(44, 24, -1)]
    assert (first.previous, first.next) == (None, 20)
    second = history_of(record, 7, limit=20, offset=20)
    assert second.entries[0].change.after == "24"
    assert (second.previous, second.next) == (0, 40)
    last = history_of(record, 7, limit=20, offset=40)
    assert [entry.change.after for entry in last.entries] == ["4", "3", "2", "1", "0"]
    assert (last.previous, last.next) == (20, None)


def test_a_page_that_is_just_full_has_no_next(record: Record) -> None:
    assert history_of(record, 7, limit=45).next is None
    assert history_of(record, 7, limit=44).next == 44


def test_changes_of_everybody_since_a_time_name_the_people(record: Record) -> None:
    page = changes_since(record, AT + timedelta(hours=20, minutes=15), limit=50)
    names = {(entry.change.user_id, entry.name) for entry in page.entries}
    assert names == {(7, "Jane"), (8, "Max"), (9, "9")}
    assert len(page.entries) == 24 + 2
    assert page.entries == tuple(sorted(page.entries, key=lambda entry: entry.change.seen_at or AT, reverse=True))


def test_nobody_has_no_history(record: Record) -> None:
    page = history_of(record, 1)
    assert (page.entries, page.previous, page.next) == ((), None, None)
