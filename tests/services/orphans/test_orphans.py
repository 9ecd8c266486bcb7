"""Exemptions are kept with who and why; the weekly digest is owed once a week, also over restarts and two bots."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.model.member import Member
from bot.model.sync import SyncState
from bot.model.user import User, UserRecord
from bot.policy.typed.schedule import parse_weekly
from bot.services.orphans import Orphans
from bot.store.record import Record, open_record

MONDAY = datetime(2026, 11, 23, 8, 59, tzinfo=UTC)
NINE = parse_weekly("monday 09:00")


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now


class Nobody:
    """A workspace with one member."""

    def member(self, id: str, /, *, fresh: bool = False) -> Member | None:
        return None

    def member_by_email(self, email: str, /) -> Member | None:
        return None

    def approvers(self, *, fresh: bool = False) -> frozenset[str]:
        return frozenset()

    def requesters(self, *, fresh: bool = False) -> frozenset[str] | None:
        return None

    def members(self) -> list[Member]:
        return [Member(id="U1", email="here@acme.example")]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record(tmp_path: Path, clock: Clock) -> Iterator[Record]:
    record = open_record(str(tmp_path / "record.db"), clock=clock)
    people = [User(id=1, email="here@acme.example"), User(id=2, email="gone@acme.example", first_name="Gone")]
    record.users.put([UserRecord(user=user, first_seen=MONDAY, last_seen=MONDAY) for user in people])
    record.syncs.finish(replace(record.syncs.start("start", MONDAY), state=SyncState.DONE))
    yield record
    record.close()


def test_without_other_sources_slack_alone_says_who_is_gone(record: Record) -> None:
    (one,) = Orphans(record, Nobody()).find()
    assert (one.id, one.detail, one.sources) == (2, "no account in Slack", {"slack": "no account"})


def test_the_digest_is_owed_once_a_week_whoever_ticks(record: Record, clock: Clock) -> None:
    bots = [Orphans(record, Nobody(), weekly=NINE) for _ in range(2)]
    assert not any(bot.tick() for bot in bots)
    clock.now += timedelta(minutes=2)
    assert [bot.tick() for bot in bots] == [True, False]
    assert record.outbox.waiting() == 1
    clock.now += timedelta(days=6, hours=23)
    assert not Orphans(record, Nobody(), weekly=NINE).tick(), "a restart owes nothing"
    clock.now += timedelta(hours=1)
    assert Orphans(record, Nobody(), weekly=NINE).tick()


def test_a_digest_missed_while_nobody_ran_is_owed_once(record: Record, clock: Clock) -> None:
    Orphans(record, Nobody(), weekly=NINE).tick()
    clock.now += timedelta(days=30)
    bot = Orphans(record, Nobody(), weekly=NINE)
    assert [bot.tick(), bot.tick()] == [True, False]


def test_without_a_time_nothing_is_ever_owed(record: Record, clock: Clock) -> None:
    clock.now += timedelta(days=30)
    assert not Orphans(record, Nobody()).tick()
    assert record.outbox.waiting() == 0
