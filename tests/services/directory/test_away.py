"""While the record can't be asked, memory answers and says so; and how old an answer is."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.model.sync import SyncRun
from bot.model.team import Team, TeamMember
from bot.model.user import UserRecord
from bot.policy.typed.readings import readings
from bot.policy.typed.who import Who
from bot.services.directory import Directory
from bot.services.finding.everybody import StillReading
from bot.services.finding.roster import Roster
from bot.store.errors import Away
from bot.store.record import Record

Person = Callable[..., UserRecord]
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def test_memory_answers_everything_and_notes_it(directory: Directory, synced: Record, person: Person) -> None:
    jane = person(1, first_name="Jane", last_name="Doe", email="jane@acme.example")
    team = Team(id=5, name="Tier 1")
    synced.users.put([jane])
    synced.teams.replace([team], [TeamMember(5, 1)])
    assert directory.teams() == (team,)
    assert directory.get(1) == jane
    assert directory.note() == ""
    synced.close()
    assert directory.teams() == (team,)
    assert directory.find(Who("email", "jane@acme.example")).exact == (jane,)
    assert directory.find(Who("name", "jnae")).near == (jane,)
    assert directory.suggest("ja") == (jane,)
    assert directory.listing(team=team).rows == (jane,)
    assert directory.teams_of(1) == (team,)
    assert directory.note().startswith("Answered from memory, as of 1 minute ago: The record is closed")


def test_without_anything_in_memory_it_says_what_is_wrong(record: Record) -> None:
    record.close()
    directory = Directory(record)
    with pytest.raises(Away, match="closed"):
        directory.find(Who("id", "1"))
    with pytest.raises(Away, match="closed"):
        directory.find(Who("email", "jane@acme.example"))
    with pytest.raises(StillReading, match="closed"):
        directory.find(Who("name", "jane"))
    with pytest.raises(Away):
        directory.teams()
    (only,) = readings("jane@acme.example left")
    assert directory.settle([only]) == only


def test_the_note_goes_when_the_record_is_back(
    directory: Directory, synced: Record, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced.users.put([person(1)])
    directory.get(1)

    def away() -> int:
        raise Away("The database can't be reached.")

    with monkeypatch.context() as broken:
        broken.setattr(synced, "version", away)
        directory.get(1)
        assert "can't be reached" in directory.note()
    directory.get(1)
    assert directory.note() == ""


def test_an_answer_says_how_old_it_is_after_two_intervals(synced: Record) -> None:
    moment = NOW
    directory = Directory(synced, interval=timedelta(minutes=15), clock=lambda: moment)
    directory.refresh()
    assert directory.age() == timedelta(minutes=1)
    moment = NOW + timedelta(minutes=29)
    assert directory.note() == ""
    moment = NOW + timedelta(minutes=29, seconds=1)
    assert directory.note() == "As of 30 minutes 1 second ago: no sync has succeeded since."


def test_before_the_first_sync_it_says_that_somebody_may_be_missing(directory: Directory) -> None:
    directory.refresh()
    assert directory.age() is None
    assert "No sync has finished yet" in directory.note()


class Elsewhere:
    """A record in another place (as PostgreSQL is); it answers only while `answers` is set."""

    engine = "postgresql"

    def __init__(self, record: Record) -> None:
        self._record = record
        self.users, self.syncs, self.teams = record.users, record.syncs, record.teams
        self.answers = threading.Event()
        self.answers.set()

    def version(self) -> int:
        self.answers.wait(30)
        return self._record.version()


Keeper = tuple[Roster, Elsewhere]


@pytest.fixture
def elsewhere(record: Record) -> Iterator[Keeper]:
    place = Elsewhere(record)
    keeper = Roster(place, patience=0.2, poll=60)  # type: ignore[arg-type]
    keeper.start()
    assert keeper.wait(10)
    yield keeper, place
    place.answers.set()
    keeper.stop()


def test_a_record_elsewhere_is_asked_before_each_answer(elsewhere: Keeper, record: Record, person: Person) -> None:
    keeper, _ = elsewhere
    keeper._patience = 10
    for id in range(1, 20):
        record.users.put([person(id)])
        index = keeper.current()
        assert index is not None
        assert len(index) == id


def test_a_record_that_hangs_costs_one_short_wait_and_then_none(elsewhere: Keeper) -> None:
    keeper, place = elsewhere
    keeper.teams()
    place.answers.clear()
    began = time.monotonic()
    assert keeper.current() is not None
    assert 0.15 < time.monotonic() - began < 5
    assert "does not answer in time" in keeper.problem
    began = time.monotonic()
    for _ in range(50):
        keeper.current()
        keeper.teams()
    assert time.monotonic() - began < 0.2  # fifty waits would be ten seconds
    place.answers.set()
    for _ in range(500):
        if not keeper.problem:
            break
        threading.Event().wait(0.02)
    assert keeper.problem == ""


def test_the_teams_are_in_memory_before_anybody_asked_for_them(record: Record, person: Person) -> None:
    record.users.put([person(1)])
    record.teams.replace([Team(id=5, name="Tier 1")], [TeamMember(5, 1)])
    directory = Directory(record, poll=0.02)
    directory.start()
    try:
        for _ in range(500):
            if directory._roster._teams.version >= 0:
                break
            threading.Event().wait(0.02)
    finally:
        directory.close()
    record.close()
    directory.get(1)
    assert [team.name for team in directory.teams_of(1)] == ["Tier 1"]


class Remote(Elsewhere):
    """As PostgreSQL is: its version is known from what it has told, and everything else has to be asked for."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.syncs = self  # type: ignore[assignment]

    def version(self) -> int:
        return self._record.version()

    def latest_good(self) -> SyncRun | None:
        self.answers.wait(30)
        return self._record.syncs.latest_good()


@pytest.fixture
def remote(synced: Record, person: Person) -> Iterator[tuple[Directory, Remote]]:
    synced.users.put([person(1)])
    place = Remote(synced)
    directory = Directory(place, patience=0.2, poll=60)  # type: ignore[arg-type]
    directory.start()
    assert directory._roster.wait(10)
    directory.get(1)
    yield directory, place
    place.answers.set()
    directory.close()


def test_a_record_that_has_just_answered_is_not_asked_again_and_its_changes_are_seen_all_the_same(
    remote: tuple[Directory, Remote], synced: Record, person: Person
) -> None:
    directory, _ = remote
    before = directory._roster._asked
    for _ in range(200):
        assert directory.get(1) is not None
    assert directory._roster._asked - before <= 1
    synced.users.put([person(2)])
    assert directory.get(2) is not None


def test_a_record_that_falls_silent_is_noticed_and_noted_within_seconds(remote: tuple[Directory, Remote]) -> None:
    directory, place = remote
    place.answers.clear()
    ends = time.monotonic() + 6
    while "from memory" not in directory.note():
        assert time.monotonic() < ends
        assert directory.get(1) is not None
        threading.Event().wait(0.02)
