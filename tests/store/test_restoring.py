"""What a restore takes from a backup, what it leaves, and what it ends."""

import contextlib
import os
import sqlite3
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model.audit import AuditHead
from bot.model.outbox import Topic
from bot.model.request import OPEN, Decision, Request, State, Verdict
from bot.policy.requests.audit_head import parse_head
from bot.policy.requests.seal import Seals
from bot.store.errors import CopyFailed, NoKey, NotEmpty, NotOurs
from bot.store.record import Record, open_record
from bot.store.whole.backup import backup, restore

Make = Callable[..., Request]
Open = Callable[..., Record]
LATER = timedelta(hours=1)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return tmp_path / "saved.db"


def changed(saved: Path, *statements: str) -> None:
    """What whoever has the file in hand may do to it."""
    with contextlib.closing(sqlite3.connect(saved)) as hands:
        for statement in statements:
            hands.execute(statement)
        hands.commit()


def busy(record: Record, a_request: Make) -> None:
    """A request in every open state, approved ones with their votes; two that are over; messages under way."""
    now = record.now()
    for n, state in enumerate([*sorted(OPEN), State.DONE, State.DENIED], 1):
        record.requests.insert(a_request(str(state), target_id=n, state=state, message_ts="1.0", channel="C1"))
        record.requests.decide(Decision(request_id=str(state), actor="U2", verdict=Verdict.APPROVE, decided_at=now))
    record.requests.update("running", lease_owner="dead", lease_until=now + LATER)
    record.leases.take("leader", "dead", now, now + LATER)
    record.outbox.add("said", Topic.WARNING, {"sentence": "x"})
    record.outbox.sent(record.outbox.claim("me", now, LATER)[0].id)
    record.outbox.add("owed", Topic.THREAD, {"request_id": "approved", "event": "approved", "sentence": "x"})
    record.audit.append("of the backup")


def test_what_was_open_in_a_backup_is_parked_and_what_was_over_stays(
    record: Record, target: str, new_target: Callable[[], str], opened: Open, a_request: Make, saved: Path
) -> None:
    busy(record, a_request)
    backup(target, saved)
    elsewhere = new_target()
    restore(saved, elsewhere)
    again = opened(elsewhere)
    assert again.requests.find(states=OPEN) == []
    for state in OPEN:
        row = again.requests.get(str(state))
        assert row is not None
        assert (row.state, row.lease_owner, again.requests.decisions(row.id)) == (State.STALE, None, [])
        assert row.outcome.startswith("The record was restored from a backup of 2026-12-01 12:00 UTC")
        assert "ask again" in row.outcome
        assert row.card_version < row.version, "its card is drawn anew"
    for state in (State.DONE, State.DENIED):
        row = again.requests.get(str(state))
        assert row is not None
        assert (row.state, len(again.requests.decisions(row.id))) == (state, 1)
    assert again.leases.take("leader", "alive", again.now(), again.now() + LATER)
    again.requests.insert(a_request("new", target_id=1))  # nothing stands in the way of asking anew


def test_nothing_that_waited_in_a_backup_is_sent_and_the_end_of_what_was_open_is(
    record: Record, target: str, new_target: Callable[[], str], opened: Open, a_request: Make, saved: Path
) -> None:
    busy(record, a_request)
    backup(target, saved)
    elsewhere = new_target()
    restore(saved, elsewhere)
    items = opened(elsewhere).outbox.claim("me", record.now(), LATER, limit=100)
    told = {(item.payload["request_id"], item.payload["event"], item.topic) for item in items[:-1]}
    assert told == {(str(state), "stale", topic) for state in OPEN for topic in (Topic.THREAD, Topic.DM)}
    warning = items[-1]
    assert warning.topic is Topic.WARNING
    assert f"{len(OPEN)} open requests were closed" in warning.payload["sentence"]


def test_the_log_says_what_was_replaced_by_what(
    record: Record, target: str, new_target: Callable[[], str], opened: Open, saved: Path
) -> None:
    record.audit.append("of the backup")
    kept = record.audit.head()
    backup(target, saved)
    elsewhere = new_target()
    other = opened(elsewhere)
    for _ in range(3):
        other.audit.append("of the record that is replaced")
    before = other.audit.head()
    assert before is not None
    restore(saved, elsewhere, force=True, actor="cli:ana")
    again = opened(elsewhere)
    line = again.audit.entries(limit=1)[0]
    assert (line.event, line.actor) == ("record.restored", "cli:ana")
    assert (line.details["replaced"], line.details["backup"]) == (str(before), str(kept))
    report = again.audit.verify(before)
    assert report.broken_at == 3
    assert f"Line 2 says that a backup was restored; the log before it ended at {before}" in report.problem
    assert kept is not None
    assert again.audit.verify(kept).whole


