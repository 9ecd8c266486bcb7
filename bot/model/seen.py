"""When people were last seen: one moment for everybody whom the last good sync saw, instead of a row each."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """`at` is when the last sync that read everybody began; `unseen` are the active people whom it did not see."""

    at: datetime | None = None
    unseen: frozenset[int] = frozenset()

    def last_seen(self, user_id: int, written: datetime) -> datetime:
        """When this active person was last seen; `written` is what their row says."""
        if self.at is None or self.at <= written or user_id in self.unseen:
            return written
        return self.at
