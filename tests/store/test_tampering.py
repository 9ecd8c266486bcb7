"""Whoever changes the log past the triggers is found out, and the first line that does not fit is named."""

from collections.abc import Callable

import pytest

from bot.store.operations.audit.chain import details_hash, line_hash
from bot.store.record import Record

LINES = 9


@pytest.fixture
def tampered(record: Record) -> Callable[[str], None]:
    """Runs a statement as somebody would who owns the database: with the triggers out of the way."""
    with record.transaction():
        for n in range(1, LINES + 1):
            record.audit.append(f"e{n}", actor="U1", request_id="r1", user_id=7, details={"n": n} if n != 5 else None)
    engine = record._engine

    def run(statement: str) -> None:
        with engine.transaction():
            if engine.name == "sqlite":
                triggers = engine.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for (name,) in triggers:
                    engine.run(f"DROP TRIGGER {name}")
            else:
                for table in ("audit", "audit_details", "audit_erasures"):
                    engine.run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            engine.run(statement)

    return run


CHANGES = [
    ("UPDATE audit SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 4", 4, "changed"),
    ("UPDATE audit SET event = 'x' WHERE seq = 4", 4, "changed"),
    ("UPDATE audit SET actor = 'U9' WHERE seq = 1", 1, "changed"),
    ("UPDATE audit SET request_id = NULL WHERE seq = 4", 4, "changed"),
    ("UPDATE audit SET user_id = 8 WHERE seq = 9", 9, "changed"),
    ("UPDATE audit SET hash = 'x' WHERE seq = 4", 4, "changed"),
    ("UPDATE audit SET previous_hash = 'x' WHERE seq = 4", 4, "follow"),
    ("UPDATE audit SET details_hash = '' WHERE seq = 4", 4, "changed"),
    ("UPDATE audit SET details_hash = 'x' WHERE seq = 5", 5, "changed"),
    ("UPDATE audit_details SET details = '{\"n\":99}' WHERE seq = 4", 4, "details were changed"),
    ("UPDATE audit_details SET salt = 'x' WHERE seq = 4", 4, "details were changed"),
    ("DELETE FROM audit_details WHERE seq = 4", 4, "details are gone"),
    ("DELETE FROM audit WHERE seq = 1", 1, "missing"),
    ("DELETE FROM audit WHERE seq = 4", 4, "missing"),
    ("DELETE FROM audit WHERE seq IN (4, 5, 6)", 4, "lines 4 to 6 are missing"),
    ("DELETE FROM audit WHERE seq = 9", 9, "missing"),
    ("DELETE FROM audit WHERE seq > 6", 7, "missing"),
    ("DELETE FROM audit", 1, "missing"),
    ("INSERT INTO audit_details (seq, salt, details) VALUES (5, 's', '{}')", 5, "details were changed"),
    ("UPDATE audit_head SET seq = 8 WHERE id = 1", 8, "written last"),
    ("UPDATE audit_head SET hash = 'x' WHERE id = 1", 9, "written last"),
    ("DELETE FROM audit_head", 1, "head"),
    (
        (
            "INSERT INTO audit SELECT 10, at, event, actor, request_id, user_id, details_hash, hash, 'x', seal "
            "FROM audit WHERE seq = 9"
        ),
        10,
        "not written by the bot",
    ),
]


@pytest.mark.parametrize(("statement", "line", "words"), CHANGES, ids=[change[0][:60] for change in CHANGES])
def test_every_kind_of_tampering_is_located(
    record: Record, tampered: Callable[[str], None], statement: str, line: int, words: str
) -> None:
    assert record.audit.verify().whole
    if record.engine == "sqlite":
        record._engine.rows("PRAGMA foreign_keys = OFF")
    tampered(statement)
    report = record.audit.verify()
    assert (report.whole, report.broken_at) == (False, line)
    assert words in report.problem
    assert str(line) in report.problem or line == 1
    assert report.entries <= line
    assert not report.head


def test_two_lines_that_were_swapped_are_found(record: Record, tampered: Callable[[str], None]) -> None:
    if record.engine == "sqlite":
        record._engine.rows("PRAGMA foreign_keys = OFF")
    tampered("UPDATE audit SET seq = -seq WHERE seq IN (3, 4)")
    record._engine.run("UPDATE audit SET seq = 7 + seq WHERE seq < 0")
    assert record.audit.verify().broken_at == 3


def test_details_that_an_erasure_claims_without_a_line_of_the_log_are_found(
    record: Record, tampered: Callable[[str], None]
) -> None:
    """The table of erasures alone is no proof: a chained line must say so."""
    tampered("INSERT INTO audit_erasures (seq, erased_by) VALUES (4, 9)")
    record._engine.run("DELETE FROM audit_details WHERE seq = 4")
    assert record.audit.verify().broken_at == 4


def test_a_tail_that_was_computed_anew_shows_against_a_head_kept_elsewhere(
    record: Record, tampered: Callable[[str], None]
) -> None:
    """The documented limit: who may write everything can compute everything, but not the hash in somebody's mailbox."""
    kept = record.audit.verify().head
    tampered("UPDATE audit SET actor = 'U9' WHERE seq = 8")
    engine = record._engine
    previous = engine.value("SELECT hash FROM audit WHERE seq = 7")
    for seq in (8, 9):
        row = engine.row(
            "SELECT seq, at, event, actor, request_id, user_id, details_hash FROM audit WHERE seq = :seq", {"seq": seq}
        )
        assert row is not None
        params = {"seq": seq, "previous": previous, "hash": line_hash(previous, *row)}
        engine.run("UPDATE audit SET previous_hash = :previous, hash = :hash WHERE seq = :seq", params)
        previous = params["hash"]
    assert not record.audit.verify().whole  # the head still says otherwise
    engine.run("UPDATE audit_head SET hash = :hash", {"hash": previous})
    report = record.audit.verify()
    assert report.whole
    assert report.head != kept


def test_a_log_that_goes_on_after_a_cut_still_shows_the_cut(record: Record, tampered: Callable[[str], None]) -> None:
    if record.engine == "sqlite":
        record._engine.rows("PRAGMA foreign_keys = OFF")
    tampered("DELETE FROM audit WHERE seq > 7")
    record.audit.append("later")
    report = record.audit.verify()
    assert report.broken_at == 8
    assert "8 to 9" in report.problem


def test_the_hash_of_details_depends_on_all_of_it() -> None:
    assert details_hash("salt", "{}") != details_hash("salt2", "{}") != details_hash("salt", "{ }")
