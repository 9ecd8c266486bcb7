"""The directory follows the record: in small steps, also when another process wrote, without being in anybody's way."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model.user import Status, UserRecord
from bot.policy.typed.who import Who
from bot.services.directory import Directory
from bot.services.finding import roster
from bot.services.finding.everybody import StillReading
from bot.services.finding.index import Index, order_of
from bot.services.finding.roster import Roster
from bot.store.errors import Away
from bot.store.record import Record, open_record

Person = Callable[..., UserRecord]


def everybody(directory: Directory) -> list[UserRecord]:
    return list(directory.listing(status=None, limit=100_000).rows)


def index_of(directory: Directory) -> Index:
    index = directory._roster.index
    assert index is not None
    return index


def test_what_this_process_writes_is_in_the_next_answer(directory: Directory, record: Record, person: Person) -> None:
    jane = person(1, first_name="Jane", last_name="Doe")
    record.users.put([jane])
    assert directory.find(Who("id", "1")).exact == (jane,)
    married = replace(jane, user=replace(jane.user, last_name="Smith", email="jane.smith@acme.example"))
    record.users.put([married])
    assert directory.find(Who("name", "jane smith")).exact == (married,)
    assert directory.find(Who("email", "p1@acme.example")).exact == ()
    assert directory.find(Who("name", "doe")).exact == ()
    record.users.mark_gone(1, Status.OFFBOARDED, jane.last_seen, "R1")
    assert directory.find(Who("id", "1")).exact == ()
    assert directory.find(Who("id", "1")).gone[0].request_id == "R1"
    assert directory.suggest("jane") == ()


def test_what_another_process_writes_is_in_the_next_answer(
    directory: Directory, record: Record, person: Person, tmp_path: Path
) -> None:
    record.users.put([person(1)])
    assert directory.get(2) is None
    other = open_record(tmp_path / "hs-bot.db")
    other.users.put([person(2, last_name="Elsewhere")])
    other.close()
    assert directory.find(Who("name", "elsewhere")).total == 1


def test_a_small_change_does_not_read_everybody_again(directory: Directory, record: Record, person: Person) -> None:
    record.users.put(person(id) for id in range(1, 50))
    directory.refresh()
    before = index_of(directory)
    record.users.put([person(7, last_name="New")])
    assert directory.find(Who("name", "new")).total == 1
    assert index_of(directory) is before
    assert len(before) == 49


def test_very_much_at_once_is_read_anew(
    directory: Directory, record: Record, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "SMALL", 10)
    record.users.put([person(1)])
    directory.refresh()
    with monkeypatch.context() as careful:
        careful.setattr(record.users, "changed_since", None)  # everybody at once, as a list, would not fit into memory
        record.users.put(person(id) for id in range(2, 40))
        assert directory.get(39) is not None
    directory.refresh()
    before = index_of(directory)
    record.users.put(person(id, last_name="Changed") for id in range(1, 30))
    assert directory.find(Who("name", "changed")).total == 29
    assert index_of(directory) is not before


def test_a_record_that_was_restored_to_an_earlier_state_is_read_anew(
    record: Record, person: Person, tmp_path: Path
) -> None:
    ahead = open_record(tmp_path / "ahead.db")
    for id in range(1, 6):
        ahead.users.put([person(id)])
    keeper = Roster(ahead)
    keeper.current(read=True)
    record.users.put([person(9)])
    keeper._record = record  # what a restore under a running bot comes to
    index = keeper.current(read=True)
    assert index is not None
    assert list(index.order) == [9]
    ahead.close()


CHANGES = st.lists(
    st.dictionaries(
        st.integers(1, 12),
        st.tuples(
            st.sampled_from(["Ann", "Bob", "Zoë"]),
            st.sampled_from(["x@a.example", "Y@a.example", ""]),
            st.sampled_from(Status),
        ),
        max_size=5,
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(batches=CHANGES)
def test_after_any_history_it_knows_just_what_the_record_knows(
    batches: list[dict[int, tuple[str, str, Status]]], person: Person, tmp_path_factory: pytest.TempPathFactory
) -> None:
    record = open_record(tmp_path_factory.mktemp("history") / "hs-bot.db")
    directory = Directory(record)
    try:
        for batch in batches:
            rows = [
                person(id, first_name=name, email=mail, status=status) for id, (name, mail, status) in batch.items()
            ]
            record.users.put(rows)
            known = list(record.users.by_status())
            assert everybody(directory) == sorted(known, key=order_of)
            for address in ("x@a.example", "y@a.example"):
                found = directory.find(Who("email", address))
                assert {row.id for row in (*found.exact, *found.gone)} == {
                    row.id for row in record.users.by_email(address)
                }
            for name in ("Ann", "Bob", "Zoë"):
                matching = sorted((row for row in known if row.user.first_name == name), key=order_of)
                found = directory.find(Who("name", name))
                assert [row.id for row in (*found.exact, *found.gone)] == [row.id for row in matching]
            every_word = [word for field in index_of(directory).fields for word in field._people]
            fresh = Index()
            list(fresh.fill(known))
            assert sorted(every_word) == sorted(word for field in fresh.fields for word in field._people)
    finally:
        record.close()


def test_a_single_exact_look_up_reads_nobody_else(
    record: Record, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = person(1, first_name="Jane", email="jane@acme.example")
    record.users.put([jane])
    read, readings = record.users.by_status, []

    def counted(status: Status | None = None) -> Iterator[UserRecord]:
        readings.append(status)
        return read(status)

    monkeypatch.setattr(record.users, "by_status", counted)
    directory = Directory(record)
    assert directory.find(Who("email", "jane@acme.example")).exact == (jane,)
    assert directory.get(1) == jane
    assert readings == []  # so that the command line answers at once
    assert directory.find(Who("email", "jnae@acme.example")).near == (jane,)
    assert len(readings) == 1


# With threads

Started = Callable[..., Directory]


@pytest.fixture
def started(record: Record) -> Iterator[Started]:
    made: list[Directory] = []

    def start(**options: Any) -> Directory:
        directory = Directory(record, **{"poll": 0.02, **options})
        made.append(directory)
        directory.start()
        return directory

    yield start
    for directory in made:
        directory.close()


class Gate:
    """Holds back the reading of everybody until it is opened."""

    def __init__(self, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.readings = 0
        read = record.users.by_status

        def slowly(status: Status | None = None) -> Iterator[UserRecord]:
            self.readings += 1
            self.open.wait(30)
            yield from read(status)

        monkeypatch.setattr(record.users, "by_status", slowly)


def test_before_everybody_is_read_exact_look_ups_are_answered_by_the_record(
    started: Started, record: Record, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = person(1, email="jane@acme.example", mention="jane")
    record.users.put([jane])
    gate = Gate(record, monkeypatch)
    directory = started(patience=0.01)
    for who in (Who("id", "1"), Who("email", "jane@acme.example"), Who("mention", "jane")):
        assert directory.find(who).exact == (jane,)
    assert directory.find(Who("id", "2")).exact == ()
    assert not directory.ready
    with pytest.raises(StillReading, match="try again in a few seconds"):
        directory.find(Who("name", "jane"))
    gate.open.set()
    assert directory._roster.wait(10)
    assert directory.find(Who("name", "person")).exact == (jane,)


def test_what_is_written_while_everybody_is_being_read_is_not_missed(
    started: Started, record: Record, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.users.put([person(1, last_name="Before")])
    read = record.users.by_status

    def overtaken(status: Status | None = None) -> Iterator[UserRecord]:
        rows = list(read(status))
        record.users.put([person(1, last_name="After"), person(2, last_name="Later")])
        yield from rows

    monkeypatch.setattr(record.users, "by_status", overtaken)
    directory = started()
    assert directory._roster.wait(10)
    assert directory.find(Who("name", "after")).total == 1
    assert directory.find(Who("name", "later")).total == 1
    assert directory.find(Who("name", "before")).total == 0


def test_a_first_sync_of_many_is_answered_by_the_record_until_it_is_read(
    started: Started, record: Record, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "SMALL", 10)
    directory = started(patience=0.01)
    assert directory._roster.wait(10)
    gate = Gate(record, monkeypatch)
    record.users.put(person(id) for id in range(1, 100))
    assert directory.get(99) is not None
    assert directory._roster.behind
    with pytest.raises(StillReading):
        directory.search("person")  # better than the answer that there is nobody
    gate.open.set()
    assert directory._roster.wait(10)
    assert directory.search("person").total == 99


def test_a_record_that_goes_away_while_much_is_read_anew_leaves_what_was_in_memory(
    started: Started, record: Record, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = person(1, email="jane@acme.example")
    record.users.put([jane])
    directory = started(poll=60)
    assert directory._roster.wait(10)
    monkeypatch.setattr(roster, "SMALL", 10)
    gate = Gate(record, monkeypatch)
    record.users.put(person(id) for id in range(2, 100))
    assert directory.get(99) is not None

    def away(*_: object) -> None:
        raise Away("The database can't be reached.")

    for name in ("get", "by_email", "by_mention"):
        monkeypatch.setattr(record.users, name, away)
    monkeypatch.setattr(record, "version", away)
    assert directory.find(Who("email", "jane@acme.example")).exact == (jane,)
    gate.open.set()


def test_it_looks_for_changes_though_nobody_asks(started: Started, record: Record, person: Person) -> None:
    directory = started()
    assert directory._roster.wait(10)
    record.users.put([person(1)])
    for _ in range(500):
        if len(index_of(directory)):
            break
        threading.Event().wait(0.02)
    assert len(index_of(directory)) == 1


def test_closing_ends_a_reading_in_the_middle(
    started: Started, record: Record, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = threading.Event()

    def endless(status: Status | None = None) -> Iterator[UserRecord]:
        id = 0
        while True:
            id += 1
            yield person(id)
            reached.set()

    monkeypatch.setattr(record.users, "by_status", endless)
    directory = started()
    assert reached.wait(10)
    directory.close()
    assert directory._roster._threads
    assert not any(thread.is_alive() for thread in directory._roster._threads)


def test_a_crowd_that_asks_while_others_write_gets_whole_answers(
    started: Started, record: Record, person: Person
) -> None:
    record.users.put(person(id, first_name="Crowd", last_name="A") for id in range(1, 60))
    directory = started()
    assert directory._roster.wait(10)
    wrong: list[object] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            page = directory.search("crowd", limit=100)
            if len({row.id for row in page.rows}) != 59 or page.total != 59:
                wrong.append(page)
            if directory.get(30) is None:
                wrong.append("30 is missing")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(60):
        record.users.put([person(turn % 59 + 1, first_name="Crowd", last_name=f"B{turn}")])
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []
