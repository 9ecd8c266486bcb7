"""Who leads: a named lease that one process holds until a time, and renews."""

from collections.abc import Callable
from datetime import datetime

from bot.store.engine import Engine
from bot.store.spelling import time_text


class Leases:
    """Operations on `leases`."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def take(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take or renew the lease until `until`; False while somebody else's still runs at `now`."""
        return (
            self._engine.run(
                "INSERT INTO leases (name, owner, until) VALUES (:name, :owner, :until) "
                "ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until "
                "WHERE leases.owner = excluded.owner OR leases.until <= :now",
                {"name": name, "owner": owner, "now": time_text(now), "until": time_text(until)},
            )
            > 0
        )

    def release(self, name: str, owner: str) -> bool:
        """Give one's own lease back; False when it was not one's own."""
        sql = "DELETE FROM leases WHERE name = :name AND owner = :owner"
        return self._engine.run(sql, {"name": name, "owner": owner}) > 0

    def holder(self, name: str) -> str | None:
        """Whose lease runs now; None when nobody's does."""
        owner: str | None = self._engine.value(
            "SELECT owner FROM leases WHERE name = :name AND until > :now",
            {"name": name, "now": time_text(self._now())},
        )
        return owner
