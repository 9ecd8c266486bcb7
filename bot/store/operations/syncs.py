"""Walks over everybody: when, with what result."""

from datetime import datetime

from bot.model.sync import SyncRun, SyncState
from bot.store.engine import Engine, Row
from bot.store.errors import Unknown
from bot.store.spelling import as_time, as_time_or_none, plain, time_or_null, time_text

_COLUMNS = '"trigger", started_at, state, finished_at, people, joined, removed, changed, requests, problem'
_SELECT = f"SELECT id, {_COLUMNS} FROM syncs"
GOOD = "state IN ('done', 'held')"
"""Read everybody and wrote what it found; a held one waits for an approver with the removals alone."""


class Syncs:
    """Operations on `syncs`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, trigger: str, at: datetime) -> SyncRun:
        """A new row, RUNNING."""
        row = self._engine.row(
            f"INSERT INTO syncs ({_COLUMNS}) VALUES (:trigger, :at, 'running', NULL, 0, 0, 0, 0, 0, '') "
            f"RETURNING id, {_COLUMNS}",
            {"trigger": plain(trigger), "at": time_text(at)},
        )
        assert row is not None
        return _sync(row)

    def finish(self, run: SyncRun) -> None:
        """Write the row as it ended. Raises `Unknown`."""
        written = self._engine.run(
            "UPDATE syncs SET state = :state, finished_at = :finished_at, people = :people, joined = :joined, "
            "removed = :removed, changed = :changed, requests = :requests, problem = :problem WHERE id = :id",
            {
                "id": run.id,
                "state": run.state.value,
                "finished_at": time_or_null(run.finished_at),
                "people": run.people,
                "joined": run.joined,
                "removed": run.removed,
                "changed": run.changed,
                "requests": run.requests,
                "problem": plain(run.problem),
            },
        )
        if not written:
            raise Unknown(f"The record knows no sync {run.id}.")

    def get(self, id: int) -> SyncRun | None:
        return self._one("WHERE id = :id", {"id": id})

    def latest(self) -> SyncRun | None:
        """The one that was started last, whatever became of it."""
        return self._one("ORDER BY id DESC LIMIT 1")

    def latest_ended(self) -> SyncRun | None:
        """The last that is over: why it failed is told also while the next one runs."""
        return self._one("WHERE state <> 'running' ORDER BY id DESC LIMIT 1")

    def latest_good(self) -> SyncRun | None:
        """The last that read everybody: DONE, or HELD (where only the removals wait)."""
        return self._one(f"WHERE {GOOD} ORDER BY id DESC LIMIT 1")

    def first_good(self) -> SyncRun | None:
        """The one with which the record began: whom it found was there already, and did not join."""
        return self._one(f"WHERE {GOOD} ORDER BY id LIMIT 1")

    def recent(self, limit: int = 20) -> list[SyncRun]:
        """Newest first."""
        return [_sync(row) for row in self._engine.rows(f"{_SELECT} ORDER BY id DESC LIMIT :limit", {"limit": limit})]

    def seats(self) -> list[tuple[datetime, int]]:
        """Active people over time: one point for each day (UTC) with a good sync, its last; oldest first."""
        rows = self._engine.rows(f"""
            SELECT finished_at, people FROM syncs WHERE id IN (
                SELECT max(id) FROM syncs WHERE {GOOD} AND finished_at IS NOT NULL GROUP BY substr(finished_at, 1, 10)
            ) ORDER BY finished_at
        """)
        return [(as_time(at), people) for at, people in rows]

    def abandon_running(self, at: datetime) -> int:
        """Close every row that a dead process left RUNNING; returns how many. For who holds the lease of the sync."""
        return self._engine.run(
            "UPDATE syncs SET state = 'failed', finished_at = :at, "
            "problem = 'The bot that ran this sync ended in the middle of it; nothing was written.' "
            "WHERE state = 'running'",
            {"at": time_text(at)},
        )

    def _one(self, tail: str, params: dict[str, object] | None = None) -> SyncRun | None:
        row = self._engine.row(f"{_SELECT} {tail}", params)
        return _sync(row) if row else None


def _sync(row: Row) -> SyncRun:
    return SyncRun(
        id=row[0],
        trigger=row[1],
        started_at=as_time(row[2]),
        state=SyncState(row[3]),
        finished_at=as_time_or_none(row[4]),
        people=row[5],
        joined=row[6],
        removed=row[7],
        changed=row[8],
        requests=row[9],
        problem=row[10],
    )
