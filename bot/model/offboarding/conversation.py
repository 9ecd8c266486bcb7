"""A Help Scout conversation, as far as a hand-over needs it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

OPEN_STATUSES = ("active", "pending")
"""Statuses of a conversation that somebody still has to work on."""
SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Source: Help Scout API v2 `GET /conversations`. `snoozed_until` "": it isn't snoozed.

    `next_event` is what Help Scout does next by itself: `snooze` (it ends) or `scheduled` (a reply goes out).
    """

    id: int
    number: int = 0
    subject: str = ""
    status: str = ""  # active, pending, closed, spam
    assignee_id: int | None = None
    inbox_id: int = 0
    state: str = ""  # published, draft, deleted
    snoozed_until: str = ""
    unsnooze_on_reply: bool = True
    next_event: str = ""
    next_event_user: int | None = None

    @property
    def snoozed(self) -> bool:
        return bool(self.snoozed_until)

    @property
    def is_open(self) -> bool:
        """Whether somebody has to work on it, now or when its snooze ends: that makes a closed one active."""
        return self.snoozed or self.status in OPEN_STATUSES


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
