"""Reading the bot's record for the page: read-only, over a connection of its own, like any SQLite tool."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FIRST = (
    "users",
    "requests",
    "decisions",
    "steps",
    "moves",
    "changes",
    "audit",
    "syncs",
    "teams",
    "team_members",
    "outbox",
)


@dataclass(frozen=True, kw_only=True)
class Table:
    name: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Rows:
    """`rows` hold one text a column; `found` is how many there are in all."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    found: int


class RecordReader:
    """Every question opens and closes the file: the bot may be killed and started at any time. Raises sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True, timeout=2.0)
        try:
            yield connection
        finally:
            connection.close()

    def tables(self) -> list[Table]:
        """Every table with its number of rows, the interesting ones first."""
        with self._open() as db:
            found = db.execute(
                "select name from sqlite_master where type = 'table' and name not like 'sqlite~_%' escape '~'"
            )
            names = sorted((str(n) for (n,) in found), key=lambda n: (FIRST.index(n) if n in FIRST else len(FIRST), n))
            return [
                Table(name=n, count=db.execute(f'select count(*) from "{_quoted(n)}"').fetchone()[0]) for n in names
            ]

    def rows(self, table: str, *, words: str = "", limit: int = 50, offset: int = 0) -> Rows:
        """The newest rows first; with `words` those that have them in any column."""
        name = _quoted(table)
        with self._open() as db:
            columns = tuple(str(c[1]) for c in db.execute(f'pragma table_info("{name}")'))
            any_column = " or ".join(f'cast("{_quoted(c)}" as text) like ?' for c in columns)
            where = f"where {any_column}" if words and columns else ""
            values = [f"%{words}%"] * len(columns) if where else []
            found = db.execute(f'select count(*) from "{name}" {where}', values).fetchone()[0]
            rows = db.execute(
                f'select * from "{name}" {where} order by rowid desc limit ? offset ?', [*values, limit, offset]
            )
            texts = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows)
        return Rows(columns=columns, rows=texts, found=found)

    def latest_request(self, email: str) -> tuple[str, str] | None:
        """State and requester of the newest offboarding of that address."""
        with self._open() as db:
            row = db.execute(
                "select state, requester from requests where kind = 'offboard' and target_email = ?"
                " order by opened_at desc limit 1",
                [email],
            ).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def stamp(self) -> int:
        """Moves with every write of the bot."""
        with self._open() as db:
            tables = "audit", "requests", "syncs", "outbox"
            known = {n for (n,) in db.execute("select name from sqlite_master where type = 'table'")}
            return sum(
                db.execute(f'select coalesce(max(rowid), 0) + count(*) from "{t}"').fetchone()[0]
                for t in tables
                if t in known
            )


def _quoted(name: str) -> str:
    return name.replace('"', '""')
