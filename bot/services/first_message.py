"""The first message in the channel: once for ever, after the first start with an empty record.

Owed before the first sync can begin, in one transaction with the mark that it is: whatever number of bots start at
once, and wherever one of them dies, the outbox has it once. A record that has seen people, syncs or requests was in use
before and owes nothing.
"""

from collections.abc import Callable

from bot.model.outbox import Topic
from bot.store.record import Record

NOTE, KEY = "first.message", "first message"
OWED, TOLD = "owed", "told"
PAYLOAD = {"first": True}


class FirstMessage:
    """`channel` "": it stays owed until there is one."""

    def __init__(self, record: Record, *, channel: str, wake: Callable[[], None] = lambda: None) -> None:
        self._record = record
        self._channel = channel
        self._wake = wake

    def owe(self) -> bool:
        """True when the channel is owed it from now on. To be called at each start, before anything is synced."""
        if self._record.notes.get(NOTE) == TOLD:
            return False
        with self._record.transaction():
            mark = self._record.notes.get(NOTE)
            if mark == TOLD or (mark is None and self._used()):
                return False
            self._record.notes.set(NOTE, TOLD if self._channel else OWED)
            owed = bool(self._channel) and self._record.outbox.add(KEY, Topic.NOTICE, PAYLOAD)
        if owed:
            self._wake()
        return owed

    def _used(self) -> bool:
        record = self._record
        return bool(record.syncs.latest() or record.users.size() or record.requests.count())
