"""The file of the record: created for its owner's eyes only, recognised, checked before it is used."""

import os
import sqlite3
import stat
import time
from pathlib import Path

import structlog

from bot.store.errors import Corrupt, Locked, NoPlace, NotEmpty, NotOurs, TooOld
from bot.store.sqlite.library import Database

APPLICATION_ID = 0x68734254
"""`hsBT` in the file's header (bytes 68 to 71): what tools such as `file` tell a record by."""
_HEADER = b"SQLite format 3\0"
SIDES = ("", "-wal", "-shm", "-journal")
"""Endings of the files that are one record."""
# Not blocking: to open a pipe that somebody put there must not wait for its other end.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_OLDEST = (3, 37, 0)
"""STRICT tables, RETURNING."""


def prepare(path: Path) -> list[str]:
    """Create the file, mode 600, if it is not there; -wal and -shm get the mode of the file from SQLite.

    What is there and may be read by others gets mode 600 too; returns a sentence for each such file. Links are not
    followed: who may put one there would have us write elsewhere. Raises `NoPlace`, `NotOurs`, `TooOld`.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        raise TooOld(
            f"The record needs SQLite {'.'.join(map(str, _OLDEST))} or newer, and Python here has "
            f"{sqlite3.sqlite_version}: use a newer Python or the record on PostgreSQL."
        )
    try:
        refuse_links(path)
        if path.is_dir():
            raise NoPlace(f"{path} is a directory: name a file in it, for example {path / 'hs-bot.db'}.")
        if not path.parent.is_dir():
            raise NoPlace(f"The directory {path.parent} of the record does not exist: create it, or name another file.")
        _refuse_orphaned_log(path)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | _NO_LINK, 0o600))
        return []
    except FileExistsError:
        _look_at_header(path)
        return [said for side in SIDES if (said := _to_owner_alone(Path(f"{path}{side}")))]
    except PermissionError:
        raise NoPlace(f"The record {path} can't be created: this user may not write in {path.parent}.") from None
    except OSError as fault:  # a file system that is full or may only be read, a name that is too long
        raise NoPlace(f"The record {path} can't be created: {fault.strerror}. Name another file.") from None


def prepare_new(path: Path) -> None:
    """Create a file that nobody had before us, mode 600. Raises `NotEmpty` when anything is in its place."""
    for side in SIDES:
        place = Path(f"{path}{side}")
        if os.path.lexists(place):
            raise NotEmpty(f"{place} is in the way of a file that is needed for a moment: remove it, and try again.")
    prepare(path)


def refuse_links(path: Path) -> None:
    """Raises `NotOurs` when the file, or one that SQLite keeps beside it, is a symbolic link."""
    for side in SIDES:
        place = Path(f"{path}{side}")
        if place.is_symlink():
            raise NotOurs(f"{place} is a link, and hs-bot doesn't follow links to a record: name the file itself.")


def _refuse_orphaned_log(path: Path) -> None:
    """Raises `NoPlace` when the file is gone and its log is not: SQLite would empty the log, and lose what is in it."""
    log = Path(f"{path}-wal")
    if not os.path.lexists(path) and log.exists() and log.stat().st_size:
        raise NoPlace(
            f"There is no record {path}, but its log {log.name} is there, and what was written last is in it: nothing "
            f"was changed. Put the file back beside it; or, to begin a new record, remove {log.name}."
        )


def _to_owner_alone(path: Path) -> str | None:
    """Take a file's rights from everybody but its owner; a sentence when there were any."""
    try:
        file = os.open(path, os.O_RDONLY | _NO_LINK)
    except OSError:
        return None  # it is not there, or SQLite says better why it can't be read
    try:
        mode = stat.S_IMODE(os.fstat(file).st_mode)
        if not mode & 0o077 or not hasattr(os, "fchmod"):
            return None
        os.fchmod(file, mode & 0o600)
    except OSError as fault:
        return f"Other users of this machine can open {path} (mode {mode:o}), and hs-bot can't change that: {fault}."
    finally:
        os.close(file)
    said = f"Other users of this machine could open {path} (mode {mode:o}); now only its owner can."
    structlog.get_logger("record").warning("a file of the record was open to others", problem=said)
    return said


def _look_at_header(path: Path) -> None:
    """SQLite takes a file of a few bytes, whatever they say, for an empty database, and would write over it."""
    try:
        file = os.open(path, os.O_RDONLY | _NO_LINK)
    except OSError:
        return  # SQLite says better why it can't be read
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise NotOurs(f"{path} is no file: it was left alone. Name another file for the record.")
        header = os.read(file, len(_HEADER))
    finally:
        os.close(file)
    if header and header != _HEADER:
        raise NotOurs(f"{path} is no SQLite file: it was left alone. Name another file for the record.")


def identity(path: Path) -> tuple[int, int] | None:
    """Which file stands there, by device and number; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def connect(path: Path, busy: float) -> sqlite3.Connection:
    """A connection as every thread needs it. Transactions are begun and ended by the engine alone."""
    conn = sqlite3.connect(path, timeout=busy, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA secure_delete = ON")
        conn.execute("PRAGMA journal_size_limit = 67108864")  # a first sync must not leave its log's size for ever
        conn.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        conn.close()
        raise
    return conn


def recognise(db: Database, path: Path) -> None:
    """Raises `NotOurs`; else the file is ours (or empty), and in WAL mode."""
    db.conn.execute("BEGIN")  # one look: another bot may be creating the tables just now
    try:
        tables = db.conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        (application,) = db.conn.execute("PRAGMA application_id").fetchone()
    finally:
        db.conn.execute("ROLLBACK")
    if application not in (0, APPLICATION_ID) or (tables and application != APPLICATION_ID):
        raise NotOurs(
            f"{path} is a SQLite file of something else: it was left alone. Name another file for the record."
        )
    _to_wal(db, path)


def check(db: Database, path: Path) -> None:
    """Read every page; raises `Corrupt`. Some 2 ms for each megabyte."""
    (verdict,) = db.conn.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise Corrupt(damaged(path, verdict))


def damaged(path: Path, found: str) -> str:
    return (
        f"The record {path} is damaged ({found.strip().splitlines()[0][:120]}). Keep the file, put a backup in its "
        "place with hs-bot restore PATH --force, and start again."
    )


def _to_wal(db: Database, path: Path) -> None:
    """The change of mode does not wait for others as statements do; several bots may start together."""
    ends = time.monotonic() + 10
    while True:
        try:
            (mode,) = db.conn.execute("PRAGMA journal_mode").fetchone()
            if mode != "wal":
                (mode,) = db.conn.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as busy:
            if busy.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                raise
            time.sleep(0.02)
            continue
        if mode == "wal":
            return
        if time.monotonic() > ends:
            raise Locked(
                f"The record {path} can't be put into WAL mode (it is {mode}): it must be on a local disk, and no "
                "other program may hold it."
            )
        time.sleep(0.02)
