"""The record's time: the database's where it has a clock, else this machine's. Never what the audit log says."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.store.engine import NO_CLOCK, Engine
from bot.store.spelling import as_time, time_text


class Clock:
    """`handed` takes the place of every other clock (for tests that set the time by hand)."""

    def __init__(self, engine: Engine, handed: Callable[[], datetime] | None) -> None:
        self._engine = engine
        self._handed = handed

    def now(self) -> datetime:
        asks = self._handed is None and self._engine.clock_sql != NO_CLOCK
        return as_time(self.reading(self._engine.value(f"SELECT {self._engine.clock_sql}") if asks else None))

    def reading(self, database: str | None) -> str:
        """What the clock shows; `database` is the value of `clock_sql` where a statement has just fetched it."""
        if self._handed is not None:
            return time_text(self._handed())
        return database or time_text(datetime.now(UTC))
