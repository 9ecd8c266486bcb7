"""A cache whose answers have an age: young enough for most questions, read anew for a click.

Who asks for a fresh answer gets one whose reading began after the question. Fifty clicks at once share two readings.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cachetools import TTLCache

from bot.slack.api.web import SlackBusy

Value = TypeVar("Value")

_STRIPES = 64


@dataclass(frozen=True, slots=True)
class Known(Generic[Value]):
    """`value` as it was read from `since` (seconds of the cache's timer) on."""

    value: Value
    since: float


class Fresh(Generic[Value]):
    """At most `size` answers, none older than `ttl` seconds by `timer`. Thread-safe."""

    def __init__(self, size: int, ttl: float, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._ttl = ttl
        self._known: TTLCache[Hashable, Known[Value]] = TTLCache(size, ttl, timer)
        self._lock = threading.Lock()
        self._readings = [threading.Lock() for _ in range(_STRIPES)]

    def now(self) -> float:
        return self._timer()

    def known(self, key: Hashable) -> Known[Value] | None:
        """What is known without asking anybody; None when that is nothing, or too old."""
        with self._lock:
            found = self._known.get(key)
        return found if found is not None and self._timer() - found.since < self._ttl else None

    def put(self, key: Hashable, value: Value, since: float) -> None:
        """Take in what was read from `since` on, unless something newer is known."""
        with self._lock:
            before = self._known.get(key)
            if before is None or before.since <= since:
                self._known[key] = Known(value, since)

    def get(self, key: Hashable, read: Callable[[], Value], *, fresh: bool = False) -> Value:
        """The answer to `key`; raises what `read` raises. Under a rate limit, a young answer will do."""
        asked = self._timer()
        if not fresh and (found := self.known(key)) is not None:
            return found.value
        with self._readings[hash(key) % _STRIPES]:
            found = self.known(key)
            if found is not None and (not fresh or found.since > asked):
                return found.value
            since = self._timer()
            try:
                value = read()
            except SlackBusy:
                if (found := self.known(key)) is None:
                    raise
                return found.value
            self.put(key, value, since)
            return value
