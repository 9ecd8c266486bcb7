"""A message that is owed to Slack: written in the transaction it tells about, sent afterwards, told once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Topic(StrEnum):
    """What the message is; the Slack room renders it when it is sent."""

    THREAD = "thread"  # an event under a request's card: payload {"request_id", "event", …, "aside": in the channel}
    DM = "dm"  # to one member: payload {"member", "request_id", "event", …}
    NOTICE = "notice"  # what a sync found: payload {"sync_id"}; the day's head of the audit log: {"audit_head"}; or
    # the first message of all: {"first"}
    GUARD = "guard"  # the removal guard asks: payload {"sync_id", "missing": [ids]}; with "settled" it has ended
    ORPHANS = "orphans"  # weekly digest: payload {"due"}; at once, of one: {"finding", "user_id", "said"}
    WARNING = "warning"  # a sentence for the channel: payload {"sentence"}; with "news" it is no alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """`key` is unique for ever: a second add with the same key is ignored, whoever adds it."""

    id: int
    key: str
    topic: Topic
    payload: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime
    not_before: datetime
    attempts: int = 0
    maybe_sent: bool = False  # an earlier sender died while sending: look before sending again

    def text(self, name: str) -> str:
        """Of the payload; "" where there is none."""
        value = self.payload.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """Of the payload; 0 where there is none."""
        value = self.payload.get(name)
        return value if isinstance(value, int) else 0
