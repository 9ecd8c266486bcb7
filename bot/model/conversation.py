"""A Help Scout conversation, as far as a hand-over needs it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Source: Help Scout API v2 `GET /conversations`."""

    id: int
    number: int = 0
    subject: str = ""
    status: str = ""  # active, pending, closed, spam
    assignee_id: int | None = None


class MoveState(StrEnum):
    TODO = "todo"
    MOVED = "moved"
    SKIPPED = "skipped"  # closed, deleted or given to somebody else meanwhile; `note` says which


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One conversation of a hand-over: a row of `moves`. `to_user` None leaves it unassigned."""

    request_id: str
    conversation_id: int
    number: int = 0
    from_user: int
    to_user: int | None = None
    state: MoveState = MoveState.TODO
    note: str = ""
    moved_at: datetime | None = None
