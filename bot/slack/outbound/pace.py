"""When something may be written next: one message a second in a channel, one update a second of a card."""

import time
from collections.abc import Callable, Hashable

_MOST = 10_000


class Pace:
    """Seconds of `timer`. For one thread."""

    def __init__(self, gap: float = 1.0, timer: Callable[[], float] = time.monotonic) -> None:
        self._gap = gap
        self._timer = timer
        self._not_before: dict[Hashable, float] = {}

    def wait(self, *keys: Hashable) -> float:
        """Seconds until all of these are free; 0 when they are."""
        now = self._timer()
        return max(0.0, *(self._not_before.get(key, now) - now for key in keys))

    def used(self, *keys: Hashable) -> None:
        """Something was written there just now."""
        for key in keys:
            self.rest(key, self._gap)

    def rest(self, key: Hashable, seconds: float) -> None:
        """Leave it alone for so long."""
        now = self._timer()
        if len(self._not_before) > _MOST:
            self._not_before = {one: until for one, until in self._not_before.items() if until > now}
        self._not_before[key] = max(self._not_before.get(key, 0.0), now + seconds)


def backoff(failures: int) -> float:
    """Seconds before the next attempt after so many failures: 1, 2, 4 … at most five minutes."""
    return min(300.0, 0.5 * 2.0 ** min(failures, 12))
