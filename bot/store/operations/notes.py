"""Small durable values by name: exemptions, confirmations, marks of what was done last."""

from collections.abc import Callable
from datetime import datetime

from bot.store.engine import Engine
from bot.store.spelling import plain, time_text


class Notes:
    """Operations on `notes`; values are text, most often JSON."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def get(self, key: str) -> str | None:
        value: str | None = self._engine.value("SELECT value FROM notes WHERE key = :key", {"key": key})
        return value

    def set(self, key: str, value: str) -> None:
        self._engine.run(
            "INSERT INTO notes (key, value, written_at) VALUES (:key, :value, :at) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value, written_at = excluded.written_at",
            {"key": key, "value": plain(value), "at": time_text(self._now())},
        )

    def delete(self, key: str) -> bool:
        """False when there was none."""
        return self._engine.run("DELETE FROM notes WHERE key = :key", {"key": key}) > 0
