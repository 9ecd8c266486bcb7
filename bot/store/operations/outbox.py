"""Messages owed to Slack: added in the transaction they tell about, claimed by one sender at a time, told once."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.model.outbox import OutboxItem, Topic
from bot.store.engine import Engine, Row
from bot.store.errors import Unknown
from bot.store.operations.leases import overlong
from bot.store.spelling import as_time, json_text, plain, time_text

_COLUMNS = "id, key, topic, payload, created_at, not_before, attempts, maybe_sent"
_DUE = (
    "(not_before <= :now OR (created_at > :now AND not_before <= created_at) OR (attempts > 0 AND not_before > :never))"
)
"""Its time has come; or the clock was ahead when it was added (to be sent at once), or put off."""
_FREE = f"state = 'waiting' AND {_DUE} AND (owned_until IS NULL OR owned_until <= :now OR owned_until > :overlong)"
UNREADABLE = "The record holds something that hs-bot can't read as a message."
_LONGEST_WAIT = timedelta(hours=1)
"""No message that Slack was asked to take is put off for longer than this."""


class Outbox:
    """Operations on `outbox`. A row stays for ever, for its key; the payload of what was sent goes."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def add(self, key: str, topic: Topic, payload: Mapping[str, Any], *, not_before: datetime | None = None) -> bool:
        """Owe a message; False when one with this key was added before, whatever became of it."""
        now = self._now()
        written = self._engine.run(
            "INSERT INTO outbox (key, topic, payload, created_at, not_before, attempts, maybe_sent, state, problem) "
            "VALUES (:key, :topic, :payload, :now, :not_before, 0, 0, 'waiting', '') ON CONFLICT (key) DO NOTHING",
            {
                "key": plain(key),
                "topic": topic.value,
                "payload": json_text(payload),
                "now": time_text(now),
                "not_before": time_text(not_before or now),
            },
        )
        return written > 0

    def claim(self, owner: str, now: datetime, lease: timedelta, limit: int = 10) -> list[OutboxItem]:
        """Take up to `limit` messages to send, oldest first, for the time of `lease`; nobody else gets them meanwhile.

        `maybe_sent` is set on those that an earlier sender took and never came back from. What can't be read is given
        up (`UNREADABLE`).
        """
        rows = self._engine.rows(
            # WITH: PostgreSQL may run a subquery of WHERE several times, and would then take more than :limit.
            f"WITH free AS (SELECT id FROM outbox WHERE {_FREE} ORDER BY id LIMIT :limit{self._engine.skip_locked}) "
            "UPDATE outbox SET owner = :owner, owned_until = :until, attempts = attempts + 1, "
            "maybe_sent = CASE WHEN owner IS NULL THEN maybe_sent ELSE 1 END "
            f"WHERE id IN (SELECT id FROM free) AND {_FREE} RETURNING {_COLUMNS}",
            {
                "owner": owner,
                "now": time_text(now),
                "until": time_text(now + lease),
                "overlong": time_text(overlong(now, lease)),
                "never": time_text(now + _LONGEST_WAIT),
                "limit": limit,
            },
        )
        return [item for row in sorted(rows) if (item := self._read(row)) is not None]

    def _read(self, row: Row) -> OutboxItem | None:
        try:
            return _item(row)
        except (ValueError, TypeError) as fault:
            structlog.get_logger("record").error(
                "a message is not sent: it can't be read", item=row[0], fault=str(fault)
            )
            self.dropped(row[0], UNREADABLE)
            return None

    def unreadable_since(self, at: datetime) -> list[str]:
        """The keys of messages that were given up at `at` or later because they can't be read."""
        sql = "SELECT key FROM outbox WHERE state = 'dropped' AND problem = :problem AND ended_at >= :at"
        return [str(row[0]) for row in self._engine.rows(sql, {"problem": UNREADABLE, "at": time_text(at)})]

    def sent(self, id: int) -> None:
        """It is in Slack. Raises `Unknown`."""
        self._end(id, "state = 'sent', payload = '{}', ended_at = :at, problem = ''", {"at": time_text(self._now())})

    def retry(self, id: int, not_before: datetime, problem: str) -> None:
        """It surely was not sent: try again at `not_before`. Raises `Unknown`."""
        self._end(id, "not_before = :at, problem = :problem", {"at": time_text(not_before), "problem": plain(problem)})

    def dropped(self, id: int, problem: str) -> None:
        """It can't be sent, ever. Raises `Unknown`."""
        self._end(
            id,
            "state = 'dropped', ended_at = :at, problem = :problem",
            {"at": time_text(self._now()), "problem": plain(problem)},
        )

    def drop_waiting(self, problem: str) -> int:
        """Nothing that waits is sent any more; returns how many messages that are."""
        return self._engine.run(
            "UPDATE outbox SET state = 'dropped', ended_at = :at, problem = :problem, owner = NULL, "
            "owned_until = NULL WHERE state = 'waiting'",
            {"at": time_text(self._now()), "problem": plain(problem)},
        )

    def waiting(self) -> int:
        """Messages that are neither sent nor dropped."""
        count: int = self._engine.value("SELECT count(*) FROM outbox WHERE state = 'waiting'")
        return count

    def waiting_keys(self) -> list[str]:
        """The keys of these. Whatever is owed about a request has one that begins with its id and a slash."""
        return [str(row[0]) for row in self._engine.rows("SELECT key FROM outbox WHERE state = 'waiting'")]

    def _end(self, id: int, sets: str, params: dict[str, Any]) -> None:
        sql = f"UPDATE outbox SET {sets}, owner = NULL, owned_until = NULL WHERE id = :id"
        if not self._engine.run(sql, params | {"id": id}):
            raise Unknown(f"The outbox has no item {id}.")


def _item(row: Row) -> OutboxItem:
    payload = json.loads(row[3])
    if not isinstance(payload, dict):
        raise TypeError("its payload is no JSON object")
    return OutboxItem(
        id=row[0],
        key=row[1],
        topic=Topic(row[2]),
        payload=payload,
        created_at=as_time(row[4]),
        not_before=as_time(row[5]),
        attempts=row[6],
        maybe_sent=bool(row[7]),
    )
