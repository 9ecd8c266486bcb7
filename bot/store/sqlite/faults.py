"""SQLite's errors as the record's own types, each with a sentence."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store.errors import Away, Corrupt, Full, Locked, NoPlace, NotOurs, ReadOnly, StoreError

_LOW_SPACE = 1 << 20
"""Bytes: an I/O error on a disk with less than this is a full disk (SQLite reports some as plain I/O errors)."""


@contextmanager
def typed(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside into a `StoreError`."""
    try:
        yield
    except sqlite3.Error as fault:
        raise as_store_error(fault, path) from fault


def as_store_error(fault: sqlite3.Error, path: Path) -> StoreError:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return locked(path)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _hardly_space(path)):
        return Full(f"The disk of the record {path} is full: nothing was written. Make room; nothing else is needed.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return ReadOnly(
            f"The record {path} can't be written: nothing was changed. This user needs write permission for the file "
            "and its directory, on a disk that is not read-only."
        )
    if code == sqlite3.SQLITE_NOTADB:
        return NotOurs(f"{path} is no SQLite file: it was left alone. Name another file for the record.")
    if code == sqlite3.SQLITE_CORRUPT:
        return Corrupt(
            f"The record {path} is damaged ({fault}). Keep the file, put a backup in its place with  "
            "hs-bot restore PATH --force, and start again."
        )
    if code == sqlite3.SQLITE_CANTOPEN:
        if path.exists() and not os.access(path, os.R_OK):
            return NoPlace(f"The record {path} can't be opened: this user may not read it.")
        if path.exists() and not os.access(path.parent, os.W_OK):
            return ReadOnly(f"The record {path} can't be written: this user may not write in {path.parent}.")
        return NoPlace(f"The record {path} can't be opened: check the path and its permissions.")
    if code == sqlite3.SQLITE_IOERR:
        return StoreError(
            f"The disk of the record {path} reports an error ({fault}): nothing was written. Check the disk."
        )
    if "closed database" in str(fault):
        return Away("The record is closed: the bot is stopping.")
    return StoreError(f"The record {path} refused: {fault}.")


def locked(path: Path) -> Locked:
    return Locked(
        f"Another program holds the record {path}: nothing was written. Try again; if it stays so, see who has it open."
    )


def _hardly_space(path: Path) -> bool:
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LOW_SPACE
