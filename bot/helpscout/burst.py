"""At most so many writes in a few seconds, besides the budget of a minute; without a clock of its own.

Source: developer.helpscout.com/llms.txt: "a burst of 12 writes per 5 seconds". Help Scout's pages on the rate limit
don't have it; to keep to it costs nothing where the minute's budget is what binds.
"""

from collections import deque
from dataclasses import dataclass, field

from bot.helpscout.ledger import Priority

WRITES, SECONDS = 12, 5.0
KEPT = 2
"""Of them, for people: a removal doesn't wait behind hundreds of conversations."""


@dataclass(slots=True)
class Burst:
    """A write counts from when it may be sent until `seconds` after its answer: it was counted somewhere between."""

    writes: int = WRITES
    seconds: float = SECONDS
    _in_flight: int = field(init=False, default=0)
    _free_at: deque[float] = field(init=False, default_factory=deque)

    def wait(self, now: float, priority: Priority) -> float:
        """Seconds until one more may be sent (0: now; inf: only an answer still in flight can tell)."""
        while self._free_at and self._free_at[0] <= now:
            self._free_at.popleft()
        most = self.writes - KEPT if priority is Priority.BACKGROUND and self.writes > KEPT else self.writes
        over = self._in_flight + len(self._free_at) - most
        if over < 0:
            return 0.0
        return max(0.001, self._free_at[over] - now) if over < len(self._free_at) else float("inf")

    def take(self) -> None:
        self._in_flight += 1

    def settle(self, now: float, *, sent: bool) -> None:
        """Answered, lost, or never `sent`."""
        self._in_flight -= 1
        if sent:
            self._free_at.append(now + self.seconds * 1.01)  # a server counts in its own clock ticks
