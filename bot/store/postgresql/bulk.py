"""Many rows at once on PostgreSQL: COPY, and for a few a pipeline of single statements."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import psycopg
from psycopg import sql as words

from bot.store.engine import Row

Connection = psycopg.Connection[tuple[Any, ...]]
_FEW = 50
"""Rows up to which single statements are quicker than COPY."""


def put(conn: Connection, table: str, columns: Sequence[str], key: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert, or overwrite those with the same key: COPY into a table of its own first, which knows no conflict."""
    sets = [words.SQL("{0} = excluded.{0}").format(words.Identifier(c)) for c in columns if c not in key]
    update = words.SQL("UPDATE SET {}").format(words.SQL(", ").join(sets)) if sets else words.SQL("NOTHING")
    tail = words.SQL(" ON CONFLICT ({}) DO {}").format(_names(key), update)
    first, source = _begun(rows)
    if len(first) < _FEW:
        _insert(conn, table, columns, first, tail)
        return
    incoming = f"incoming_{table}"
    conn.execute(
        words.SQL("CREATE TEMPORARY TABLE {} (LIKE {}) ON COMMIT DROP").format(
            words.Identifier(incoming), words.Identifier(table)
        )
    )
    _copy(conn, incoming, columns, source)
    insert = words.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
        words.Identifier(table), _names(columns), _names(columns), words.Identifier(incoming)
    )
    conn.execute(insert + tail)
    conn.execute(words.SQL("DROP TABLE {}").format(words.Identifier(incoming)))


def fill(conn: Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert new rows; returns how many."""
    first, source = _begun(rows)
    if len(first) < _FEW:
        _insert(conn, table, columns, first, words.SQL(""))
        return len(first)
    return _copy(conn, table, columns, source)


def stream(conn: Connection, table: str, columns: Sequence[str]) -> Iterator[Row]:
    """Every row, through a cursor on the server."""
    select = words.SQL("SELECT {} FROM {}").format(_names(columns), words.Identifier(table))
    with conn.cursor(name=f"stream_{table}") as cursor:
        cursor.itersize = 5000
        cursor.execute(select)
        yield from cursor


def _begun(rows: Iterable[Row]) -> tuple[list[Row], Iterator[Row]]:
    """The first rows, and all of them."""
    source = iter(rows)
    first = list(islice(source, _FEW))
    return first, chain(first, source)


def _insert(conn: Connection, table: str, columns: Sequence[str], rows: list[Row], tail: words.Composable) -> None:
    if rows:
        insert = words.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            words.Identifier(table), _names(columns), words.SQL(", ").join([words.Placeholder()] * len(columns))
        )
        conn.cursor().executemany(insert + tail, rows)


def _copy(conn: Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    written = 0
    copy = words.SQL("COPY {} ({}) FROM STDIN").format(words.Identifier(table), _names(columns))
    with conn.cursor().copy(copy) as target:
        for row in rows:
            target.write_row(row)
            written += 1
    return written


def _names(columns: Iterable[str]) -> words.Composed:
    return words.SQL(", ").join(words.Identifier(column) for column in columns)
