"""Who was turned away, in the audit log."""

import threading
import time
from collections.abc import Callable

from cachetools import TTLCache

from bot.policy.refusal import Refusal
from bot.slack.handling.payload import Call
from bot.store.record import Record

BY_ITSELF = frozenset({"block_suggestion", "event"})
"""Kinds of calls that come without a click, with every key that is typed: one line a minute is enough of each."""


class Noted:
    """`ttl` in seconds by `timer`. Thread-safe."""

    def __init__(self, record: Record, *, ttl: float = 60.0, timer: Callable[[], float] = time.monotonic) -> None:
        self._record = record
        self._recent: TTLCache[tuple[str, ...], None] = TTLCache(5_000, ttl, timer)
        self._lock = threading.Lock()

    def write(self, call: Call, refusal: Refusal) -> None:
        """What was tried, and why it was refused. Raises `StoreError`.

        It is `request.refused`, with the request that a button was about, where the engine would have written that.
        """
        if call.kind in BY_ITSELF and not self._first((call.user, call.kind, call.name, refusal.code)):
            return
        about = self._record.requests.get(call.value) if call.value else None
        asking = about is not None or call.kind == "view_submission"
        self._record.audit.append(
            "request.refused" if asking else "caller.refused",
            actor=call.user,
            request_id=about.id if about is not None else None,
            user_id=about.target_id if about is not None else None,
            details={"action": f"{call.kind} {call.name}"[:200], "code": refusal.code},
        )

    def _first(self, thing: tuple[str, ...]) -> bool:
        with self._lock:
            if thing in self._recent:
                return False
            self._recent[thing] = None
            return True
