"""Whether the clock that requests are judged by can be relied on: two readings a minute apart must agree.

A reading has the time now and, beside it, the process's own monotonic clock, which nobody sets. They part when the
clock is set, or when the machine was asleep; and a line of the audit log that is later than now was written by a clock
that was ahead (or now is behind). Either is a jump. It is over when a minute has passed in which both clocks went on
alike and no such line was added: a line from a clock that was ahead stays in the log, and says nothing new.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.policy.typed.when import spell

TOLERANCE = timedelta(seconds=5)
"""What two machines, and the way to a database, may differ by."""
JUMP = timedelta(minutes=1)
"""A wall clock that moved by more than this against the monotonic one was set, or the machine slept."""
APART = timedelta(minutes=1)
"""How far two readings must be apart that show, by agreeing, that the clock is right again."""
OLDEST = timedelta(minutes=10)
"""Readings are compared with one at most so old: clocks drift, and a drift is no jump."""


@dataclass(frozen=True, slots=True)
class LateLine:
    """A line of the audit log whose time is later than the time at which it was read."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ClockReading:
    """`wall` is aware UTC, `monotonic` in seconds. `line`: one not told before that is later than `wall`."""

    wall: datetime
    monotonic: float
    line: LateLine | None = None


@dataclass(frozen=True, slots=True)
class Jump:
    """What was seen. `moved`: by how much the wall clock moved against the monotonic one; zero: a line shows it."""

    at: datetime
    moved: timedelta = timedelta(0)
    line: LateLine | None = None

    @property
    def sentence(self) -> str:
        """The cause, for people."""
        if self.moved:
            way = "ahead" if self.moved > timedelta(0) else "back"
            return f"The clock jumped {way} by {spell(abs(self.moved))}."
        assert self.line is not None
        ahead = spell(self.line.at - self.at)
        # Not which line: how long the log is would tell some readers that something was asked about them.
        return f"A line of the audit log is {ahead} ahead of the clock: one of the two is wrong."


@dataclass(frozen=True, slots=True)
class Watched:
    """What the readings so far have shown. `steady`: no jump, or it is over."""

    anchor: ClockReading  # what the next readings are compared with
    last: ClockReading
    steady: bool
    stirred: float  # monotonic time since when no two readings differed by more than TOLERANCE
    told: int = 0  # lines of the log up to here are told

    def trusts(self, wall: datetime, monotonic: float) -> bool:
        """Whether what is due at `wall` may be begun, `monotonic` seconds by the process's clock."""
        return self.steady and abs(_moved(self.anchor, wall, monotonic)) <= JUMP

    def calm(self, monotonic: float, seconds: float) -> bool:
        """Whether the clock has gone on evenly for so long: only then does a lease that is over show a dead owner."""
        return monotonic - self.stirred >= seconds


def begun(reading: ClockReading, *, unsettled: bool = False) -> tuple[Watched, Jump | None]:
    """The first reading of a process. `unsettled`: the record says that a jump was seen and is not over yet."""
    jump = Jump(reading.wall, line=reading.line) if reading.line else None
    steady = jump is None and not unsettled
    told = reading.line.seq if reading.line else 0
    return Watched(reading, reading, steady, float("-inf"), told), jump


def watched(before: Watched, reading: ClockReading) -> tuple[Watched, Jump | None]:
    """What one more reading shows; the jump, when it shows one that was not told before."""
    moved = _moved(before.anchor, reading.wall, reading.monotonic)
    stirred = abs(_moved(before.last, reading.wall, reading.monotonic)) > TOLERANCE
    now = replace(before, last=reading, stirred=reading.monotonic if stirred else before.stirred)
    if abs(moved) > JUMP or reading.line is not None:
        told = max(before.told, reading.line.seq) if reading.line else before.told
        jump = Jump(reading.wall, moved if abs(moved) > JUMP else timedelta(0), reading.line)
        return replace(now, anchor=reading, steady=False, told=told), jump
    passed = timedelta(seconds=reading.monotonic - before.anchor.monotonic)
    if before.steady:
        return (replace(now, anchor=reading) if passed >= OLDEST else now), None
    if abs(moved) > TOLERANCE:
        return replace(now, anchor=reading), None  # still on the move: the minute begins anew
    if passed >= APART:
        return replace(now, anchor=reading, steady=True), None
    return now, None


def _moved(since: ClockReading, wall: datetime, monotonic: float) -> timedelta:
    return (wall - since.wall) - timedelta(seconds=monotonic - since.monotonic)
