"""Watches the clock that requests are judged by: a jump is told once, and nothing scheduled starts until it is over.

The rule is `policy/clock_jump.py`. What was seen is kept in the record, so that it is told once whatever number of bots
saw it, and so that a bot that starts in the middle of it waits as well.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.policy.requests.clock_jump import TOLERANCE, ClockReading, Jump, LateLine, Watched, begun, watched
from bot.services.requests.telling import BOT
from bot.store.record import Record

NOTE = "clock.jump"
EVENT = "clock.jumped"
WAITS = "Waiting: the clock of this bot jumped. It will start once the clock has been steady for a minute."
REMEMBERED = timedelta(hours=24)
"""How long a jump that is over is still shown."""
SAME = timedelta(minutes=2)
"""Two bots that saw the clock move alike within this saw the same jump."""
SLOW = 1.0
"""Seconds: a reading that took longer says too little about the two clocks."""
LOG_EVERY = 5.0
"""Seconds between two looks into the audit log, which may be a round trip away."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest jump, as the record keeps it. Times are ISO 8601; `line` 0: no line of the log shows it."""

    sentence: str
    at: str
    moved_seconds: float = 0.0
    line: int = 0
    over: str = ""  # since when the clock is steady again

    def is_of(self, jump: Jump) -> bool:
        """Whether this jump is the one that was seen: by another bot, or before a new start."""
        if jump.line is not None:
            return self.line >= jump.line.seq
        moved = timedelta(seconds=self.moved_seconds) - jump.moved
        return abs(moved) <= SAME and abs(datetime.fromisoformat(self.at) - jump.at) <= SAME


class ClockWatch:
    """For one process; may be called from any thread. `monotonic` (seconds) is a clock that nobody sets."""

    def __init__(self, record: Record, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._record = record
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._watched: Watched | None = None
        self._log_read = float("-inf")
        self._log = structlog.get_logger("clock")

    def look(self) -> datetime:
        """Read both clocks, and the log from time to time; returns the time now. Raises what the record raises."""
        with self._lock:
            reading = self._read()
            before = self._watched
            if before is None:
                now, jump = begun(reading, unsettled=self._unsettled())
            else:
                now, jump = watched(before, reading)
            if jump is not None:
                self._tell(jump)
            elif before is not None and now.steady and not before.steady:
                self._settle(reading.wall)
            self._watched = now
        return reading.wall

    def begin(self) -> None:
        """Look, if nobody has looked yet."""
        if self._watched is None:
            self.look()

    def doubts(self, now: datetime) -> bool:
        """Whether what is scheduled must wait at `now`, the time just read. Writes nothing: the next look tells why."""
        known = self._watched
        if known is None or not known.trusts(now, self._monotonic()):
            return True
        return self._record.audit.later_than(now + TOLERANCE, after=known.told) is not None

    def calm(self, seconds: float) -> bool:
        """Whether no look has found the clock uneven within the last `seconds`."""
        return self._watched is not None and self._watched.calm(self._monotonic(), seconds)

    def _read(self) -> ClockReading:
        for _ in range(3):
            began = self._monotonic()
            wall = self._record.now()
            if self._monotonic() - began <= SLOW:
                break
        known = self._watched
        if known is not None and known.trusts(wall, began) and began - self._log_read < LOG_EVERY:
            return ClockReading(wall, began)
        late = self._record.audit.later_than(wall + TOLERANCE, after=known.told if known else 0)
        self._log_read = began
        return ClockReading(wall, began, LateLine(*late) if late else None)

    def _unsettled(self) -> bool:
        seen = last_jump(self._record)
        return seen is not None and not seen.over

    def _tell(self, jump: Jump) -> None:
        self._log.warning("nothing scheduled starts until the clock is steady", problem=jump.sentence)
        with self._record.transaction():
            seen = last_jump(self._record)
            if seen is not None and seen.is_of(jump):
                _keep(self._record, replace(seen, over=""))
                return
            line = jump.line.seq if jump.line else 0
            _keep(self._record, Seen(jump.sentence, jump.at.isoformat(), jump.moved.total_seconds(), line))
            details = {"sentence": jump.sentence, "moved_seconds": round(jump.moved.total_seconds())}
            if jump.line is not None:
                details["line_at"] = jump.line.at.isoformat()
            self._record.audit.append(EVENT, actor=BOT, details=details)

    def _settle(self, now: datetime) -> None:
        self._log.info("the clock is steady again: what is scheduled starts when it is due")
        with self._record.transaction():
            seen = last_jump(self._record)
            if seen is not None and not seen.over:
                _keep(self._record, replace(seen, over=now.isoformat()))


def last_jump(record: Record) -> Seen | None:
    """The newest jump that was seen, whether it is over or not."""
    text = record.notes.get(NOTE)
    return Seen(**json.loads(text)) if text else None


def clock_warnings(record: Record) -> list[str]:
    """Sentences about the clock for `/hs-status` and doctor; none when all is well."""
    now, seen = record.now(), last_jump(record)
    late = record.audit.later_than(now + TOLERANCE, after=seen.line if seen else 0)
    if late is not None:  # no bot has seen it yet
        return [f"{Jump(now, line=LateLine(*late)).sentence} Check the clock of this machine."]
    if seen is None:
        return []
    if not seen.over:
        return [f"{seen.sentence} Scheduled requests wait until the clock has been steady for a minute."]
    over = datetime.fromisoformat(seen.over)
    if abs(now - over) > REMEMBERED:
        return []
    return [f"{seen.sentence} It has been steady since {over:%Y-%m-%d %H:%M} UTC."]


def _keep(record: Record, seen: Seen) -> None:
    record.notes.set(NOTE, json.dumps(asdict(seen)))
