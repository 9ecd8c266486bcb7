"""Backups, and moves of a whole record between a file and PostgreSQL, either way.

A backup is a SQLite file that is complete in itself (no -wal beside it), mode 600, whatever engine the record is on. A
copy is one transaction: all tables with equal counts and an audit chain that verifies, or nothing.
"""

import contextlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bot.policy.requests.seal import Seals
from bot.policy.typed.place import shown
from bot.store.engine import Engine
from bot.store.errors import CopyFailed, Corrupt, Full, NoPlace, NotEmpty
from bot.store.operations.audit.verification import verify
from bot.store.paths import path_of
from bot.store.record import Record, is_postgresql, open_engine
from bot.store.whole.copying import copy_all, counts, go_on_after_last, move_version
from bot.store.whole.parking import park


def backup(source: str | Path, path: str | Path) -> dict[str, int]:
    """Write a consistent copy of the record at `source` to a new file, also while bots write; returns rows by table.

    Raises `NotEmpty` when `path` exists: a backup never replaces a file.
    """
    from bot.store.sqlite.copies import copy_file, into_one_file
    from bot.store.sqlite.file import prepare_new, refuse_links

    target = path_of(path)
    refuse_links(target)
    if target.exists():
        raise NotEmpty(f"There is a file {target} already: name a new one for the backup.")
    beside = _beside(target, "part")
    prepare_new(beside)
    try:
        if is_postgresql(str(source)):
            written = copy(source, beside)
        else:
            copy_file(_existing(source), beside)
            written = _counted(beside)
        into_one_file(beside)
        _appear(beside, target)
    except Corrupt as problem:  # a sentence names what the reader has named
        raise Corrupt(problem.sentence.replace(str(beside), str(source))) from problem
    except Full as problem:
        raise Full(problem.sentence.replace(str(beside), str(target))) from problem
    finally:
        _remove(beside)
    return written


def restore(
    path: str | Path, target: str | Path, *, force: bool = False, actor: str = "hs-bot", seals: Seals | None = None
) -> dict[str, int]:
    """Put the rows of the backup at `path` in the place of the record at `target`; returns how many, by table.

    The backup is only read, nothing of its schema is taken over, and what was open in it is parked (`parking.py`)
    by `actor`, under `seals`. Raises `NotEmpty` when the target holds a record, or a bot has it open, and `CopyFailed`
    when the backup's audit log is broken; `force` does it all the same. A damaged file is never replaced, but renamed
    to `….damaged-TIME`. Raises `CopyFailed` too for rows that our tables can't hold, whether `force` or not.
    """
    from bot.store.sqlite.copies import Standing, into_one_file, overwrite, standing
    from bot.store.sqlite.file import prepare_new, refuse_links

    source = _existing(path)
    if is_postgresql(str(target)):
        with tempfile.TemporaryDirectory() as directory:
            clean = Path(directory, "record.db")
            prepare_new(clean)
            _take_over(source, clean)
            return _to_postgresql(clean, str(target), force=force, actor=actor, seals=seals)
    place = path_of(target)
    refuse_links(place)
    found = standing(place)
    if found in (Standing.HOLDS, Standing.OPEN, Standing.DAMAGED) and not force:
        raise NotEmpty(f"The record {place} {found.value}: nothing was restored. To replace it all the same: --force.")
    beside = _beside(place, "restoring")
    prepare_new(beside)
    try:
        _take_over(source, beside)
        old = place if found in (Standing.HOLDS, Standing.OPEN) else None
        written = _prepared(beside, old, force=force, actor=actor, seals=seals)
        into_one_file(beside)
        if found is Standing.DAMAGED:
            _set_aside(place)
        if found in (Standing.DAMAGED, Standing.MISSING):
            _appear(beside, place)
        else:
            overwrite(beside, place)
    finally:
        _remove(beside)
    return written


