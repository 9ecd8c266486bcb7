"""When nobody waits for an answer: what is filled in afterwards begins then, so that it holds up no other answer.

Python runs one thread at a time. What an API tells about a person costs several times as much as the answer that it is
filled into; done at once it would take that time from whoever asks next.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.slack.handling.work.worker import Worker

GAP = 0.05  # seconds without an answer that count as a pause
LONGEST = 2.0  # seconds after which it is filled in all the same


class Filling:
    """Has `worker` fill in what it is given, each time in a pause between answers. Thread-safe; seconds of `timer`."""

    def __init__(
        self,
        worker: Worker,
        *,
        gap: float = GAP,
        longest: float = LONGEST,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._worker = worker
        self._gap = gap
        self._longest = longest
        self._timer = timer
        self._lock = threading.Lock()
        self._one_waits = threading.Lock()  # for the pause; the others wait for that one
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

    def submit(self, job: Callable[[], None], *, since: float) -> None:
        """Begin `job` when the answers pause, at the latest so long after `since`. Raises what `Worker.submit` does."""

        def waited() -> None:
            self._wait(since)
            job()

        self._worker.submit(waited)

    def _wait(self, since: float) -> None:
        ends = since + self._longest
        with self._one_waits:
            while (left := self._left()) > 0 and (now := self._timer()) < ends:
                self._pause.wait(min(left, ends - now))

    def _left(self) -> float:
        """Seconds until there is a pause, as far as can be told now."""
        with self._lock:
            return self._gap if self._answering else self._last + self._gap - self._timer()
