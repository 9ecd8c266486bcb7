"""The file: private, recognised, and every fault of its disk one sentence, with nothing lost."""

import os
import sqlite3
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.model.user import UserRecord
from bot.store.errors import Away, Corrupt, Full, Locked, NoPlace, NotOurs, ReadOnly, StoreError, TooOld
from bot.store.migrations import MIGRATIONS
from bot.store.record import Record, open_record
from bot.store.sqlite.database import SqliteEngine
from bot.store.sqlite.faults import as_store_error
from bot.store.sqlite.library import Database
from bot.store.sqlite.schema import known, migrate

Person = Callable[..., UserRecord]


def test_only_the_owner_may_read_the_file_and_what_is_beside_it(path: Path) -> None:
    before = os.umask(0)
    try:
        record = open_record(path)
        record.notes.set("k", "v")
        modes = {beside.name: stat.S_IMODE(beside.stat().st_mode) for beside in path.parent.iterdir()}
        record.close()
    finally:
        os.umask(before)
    assert modes == {"hs-bot.db": 0o600, "hs-bot.db-wal": 0o600, "hs-bot.db-shm": 0o600}


def test_a_closed_record_is_one_file(file: Record, path: Path) -> None:
    file.notes.set("k", "v")
    file.close()
    assert [beside.name for beside in path.parent.iterdir()] == ["hs-bot.db"]


def test_readers_go_on_while_somebody_writes(file: Record, path: Path) -> None:
    with file.transaction():
        file.notes.set("k", "v")
        with sqlite3.connect(path, timeout=0) as other:
            assert other.execute("SELECT count(*) FROM notes").fetchone() == (0,)
            assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        other.close()


def test_the_file_says_what_it_is(file: Record, path: Path) -> None:
    file.close()
    assert path.read_bytes()[68:72] == b"hsBT"


# Where it can't be


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no/such/dir/hs-bot.db", "no/such/dir of the record does not exist: create it"),
        (".", "is a directory"),
        (":memory:", "name a file"),
        ("mysql://host/db", "mysql"),
        ("", "name a file"),
        ("/proc/hs-bot.db", "can't be created"),
        ("x" * 300, "too long"),
    ],
)
def test_a_place_that_can_not_be_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoPlace) as refused:
        open_record(target)
    assert words in refused.value.sentence
    assert list(tmp_path.iterdir()) == []


def test_an_sqlite_that_is_too_old_is_said_to_be_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(TooOld, match=r"3\.37\.0 or newer"):
        open_record(path)
    assert not path.exists()


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    open_record("~/mine.db").close()
    assert (tmp_path / "mine.db").exists()


# What is not ours, or damaged


@pytest.mark.parametrize("content", [b"Dear diary, " * 500, b"\x00" * 5000, b"x"])
def test_a_file_of_something_else_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(NotOurs, match="no SQLite file: it was left alone"):
        open_record(path)
    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_record(path: Path) -> None:
    path.touch(0o600)
    open_record(path).close()
    assert path.stat().st_size > 0


def test_a_damaged_file_stops_the_start_and_tells_the_cure(file: Record, path: Path, person: Person) -> None:
    file.users.put(person(id) for id in range(500))
    file.close()
    content = damage(path)
    with pytest.raises(Corrupt, match=r"damaged.*hs-bot restore PATH --force"):
        open_record(path)
    assert path.read_bytes() == content


def test_where_the_check_is_left_for_later_it_finds_the_same(file: Record, path: Path, person: Person) -> None:
    file.users.put(person(id) for id in range(1500))
    file.check()
    file.close()
    damage(path, after=0.6)  # where people are, and not what the tables are called
    record = open_record(path, whole=False)
    try:
        with pytest.raises(Corrupt, match=r"damaged.*hs-bot restore PATH --force"):
            record.check()
    finally:
        record.close()