def copy(source: str | Path, target: str | Path, *, force: bool = False) -> dict[str, int]:
    """Copy a whole record into an empty one (`force`: whatever that holds goes); returns rows by table.

    Raises `NotEmpty`, and `CopyFailed` when counts or the audit chain don't agree; then nothing was written.
    """
    if not is_postgresql(str(source)):
        _existing(source)
    if _same(source, target):
        raise NotEmpty("The source and the target are the same record: nothing was copied.")
    with (
        contextlib.closing(open_engine(source)) as reading,
        contextlib.closing(open_engine(target)) as writing,
        reading.snapshot(),
        writing.transaction(),
    ):
        return copy_all(reading, writing, force=force)


def _take_over(source: Path, target: Path) -> None:
    """By way of a copy, so that a backup is never written to, not even by SQLite."""
    from bot.store.sqlite.copies import copy_file
    from bot.store.whole.taking_over import take_over

    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacked-") as directory:
        unpacked = Path(directory, "record.db")
        copy_file(source, unpacked, reading_only=True)
        take_over(unpacked, target)


def _prepared(beside: Path, replaced: Path | None, *, force: bool, actor: str, seals: Seals | None) -> dict[str, int]:
    """Migrate, check and park what is going to be the record; its version moves past that of the one it replaces."""
    with contextlib.closing(open_engine(beside)) as engine, engine.transaction():
        report = verify(engine, seals)
        if not (report.whole or force):
            raise CopyFailed(f"{report.problem} Nothing was restored; to restore it as it is: --force.")
        if not report.whole:
            go_on_after_last(engine)
        from bot.store.whole.taking_over import check_values  # SQLite's driver with it: only who restores needs it

        check_values(Record(engine))
        written, head = counts(engine), ""
        if replaced is not None:
            with contextlib.closing(open_engine(replaced)) as old:
                head = _head(old)
                move_version(engine, 1 + max(old.version(), engine.version()))
        park(Record(engine, seals=seals), replaced=head, actor=actor)
        return written


def _to_postgresql(clean: Path, target: str, *, force: bool, actor: str, seals: Seals | None) -> dict[str, int]:
    with contextlib.closing(open_engine(clean)) as reading, contextlib.closing(open_engine(target)) as writing:
        from bot.store.whole.taking_over import check_values

        check_values(Record(reading))
        with reading.snapshot(), writing.transaction():
            head = _head(writing)
            written = copy_all(reading, writing, force=force)
            park(Record(writing, seals=seals), replaced=head, actor=actor)
            return written


def _head(engine: Engine) -> str:
    return str(Record(engine).audit.head() or "")


def _counted(path: Path) -> dict[str, int]:
    with contextlib.closing(open_engine(path)) as engine:
        return counts(engine)


def _existing(source: str | Path) -> Path:
    path = path_of(source)
    if not path.is_file():
        raise NoPlace(f"There is no file {shown(source)}.")
    return path


def _same(source: str | Path, target: str | Path) -> bool:
    if is_postgresql(str(source)) or is_postgresql(str(target)):
        return str(source) == str(target)
    return path_of(source).resolve() == path_of(target).resolve()


def _beside(target: Path, ending: str) -> Path:
    """A name in the same directory, so that the file can be put in place at once or not at all."""
    if not target.parent.is_dir():
        raise NoPlace(f"The directory {target.parent} does not exist: create it, or name another file.")
    return target.with_name(f".{target.name}.{os.getpid()}.{ending}")


def _appear(beside: Path, target: Path) -> None:
    """Unlike a rename, a link never replaces what appeared there meanwhile; some file systems know no links."""
    try:
        os.link(beside, target)
    except FileExistsError:
        raise NotEmpty(f"There is a file {target} already: nothing was written.") from None
    except OSError:
        beside.rename(target)


def _set_aside(place: Path) -> None:
    ending = f".damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    for suffix in ("-wal", "-shm", ""):
        path = place.with_name(place.name + suffix)
        if path.exists():
            path.rename(place.with_name(place.name + ending + suffix))


def _remove(beside: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        beside.with_name(beside.name + suffix).unlink(missing_ok=True)
