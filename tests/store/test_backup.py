"""Backups while bots write, restores that overwrite nothing by accident, copies that are complete or not at all."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.model.batch import Batch
from bot.model.change import Change, ChangeKind
from bot.model.colleague import Colleague, Listing, Manager
from bot.model.member import Member
from bot.model.offboarding.conversation import Move
from bot.model.offboarding.duty import Inbox
from bot.model.outbox import Topic
from bot.model.request import Decision, Request, Step, Verdict
from bot.model.seat_end import SeatEnd
from bot.model.team import Team, TeamMember
from bot.model.user import Status, UserRecord
from bot.model.wish import Wish
from bot.store.errors import CopyFailed, Corrupt, NoPlace, NotEmpty, NotOurs
from bot.store.operations.left_as_is import LeftAsIs
from bot.store.record import Record, open_record
from bot.store.tables import TABLES
from bot.store.whole import copying
from bot.store.whole.backup import backup, copy, restore

if TYPE_CHECKING:
    from tests.store.postgres import PostgresServer

Make = Callable[..., Request]
Person = Callable[..., UserRecord]


def live(record: Record, person: Person, a_request: Make) -> None:
    """Rows in every table."""
    now = record.now()
    record.users.put(
        [person(7, first_name="Zoë \U0001f600", job_title="tab\tnew\nline\\N"), *map(person, range(8, 99))]
    )
    record.users.put([person(100, status=Status.REMOVED, removed_at=now)])
    record.teams.replace([Team(id=1, name="Billing")], {TeamMember(1, 7)})
    run = record.syncs.start("cli", now)
    record.changes.add([Change(user_id=7, kind=ChangeKind.JOINED, sync_id=run.id)])
    record.requests.insert(a_request("r1"))
    record.requests.decide(Decision(request_id="r1", actor="U2", verdict=Verdict.DENY, decided_at=now))
    record.requests.step_started(Step(request_id="r1", position=1, name="check", started_at=now))
    record.moves.plan([Move(request_id="r1", conversation_id=1, from_user=7)])
    record.quiets.hold("r1", 7, {"rotations": {}}, record.now())
    record.inboxes.seen([Inbox(id=85_001, name="Support")])
    record.batches.insert(Batch(id="b1", opened_at=now, requester="U1", members=("r1",)))
    record.seat_ends.put(
        SeatEnd(user_id=7, day=now.date(), zone="UTC", ends_at=now, set_by="U1", set_at=now, request_id="r1")
    )
    record.sources.keep(
        Listing(source="csv", title="CSV", people=(Colleague(id="zoe@a.example", email="zoe@a.example"),))
    )
    record.statuses.changed(7, now)
    record.managers.keep({7: Manager("boss@a.example", "csv")}, [])
    record.left_as_is.put(LeftAsIs(key="seat:7", kind="orphan", user_id=7, email="", why="stays", by="U1", at=now))
    record.audit.append("e", user_id=100, details={"a": "Zoë"})
    record.audit.append("f")
    record.forget(100, now)
    record.outbox.add("k", Topic.DM, {"a": 1})
    record.leases.take("lead", "me", now, now + timedelta(minutes=1))
    record.notes.set("k", "v")
    record.wishes.put(Wish(token="okta", id="7", subject_id=7, since=now, created_at=now, changed_at=now))
    record.identities.see(Member(id="U9", email="zoe@example.com"))
    record.identities.link(["U9"], 7)


def content(record: Record) -> dict[str, list[object]]:
    """Every row, but for the version, which a copy moves on purpose."""
    found: dict[str, list[object]] = {}
    for table in TABLES:
        columns = [c for c in record._engine.columns(table) if c != "version" and table != "record_version"]
        rows = record._engine.rows(f"SELECT {', '.join(columns)} FROM {table}") if columns else []
        found[table] = sorted(rows, key=str)
    return found


def test_every_table_takes_part_in_the_test(record: Record, person: Person, a_request: Make) -> None:
    live(record, person, a_request)
    assert [table for table in TABLES if not record._engine.value(f"SELECT count(*) FROM {table}")] == []


# Backup and restore


PARKS = {"requests", "decisions", "quiets", "outbox", "leases", "audit", "audit_details", "audit_head"}
"""Tables that a restore writes to, besides: `test_restoring.py`."""


def test_a_backup_restored_elsewhere_is_the_same_record(
    record: Record, target: str, new_target: Callable[[], str], opened: Callable[..., Record], person: Person,
    a_request: Make, tmp_path: Path,
) -> None:  # fmt: skip
    live(record, person, a_request)
    saved = tmp_path / "saved.db"
    counts = backup(target, saved)
    assert counts["users"] == 93
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*saved.db?*"))
    before = saved.read_bytes()
    elsewhere = new_target()
    assert restore(saved, elsewhere) == counts
    assert saved.read_bytes() == before
    other = opened(elsewhere)
    restored, original = content(other), content(record)
    assert {table for table in TABLES if restored[table] != original[table]} == PARKS
    assert other.audit.verify().whole
    # and it goes on from there
    assert other.audit.append("later").seq == record.audit.verify().entries + 3
    other.changes.add([Change(user_id=7, kind=ChangeKind.CHANGED)])
    assert other.syncs.start("cli", other.now()).id > 1


def test_a_backup_is_a_file_that_any_tool_reads(
    record: Record, target: str, person: Person, a_request: Make, tmp_path: Path
) -> None:
    live(record, person, a_request)
    backup(target, tmp_path / "saved.db")
    with contextlib.closing(sqlite3.connect(f"file:{tmp_path}/saved.db?mode=ro&immutable=1", uri=True)) as other:
        assert other.execute("SELECT first_name FROM users WHERE id = 7").fetchone() == ("Zoë \U0001f600",)
        assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_backup_taken_while_a_bot_writes_is_one_moment(
    record: Record, target: str, tmp_path: Path, opened: Callable[..., Record]
) -> None:
    stopping = threading.Event()
    wrote = threading.Event()

    def write() -> None:
        n = 0
        while not stopping.is_set():
            n += 1
            with record.transaction():
                record.notes.set(f"{n}/a", "x")
                record.audit.append("e")
                record.notes.set(f"{n}/b", "x")
            if n > 5:
                wrote.set()

    thread = threading.Thread(target=write)
    thread.start()
    wrote.wait(30)
    backup(target, tmp_path / "saved.db")
    stopping.set()
    thread.join()
    saved = open_record(tmp_path / "saved.db")
    keys = {key for (key,) in saved._engine.rows("SELECT key FROM notes")}
    assert keys == {f"{n}/{half}" for n in range(1, len(keys) // 2 + 1) for half in "ab"}
    assert saved.audit.verify().entries == len(keys) // 2 > 5
    saved.close()


def test_a_backup_never_replaces_a_file(record: Record, target: str, tmp_path: Path) -> None:
    there = tmp_path / "saved.db"
    there.write_text("dear")
    with pytest.raises(NotEmpty, match="name a new one"):
        backup(target, there)
    assert there.read_text() == "dear"
    with pytest.raises(NoPlace, match="does not exist"):
        backup(target, tmp_path / "no" / "saved.db")


def test_a_backup_goes_where_no_links_can_be(
    record: Record, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", no_links)
    backup(target, tmp_path / "saved.db")
    assert [path.name for path in tmp_path.glob("*saved*")] == ["saved.db"]


def test_a_record_that_is_not_there_is_not_backed_up(tmp_path: Path) -> None:
    with pytest.raises(NoPlace, match="There is no file"):
        backup(tmp_path / "no.db", tmp_path / "saved.db")
    with pytest.raises(NoPlace, match="There is no file"):
        restore(tmp_path / "no.db", tmp_path / "hs-bot.db")
    assert list(tmp_path.iterdir()) == []


def test_a_restore_replaces_a_record_only_by_force(
    record: Record, target: str, new_target: Callable[[], str], opened: Callable[..., Record], person: Person,
    tmp_path: Path,
) -> None:  # fmt: skip
    record.users.put([person(7)])
    backup(target, tmp_path / "saved.db")
    elsewhere = new_target()
    other = opened(elsewhere)
    other.users.put([person(8), person(9)])
    other.audit.append("of the other")
    with pytest.raises(NotEmpty):
        restore(tmp_path / "saved.db", elsewhere)
    assert other.users.get(8) == person(8)
    version = other.version()
    restore(tmp_path / "saved.db", elsewhere, force=True)
    again = opened(elsewhere)
    assert [row.id for row in again.users.by_status()] == [7]
    assert [line.event for line in again.audit.iterate()] == ["record.restored"]
    # A directory that another bot keeps in memory sees that everything is new.
    assert again.version() > version
    assert [row.id for row in again.users.changed_since(version)[1]] == [7]


def test_a_bot_that_has_the_file_open_goes_on_with_what_was_restored(
    tmp_path: Path, opened: Callable[..., Record], person: Person
) -> None:
    record = opened(str(tmp_path / "a.db"))
    record.users.put([person(7)])
    backup(tmp_path / "a.db", tmp_path / "saved.db")
    bot = opened(str(tmp_path / "b.db"))
    bot.users.put([person(8)])
    version = bot.version()
    restore(tmp_path / "saved.db", tmp_path / "b.db", force=True)
    assert bot.version() > version
    assert [row.id for row in bot.users.by_status()] == [7]
    bot.audit.append("goes on")
    assert bot.audit.verify().whole


def test_an_empty_record_that_a_bot_has_open_is_not_replaced(
    tmp_path: Path, opened: Callable[..., Record], person: Person
) -> None:
    record = opened(str(tmp_path / "a.db"))
    record.users.put([person(7)])
    backup(tmp_path / "a.db", tmp_path / "saved.db")
    bot = opened(str(tmp_path / "b.db"))
    with pytest.raises(NotEmpty, match="open in another program"):
        restore(tmp_path / "saved.db", tmp_path / "b.db")
    bot.close()
    restore(tmp_path / "saved.db", tmp_path / "b.db")
    assert opened(str(tmp_path / "b.db")).users.get(7) == person(7)


def test_a_damaged_record_is_kept_aside_when_it_is_replaced(
    tmp_path: Path, opened: Callable[..., Record], person: Person
) -> None:
    record = opened(str(tmp_path / "a.db"))
    record.users.put(person(id) for id in range(300))
    record.close()
    backup(tmp_path / "a.db", tmp_path / "saved.db")
    broken = bytearray((tmp_path / "a.db").read_bytes())
    broken[40_000:80_000] = b"\xff" * 40_000
    (tmp_path / "a.db").write_bytes(broken)
    with pytest.raises(Corrupt):
        open_record(tmp_path / "a.db")
    with pytest.raises(NotEmpty, match="is damaged"):
        restore(tmp_path / "saved.db", tmp_path / "a.db")
    restore(tmp_path / "saved.db", tmp_path / "a.db", force=True)
    assert opened(str(tmp_path / "a.db")).users.get(299) == person(299)
    (kept,) = tmp_path.glob("a.db.damaged-*")
    assert kept.read_bytes() == bytes(broken)


def test_a_damaged_record_is_not_backed_up_and_is_named_as_such(
    tmp_path: Path, opened: Callable[..., Record], person: Person
) -> None:
    record = opened(str(tmp_path / "a.db"))
    record.users.put(person(id) for id in range(300))
    record.close()
    broken = bytearray((tmp_path / "a.db").read_bytes())
    broken[40_000:80_000] = b"\xff" * 40_000
    (tmp_path / "a.db").write_bytes(broken)
    with pytest.raises(Corrupt, match=rf"{tmp_path}/a\.db is damaged"):
        backup(tmp_path / "a.db", tmp_path / "saved.db")
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_what_is_no_record_is_neither_restored_nor_replaced(tmp_path: Path, opened: Callable[..., Record]) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (a)")
    opened(str(tmp_path / "a.db")).close()
    backup(tmp_path / "a.db", tmp_path / "saved.db")
    with pytest.raises(NotOurs):
        restore(tmp_path / "other.db", tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()
    with pytest.raises(NotOurs):
        restore(tmp_path / "saved.db", tmp_path / "other.db", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db", "other.db", "saved.db"]


def test_a_backup_with_a_broken_log_is_restored_only_by_force(tmp_path: Path, opened: Callable[..., Record]) -> None:
    record = opened(str(tmp_path / "a.db"))
    record.audit.append("one")
    record.audit.append("two")
    backup(tmp_path / "a.db", tmp_path / "saved.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "saved.db")) as tampering:
        tampering.execute("DROP TRIGGER audit_refuses_update")
        tampering.execute("UPDATE audit SET actor = 'x' WHERE seq = 1")
        tampering.commit()
    with pytest.raises(CopyFailed, match=r"line 1.*--force"):
        restore(tmp_path / "saved.db", tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()
    restore(tmp_path / "saved.db", tmp_path / "new.db", force=True)
    assert opened(str(tmp_path / "new.db")).audit.verify().broken_at == 1


# Copies


def other_kind(target: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A target on the other engine."""
    if target.startswith("postgresql"):
        return str(tmp_path / "other.db")
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    return server.new_schema()


