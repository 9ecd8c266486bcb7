"""The audit log: appended, chained, and guarded by the database itself."""

import sqlite3
import threading
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.model.audit import AuditEntry, AuditHead
from bot.store.errors import Corrupt, StoreError
from bot.store.operations.audit import log as audit
from bot.store.operations.audit import verification
from bot.store.operations.audit.chain import GENESIS, line_hash
from bot.store.record import Record
from bot.store.spelling import time_text


def test_a_line_says_who_did_what_to_whom_and_follows_the_one_before(record: Record) -> None:
    first = record.audit.append("request.opened", actor="U1", request_id="r1", user_id=7, details={"b": 1, "a": "Zoë"})
    second = record.audit.append("request.expired")
    assert (first.seq, first.previous_hash) == (1, GENESIS)
    assert (second.seq, second.previous_hash) == (2, first.hash)
    assert first == AuditEntry(
        seq=1,
        at=record.now(),
        event="request.opened",
        actor="U1",
        request_id="r1",
        user_id=7,
        details={"a": "Zoë", "b": 1},
        previous_hash=GENESIS,
        hash=first.hash,
    )
    assert list(record.audit.iterate()) == [first, second]
    report = record.audit.verify()
    assert (report.whole, report.entries, report.head) == (True, 2, second.hash)


def test_an_empty_log_is_whole(record: Record) -> None:
    report = record.audit.verify()
    assert (report.whole, report.entries, report.problem) == (True, 0, "")


def test_anybody_can_compute_a_hash_from_the_columns(record: Record) -> None:
    line = record.audit.append("sync.held", actor="hs-bot", user_id=3)
    assert line.hash == line_hash(GENESIS, 1, time_text(line.at), "sync.held", "hs-bot", None, 3, "")


def test_details_are_out_of_reach_of_a_guess_once_erased(record: Record) -> None:
    """The same details twice have two hashes: without the salt nobody can try names until one fits."""
    for _ in range(2):
        record.audit.append("x", details={"name": "Jane"})
    hashes = {row[0] for row in record._engine.rows("SELECT details_hash FROM audit")}
    assert len(hashes) == 2


def test_lines_are_found_by_request_person_and_time(record: Record, clock: object) -> None:
    for n in range(6):
        record.audit.append(f"e{n}", request_id="r1" if n % 2 else None, user_id=7 if n % 3 == 0 else None)
        clock.forward(minutes=1)  # type: ignore[attr-defined]

    def events(**conditions: object) -> list[str]:
        return [entry.event for entry in record.audit.entries(**conditions)]  # type: ignore[arg-type]

    assert events() == ["e5", "e4", "e3", "e2", "e1", "e0"]
    assert events(newest_first=False, limit=2) == ["e0", "e1"]
    assert events(request_id="r1") == ["e5", "e3", "e1"]
    assert events(user_id=7, request_id="r1") == ["e3"]
    assert events(since=datetime(2026, 12, 1, 12, 3, tzinfo=UTC)) == ["e5", "e4", "e3"]
    assert events(limit=2, offset=3) == ["e2", "e1"]


