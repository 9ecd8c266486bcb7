"""What happened to a person: one row of `changes`, kept for ever."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeKind(StrEnum):
    JOINED = "joined"
    REMOVED = "removed"  # left without a request of ours
    OFFBOARDED = "offboarded"
    RETURNED = "returned"  # came back: same id, or same e-mail under a new id
    CHANGED = "changed"  # `field`, `before`, `after` say what
    TEAM_JOINED = "team joined"  # `after` is the team's name
    TEAM_LEFT = "team left"  # `before` is the team's name
    FORGOTTEN = "forgotten"  # personal data erased on request


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`before`/`after` are shown to people as they stand; lists are joined with ", ". One of sync/request is set."""

    user_id: int
    kind: ChangeKind
    field: str = ""
    before: str = ""
    after: str = ""
    seen_at: datetime | None = None  # None until the transaction stamps it
    sync_id: int | None = None
    request_id: str | None = None
    id: int | None = None