@pytest.mark.postgresql
def test_a_record_moves_to_the_other_engine_and_back_unchanged(
    record: Record, target: str, new_target: Callable[[], str], opened: Callable[..., Record], person: Person,
    a_request: Make, tmp_path: Path, request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    live(record, person, a_request)
    there, back = other_kind(target, tmp_path, request), new_target()
    counts = copy(target, there)
    assert counts == {table: len(record._engine.rows(f"SELECT 1 FROM {table}")) for table in TABLES}
    assert copy(there, back) == counts
    moved, returned = opened(there), opened(back)
    assert moved.engine != record.engine == returned.engine
    assert content(moved) == content(record) == content(returned)
    for one in (moved, returned):
        assert one.audit.verify().whole
        # New rows get new numbers.
        one.changes.add([Change(user_id=7, kind=ChangeKind.CHANGED)])
        assert one.syncs.start("cli", one.now()).id == 2
        assert one.outbox.add("new", Topic.DM, {})
        assert one.requests.void_decisions("r1") == 1
        assert one.requests.decide(Decision(request_id="r1", actor="U2", verdict=Verdict.DENY, decided_at=one.now()))


def test_a_target_that_is_not_empty_is_left_alone(
    record: Record, target: str, new_target: Callable[[], str], opened: Callable[..., Record], person: Person
) -> None:
    record.users.put([person(7)])
    elsewhere = new_target()
    other = opened(elsewhere)
    other.notes.set("k", "v")
    with pytest.raises(NotEmpty, match="rows in notes"):
        copy(target, elsewhere)
    assert other.users.get(7) is None
    assert other.notes.get("k") == "v"
    with pytest.raises(NotEmpty, match="same record"):
        copy(target, target)


def test_a_copy_of_a_broken_log_is_refused_and_leaves_the_target_empty(
    record: Record, target: str, new_target: Callable[[], str], opened: Callable[..., Record]
) -> None:
    record.audit.append("one")
    record.audit.append("two")
    record._engine.run("UPDATE audit_head SET hash = 'x'")
    elsewhere = new_target()
    with pytest.raises(CopyFailed, match=r"can't be trusted.*line 2"):
        copy(target, elsewhere)
    assert copying.first_filled(opened(elsewhere)._engine) is None


def test_a_copy_that_lost_a_row_is_refused(
    record: Record, target: str, new_target: Callable[[], str], opened: Callable[..., Record], person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    record.users.put([person(7), person(8)])
    count = copying._copy_table
    monkeypatch.setattr(copying, "_copy_table", lambda r, w, t: count(r, w, t) + (t == "users"))
    elsewhere = new_target()
    with pytest.raises(CopyFailed, match="users has 3 rows and 2 arrived"):
        copy(target, elsewhere)
    assert opened(elsewhere).users.counts()[Status.ACTIVE] == 0


def test_a_copy_that_is_killed_leaves_an_empty_target(
    record: Record, target: str, new_target: Callable[[], str], opened: Callable[..., Record], person: Person,
    program: "Callable[..., subprocess.Popen[str]]",
) -> None:  # fmt: skip
    record.users.put(person(id) for id in range(200))
    elsewhere = new_target()
    source = """
import sys
from bot.store.whole import backup, copying
compare = copying._compare
def wait(*arguments):
    print("copied", flush=True)
    sys.stdin.readline()
copying._compare = wait
backup.copy(sys.argv[1], sys.argv[2])
"""
    victim = program(source, target, elsewhere)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "copied\n"
    victim.kill()
    victim.wait()
    assert copying.first_filled(opened(elsewhere)._engine) is None
    assert copy(target, elsewhere)["users"] == 200


def test_writers_do_not_wait_for_a_copy(
    record: Record, target: str, new_target: Callable[[], str], opened: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    record.notes.set("before", "x")
    compare = copying._compare

    def write_meanwhile(*arguments: object) -> None:
        thread = threading.Thread(target=lambda: record.notes.set("meanwhile", "x"))
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
        compare(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "_compare", write_meanwhile)
    elsewhere = new_target()
    assert copy(target, elsewhere)["notes"] == 1
    assert opened(elsewhere).notes.get("meanwhile") is None
    assert record.notes.get("meanwhile") == "x"
