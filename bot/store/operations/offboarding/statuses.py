"""The status of everybody in Help Scout (for e-mail), as read last or told by a webhook."""

from collections.abc import Mapping
from datetime import datetime

from bot.store.engine import Engine
from bot.store.spelling import as_time, plain, time_text

Seen = tuple[str, datetime | None]
"""The status ("" while only a change is known), and when it changed last."""
_KEY, _COLUMNS = ("user_id",), ("user_id", "status", "changed_at")


class Statuses:
    """Operations on `statuses`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, user_id: int) -> Seen | None:
        """None for whom nothing was told."""
        row = self._engine.row("SELECT status, changed_at FROM statuses WHERE user_id = :id", {"id": user_id})
        return _seen(row[0], row[1]) if row is not None else None

    def all(self) -> dict[int, Seen]:
        """By REST id."""
        rows = self._engine.rows("SELECT user_id, status, changed_at FROM statuses")
        return {id: _seen(status, at) for id, status, at in rows}

    def changed(self, user_id: int, at: datetime) -> None:
        """Somebody's status has changed; what it is now is read later."""
        self._engine.put("statuses", _COLUMNS, _KEY, [(user_id, "", time_text(at))])

    def keep(self, everybody: Mapping[int, Seen]) -> None:
        """All of them, read whole. Of a moment that was told since and one that was read, the later one counts."""
        with self._engine.transaction():
            known = self.all()
            rows = []
            for id, (status, at) in everybody.items():
                before = known.get(id)
                told = before[1] if before is not None else None
                latest = max(at, told) if at is not None and told is not None else at
                if before != (status, latest):
                    rows.append((id, plain(status), time_text(latest) if latest is not None else None))
            self._engine.put("statuses", _COLUMNS, _KEY, rows)
            lost = [("DELETE FROM statuses WHERE user_id = :id", {"id": id}) for id in known.keys() - everybody.keys()]
            self._engine.run_all(lost)


def _seen(status: str, at: str | None) -> Seen:
    return status, as_time(at) if at else None
