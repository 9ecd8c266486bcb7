"""What offboardings have changed about people's duty, one row a request, until it is put back or the seat is gone."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.model.offboarding.quiet import Quiet, QuietState
from bot.model.request import ENDED, State
from bot.store.engine import Engine, Row
from bot.store.spelling import json_text, plain, time_text

_COLUMNS = "request_id, user_id, state, change, tries, note"
_ENDED = ", ".join(f"'{state.value}'" for state in sorted(ENDED - {State.DONE}))


class Quiets:
    """Operations on `quiets`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hold(self, request_id: str, user_id: int, change: Mapping[str, Any], now: datetime) -> None:
        """Write down what is going to be changed, before it is; again with more as it becomes known."""
        self._engine.run(
            "INSERT INTO quiets (request_id, user_id, state, change, tries, due_at, note) "
            "VALUES (:request_id, :user_id, 'held', :change, 0, :now, '') "
            "ON CONFLICT (request_id) DO UPDATE SET change = excluded.change",
            {"request_id": request_id, "user_id": user_id, "change": json_text(change), "now": time_text(now)},
        )

    def of_request(self, id: str) -> Quiet | None:
        row = self._engine.row(f"SELECT {_COLUMNS} FROM quiets WHERE request_id = :id", {"id": id})
        return None if row is None else _quiet(row)

    def held_of_user(self, user_id: int) -> list[Quiet]:
        """What stands of earlier requests about somebody."""
        sql = f"SELECT {_COLUMNS} FROM quiets WHERE user_id = :id AND state = 'held' ORDER BY request_id"
        return [_quiet(row) for row in self._engine.rows(sql, {"id": user_id})]

    def waiting(self, now: datetime) -> bool:
        """Whether anything is held at all, of requests under way too: a look that costs nothing."""
        sql = "SELECT 1 FROM quiets WHERE state = 'held' AND due_at <= :now"
        return self._engine.value(sql, {"now": time_text(now)}) is not None

    def claim(self, now: datetime, lease: timedelta) -> list[Quiet]:
        """What is to be put back now: the request has ended, and no seat was taken. Nobody else gets it for `lease`."""
        sql = (
            f"SELECT {', '.join('quiets.' + one for one in _COLUMNS.split(', '))}, quiets.due_at FROM quiets "
            "JOIN requests ON requests.id = quiets.request_id "
            f"WHERE quiets.state = 'held' AND quiets.due_at <= :now AND requests.state IN ({_ENDED}) "
            "AND NOT EXISTS (SELECT 1 FROM steps WHERE steps.request_id = quiets.request_id "
            "AND steps.name = 'remove' AND steps.state = 'done')"
        )
        found = []
        for row in self._engine.rows(sql, {"now": time_text(now)}):
            mine = self._engine.run(
                "UPDATE quiets SET due_at = :until WHERE request_id = :id AND state = 'held' AND due_at = :due",
                {"until": time_text(now + lease), "id": row[0], "due": row[-1]},
            )
            if mine:
                found.append(_quiet(row))
        return found

    def later(self, request_id: str, at: datetime, note: str) -> None:
        """It could not be put back now."""
        self._engine.run(
            "UPDATE quiets SET tries = tries + 1, due_at = :at, note = :note WHERE request_id = :id AND state = 'held'",
            {"id": request_id, "at": time_text(at), "note": plain(note)},
        )

    def end(self, request_id: str, state: QuietState, note: str) -> bool:
        """It is put back, or stays as it is for good; False when somebody else has said so before."""
        done = self._engine.run(
            "UPDATE quiets SET state = :state, note = :note WHERE request_id = :id AND state = 'held'",
            {"id": request_id, "state": state.value, "note": plain(note)},
        )
        return done > 0

    def drop(self, note: str) -> None:
        """Of a record that is restored from a backup: what stands now is of another time."""
        self._engine.run("UPDATE quiets SET state = 'kept', note = :note WHERE state = 'held'", {"note": plain(note)})


def _quiet(row: Row) -> Quiet:
    return Quiet(
        request_id=row[0],
        user_id=row[1],
        state=QuietState(row[2]),
        change=json.loads(row[3]),
        tries=row[4],
        note=row[5],
    )
