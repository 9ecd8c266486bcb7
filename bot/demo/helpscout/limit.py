"""The rate limit, as a fixed window (starts with the first request, then is empty again) or as a sliding one."""

import math
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from bot.demo.helpscout.behaviour import Behaviour

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Allowance:
    """The verdict on one request. `left` counts requests of cost 1; `reset_in` is in seconds."""

    allowed: bool
    limit: int
    left: int
    reset_in: float


class Limit:
    """At most `limit` requests in `window` seconds, counted for each key apart. Refused requests cost nothing."""

    def __init__(self, limit: int | None, *, window: float = 60.0, sliding: bool = False) -> None:
        self.limit = limit
        self.window = window
        self.sliding = sliding
        self._spent: dict[str, deque[tuple[float, int]]] = {}
        self._lock = threading.Lock()

    def spend(self, key: str, cost: int, now: float) -> Allowance | None:
        """Take `cost` from the key's window at `now` (seconds of a steady clock); None when there is no limit."""
        if self.limit is None:
            return None
        with self._lock:
            spent = self._spent.setdefault(key, deque())
            self._forget(spent, now)
            total = sum(cost for _, cost in spent)
            allowed = total + cost <= self.limit
            if allowed:
                spent.append((now, cost))
                total += cost
            wait = 0.0 if allowed else self._wait(spent, total, cost, now)
            reset_in = wait or (spent[0][0] + self.window - now if spent else self.window)
            return Allowance(allowed, self.limit, max(0, self.limit - total), reset_in)

    def clear(self) -> None:
        with self._lock:
            self._spent.clear()

    def _forget(self, spent: deque[tuple[float, int]], now: float) -> None:
        if self.sliding:
            while spent and spent[0][0] + self.window <= now:
                spent.popleft()
        elif spent and spent[0][0] + self.window <= now:
            spent.clear()

    def _wait(self, spent: deque[tuple[float, int]], total: int, cost: int, now: float) -> float:
        """Seconds until `cost` fits."""
        assert self.limit is not None
        if not self.sliding:
            return spent[0][0] + self.window - now
        for at, freed in spent:
            total -= freed
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
