"""All or nothing, on either engine, alone and inside one another; and the version that moves with people and teams."""

import threading
import time
from collections.abc import Callable

import pytest

from bot.model.request import Request, State
from bot.model.team import Team, TeamMember
from bot.model.user import Status, UserRecord
from bot.store.errors import Spoiled, StoreError
from bot.store.record import Record

Person = Callable[..., UserRecord]
Make = Callable[..., Request]


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("pooler", marks=pytest.mark.postgresql),
    ]
)
def engine(request: pytest.FixtureRequest) -> str:
    """On each engine, and on PostgreSQL behind a pooler that lends a session for one transaction."""
    name: str = request.param
    return name


class Fault(Exception):
    """Something of the caller's goes wrong."""


def test_all_operations_of_a_block_are_written_together(
    record: Record, opened: Callable[[], Record], person: Person
) -> None:
    other = opened()
    with record.transaction():
        record.users.put([person(7)])
        record.notes.set("k", "v")
        record.audit.append("e")
        seen: list[object] = []
        # Another thread, as another process would look.
        look = threading.Thread(target=lambda: seen.extend([other.users.get(7), other.notes.get("k")]))
        look.start()
        look.join()
        assert seen == [None, None]
        assert record.users.get(7) == person(7)
    assert other.users.get(7) == person(7)
    assert other.notes.get("k") == "v"


def test_a_block_that_fails_leaves_nothing(record: Record, person: Person) -> None:
    def fail() -> None:
        with record.transaction():
            record.users.put([person(7)])
            record.teams.replace([Team(id=1)], {TeamMember(1, 7)})
            record.notes.set("k", "v")
            record.audit.append("e")
            raise Fault

    with pytest.raises(Fault):
        fail()
    assert record.users.get(7) is None
    assert record.teams.all() == []
    assert record.notes.get("k") is None
    assert record.audit.verify().entries == 0
    record.notes.set("k", "after")
    assert record.notes.get("k") == "after"


def test_an_inner_block_that_fails_takes_back_its_own_writes_alone(record: Record) -> None:
    def inner() -> None:
        with record.transaction():
            record.notes.set("inner", "1")
            record.audit.append("inner")
            raise Fault

    with record.transaction():
        record.notes.set("before", "1")
        with pytest.raises(Fault):
            inner()
        record.notes.set("after", "1")
        with record.transaction():
            record.notes.set("second", "1")
    assert [record.notes.get(key) for key in ("before", "inner", "after", "second")] == ["1", None, "1", "1"]
    assert record.audit.verify().entries == 0


def test_an_inner_block_falls_with_the_outer_one(record: Record) -> None:
    def fail() -> None:
        with record.transaction():
            with record.transaction():
                record.notes.set("inner", "1")
            raise Fault

    with pytest.raises(Fault):
        fail()
    assert record.notes.get("inner") is None


def test_an_error_of_the_database_that_is_passed_over_spoils_the_transaction(record: Record, a_request: Make) -> None:
    """PostgreSQL takes such a transaction back whatever one does; SQLite would keep half of it."""

    def pass_over() -> None:
        with record.transaction():
            record.notes.set("k", "v")
            with pytest.raises(StoreError):
                record._engine.run("UPDATE nowhere SET a = 1")

    with pytest.raises((Spoiled, StoreError)):
        pass_over()
    assert record.notes.get("k") is None


def test_an_error_inside_an_inner_block_spoils_that_block_alone(record: Record) -> None:
    def inner() -> None:
        with record.transaction():
            record._engine.run("UPDATE nowhere SET a = 1")

    with record.transaction():
        record.notes.set("k", "v")
        with pytest.raises(StoreError):
            inner()
        record.notes.set("l", "w")
    assert (record.notes.get("k"), record.notes.get("l")) == ("v", "w")


def test_a_thread_does_not_see_into_anothers_transaction(record: Record) -> None:
    inside, done = threading.Event(), threading.Event()
    seen: list[object] = []

    def look() -> None:
        inside.wait(10)
        seen.append(record.notes.get("k"))
        done.set()

    reader = threading.Thread(target=look)
    reader.start()
    with record.transaction():
        record.notes.set("k", "v")
        inside.set()
        assert done.wait(10)
    reader.join()
    assert seen == [None]


