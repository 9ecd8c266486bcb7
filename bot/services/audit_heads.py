"""The head of the audit log, told in the channel once a day, where who has the database can't change it.

Who can write the whole database can cut the log and make it look whole; with a head kept elsewhere,
`hs-bot audit verify --expect SEQ:HASH` finds that out. The thread of each removal has it too (`requests/telling.py`).
"""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.model.outbox import Topic
from bot.store.record import Record

NOTE = "audit.head.day"


class AuditHeads:
    """`tick` finds out by itself whether the day's head is told."""

    def __init__(self, record: Record, *, wake: Callable[[], None] = lambda: None) -> None:
        self._record = record
        self._wake = wake

    def tick(self, now: datetime | None = None) -> bool:
        """Owe the channel the head of this day (UTC), once whatever number of bots ask. True when it was owed now."""
        day = (now or self._record.now()).astimezone(UTC).date().isoformat()
        if self._record.notes.get(NOTE) == day:
            return False
        with self._record.transaction():
            if self._record.notes.get(NOTE) == day:
                return False
            head = self._record.audit.head()
            if head is None:
                return False
            self._record.notes.set(NOTE, day)
            owed = self._record.outbox.add(f"audit-head:{day}", Topic.NOTICE, {"audit_head": str(head)})
        self._wake()
        return owed