def test_a_long_log_is_walked_and_verified_over_several_pages(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_PAGE", 100)
    monkeypatch.setattr(audit, "_PAGE", 100)
    with record.transaction():
        for n in range(300):
            record.audit.append("e", user_id=n)
    assert [entry.user_id for entry in record.audit.iterate()] == list(range(300))
    assert record.audit.verify().entries == 300


def test_the_log_says_the_time_as_it_is_and_its_order_is_that_of_its_lines(record: Record, clock: object) -> None:
    noon = record.now()
    clock.forward(hours=3)  # type: ignore[attr-defined]
    assert record.audit.append("ahead").at == noon + timedelta(hours=3)
    clock.forward(hours=-3)  # type: ignore[attr-defined]
    assert record.now() == noon
    assert record.audit.append("right again").at == noon
    clock.forward(hours=1)  # type: ignore[attr-defined]
    record.audit.append("later")
    assert [one.event for one in record.audit.entries()] == ["later", "right again", "ahead"]
    assert [one.event for one in record.audit.entries(since=noon + timedelta(minutes=1))] == ["later", "ahead"]
    assert record.audit.verify().whole


def test_lines_later_than_a_moment_are_found_by_their_newest(record: Record, clock: object) -> None:
    noon = record.now()
    assert record.audit.later_than(noon) is None
    for hours in (3, -1, -2):  # at 15:00, 14:00, 12:00
        clock.forward(hours=hours)  # type: ignore[attr-defined]
        record.audit.append("e")
    assert record.audit.later_than(noon) == (2, noon + timedelta(hours=2))
    assert record.audit.later_than(noon + timedelta(hours=2)) == (1, noon + timedelta(hours=3))
    assert record.audit.later_than(noon, after=2) is None


def test_a_time_that_is_given_is_kept_and_moves_no_clock(record: Record) -> None:
    now = record.audit.append("now").at
    early = now - timedelta(days=1)
    assert record.audit.append("imported", at=early).at == early
    assert record.now() == now
    assert record.audit.verify().whole


# A head that was kept elsewhere


def test_a_log_that_was_cut_and_made_whole_again_is_found_by_a_head_that_was_kept(
    record: Record, opened: Callable[..., Record], new_target: Callable[[], str]
) -> None:
    heads: list[AuditHead] = []
    for n in range(3):
        record.audit.append("e", actor=str(n))
        head = record.audit.head()
        assert head is not None
        heads.append(head)
    assert record.audit.verify().mark == str(heads[-1])
    for head in heads:
        assert record.audit.verify(head).whole
    shorter = opened(new_target())  # as whoever has the database would leave it
    for n in range(2):
        shorter.audit.append("e", actor=str(n), at=record.audit.entries(newest_first=False)[n].at)
    assert shorter.audit.verify().whole
    assert shorter.audit.verify(heads[1]).whole
    cut = shorter.audit.verify(heads[2])
    assert (cut.broken_at, cut.problem) == (
        3,
        "The audit log was cut: it ends at line 2, and line 3 was written before.",
    )
    shorter.audit.append("something else")
    assert "line 3 isn't the one that was kept" in shorter.audit.verify(heads[2]).problem


def test_an_empty_log_has_no_head(record: Record) -> None:
    assert record.audit.head() is None
    assert record.audit.verify().mark == ""


def test_a_failed_transaction_leaves_no_gap(record: Record) -> None:
    def fail() -> None:
        with record.transaction():
            record.audit.append("never happened")
            raise RuntimeError

    record.audit.append("one")
    with pytest.raises(RuntimeError):
        fail()
    record.audit.append("two")
    assert [entry.seq for entry in record.audit.iterate()] == [1, 2]
    assert record.audit.verify().whole


def test_appending_from_many_threads_never_forks_the_chain(record: Record) -> None:
    ready = threading.Barrier(5)

    def work(n: int) -> None:
        ready.wait()
        for _ in range(10):
            record.audit.append("e", actor=str(n))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = record.audit.verify()
    assert (report.whole, report.entries) == (True, 50)


@pytest.mark.parametrize("event", ["a" * 5000, "line\nbreak", "quote\"'", "nul\x00", "☃"])
def test_any_text_can_be_chained(record: Record, event: str) -> None:
    record.audit.append(event, actor=event, details={event: event})
    assert record.audit.verify().whole


# The database refuses


REFUSED = [
    "UPDATE audit SET event = 'x'",
    "UPDATE audit SET hash = hash WHERE seq = 1",
    "DELETE FROM audit WHERE seq = 1",
    "DELETE FROM audit",
    "UPDATE audit_details SET details = '{}'",
    "DELETE FROM audit_details",
    "UPDATE audit_erasures SET erased_by = 1",
    "DELETE FROM audit_erasures",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_to_change_the_log(record: Record, statement: str) -> None:
    record.audit.append("one", details={"a": 1})
    by = record.audit.append("two", details={"a": 1})
    record._engine.run("INSERT INTO audit_erasures (seq, erased_by) VALUES (2, :by)", {"by": by.seq})
    with pytest.raises(StoreError, match="append-only"):
        record._engine.run(statement)
    assert record.audit.verify().whole


@pytest.mark.parametrize("table", ["audit", "audit_details", "audit_erasures"])
def test_no_tool_can_write_over_a_line(record: Record, target: str, table: str) -> None:
    """INSERT OR REPLACE fires no DELETE trigger on a connection as most tools open it; TRUNCATE fires none for rows."""
    record.audit.append("one", details={"a": 1})
    record._engine.run("INSERT INTO audit_erasures (seq, erased_by) VALUES (1, 1)")
    if record.engine == "sqlite":
        columns = ", ".join(record._engine.columns(table))
        statement = f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}"
        with sqlite3.connect(target) as other, pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute(statement)
        other.close()
    else:
        with pytest.raises(StoreError, match="append-only"):
            record._engine.run(f"TRUNCATE {table} CASCADE")
    assert [entry.event for entry in record.audit.iterate()] == ["one"]


def test_the_log_reads_as_one_table_in_any_tool(record: Record) -> None:
    record.audit.append("one", actor="U1", details={"a": 1})
    row = record._engine.row("SELECT seq, event, actor, details FROM audit_log")
    assert row == (1, "one", "U1", '{"a":1}')


def test_verifying_many_lines_takes_no_more_memory_than_few(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def peak() -> int:
        tracemalloc.start()
        assert record.audit.verify().whole
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    def append(lines: int) -> None:
        with record.transaction():
            for _ in range(lines):
                record.audit.append("e")

    monkeypatch.setattr(verification, "_PAGE", 200)
    append(500)
    few = peak()
    append(1500)
    assert peak() < few * 1.3


def test_a_log_without_its_head_takes_no_more_lines(record: Record) -> None:
    record.audit.append("one")
    record._engine.run("DELETE FROM audit_head")
    with pytest.raises(Corrupt, match="head"):
        record.audit.append("two")
