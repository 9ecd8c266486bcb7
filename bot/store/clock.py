"""The record's time: the database's where it has a clock, and never earlier than the newest line of the audit log."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.store.engine import Engine
from bot.store.spelling import as_time, time_text


class Clock:
    """`handed` takes the place of every other clock (for tests that set the time by hand)."""

    def __init__(self, engine: Engine, handed: Callable[[], datetime] | None) -> None:
        self._engine = engine
        self._handed = handed

    def now(self) -> datetime:
        row = self._engine.row(f"SELECT at, {self._engine.clock_sql} FROM audit_head WHERE id = 1")
        newest, database = row or ("", None)
        return as_time(max(newest, self.reading(database)))

    def reading(self, database: str | None) -> str:
        """What the clock shows; `database` is the value of `clock_sql` where a statement has just fetched it."""
        if self._handed is not None:
            return time_text(self._handed())
        return database or time_text(datetime.now(UTC))
