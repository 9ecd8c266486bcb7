"""When Slack may be asked for the next Socket Mode connection: the pauses between two tries. Thread-safe.

Slack limits `apps.connections.open` and allows an app ten connections; whatever it answers, asking again at once makes
it worse. So a connection that ended soon is followed by a pause that doubles, a told `Retry-After` is kept, and there
are never more than `TRIES` tries in `WINDOW` seconds.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

TRIES = 20
WINDOW = 11.0  # seconds: ten, and one for what is under way
LONGEST = 60.0  # seconds: the longest pause that grows by itself; a told one may be longer


class Reconnecting:
    """`first` is the first pause in seconds. A connection that lasted `steady` seconds ends the growth."""

    def __init__(
        self, *, first: float = 0.5, steady: float = 30.0, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._first = first
        self._steady = steady
        self._timer = timer
        self._lock = threading.Lock()
        self._short = 0
        self._not_before = float("-inf")
        self._tries: deque[float] = deque(maxlen=TRIES)

    @property
    def short(self) -> int:
        """Tries in a row that brought no connection, or one that ended too soon."""
        return self._short

    def wait(self) -> float:
        """Seconds until the next try; 0: now."""
        with self._lock:
            now = self._timer()
            crowded = self._tries[0] + WINDOW if len(self._tries) == TRIES else now
            return max(0.0, self._not_before - now, crowded - now)

    def tried(self) -> None:
        """A try is made now."""
        with self._lock:
            self._tries.append(self._timer())

    def failed(self, told: float = 0.0) -> None:
        """It brought no connection. `told` is the `Retry-After` that came with the answer, in seconds."""
        with self._lock:
            self._pause(told)

    def ended(self, lasted: float) -> None:
        """A connection is over, or Slack asks for a new one, `lasted` seconds after its beginning."""
        with self._lock:
            if lasted >= self._steady:
                self._short = 0
            else:
                self._pause(0.0)

    def _pause(self, told: float) -> None:
        self._short += 1
        grown = min(LONGEST, self._first * 2.0 ** min(self._short - 1, 20))
        self._not_before = max(self._not_before, self._timer() + max(grown, told))
