"""Who is on duty in Help Scout: statuses, inboxes, and the rotations that give new conversations to people."""

from dataclasses import dataclass
from typing import Any

ACTIVE, AWAY = "active", "away"
ENABLED = "enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Somebody's status for e-mail. Source: Help Scout API v2, "Get user status".

    `status` is `active` or `away`; `custom` is the status text with its emoji, as sent, None where there is none.
    """

    status: str
    source: str = ""  # ui, api, presence_detection
    updated_at: str = ""
    custom: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class StatusRow:
    """Somebody in the list of statuses; `presence` None: theirs can't be read."""

    id: int
    presence: Presence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassignment:
    """Help Scout's own reassignment of somebody who is away. Source: "Get conversation reassignment"."""

    enabled: bool
    hours: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Source: Help Scout API v2, "List inboxes" (`/mailboxes`)."""

    id: int
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """An inbox's rotation. Source: Help Scout API v2, "Get routing configuration".

    `user_ids` says who is in it; the list `rotation` of the answer does not: its sample holds somebody who isn't.
    """

    state: str
    limit: int
    method: str
    user_ids: tuple[int, ...] = ()

    @property
    def enabled(self) -> bool:
        return self.state == ENABLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """Source: Help Scout API v2, "List workflows"; what it does is not shown. `status`: active, inactive, invalid."""

    id: int
    inbox_id: int = 0
    name: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook. Source: Help Scout API v2, "List webhooks"."""

    id: int
    url: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A reply or note of a conversation. Source: Help Scout API v2, "List threads".

    `scheduled_for` "": it isn't scheduled. `author_id` is who wrote it, `scheduled_by` who scheduled it.
    """

    id: int
    state: str = ""
    author_id: int | None = None
    scheduled_by: int | None = None
    scheduled_for: str = ""
