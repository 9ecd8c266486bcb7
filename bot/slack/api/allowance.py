"""A share of the rate budget for what is only nice to know, so that the rest is left to what people want done."""

import threading
import time
from collections import deque
from collections.abc import Callable

MINUTE = 60.0


class Allowance:
    """Counts what was begun within the last minute. Thread-safe; `timer` is monotonic seconds."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._lock = threading.Lock()
        self._begun: deque[float] = deque()

    def take(self, most: int) -> bool:
        """Whether one more may begin where `most` a minute may; it counts as begun then."""
        with self._lock:
            now = self._timer()
            while self._begun and now - self._begun[0] >= MINUTE:
                self._begun.popleft()
            if len(self._begun) >= most:
                return False
            self._begun.append(now)
            return True