def test_writers_take_turns_and_lose_no_update(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))

    def count() -> None:
        for _ in range(10):
            with record.transaction():
                row = record.requests.update("r1", touch=False)
                record.requests.update("r1", quorum=row.quorum + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = record.requests.get("r1")
    assert row is not None
    assert (row.quorum, row.version) == (41, 41)


def test_taking_the_row_makes_two_clicks_come_one_after_the_other(record: Record, a_request: Make) -> None:
    """`update(id, touch=False)` without fields is how a click takes its turn."""
    record.requests.insert(a_request("r1"))
    order: list[str] = []
    taken = threading.Event()

    def second() -> None:
        taken.wait(10)
        with record.transaction():
            row = record.requests.update("r1", touch=False)
            order.append(f"second sees {row.state}")

    thread = threading.Thread(target=second)
    thread.start()
    with record.transaction():
        record.requests.update("r1", touch=False)
        taken.set()
        thread.join(0.3)  # it must not get through
        record.requests.transition("r1", from_states={State.PENDING}, to=State.DENIED)
        order.append("first")
    thread.join()
    assert order == ["first", "second sees denied"]


# The version


def test_every_write_to_people_and_teams_moves_the_version(record: Record, person: Person) -> None:
    versions = [record.version()]

    def moved() -> bool:
        versions.append(record.version())
        return versions[-1] > versions[-2]

    record.users.put([person(7), person(8)])
    assert moved()
    record.users.set_scim_id(7, "x")
    assert moved()
    record.users.mark_gone(7, Status.REMOVED, record.now(), None)
    assert moved()
    record.teams.replace([Team(id=1)], {TeamMember(1, 8)})
    assert moved()
    record.teams.set_scim_id(1, "g")
    assert moved()
    record.forget(7, record.now())
    assert moved()
    record.notes.set("k", "v")
    record.audit.append("e")
    assert not moved()


def test_a_version_that_was_taken_back_is_not_told(record: Record, person: Person) -> None:
    """Else a directory that asked inside the transaction would believe that it knows what comes under that number."""
    told: list[int] = []

    def fail() -> None:
        with record.transaction():
            record.users.put([person(7)])
            told.append(record.version())
            raise Fault

    before = record.version()
    with pytest.raises(Fault):
        fail()
    assert told == [before]
    assert record.version() == before


def test_a_write_of_another_process_is_seen_within_two_seconds(
    record: Record, opened: Callable[[], Record], person: Person
) -> None:
    other = opened()
    before = other.version()
    record.users.put([person(7)])
    ends = time.monotonic() + 2
    while other.version() == before and time.monotonic() < ends:
        time.sleep(0.01)
    assert other.version() > before
    assert [row.id for row in other.users.changed_since(before)[1]] == [7]


def test_waiting_for_a_change_ends_when_somebody_writes(
    record: Record, opened: Callable[[], Record], a_request: Make
) -> None:
    other = opened()
    other.version()
    woken: list[bool] = []
    waiting = threading.Event()

    def wait() -> None:
        waiting.set()
        woken.append(other.wait_for_change(20))

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.wait()
    ends = time.monotonic() + 15
    n = 0
    while thread.is_alive() and time.monotonic() < ends:
        n += 1
        record.requests.insert(a_request(f"r{n}", target_id=n))
        thread.join(0.2)
    assert woken == [True]


def test_waiting_for_a_change_that_does_not_come_ends_too(record: Record) -> None:
    record.version()
    assert record.wait_for_change(0.05) is False


def test_health_tells_engine_and_round_trip(record: Record, engine: str) -> None:
    health = record.health()
    name = "sqlite" if engine == "sqlite" else "postgresql"
    assert (health.engine, health.well, health.problem) == (name, True, "")
    assert health.round_trip_ms is not None
    assert 0 < health.round_trip_ms < 5000
    assert record.engine == name


def test_a_closed_record_says_so_and_can_be_closed_again(record: Record) -> None:
    record.close()
    record.close()
    with pytest.raises(StoreError, match="closed"):
        record.notes.get("k")
    assert not record.health().well


def test_the_clock_is_the_databases_where_it_has_one(target: str, opened: Callable[..., Record]) -> None:
    from datetime import UTC, datetime

    record = opened(clock=None)
    apart = abs((record.now() - datetime.now(UTC)).total_seconds())
    assert apart < 60  # the server is on this machine
    assert record.now() <= record.now()
    if record.engine == "postgresql":
        row = record._engine.row("SELECT clock_timestamp()")
        assert row is not None
        assert abs((record.now() - row[0]).total_seconds()) < 5


def test_on_postgresql_a_wrong_clock_of_the_bots_machine_changes_nothing(
    target: str, opened: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime, timedelta

    from bot.store import clock

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(hours=3)

    record = opened(clock=None)
    monkeypatch.setattr(clock, "datetime", Ahead)
    ahead = timedelta(0) if record.engine == "postgresql" else timedelta(hours=3)
    for moment in (record.now(), record.audit.append("e").at):
        assert abs(moment - datetime.now(UTC) - ahead) < timedelta(minutes=1)


@pytest.mark.parametrize("forged", ["r1\x00", "\ud800", "' OR 1 = 1 --", "%", "r1" * 5000, ""])
def test_a_forged_id_finds_nothing_and_breaks_nothing(record: Record, a_request: Make, forged: str) -> None:
    record.requests.insert(a_request("r1"))
    assert record.requests.get(forged) is None
    assert record.requests.transition(forged, from_states=set(State), to=State.APPROVED) is None
    assert record.users.by_email(forged) == []
    assert record.users.by_mention(forged) == []
    assert record.notes.get(forged) is None
    record.audit.append("request.refused", actor=forged, request_id=forged, details={forged: forged})
    assert record.audit.verify().whole
    assert record.requests.get("r1") == a_request("r1")


@pytest.mark.parametrize("id", [10**30, -(10**30), 1 << 63, -1, 0])
def test_a_number_that_is_no_id_finds_nobody(record: Record, id: int) -> None:
    assert record.users.get(id) is None


def test_a_number_that_is_too_large_to_keep_is_an_error(record: Record, person: Person) -> None:
    with pytest.raises(StoreError):
        record.users.put([person(1 << 63)])
    assert record.users.counts()[Status.ACTIVE] == 0
