"""One walk over everybody: a row of `syncs`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SyncState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # wrote nothing; `problem` says why
    HELD = "held"  # the removal guard stopped the removals; an approver must confirm


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRun:
    id: int
    trigger: str  # "start", "interval", "command", "cli", "offboarding", "confirmation"
    started_at: datetime
    state: SyncState = SyncState.RUNNING
    finished_at: datetime | None = None
    people: int = 0  # active people after it: the seats
    joined: int = 0
    removed: int = 0
    changed: int = 0
    requests: int = 0  # HTTP requests it took
    problem: str = ""
