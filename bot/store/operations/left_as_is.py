"""Findings that somebody has said are right as they are: kept with who said so, why, and until when."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.store.engine import Engine, Row
from bot.store.spelling import as_time, json_text, plain, time_text

_COLUMNS = "key, kind, user_id, email, why, said_by, said_at, until, seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAsIs:
    """`by` is a Slack id; `until` None: for good. `seen`: source → what it said then; None where that was not kept."""

    key: str
    kind: str
    user_id: int | None
    email: str
    why: str
    by: str
    at: datetime
    until: datetime | None = None
    seen: Mapping[str, str] | None = None


class Kept:
    """Operations on `left_as_is`."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def all(self) -> dict[str, LeftAsIs]:
        """By key, those that count now, the oldest first."""
        rows = self._engine.rows(
            f"SELECT {_COLUMNS} FROM left_as_is WHERE until IS NULL OR until > :now ORDER BY said_at, key",
            {"now": time_text(self._now())},
        )
        return {row[0]: _read(row) for row in rows}

    def put(self, one: LeftAsIs) -> None:
        """Said twice, the later one counts."""
        values = (
            plain(one.key),
            one.kind,
            one.user_id,
            plain(one.email),
            plain(one.why),
            one.by,
            time_text(one.at),
            time_text(one.until) if one.until else None,
            json_text(dict(one.seen)) if one.seen is not None else None,
        )
        self._engine.put("left_as_is", tuple(_COLUMNS.split(", ")), ("key",), [values])

    def remove(self, key: str) -> bool:
        """False when there was none."""
        return self._engine.run("DELETE FROM left_as_is WHERE key = :key", {"key": key}) > 0


def _read(row: Row) -> LeftAsIs:
    key, kind, user_id, email, why, by, at, until, seen = row
    return LeftAsIs(
        key=key,
        kind=kind,
        user_id=user_id,
        email=email,
        why=why,
        by=by,
        at=as_time(at),
        until=as_time(until) if until else None,
        seen=json.loads(seen) if seen else None,
    )
