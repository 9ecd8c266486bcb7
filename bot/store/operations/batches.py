"""Batches: who was asked for together, and how far the card shows it. What is done to anybody stands in `requests`."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

from bot.model.batch import Batch, LeftOut
from bot.model.request import Kind, State
from bot.store.engine import Engine, Row
from bot.store.errors import Unknown
from bot.store.spelling import as_time, as_time_or_none, json_text, plain, time_or_null, time_text

_COLUMNS = (
    "id",
    "opened_at",
    "requester",
    "requester_name",
    "reason",
    "assignee_name",
    "run_at",
    "members",
    "left_out",
    "seal",
    "finished_at",
    "channel",
    "message_ts",
    "shown",
    "card_version",
    "version",
)
_READ = f"{', '.join(_COLUMNS)}, (SELECT MIN(requests.kind) FROM requests WHERE requests.batch_id = batches.id)"
"""With the kind of one of its requests; NULL while there are none."""
_SELECT = f"SELECT {_READ} FROM batches"
_MOVED = (
    "batches.version + (SELECT COALESCE(SUM(requests.version), 0) FROM requests WHERE requests.batch_id = batches.id)"
)


class Batches:
    """Operations on `batches`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def insert(self, batch: Batch) -> None:
        self._engine.run(
            f"INSERT INTO batches ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + one for one in _COLUMNS)})",
            _params(batch),
        )

    def get(self, id: str) -> Batch | None:
        row = self._engine.row(f"{_SELECT} WHERE id = :id", {"id": id})
        return _batch(row) if row else None

    def unfinished(self) -> list[Batch]:
        """Those of which somebody may still be decided or worked at, oldest first."""
        rows = self._engine.rows(f"{_SELECT} WHERE finished_at IS NULL ORDER BY opened_at, id")
        return [_batch(row) for row in rows]

    def latest(self, limit: int = 50) -> list[Batch]:
        """Newest first."""
        rows = self._engine.rows(f"{_SELECT} ORDER BY opened_at DESC, id DESC LIMIT :limit", {"limit": limit})
        return [_batch(row) for row in rows]

    def touch(self, id: str) -> Batch:
        """Take the row: until the end of the transaction nobody else can. Raises `Unknown`."""
        row = self._engine.row(f"UPDATE batches SET version = version + 1 WHERE id = :id RETURNING {_READ}", {"id": id})
        if row is None:
            raise Unknown(f"There is no batch {id}.")
        return _batch(row)

    def finish(self, id: str, at: datetime | None) -> None:
        """Nobody is left to be decided or worked at; None: somebody is again."""
        params = {"id": id, "at": time_or_null(at)}
        self._engine.run("UPDATE batches SET finished_at = :at, version = version + 1 WHERE id = :id", params)

    def put_members(self, id: str, members: tuple[str, ...], seal: str) -> None:
        """More people in it, sealed anew."""
        params = {"id": id, "members": json_text(list(members)), "seal": seal}
        sql = "UPDATE batches SET members = :members, seal = :seal, version = version + 1 WHERE id = :id"
        self._engine.run(sql, params)

    def cards_out_of_date(self) -> list[tuple[Batch, int]]:
        """Those of which anything has moved since their card was looked at, oldest first, with the version of now."""
        rows = self._engine.rows(
            f"SELECT {_READ}, {_MOVED} FROM batches "
            f"WHERE (finished_at IS NULL OR shown NOT LIKE 'end/%') AND card_version < {_MOVED} ORDER BY opened_at, id"
        )
        return [(_batch(row[:-1]), int(row[-1])) for row in rows]

    def card_shown(self, id: str, *, version: int, channel: str, message_ts: str, shown: str) -> None:
        """The card shows this much; it does not move the batch."""
        self._engine.run(
            "UPDATE batches SET card_version = :version, channel = :channel, message_ts = :ts, shown = :shown "
            "WHERE id = :id",
            {"id": id, "version": version, "channel": channel, "ts": message_ts, "shown": shown},
        )

    def states(self, id: str) -> Counter[State]:
        """How many of its requests are in which state."""
        sql = "SELECT state, count(*) FROM requests WHERE batch_id = :id GROUP BY state"
        return Counter({State(state): count for state, count in self._engine.rows(sql, {"id": id})})

    def voters(self, id: str) -> frozenset[str]:
        """Slack ids of everybody who has a valid vote on one of its requests."""
        sql = (
            "SELECT DISTINCT decisions.actor FROM decisions JOIN requests ON requests.id = decisions.request_id "
            "WHERE requests.batch_id = :id AND decisions.void = 0"
        )
        return frozenset(str(actor) for (actor,) in self._engine.rows(sql, {"id": id}))

    def open_of(self, requester: str) -> int:
        """Open requests of one requester, those of a batch counted as one."""
        sql = (
            "SELECT count(DISTINCT CASE WHEN batch_id = '' THEN id ELSE 'batch ' || batch_id END) FROM requests "
            "WHERE requester = :requester AND state NOT IN "
            "('done', 'denied', 'cancelled', 'expired', 'stale', 'failed')"
        )
        count: int = self._engine.value(sql, {"requester": requester})
        return count


def _params(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "opened_at": time_text(batch.opened_at),
        "requester": batch.requester,
        "requester_name": plain(batch.requester_name),
        "reason": plain(batch.reason),
        "assignee_name": plain(batch.assignee_name),
        "run_at": time_or_null(batch.run_at),
        "members": json_text(list(batch.members)),
        "left_out": json_text([{"number": one.number, "text": one.text, "why": one.why} for one in batch.left_out]),
        "seal": batch.seal,
        "finished_at": time_or_null(batch.finished_at),
        "channel": batch.channel,
        "message_ts": batch.message_ts,
        "shown": batch.shown,
        "card_version": batch.card_version,
        "version": batch.version,
    }


def _batch(row: Row) -> Batch:
    values = dict(zip((*_COLUMNS, "kind"), row, strict=True))
    left: list[dict[str, Any]] = json.loads(values["left_out"])
    values |= {
        "opened_at": as_time(values["opened_at"]),
        "run_at": as_time_or_none(values["run_at"]),
        "finished_at": as_time_or_none(values["finished_at"]),
        "members": tuple(json.loads(values["members"])),
        "left_out": tuple(LeftOut(**one) for one in left),
        "kind": Kind(values["kind"] or Kind.OFFBOARD),
    }
    return Batch(**values)
