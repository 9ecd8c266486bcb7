"""A whole record from one engine to another, inside one transaction of the target."""

from collections.abc import Iterator
from itertools import chain

from bot.store.engine import Engine, Row
from bot.store.errors import CopyFailed, NotEmpty
from bot.store.operations.audit.verification import verify
from bot.store.tables import TABLES

BASE = ("record_version", "audit_head")
"""Tables that have their one row, `id` 1, from the beginning."""


def copy_all(reading: Engine, writing: Engine, *, force: bool = False) -> dict[str, int]:
    """Copy every table; returns rows by table. `force` empties the target first.

    To be called within `reading.snapshot()` and `writing.transaction()`: whatever it raises, the target stays as it is.
    Raises `NotEmpty`, `CopyFailed`.
    """
    if not force and (table := first_filled(writing)):
        raise NotEmpty(f"The record in {writing.place} is not empty (it has rows in {table}): nothing was copied.")
    version = 1 + max(_version(reading), _version(writing))
    if force:
        writing.empty([table for table in TABLES if table not in BASE])
    copied = {table: _copy_table(reading, writing, table) for table in TABLES}
    writing.filled()
    move_version(writing, version)
    _compare(writing, copied)
    return copied


def first_filled(engine: Engine) -> str | None:
    """A table that has rows; None for a record in which nothing was ever written."""
    return next((t for t in TABLES if t not in BASE and engine.value(f"SELECT 1 FROM {t} LIMIT 1")), None)


def counts(engine: Engine) -> dict[str, int]:
    """Rows by table."""
    return {table: int(engine.value(f"SELECT count(*) FROM {table}")) for table in TABLES}


def move_version(engine: Engine, version: int) -> None:
    """Have whoever kept people in memory read all of them again."""
    engine.run("UPDATE users SET version = :version", {"version": version})
    engine.run("UPDATE record_version SET number = :version", {"version": version})


def go_on_after_last(engine: Engine) -> None:
    """Have new lines of a broken audit log follow the last one there is; what is broken stays so, and is found."""
    last = engine.row("SELECT seq, hash, at, seal FROM audit ORDER BY seq DESC LIMIT 1") or (0, "", "", "")
    first_sealed = engine.value("SELECT min(seq) FROM audit WHERE seal <> ''") or 0
    columns = ("id", "seq", "hash", "at", "seal", "sealed_from")
    engine.put("audit_head", columns, ("id",), [(1, *last, first_sealed)])


def _version(engine: Engine) -> int:
    return int(engine.value("SELECT number FROM record_version") or 0)


def _copy_table(reading: Engine, writing: Engine, table: str) -> int:
    columns = writing.columns(table)  # whatever else the source may have stays there
    rows = reading.stream(table, columns)
    if table in BASE:
        only = list(rows)
        writing.put(table, columns, ("id",), only)
        return len(only)
    first = next(rows, None)
    return 0 if first is None else writing.fill(table, columns, _all(first, rows))


def _all(first: Row, rest: Iterator[Row]) -> Iterator[Row]:
    return chain((first,), rest)


def _compare(writing: Engine, copied: dict[str, int]) -> None:
    for table, expected in copied.items():
        found = writing.value(f"SELECT count(*) FROM {table}")
        if found != expected:
            raise CopyFailed(f"The table {table} has {expected} rows and {found} arrived: nothing was copied.")
    report = verify(writing)
    if not report.whole:
        raise CopyFailed(f"The record was not copied, because its audit log can't be trusted. {report.problem}")
