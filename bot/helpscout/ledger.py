"""The arithmetic of the rate budget, without threads and without a clock of its own.

A unit counts from the moment a request may be sent until one window after its *answer*: the server counted it
somewhere in between, so that in no interval of the window's length it can have counted more than the limit, be its
window fixed or sliding. What headers say is kept beside that, and the smaller of the two numbers wins.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from math import inf

from bot.helpscout.errors import Api
from bot.helpscout.limits import Limits


class Priority(IntEnum):
    """Whose turn it is: people's clicks go before background work and have a reserve of their own."""

    PEOPLE = 0
    BACKGROUND = 1


@dataclass(slots=True, eq=False)
class Ticket:
    """Leave to send one request; its units are held until it is settled."""

    units: int
    taken: float


@dataclass(slots=True)
class _Spent:
    units: int
    taken: float
    free_at: float


@dataclass(slots=True)
class _Reading:
    """What one answer said is left; kept true for what we did since."""

    api: Api
    taken: float
    answered: float
    left: int
    until: float


@dataclass(slots=True)
class Ledger:
    """All times are seconds of one monotonic clock. `reserve` units are left to people when background work asks."""

    allowed: int
    window: float
    reserve: int
    limit: int = field(init=False)
    paused_until: float = field(init=False, default=-inf)
    _spent: deque[_Spent] = field(init=False, default_factory=deque)
    _spent_units: int = field(init=False, default=0)
    _in_flight: int = field(init=False, default=0)
    _readings: list[_Reading] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        if self.allowed < 1 or self.window <= 0 or self.reserve < 0:
            raise ValueError("a budget needs at least one request, a window and no negative reserve")
        self.limit = self.allowed

    @property
    def margin(self) -> float:
        """Servers count in their own clock ticks; a hundredth of the window is given away for it."""
        return self.window * 0.01

    def left(self, now: float) -> int:
        """Units that may be sent now without a 429, as far as anybody can know; never negative."""
        self._forget(now)
        if now < self.paused_until:
            return 0
        own = self.limit - self._spent_units
        told = min((reading.left for reading in self._readings), default=own)
        return max(0, min(own, told) - self._in_flight)

    def wait(self, now: float, units: int, priority: Priority) -> float:
        """Seconds until `units` may be sent (0: now; inf: only an answer still in flight can tell)."""
        if now < self.paused_until:
            return self.paused_until - now
        left = self.left(now)
        keep = min(self.reserve, self.limit // 2) if priority is Priority.BACKGROUND else 0
        if left - min(units, self.limit - keep) >= keep:
            return 0.0
        due = [reading.until for reading in self._readings]
        if self._spent:
            due.append(self._spent[0].free_at)
        return max(0.001, min(due) - now) if due else inf

    def take(self, now: float, units: int) -> Ticket:
        """Units from now on held by a request. The caller has asked `wait` before (or overdraws knowingly)."""
        self._in_flight += units
        return Ticket(units, now)

    def settle(
        self, ticket: Ticket, now: float, *, api: Api = "REST", limits: Limits | None, sent: bool = True
    ) -> None:
        """A ticket's request has been answered, was lost (`limits` None), or was never `sent`."""
        self._forget(now)
        self._in_flight -= ticket.units
        if not sent:
            return
        self._spent.append(_Spent(ticket.units, ticket.taken, now + self.window + self.margin))
        self._spent_units += ticket.units
        told = limits is not None and limits.remaining is not None
        if limits is not None and limits.limit is not None and limits.limit >= 1:
            self.limit = min(self.allowed, limits.limit)
        # A reading from before this request was sent is superseded by its answer; one that overlaps may be the newer
        # one, so both stand and the smaller wins. Whatever says nothing itself is counted against all that stand.
        kept = []
        for reading in self._readings:
            if told and reading.api == api and reading.answered <= ticket.taken:
                continue
            if not told or reading.api != api:
                reading.left -= ticket.units
            kept.append(reading)
        self._readings = kept
        if limits is not None and limits.remaining is not None:
            until = now + (self.window + self.margin if limits.reset is None else max(limits.reset, 0.05))
            self._readings.append(_Reading(api, ticket.taken, now, limits.remaining, until))

    def pause(self, until: float) -> None:
        """Nobody sends anything before `until`: a 429 told so."""
        self.paused_until = max(self.paused_until, until)

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0].free_at <= now:
            gone = self._spent.popleft()
            self._spent_units -= gone.units
            for reading in self._readings:
                # What the server may have freed before this reading is in the reading already.
                if gone.taken + self.window >= reading.answered:
                    reading.left += gone.units
        if self._readings:
            self._readings = [reading for reading in self._readings if reading.until > now]
