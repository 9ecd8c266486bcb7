"""One line of the audit log: append-only, each line's hash covers the line before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`actor` is a Slack id, "hs-bot" for the bot's own acts, or "cli:LOGIN". `details` is JSON without secrets."""

    seq: int
    at: datetime
    event: str  # "request.opened", "request.refused", "decision.approve", "step.started", "sync.held", …
    actor: str = ""
    request_id: str | None = None
    user_id: int | None = None  # Help Scout user it is about
    details: Mapping[str, Any] = field(default_factory=dict)
    previous_hash: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest line of the log at some time. As text `SEQ:HASH`: kept elsewhere, it finds a log that was cut."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class LogLine:
    """The part of a line that says what somebody did to a request, and when."""

    seq: int
    at: datetime
    event: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a walk over the chain found. `broken_at` is the `seq` of the first line that does not fit."""

    entries: int
    broken_at: int | None = None
    problem: str = ""
    sealed_from: int = 0  # `seq` of the first line with a seal; 0: none has one
    seals_checked: bool = False  # whether a key was at hand to check them
    head: str = ""  # hash of the last line: kept elsewhere, it shows later that no line up to it was changed

    @property
    def mark(self) -> str:
        """The head as it is kept elsewhere: `SEQ:HASH`; "" while there is none."""
        return str(AuditHead(self.entries, self.head)) if self.head else ""

    @property
    def cut(self) -> bool:
        """Whether the chain as it is holds, but lacks the line that was kept elsewhere."""
        return self.broken_at is not None and bool(self.head)

    @property
    def whole(self) -> bool:
        return self.broken_at is None