def test_nothing_is_migrated_that_is_damaged_wherever_the_check_is_made(path: Path) -> None:
    db = Database(sqlite3.connect(path, isolation_level=None))
    migrate(db, path, upto=len(MIGRATIONS) - 1)
    address = "INSERT INTO emails (address, user_id, is_primary) VALUES (?, ?, 1)"
    db.conn.executemany(address, [(f"{number}@{'x' * 300}.example", number) for number in range(3000)])
    db.close()
    damage(path, after=0.6)
    with pytest.raises(Corrupt, match=r"damaged.*hs-bot restore PATH --force"):
        open_record(path, whole=False)
    db = Database(sqlite3.connect(path))
    assert [migration.name for migration in known().pending(db)] == [MIGRATIONS[-1].__name__]
    db.close()


def damage(path: Path, *, after: float = 0.1) -> bytes:
    """Overwrite the heads of many pages behind this share of the file; returns what it holds then."""
    content = bytearray(path.read_bytes())
    size = 4096
    for page in range(int(after * len(content) / size), len(content) // size - 1, 3):
        content[page * size : page * size + 200] = os.urandom(200)
    path.write_bytes(content)
    return bytes(content)


# Who may not write, and no room to


def test_a_file_that_may_only_be_read_stops_the_start(program: "Callable[..., subprocess.Popen[str]]") -> None:
    source = """
import os, sys
from bot.store.record import open_record
from bot.store.errors import ReadOnly
import bot.store.sqlite.database
if os.geteuid() == 0:  # root may write everything
    os.setgid(65534)
    os.setuid(65534)
try:
    open_record(sys.argv[1])
except ReadOnly as problem:
    print("READ ONLY", problem)
"""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "hs-bot.db")
        open_record(path).close()
        before = path.read_bytes()
        path.chmod(0o444)
        os.chmod(directory, 0o555)
        answer = program(source, path).communicate(timeout=60)[0]
        os.chmod(directory, 0o755)
        assert answer.startswith("READ ONLY")
        assert "can't be written" in answer
        assert path.read_bytes() == before


def test_a_directory_that_may_not_be_written_is_said(program: "Callable[..., subprocess.Popen[str]]") -> None:
    source = """
import os, sys
from bot.store.record import open_record
from bot.store.errors import NoPlace
import bot.store.sqlite.database
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    open_record(sys.argv[1])
except NoPlace as problem:
    print("NO PLACE", problem)
"""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o555)
        assert "may not write in" in program(source, Path(directory, "hs-bot.db")).communicate(timeout=60)[0]
        os.chmod(directory, 0o755)


def test_a_full_disk_loses_nothing_and_needs_nothing_but_room(file: Record, person: Person) -> None:
    file.users.put([person(1)])
    assert isinstance(file._engine, SqliteEngine)
    connection = file._engine._here().db.conn
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 3}")

    def fill() -> None:
        with file.transaction():
            file.notes.set("k", "v")
            file.users.put(person(id) for id in range(2, 3000))

    with pytest.raises(Full, match=r"full: nothing was written\. Make room"):
        fill()
    assert file.users.get(2) is None
    assert file.notes.get("k") is None
    assert file.users.get(1) == person(1)
    connection.execute("PRAGMA max_page_count = 1000000")
    fill()
    assert file.users.get(2999) == person(2999)
    assert file.audit.verify().whole


def test_a_full_disk_in_an_inner_block_ends_the_outer_one(file: Record, person: Person) -> None:
    """SQLite may take the whole transaction back by itself then; nothing may look as if it had been written."""
    assert isinstance(file._engine, SqliteEngine)
    connection = file._engine._here().db.conn
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 3}")

    def fill() -> None:
        with file.transaction():
            file.notes.set("k", "v")
            with pytest.raises(Full), file.transaction():
                file.users.put(person(id) for id in range(2, 3000))
            file.notes.set("l", "w")

    try:
        fill()
        written = True
    except StoreError:
        written = False
    assert (file.notes.get("k") is not None) is written
    assert (file.notes.get("l") is not None) is written
    assert file.users.get(2) is None


