"""Files of records copied as files: page by page through SQLite's own backup, consistent while others write."""

import contextlib
import sqlite3
from enum import Enum
from pathlib import Path
from urllib.parse import quote

from bot.store.errors import NotOurs
from bot.store.sqlite.faults import typed
from bot.store.sqlite.file import APPLICATION_ID, prepare


class Standing(Enum):
    """What there is where a record is to be restored; the value completes a sentence about it."""

    MISSING = "is not there"
    EMPTY = "is empty"
    HOLDS = "is not empty"
    OPEN = "is open in another program"
    DAMAGED = "is damaged"


def copy_file(source: Path, target: Path, *, reading_only: bool = False) -> None:
    """Write the record in the file `source` to the new file `target`, mode 600. Raises `NotOurs` and others."""
    with typed(target):
        prepare(target)
    with typed(source), contextlib.closing(_opened(source, "ro" if reading_only else "rw")) as reading:
        _recognised(reading, source)
        with contextlib.closing(sqlite3.connect(target)) as writing, typed(target):
            reading.backup(writing)


def into_one_file(path: Path) -> None:
    """Fold the write-ahead log into the file and leave WAL mode."""
    with typed(path), contextlib.closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")


def overwrite(source: Path, target: Path) -> None:
    """Put the content of `source` into the file `target`, in one transaction; programs that have it open go on."""
    with (
        contextlib.closing(sqlite3.connect(source)) as reading,
        typed(target),
        contextlib.closing(_opened(target, "rw")) as writing,
    ):
        reading.backup(writing)


def standing(path: Path) -> Standing:
    """Look at a file without changing it. Raises `NotOurs` for a SQLite file of something else."""
    if not path.exists():
        return Standing.MISSING
    try:
        with contextlib.closing(_opened(path, "rw")) as conn:
            if conn.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                return Standing.EMPTY
            _recognised(conn, path)
            if conn.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return Standing.DAMAGED
            if conn.execute("SELECT 1 FROM audit UNION ALL SELECT 1 FROM users LIMIT 1").fetchone():
                return Standing.HOLDS
            return Standing.OPEN if _in_use(conn) else Standing.EMPTY
    except sqlite3.DatabaseError as fault:
        if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return Standing.DAMAGED
        with typed(path):
            raise


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=10.0, isolation_level=None)


def _recognised(conn: sqlite3.Connection, path: Path) -> None:
    if conn.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        raise NotOurs(f"{path} holds no record of this bot: it was left alone.")


def _in_use(conn: sqlite3.Connection) -> bool:
    """Leaving WAL mode needs the file for oneself; nobody else's work is disturbed by trying."""
    conn.execute("PRAGMA busy_timeout = 0")
    try:
        conn.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError:
        return True
    conn.execute("PRAGMA journal_mode = WAL")
    return False
