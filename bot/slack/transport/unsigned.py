"""What was refused for its signature: one line a minute in the log, with how many there were."""

import threading
import time
from collections import Counter
from collections.abc import Callable

import structlog

A_MINUTE = 60.0


class Unsigned:
    """`count` may be called by anybody on the internet, as often as they like. Thread-safe; `timer` in seconds."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._lock = threading.Lock()
        self._told = float("-inf")
        self._since: Counter[str] = Counter()
        self._log = structlog.get_logger("slack.http")

    def count(self, path: str) -> None:
        """One more, at one of our own paths. The first in a minute is told at once."""
        with self._lock:
            self._since[path] += 1
        self.tell()

    def tell(self) -> None:
        """Write the line that is due, if one is."""
        with self._lock:
            if not self._since or self._timer() - self._told < A_MINUTE:
                return
            self._told, found = self._timer(), dict(self._since)
            self._since.clear()
        self._log.warning("requests with a wrong, old or missing signature", refused=sum(found.values()), paths=found)
