"""Who leads: a named lease that one process holds until a time, and renews."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.store.engine import Engine
from bot.store.spelling import time_text


def overlong(now: datetime, lease: timedelta) -> datetime:
    """Beyond this no lease of that length runs that was taken by the clock of `now`."""
    return now + 2 * lease


class Leases:
    """Operations on `leases`."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def take(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take or renew the lease until `until`; False while somebody else's still runs at `now`.

        One that runs for far longer than ours would was taken while the clock was ahead: it is cut to the length of
        ours. Its owner, if alive, renews it as usual; a dead one's runs out like any other.
        """
        rows = self._engine.rows(
            "INSERT INTO leases (name, owner, until) VALUES (:name, :owner, :until) "
            "ON CONFLICT (name) DO UPDATE SET until = excluded.until, "
            "owner = CASE WHEN leases.until <= :now THEN excluded.owner ELSE leases.owner END "
            "WHERE leases.owner = excluded.owner OR leases.until <= :now OR leases.until > :overlong RETURNING owner",
            {
                "name": name,
                "owner": owner,
                "now": time_text(now),
                "until": time_text(until),
                "overlong": time_text(overlong(now, until - now)),
            },
        )
        return rows == [(owner,)]

    def release(self, name: str, owner: str) -> bool:
        """Give one's own lease back; False when it was not one's own."""
        sql = "DELETE FROM leases WHERE name = :name AND owner = :owner"
        return self._engine.run(sql, {"name": name, "owner": owner}) > 0

    def clear(self) -> int:
        """Forget every lease: their owners had another record."""
        return self._engine.run("DELETE FROM leases")

    def holder(self, name: str) -> str | None:
        """Whose lease runs now; None when nobody's does."""
        owner: str | None = self._engine.value(
            "SELECT owner FROM leases WHERE name = :name AND until > :now",
            {"name": name, "now": time_text(self._now())},
        )
        return owner
