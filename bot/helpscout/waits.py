"""How long to wait, and with which clock: handed in, so that tests need not wait."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


def _wait(condition: threading.Condition, seconds: float | None) -> None:
    condition.wait(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Retries (for stamina): `attempts` in all, backoff from `initial` doubling to `maximum`, plus up to `jitter`;
    seconds.

    `longest` is the longest wait a server may impose before the call is refused. `clock` is monotonic seconds, `wall`
    seconds since the epoch; `pause` waits on a condition that the caller holds, at most that long (None: until told).
    """

    attempts: int = 4
    initial: float = 0.25
    maximum: float = 8.0
    jitter: float = 0.5
    longest: float = 300.0
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    pause: Callable[[threading.Condition, float | None], None] = _wait

    @classmethod
    def none(cls) -> "Waits":
        """No wait takes any time: retries follow at once, and a told wait moves the clock instead."""
        skipped = _SkippingClock()
        return cls(initial=0.0, maximum=0.0, jitter=0.0, clock=skipped.clock, wall=skipped.wall, pause=skipped.pause)


class _SkippingClock:
    """Real clocks plus what was skipped instead of waited."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def clock(self) -> float:
        return time.monotonic() + self._skipped

    def wall(self) -> float:
        return time.time() + self._skipped

    def pause(self, condition: threading.Condition, seconds: float | None) -> None:
        if seconds is None:  # waits for another thread, not for time
            condition.wait(0.01)
        else:
            self._skipped += seconds
