"""The rate limit, as a fixed window (starts with the first request, then is empty again) or as a sliding one."""

import math
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from bot.demo.helpscout.behaviour import Behaviour

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BURST, BURST_SECONDS = 12, 5.0
"""Writes in so many seconds. Source: developer.helpscout.com/llms.txt."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The verdict on one request. `left` counts requests of cost 1; `reset_in` is in seconds."""

    allowed: bool
    limit: int
    left: int
    reset_in: float


@dataclass(slots=True)
class Spent:
    """What one key spent in its window: when and how much, and the sum of it."""

    entries: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0

    def add(self, now: float, cost: int) -> None:
        self.entries.append((now, cost))
        self.total += cost

    def forget_oldest(self) -> None:
        self.total -= self.entries.popleft()[1]


class Limit:
    """At most `limit` requests in `window` seconds, counted for each key apart. Refused requests cost nothing."""

    def __init__(self, limit: int | None, *, window: float = 60.0, sliding: bool = False) -> None:
        self.limit = limit
        self.window = window
        self.sliding = sliding
        self.bursts = False  # True: more than 12 writes in 5 seconds are refused, too
        self._writes: dict[str, deque[float]] = {}
        self._spent: dict[str, Spent] = {}
        self._lock = threading.Lock()

    def spend(self, key: str, cost: int, now: float) -> Allowance | None:
        """Take `cost` from the key's window at `now` (seconds of a steady clock); None when there is no limit."""
        if self.limit is None:
            return None
        with self._lock:
            spent = self._spent.setdefault(key, Spent())
            self._forget(spent, now)
            crowded = self._crowded(key, now) if cost > 1 and self.bursts else 0.0
            allowed = spent.total + cost <= self.limit and not crowded
            wait = 0.0 if allowed else crowded or self._wait(spent, cost, now)
            if allowed:
                spent.add(now, cost)
                if cost > 1:
                    self._writes.setdefault(key, deque()).append(now)
            reset_in = wait or spent.entries[0][0] + self.window - now
            return Allowance(allowed, self.limit, max(0, self.limit - spent.total), reset_in)

    def set(self, limit: int | None, *, window: float = 60.0, sliding: bool = False) -> None:
        """Another limit from now on; what was spent is forgotten."""
        with self._lock:
            self.limit, self.window, self.sliding = limit, window, sliding
            self._spent.clear()
            self._writes.clear()

    def least_left(self, now: float) -> int | None:
        """What is left for whoever has the least left; None without a limit."""
        if self.limit is None:
            return None
        with self._lock:
            for spent in self._spent.values():
                self._forget(spent, now)
            return self.limit - max((spent.total for spent in self._spent.values()), default=0)

    def _forget(self, spent: Spent, now: float) -> None:
        """Drop what no longer counts: under a sliding window each entry by itself, under a fixed one all at once."""
        if not self.sliding and spent.entries and spent.entries[0][0] + self.window <= now:
            spent.entries.clear()
            spent.total = 0
        while self.sliding and spent.entries and spent.entries[0][0] + self.window <= now:
            spent.forget_oldest()

    def _crowded(self, key: str, now: float) -> float:
        """Seconds until one more write is no burst; 0.0: now. The five seconds shrink with the window."""
        span = BURST_SECONDS * min(1.0, self.window / 60.0)
        writes = self._writes.setdefault(key, deque())
        while writes and writes[0] + span <= now:
            writes.popleft()
        return writes[0] + span - now if len(writes) >= BURST else 0.0

    def _wait(self, spent: Spent, cost: int, now: float) -> float:
        """Seconds until `cost` fits."""
        assert self.limit is not None
        total = spent.total
        for at, freed in spent.entries:
            total = total - freed if self.sliding else 0
            if total + cost <= self.limit:
                return at + self.window - now
        return self.window


def cost_of(method: str, behaviour: Behaviour) -> int:
    """Under the public pages' reading every write counts twice."""
    return 2 if behaviour.reading == "pages" and method in WRITES else 1


def headers_of(allowance: Allowance, behaviour: Behaviour) -> dict[str, str]:
    """The rate headers in the words of the reading; the wait is told only with a refusal."""
    seconds = max(1, math.ceil(allowance.reset_in))
    told = wait_text(seconds, behaviour)
    if behaviour.reading == "pages":
        headers = {
            "X-RateLimit-Limit-Minute": str(allowance.limit),
            "X-RateLimit-Remaining-Minute": str(allowance.left),
        }
        return headers if allowance.allowed else headers | {"X-RateLimit-Retry-After": told}
    reset = seconds if behaviour.reset == "seconds" else math.ceil(datetime.now(UTC).timestamp() + allowance.reset_in)
    headers = {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.left),
        "X-RateLimit-Reset": str(reset),
    }
    return headers if allowance.allowed else headers | {"Retry-After": told}


def wait_text(seconds: int, behaviour: Behaviour) -> str:
    """A wait as a number of seconds or as an HTTP date (RFC 9110 §10.2.3), which has whole seconds only."""
    if behaviour.retry_after == "seconds":
        return str(seconds)
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds + 1), usegmt=True)
