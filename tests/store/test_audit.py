"""The audit log: appended, chained, and guarded by the database itself."""

import sqlite3
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from bot.model.audit import AuditEntry
from bot.store import audit, verification
from bot.store.chain import GENESIS, line_hash
from bot.store.errors import Corrupt, StoreError
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


def test_the_time_of_the_log_never_runs_backwards(record: Record, clock: object) -> None:
    clock.forward(hours=1)  # type: ignore[attr-defined]
    newest = record.audit.append("before").at
    clock.forward(hours=-5)  # type: ignore[attr-defined]
    assert record.now() == newest
    assert record.audit.append("after").at == newest
    clock.forward(hours=6)  # type: ignore[attr-defined]
    assert record.now() > newest


def test_a_time_that_is_given_is_kept_and_does_not_turn_the_clock_back(record: Record) -> None:
    now = record.audit.append("now").at
    early = now - timedelta(days=1)
    assert record.audit.append("imported", at=early).at == early
    assert record.now() == now
    assert record.audit.verify().whole


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
