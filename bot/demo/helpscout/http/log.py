"""What the simulated Help Scout served, and what really changed by it."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.demo.helpscout.http.pattern import Match, matcher
from bot.demo.helpscout.http.server import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One request and how it was answered; `at` is when that was done. `status` 0: dropped or cut on purpose."""

    at: datetime
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    status: int = 0
    token: str = ""  # "app", "person", "scim", "unknown", "" for none
    left: int | None = None  # what the rate limit leaves; None without a limit
    milliseconds: float = 0.0
    fault: str = ""
    log_ref: str = ""
    correlation: str = ""  # the header Correlation-Id that went with the answer
    body: bytes = field(default=b"", repr=False)  # what was sent to us; never of the token endpoint


class Log:
    """The last 200,000 requests, oldest first, with counters of effects. Safe to use from any thread."""

    def __init__(self) -> None:
        self._served: deque[Served] = deque(maxlen=200_000)
        self._changed = threading.Condition()
        self.deletes: Counter[int] = Counter()  # effective removals of people by REST id
        self.creates: Counter[str] = Counter()  # effective creations of people by folded e-mail
        self.moves: Counter[int] = Counter()  # effective assignments by conversation id
        self.in_flight = 0
        self.most_in_flight = 0
        self.version = 0  # moves with every request

    def arrived(self) -> None:
        with self._changed:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self._changed.notify_all()

    def served(self, entry: Served) -> None:
        with self._changed:
            self.in_flight -= 1
            self.version += 1
            self._served.append(entry)
            self._changed.notify_all()

    def entries(self, match: Match = "", *, last: int | None = None) -> list[Served]:
        """What was served, oldest first: everything that matches, or the `last` so many."""
        with self._changed:
            entries = list(self._served)
        if match != "":
            accepts = matcher(match)
            entries = [entry for entry in entries if accepts(as_request(entry))]
        return entries if last is None else entries[-last:]

    def count(self, match: Match = "", *, status: int | None = None) -> int:
        """How many requests were served that match and, when given, were answered with `status`."""
        return sum(1 for entry in self.entries(match) if status is None or entry.status == status)

    def wait_for(self, match: Match, *, count: int = 1, timeout: float = 10.0) -> list[Served]:
        """Wait until `count` matching requests were served, and return them. Raises TimeoutError."""
        self.wait_until(lambda: len(self.entries(match)) >= count, timeout)
        return self.entries(match)

    def wait_until(self, holds: Callable[[], bool], timeout: float = 10.0) -> None:
        """Wait until `holds()` is true, asked after every request. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(holds, timeout):
                raise TimeoutError(f"The simulated Help Scout was not asked in time ({timeout} s).")

    def effect(self, counter: Counter[int] | Counter[str], key: int | str) -> None:
        with self._changed:
            counter[key] += 1  # type: ignore[index]

    def clear(self) -> None:
        """Forget the requests and the counters; what is in flight stays counted."""
        with self._changed:
            self._served.clear()
            self.deletes.clear()
            self.creates.clear()
            self.moves.clear()
            self.most_in_flight = self.in_flight
            self.version += 1


def as_request(entry: Served) -> Request:
    return Request(entry.method, entry.path, entry.query, body=entry.body)
