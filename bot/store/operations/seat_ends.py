"""Days on which seats end, one row a person."""

from datetime import date, datetime

from bot.model.seat_end import SeatEnd
from bot.store.engine import Engine, Row
from bot.store.spelling import as_time, plain, time_text

_COLUMNS = ("user_id", "day", "zone", "ends_at", "set_by", "set_by_name", "set_at", "request_id", "note")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM seat_ends"


class SeatEnds:
    """Operations on `seat_ends`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, end: SeatEnd) -> None:
        """Set it; what was set before for the same person is gone."""
        sets = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
        self._engine.run(
            f"INSERT INTO seat_ends ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + one for one in _COLUMNS)}) "
            f"ON CONFLICT (user_id) DO UPDATE SET {sets}",
            {
                "user_id": end.user_id,
                "day": end.day.isoformat(),
                "zone": end.zone,
                "ends_at": time_text(end.ends_at),
                "set_by": end.set_by,
                "set_by_name": plain(end.set_by_name),
                "set_at": time_text(end.set_at),
                "request_id": end.request_id,
                "note": plain(end.note),
            },
        )

    def get(self, user_id: int) -> SeatEnd | None:
        row = self._engine.row(f"{_SELECT} WHERE user_id = :id", {"id": user_id})
        return _end(row) if row else None

    def of_request(self, request_id: str) -> SeatEnd | None:
        """The end for which this request was opened."""
        row = self._engine.row(f"{_SELECT} WHERE request_id = :id", {"id": request_id})
        return _end(row) if row else None

    def before(self, moment: datetime) -> list[SeatEnd]:
        """Those that end before `moment`, the earliest first."""
        sql = f"{_SELECT} WHERE ends_at < :at ORDER BY ends_at, user_id"
        return [_end(row) for row in self._engine.rows(sql, {"at": time_text(moment)})]

    def all(self) -> list[SeatEnd]:
        """The earliest first."""
        return [_end(row) for row in self._engine.rows(f"{_SELECT} ORDER BY ends_at, user_id")]

    def opened(self, user_id: int, request_id: str | None, note: str = "") -> None:
        """A request was opened for it, or could not be, and why."""
        self._engine.run(
            "UPDATE seat_ends SET request_id = :request, note = :note WHERE user_id = :id",
            {"id": user_id, "request": request_id, "note": plain(note)},
        )

    def delete(self, user_id: int) -> bool:
        """False when there was none."""
        return self._engine.run("DELETE FROM seat_ends WHERE user_id = :id", {"id": user_id}) > 0


def _end(row: Row) -> SeatEnd:
    values = dict(zip(_COLUMNS, row, strict=True))
    values |= {
        "day": date.fromisoformat(values["day"]),
        "ends_at": as_time(values["ends_at"]),
        "set_at": as_time(values["set_at"]),
    }
    return SeatEnd(**values)
