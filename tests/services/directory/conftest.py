"""A real record in a file, people to put into it, and a directory over it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.model.member import Member
from bot.model.sync import SyncRun, SyncState
from bot.model.user import Status, User, UserRecord
from bot.services.directory import Directory
from bot.services.ports import WorkspaceAway
from bot.store.record import Record, open_record

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

PERSON_FIELDS = ("status", "first_seen", "last_seen", "removed_at", "scim_id", "request_id")


def make_person(id: int, **fields: Any) -> UserRecord:
    """A row like those of a sync; fields of the row and of the user mixed."""
    row = {name: fields.pop(name) for name in PERSON_FIELDS if name in fields}
    if row.get("status", Status.ACTIVE) is not Status.ACTIVE:
        row.setdefault("removed_at", NOW)
    given = {"first_name": "Person", "last_name": f"No{id}", "email": f"p{id}@acme.example", "role": "user"}
    user = User(id=id, **{**given, **fields})
    return UserRecord(user=user, **{"first_seen": NOW - timedelta(days=9), "last_seen": NOW, **row})


class Slack:
    """The part of a workspace that look-ups need; `away` makes it fail as the real one does."""

    def __init__(self) -> None:
        self.people: dict[str, Member] = {}
        self.away = False

    def member(self, id: str, /, *, fresh: bool = False) -> Member | None:
        if self.away:
            raise WorkspaceAway("Slack does not answer: try again in a minute.")
        return self.people.get(id)

    def member_by_email(self, email: str, /) -> Member | None:
        return next((one for one in self.people.values() if one.email == email), None)

    def approvers(self, *, fresh: bool = False) -> frozenset[str]:
        return frozenset()

    def requesters(self, *, fresh: bool = False) -> frozenset[str] | None:
        return None

    def members(self) -> list[Member]:
        return list(self.people.values())


@pytest.fixture
def person() -> Callable[..., UserRecord]:
    return make_person


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    opened = open_record(tmp_path / "hs-bot.db")
    yield opened
    opened.close()


@pytest.fixture
def synced(record: Record) -> Record:
    """The record after a good sync a minute ago."""
    run = record.syncs.start("start", NOW - timedelta(minutes=2))
    ended = SyncRun(
        id=run.id,
        trigger=run.trigger,
        started_at=run.started_at,
        state=SyncState.DONE,
        finished_at=NOW - timedelta(minutes=1),
    )
    record.syncs.finish(ended)
    return record


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
def directory(record: Record, slack: Slack) -> Iterator[Directory]:
    """Without threads, everybody read: what is written later is taken in by the next question."""
    made = Directory(record, workspace=slack, clock=lambda: NOW)
    made.refresh()
    yield made
    made.close()
