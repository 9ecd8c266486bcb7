"""Conversations of a hand-over, one row each."""

from collections.abc import Iterable
from datetime import datetime

from bot.model.offboarding.conversation import Move, MoveState
from bot.store.engine import Engine, Row
from bot.store.errors import Unknown
from bot.store.spelling import as_time_or_none, plain, time_or_null

_COLUMNS = ("request_id", "conversation_id", "number", "from_user", "to_user", "state", "note", "moved_at")


class Moves:
    """Operations on `moves`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan(self, moves: Iterable[Move]) -> int:
        """Write down what is to be moved; what is planned already stays as it stands. Returns how many were new."""
        new = 0
        with self._engine.joined():
            for move in moves:
                new += self._engine.run(
                    f"INSERT INTO moves ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)}) "
                    "ON CONFLICT (request_id, conversation_id) DO NOTHING",
                    dict(zip(_COLUMNS, _row(move), strict=True)),
                )
        return new

    def of_request(self, id: str) -> list[Move]:
        """By the conversation's id."""
        sql = f"SELECT {', '.join(_COLUMNS)} FROM moves WHERE request_id = :id ORDER BY conversation_id"
        return [_move(row) for row in self._engine.rows(sql, {"id": id})]

    def mark(self, request_id: str, conversation_id: int, state: MoveState, note: str, at: datetime | None) -> None:
        """What became of one conversation. Raises `Unknown`."""
        written = self._engine.run(
            "UPDATE moves SET state = :state, note = :note, moved_at = :at "
            "WHERE request_id = :request_id AND conversation_id = :conversation_id",
            {
                "request_id": request_id,
                "conversation_id": conversation_id,
                "state": state.value,
                "note": plain(note),
                "at": time_or_null(at),
            },
        )
        if not written:
            raise Unknown(f"The conversation {conversation_id} is not planned in the request {request_id}.")


def _row(move: Move) -> Row:
    return (
        move.request_id,
        move.conversation_id,
        move.number,
        move.from_user,
        move.to_user,
        move.state.value,
        plain(move.note),
        time_or_null(move.moved_at),
    )


def _move(row: Row) -> Move:
    return Move(
        request_id=row[0],
        conversation_id=row[1],
        number=row[2],
        from_user=row[3],
        to_user=row[4],
        state=MoveState(row[5]),
        note=row[6],
        moved_at=as_time_or_none(row[7]),
    )