def test_a_sealed_log_is_gone_on_with_only_under_its_key(tmp_path: Path, saved: Path) -> None:
    seals = Seals(("key",))
    with contextlib.closing(open_record(tmp_path / "a.db", seals=seals)) as record:
        record.audit.append("e")
    backup(tmp_path / "a.db", saved)
    with pytest.raises(NoKey):
        restore(saved, tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()
    restore(saved, tmp_path / "b.db", seals=seals)
    with contextlib.closing(open_record(tmp_path / "b.db", seals=seals)) as again:
        assert again.audit.verify().whole


# Our own schema, and rows


def schema(path: str | Path) -> set[tuple[str, str, str]]:
    with contextlib.closing(sqlite3.connect(path)) as conn:
        return set(conn.execute("SELECT type, name, sql FROM sqlite_master"))


PLANTED = [
    "CREATE TRIGGER planted AFTER UPDATE ON requests BEGIN UPDATE users SET role = 'owner'; END",
    "CREATE TRIGGER planted_too AFTER INSERT ON audit BEGIN DELETE FROM notes; END",
    "CREATE VIEW planted_view AS SELECT * FROM users",
    "CREATE TABLE planted_table (a)",
    "CREATE INDEX planted_index ON users (email)",
    "ALTER TABLE users ADD COLUMN planted TEXT DEFAULT 'x'",
    "ALTER TABLE users ADD COLUMN computed TEXT GENERATED ALWAYS AS (upper(email)) VIRTUAL",
    "DROP TRIGGER audit_refuses_delete",
    "PRAGMA user_version = 77",
]


def test_nothing_of_a_backups_schema_is_taken_over(
    record: Record, target: str, new_target: Callable[[], str], opened: Open, person: Callable[..., object],
    a_request: Make, saved: Path, tmp_path: Path,
) -> None:  # fmt: skip
    record.users.put([person(7)])  # type: ignore[list-item]
    record.notes.set("k", "v")
    record.requests.insert(a_request("r1"))
    record.audit.append("e")
    backup(target, saved)
    changed(saved, *PLANTED)
    elsewhere = new_target()
    restore(saved, elsewhere)
    again = opened(elsewhere)
    row = again.users.get(7)
    assert row is not None
    assert (row, again.notes.get("k")) == (person(7), "v")
    if again.engine == "sqlite":
        open_record(tmp_path / "fresh.db").close()
        again.close()
        assert schema(elsewhere) == schema(tmp_path / "fresh.db")
    else:
        found = again._engine.rows("SELECT column_name FROM information_schema.columns WHERE column_name = 'planted'")
        assert found == []


MADE_OVER = [
    ["DROP TABLE notes", "CREATE VIEW notes AS SELECT 'k' AS key, 'v' AS value, 'x' AS written_at"],
    ["DROP TABLE notes"],
    ["DROP TABLE notes", "CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT)"],
    ["DROP TABLE notes", "CREATE TABLE notes (key, value, written_at)", "INSERT INTO notes VALUES ('k', x'00', 'x')"],
    ["DROP TABLE notes", "CREATE TABLE notes (key, value, written_at)", "INSERT INTO notes VALUES ('k', NULL, 'x')"],
    ["DROP TABLE notes", "CREATE VIRTUAL TABLE notes USING fts5 (key, value, written_at)"],
    ["PRAGMA writable_schema = ON", "UPDATE requests SET opened_at = 'yesterday'"],
    ["UPDATE requests SET plan = 'not JSON'"],
    ["UPDATE users SET raw = '{', alternate_emails = '['"],
    ["DELETE FROM _sqlite_migrations"],
]


@pytest.mark.parametrize("statements", MADE_OVER, ids=lambda statements: statements[-1][:40])
def test_what_our_tables_can_not_hold_is_refused_and_nothing_is_replaced(
    statements: list[str], tmp_path: Path, a_request: Make, person: Callable[..., object], saved: Path
) -> None:
    with contextlib.closing(open_record(tmp_path / "a.db")) as record:
        record.requests.insert(a_request("r1"))
        record.users.put([person(7)])  # type: ignore[list-item]
    backup(tmp_path / "a.db", saved)
    changed(saved, *statements)
    with contextlib.closing(open_record(tmp_path / "b.db")) as there:
        there.notes.set("mine", "x")
    with pytest.raises((CopyFailed, NotOurs), match="Nothing was restored"):
        restore(saved, tmp_path / "b.db", force=True)
    with contextlib.closing(open_record(tmp_path / "b.db")) as there:
        assert there.notes.get("mine") == "x"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db", "b.db", "saved.db"]


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path, saved: Path) -> None:
    from bot.store.sqlite.file import connect, prepare
    from bot.store.sqlite.library import Database
    from bot.store.sqlite.schema import migrate

    prepare(saved)
    with contextlib.closing(connect(saved, 10.0)) as conn:
        migrate(Database(conn, execute_plugins=False), saved, upto=5)
        conn.execute("INSERT INTO notes (key, value, written_at) VALUES ('k', 'v', 'x')")
    restore(saved, tmp_path / "b.db")
    with contextlib.closing(open_record(tmp_path / "b.db")) as record:
        assert record.notes.get("k") == "v"


