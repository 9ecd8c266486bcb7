"""How a request's row is written: every change is one compare-and-set, and moves what its card shows."""

from typing import Any

from bot.model.request import Request
from bot.store.engine import Engine
from bot.store.errors import Unknown
from bot.store.operations.requests.request_rows import COLUMNS, FIXED, as_request, remind_at, stored

_RETURNING = f"RETURNING {', '.join(COLUMNS)}"
_MOVES_REMINDER = frozenset({"reminded", "expires_at"})


class RequestWriting:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _write(
        self, id: str, fields: dict[str, Any], condition: str, params: dict[str, Any], *, touch: bool
    ) -> Request | None:
        if fixed := FIXED & fields.keys():
            raise ValueError(f"the field {min(fixed)!r} of a request never changes")
        sets = [f"{name} = :{name}" for name in fields]
        sets.append("version = version + 1" if touch else "version = version")
        params |= {name: stored(name, value) for name, value in fields.items()} | {"id": id}
        sql = f"UPDATE requests SET {', '.join(sets)} WHERE id = :id AND {condition} {_RETURNING}"
        if not _MOVES_REMINDER & fields.keys():
            row = self._engine.row(sql, params)
            return as_request(row) if row else None
        with self._engine.joined():
            row = self._engine.row(sql, params)
            if row is None:
                return None
            request = as_request(row)
            self._engine.run("UPDATE requests SET remind_at = :at WHERE id = :id", {"id": id, "at": remind_at(request)})
            return request

    def _touch(self, id: str) -> None:
        if not self._engine.run("UPDATE requests SET version = version + 1 WHERE id = :id", {"id": id}):
            raise Unknown(f"There is no request {id}.")
