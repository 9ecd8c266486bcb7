"""What happened to people: rows that are added and never removed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from bot.model.change import Change, ChangeKind
from bot.store.engine import Engine, Row
from bot.store.operations.syncs import GOOD
from bot.store.spelling import as_time, plain, time_text

_COLUMNS = ("user_id", "kind", "field", "before", "after", "seen_at", "sync_id", "request_id")
_SELECT = f"SELECT id, {', '.join(_COLUMNS)} FROM changes"
_NEWEST_FIRST = "ORDER BY seen_at DESC, id DESC"
_PAGE = 2000
_NEWS = f"(sync_id IS NULL OR sync_id <> coalesce((SELECT min(id) FROM syncs WHERE {GOOD}), 0))"
"""Not what the first good sync wrote: the first look at an account shows everybody as new."""


class Changes:
    """Operations on `changes`. `limit` None means all of them."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def add(self, changes: Iterable[Change]) -> int:
        """Write them down, in order; those without `seen_at` are stamped with now. Returns how many."""
        new = list(changes)
        if not new:
            return 0
        now = time_text(self._now()) if any(change.seen_at is None for change in new) else ""
        return self._engine.fill("changes", _COLUMNS, [_row(change, now) for change in new])

    def of_user(self, user_id: int, *, limit: int | None = None, offset: int = 0) -> list[Change]:
        """Newest first."""
        return self._some("user_id = :user_id", {"user_id": user_id}, limit, offset)

    def since(self, at: datetime, *, limit: int | None = None, offset: int = 0) -> list[Change]:
        """Everybody's, seen at `at` or later, newest first. Whom the first sync found is no news."""
        return self._some(f"seen_at >= :at AND {_NEWS}", {"at": time_text(at)}, limit, offset)

    def count_since(self, at: datetime) -> int:
        """How many `since` has."""
        sql = f"SELECT count(*) FROM changes WHERE seen_at >= :at AND {_NEWS}"
        count: int = self._engine.value(sql, {"at": time_text(at)})
        return count

    def of_sync(self, sync_id: int) -> list[Change]:
        """In the order in which they were written."""
        rows = self._engine.rows(f"{_SELECT} WHERE sync_id = :id ORDER BY id", {"id": sync_id})
        return [_change(row) for row in rows]

    def of_request(self, request_id: str) -> list[Change]:
        """In the order in which they were written."""
        rows = self._engine.rows(f"{_SELECT} WHERE request_id = :id ORDER BY id", {"id": request_id})
        return [_change(row) for row in rows]

    def all(self) -> Iterator[Change]:
        """Oldest first; read page by page while it is walked."""
        after = -1
        while True:
            params = {"after": after, "limit": _PAGE}
            page = self._engine.rows(f"{_SELECT} WHERE id > :after ORDER BY id LIMIT :limit", params)
            yield from map(_change, page)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def monthly(self) -> list[tuple[str, int, int]]:
        """(`YYYY-MM`, joined or returned, left) for each month in which something of it happened, oldest first.

        Whom the first sync found did not join then.
        """
        rows = self._engine.rows(f"""
            SELECT substr(seen_at, 1, 7) AS month,
                   sum(CASE WHEN kind IN ('joined', 'returned') THEN 1 ELSE 0 END),
                   sum(CASE WHEN kind IN ('removed', 'offboarded') THEN 1 ELSE 0 END)
            FROM changes WHERE kind IN ('joined', 'returned', 'removed', 'offboarded') AND {_NEWS}
            GROUP BY substr(seen_at, 1, 7) ORDER BY month
        """)
        return [(month, int(joined), int(left)) for month, joined, left in rows]

    def _some(self, where: str, params: dict[str, Any], limit: int | None, offset: int) -> list[Change]:
        sql = f"{_SELECT} WHERE {where} {_NEWEST_FIRST} LIMIT :limit OFFSET :offset"
        bounds = {"limit": (1 << 62) if limit is None else limit, "offset": offset}
        return [_change(row) for row in self._engine.rows(sql, params | bounds)]


def _row(change: Change, now: str) -> Row:
    return (
        change.user_id,
        str(change.kind),
        plain(change.field),
        plain(change.before),
        plain(change.after),
        now if change.seen_at is None else time_text(change.seen_at),
        change.sync_id,
        change.request_id,
    )


def _change(row: Row) -> Change:
    return Change(
        id=row[0],
        user_id=row[1],
        kind=ChangeKind(row[2]),
        field=row[3],
        before=row[4],
        after=row[5],
        seen_at=as_time(row[6]),
        sync_id=row[7],
        request_id=row[8],
    )