def test_a_file_that_another_program_holds_is_said_to_be_locked(file: Record, path: Path) -> None:
    impatient = Record(SqliteEngine(path, busy=0.05))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Locked, match="Another program holds the record"):
        impatient.notes.set("k", "v")
    assert impatient.notes.get("k") is None
    other.execute("ROLLBACK")
    other.close()
    impatient.notes.set("k", "v")
    assert impatient.notes.get("k") == "v"
    impatient.close()


def test_a_writer_waits_for_its_turn(file: Record, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    later = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    later.start()
    file.notes.set("k", "v")
    assert file.notes.get("k") == "v"
    later.join()
    other.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Locked),
        (sqlite3.SQLITE_FULL, Full),
        (sqlite3.SQLITE_READONLY_DBMOVED, ReadOnly),
        (sqlite3.SQLITE_NOTADB, NotOurs),
        (sqlite3.SQLITE_CORRUPT_INDEX, Corrupt),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, NoPlace),
        (sqlite3.SQLITE_IOERR_WRITE, StoreError),
        (sqlite3.SQLITE_CONSTRAINT, StoreError),
    ],
)
def test_every_error_of_sqlite_has_a_type_and_a_sentence(path: Path, code: int, kind: type[StoreError]) -> None:
    fault = sqlite3.OperationalError("what SQLite says")
    fault.sqlite_errorcode = code
    problem = as_store_error(fault, path)
    assert type(problem) is kind
    assert str(path) in problem.sentence


def test_an_error_of_the_disk_on_a_full_one_is_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = sqlite3.OperationalError("disk I/O error")
    fault.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE

    class Disk:
        f_bavail, f_frsize = 3, 4096

    monkeypatch.setattr(os, "statvfs", lambda _: Disk())
    assert isinstance(as_store_error(fault, path), Full)


# Threads and processes


def test_connections_of_threads_that_ended_are_let_go(file: Record) -> None:
    assert isinstance(file._engine, SqliteEngine)
    for _ in range(20):
        thread = threading.Thread(target=lambda: file.notes.get("k"))
        thread.start()
        thread.join()
    assert len(file._engine._connections.open) <= 3


def test_a_child_of_a_fork_works_beside_its_parent(path: Path, program: "Callable[..., subprocess.Popen[str]]") -> None:
    source = """
import os, sys
from bot.store.record import open_record
record = open_record(sys.argv[1])
record.audit.append("parent")
if os.fork() == 0:
    for _ in range(20):
        record.audit.append("child")
    record.close()
    os._exit(0)
for _ in range(20):
    record.audit.append("parent")
os.wait()
report = record.audit.verify()
print(report.whole, report.entries)
record.close()
"""
    assert program(source, path).communicate(timeout=60)[0].split() == ["True", "41"]


def test_after_closing_no_thread_can_go_on(file: Record) -> None:
    problems: list[Exception] = []
    ready, closed = threading.Event(), threading.Event()

    def work() -> None:
        file.notes.get("k")
        ready.set()
        closed.wait(10)
        try:
            file.notes.get("k")
        except StoreError as problem:
            problems.append(problem)

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait(10)
    file.close()
    closed.set()
    thread.join()
    assert [type(problem) for problem in problems] == [Away]


def test_a_writer_waits_for_another_of_its_process_and_not_for_ever(path: Path) -> None:
    with closing(SqliteEngine(path, busy=0.2)) as file:
        held, go = threading.Event(), threading.Event()

        def hold() -> None:
            with file.transaction():
                held.set()
                go.wait(5)

        holder = threading.Thread(target=hold)
        holder.start()
        assert held.wait(5)
        with pytest.raises(Locked), file.transaction():
            pass
        threading.Timer(0.05, go.set).start()
        with file.transaction():
            assert go.is_set()
        holder.join()
