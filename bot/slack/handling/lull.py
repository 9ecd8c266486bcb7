"""When nobody waits for an answer: what is filled in afterwards begins then, so that it holds up no other answer.

Python runs one thread at a time. What an API tells about a person costs several times as much as the answer that it is
filled into; done at once it would take that time from whoever asks next.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GAP = 0.05  # seconds without an answer that count as a pause
LONGEST = 2.0  # seconds after which it is filled in all the same


class Lull:
    """Notes each answer as it is made. Thread-safe; seconds of `timer`."""

    def __init__(
        self, *, gap: float = GAP, longest: float = LONGEST, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._gap = gap
        self._longest = longest
        self._timer = timer
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # one waits for the pause, the others for that one
        self._answering = 0
        self._last = float("-inf")
        self._pause = threading.Event()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Somebody waits for what is done in here."""
        with self._lock:
            self._answering += 1
        try:
            yield
        finally:
            with self._lock:
                self._answering -= 1
                self._last = self._timer()

    def wait(self, since: float) -> None:
        """Until the answers pause, at most until the longest time after `since` is over."""
        ends = since + self._longest
        with self._turn:
            while (left := self._left()) > 0 and (now := self._timer()) < ends:
                self._pause.wait(min(left, ends - now))

    def _left(self) -> float:
        """Seconds until there is a pause, as far as can be told now."""
        with self._lock:
            return self._gap if self._answering else self._last + self._gap - self._timer()
