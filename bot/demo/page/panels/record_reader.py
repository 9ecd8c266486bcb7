"""Reading the bot's record for the page: read-only, over a connection of its own, like any SQLite tool."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """What an identity provider wants of a person or a team (`kind`), and the last request about it, if any."""

    kind: str
    address: str
    name: str  # of a group
    subject_id: int | None
    wanted: Mapping[str, Any]
    deleted: bool
    since: str  # ISO 8601
    problem: str
    request: str = ""  # its kind
    state: str = ""
    batch: bool = False


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

    def pushed(self) -> list[Pushed]:
        """Every wish with the newest request about the same person or team."""
        question = """
            select w.kind, w.address, w.document, w.subject_id, w.wanted, w.deleted, w.since, w.problem,
                r.kind, r.state, r.batch_id
            from wishes w left join requests r on r.id = coalesce(w.request_id, (
                select id from requests
                where (kind = 'delete team') = (w.kind = 'group')
                and (target_id = w.subject_id or (w.kind = 'user' and target_email = w.address))
                order by opened_at desc limit 1
            ))
        """
        with self._open() as db:
            return [
                Pushed(
                    kind=kind,
                    address=address,
                    name=str(json.loads(document).get("displayName") or ""),
                    subject_id=subject,
                    wanted=json.loads(wanted),
                    deleted=bool(deleted),
                    since=since,
                    problem=problem,
                    request=request or "",
                    state=state or "",
                    batch=bool(batch),
                )
                for kind, address, document, subject, wanted, deleted, since, problem, request, state, batch in (
                    db.execute(question)
                )
            ]

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
