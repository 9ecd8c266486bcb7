"""One rate budget for the whole process: reads cost 1, writes 2, people go before background work.

pyrate-limiter 4.5 was looked at for the core (weights: yes). It stamps a unit when it is asked for, where a server
counts it up to a whole answer later, which at a window's edge is a 429; it knows no priorities, no reserve, no number
from outside, and blocked callers poll. Turning that round would leave nothing of it, hence the ledger of our own next
door.
"""

import heapq
import itertools
import threading
from math import inf

from bot.helpscout.burst import Burst
from bot.helpscout.errors import Api, RateLimited
from bot.helpscout.ledger import Ledger, Priority, Ticket
from bot.helpscout.limits import Limits
from bot.helpscout.waits import Waits

__all__ = ["READ", "WRITE", "Budget", "Priority", "Ticket", "cost_of"]

READ, WRITE = 1, 2


def cost_of(method: str) -> int:
    """Help Scout's pages: POST, PUT, PATCH and DELETE count twice."""
    return WRITE if method.upper() in {"POST", "PUT", "PATCH", "DELETE"} else READ


class Budget:
    """Shared by all clients of the process; thread-safe.

    `per_minute` units may be used per `window` seconds; `reserve` of them (default: a tenth, at least 2 where the limit
    allows) are never used by BACKGROUND. Headers that say less win. `burst` bounds the writes of a few seconds.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        window: float = 60.0,
        reserve: int | None = None,
        waits: Waits | None = None,
        burst: Burst | None = None,
    ) -> None:
        self._waits = waits or Waits()
        self._burst = burst
        if reserve is None:
            reserve = min(max(2, per_minute // 10), per_minute // 2)
        self._ledger = Ledger(per_minute, window, reserve)
        self._changed = threading.Condition()
        self._queue: list[tuple[Priority, int, bool]] = []  # the last: a write
        self._numbers = itertools.count()

    @property
    def limit(self) -> int:
        """Units a window, as configured or as the server says when that is less."""
        with self._changed:
            return self._ledger.limit

    def left(self) -> int:
        """Units that people could use right now."""
        with self._changed:
            return self._ledger.left(self._waits.clock())

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        with self._changed:
            return len(self._queue)

    def take(self, units: int, priority: Priority, *, api: Api = "REST", overdraw: bool = False) -> Ticket:
        """Wait for one's turn and take `units`. The ticket must be settled.

        `overdraw` waits for a pause that the server asked for, but not for units (a token, without which nothing else
        can be answered). Raises RateLimited when the server's pause is longer than `Waits.longest`.
        """
        with self._changed:
            write = units > READ
            me = (priority, next(self._numbers), write)
            heapq.heappush(self._queue, me)
            try:
                while True:
                    now = self._waits.clock()
                    pause = self._ledger.paused_until - now
                    if pause > self._waits.longest:
                        raise RateLimited(
                            f"Help Scout asks to wait {pause:.0f} seconds before the next request. Try again then.",
                            api=api,
                            status=429,
                        )
                    crowded = self._burst.wait(now, priority) if self._burst and (write or self._queue[0][2]) else 0.0
                    if overdraw:
                        wait: float | None = max(0.0, pause)
                    elif self._queue[0] == me:
                        wait = max(self._ledger.wait(now, units, priority), crowded if write else 0.0)
                    elif not write and crowded and all(other[2] for other in self._queue if other < me):
                        wait = self._ledger.wait(now, units, priority)  # only writes are before it, which must wait
                    else:
                        wait = None
                    if wait == 0.0:
                        if write and self._burst:
                            self._burst.take()
                        return self._ledger.take(now, units)
                    self._waits.pause(self._changed, None if wait is None or wait == inf else wait)
            finally:
                self._queue.remove(me)
                heapq.heapify(self._queue)
                self._changed.notify_all()

    def settle(self, ticket: Ticket, *, api: Api = "REST", limits: Limits | None = None, sent: bool = True) -> None:
        """Tell what became of a ticket's request: answered with `limits`, lost, or never `sent`."""
        with self._changed:
            now = self._waits.clock()
            self._ledger.settle(ticket, now, api=api, limits=limits, sent=sent)
            if self._burst and ticket.units > READ:
                self._burst.settle(now, sent=sent)
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """A 429 asked for `seconds` of silence from now on."""
        with self._changed:
            self._ledger.pause(self._waits.clock() + seconds)
            self._changed.notify_all()

    def spend(self, units: int, *, api: Api = "REST") -> None:
        """Note units that were spent beside a ticket: a second try within one request."""
        with self._changed:
            now = self._waits.clock()
            self._ledger.settle(self._ledger.take(now, units), now, api=api, limits=None)