# Links, and who may read


def put(path: Path, record: Path) -> None:
    """A link at `path` to somebody else's file."""
    path.symlink_to(record)


@pytest.mark.parametrize("side", ["", "-wal", "-shm", "-journal"])
def test_a_record_is_not_followed_through_a_link(side: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"" if not side else b"dear")
    put(tmp_path / f"hs-bot.db{side}", victim)
    with pytest.raises(NotOurs, match="is a link"):
        open_record(tmp_path / "hs-bot.db")
    assert victim.read_bytes() == (b"" if not side else b"dear")


@pytest.mark.parametrize("ending", ["part", "restoring", "restoring-journal"])
def test_what_is_needed_for_a_moment_is_not_written_through_a_link(ending: str, tmp_path: Path, saved: Path) -> None:
    open_record(tmp_path / "a.db").close()
    victim = tmp_path / "victim"
    victim.touch()
    if ending != "part":
        backup(tmp_path / "a.db", saved)
    name = "saved.db" if ending == "part" else "b.db"
    planted = tmp_path / f".{name}.{os.getpid()}.{ending}"
    put(planted, victim)
    with pytest.raises(NotEmpty, match="in the way"):
        backup(tmp_path / "a.db", saved) if ending == "part" else restore(saved, tmp_path / "b.db")
    assert victim.read_bytes() == b""
    assert planted.is_symlink()
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing"])
def test_neither_a_backup_nor_a_restore_goes_through_a_link(there: bool, tmp_path: Path, saved: Path) -> None:
    open_record(tmp_path / "a.db").close()
    victim = tmp_path / "victim"
    if there:
        victim.touch()
    put(saved, victim)
    with pytest.raises(NotOurs, match="is a link"):
        backup(tmp_path / "a.db", saved)
    backup(tmp_path / "a.db", tmp_path / "good.db")
    with pytest.raises(NotOurs, match="is a link"):
        restore(tmp_path / "good.db", saved, force=True)
    assert saved.is_symlink()
    assert victim.exists() is there
    assert not there or victim.read_bytes() == b""


def test_files_that_others_could_read_are_closed_to_them_and_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "hs-bot.db"
    with contextlib.closing(open_record(path)) as first:
        first.notes.set("k", "v")
        for side in ("", "-wal", "-shm"):
            Path(f"{path}{side}").chmod(0o644)
        with contextlib.closing(open_record(path)) as second:
            modes = [stat.S_IMODE(Path(f"{path}{side}").stat().st_mode) for side in ("", "-wal", "-shm")]
            assert modes == [0o600] * 3
            assert len(second.remarks) == 3
            assert "mode 644" in second.remarks[0]
            assert second.notes.get("k") == "v"
        assert first.remarks == ()


def test_a_head_is_read_as_it_was_posted() -> None:
    head = AuditHead(12, "ab" * 32)
    for text in (str(head), f" `{head}` ", f"12:{'AB' * 32}."):
        assert parse_head(text) == head
