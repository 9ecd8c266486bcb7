"""What somebody typed for a form, kept for half an hour while they choose who was meant.

A convenience: after a restart the form opens with the person only.
"""

import secrets
import threading

from cachetools import TTLCache

from bot.policy.typed.arguments import OffboardArgs

HALF_AN_HOUR = 1800.0


class Drafts:
    """Thread-safe; the newest thousand."""

    def __init__(self) -> None:
        self._kept: TTLCache[str, tuple[str, OffboardArgs]] = TTLCache(1000, HALF_AN_HOUR)
        self._lock = threading.Lock()

    def keep(self, member: str, arguments: OffboardArgs) -> str:
        """An opaque token for `take`."""
        token = secrets.token_urlsafe(9)
        with self._lock:
            self._kept[token] = (member, arguments)
        return token

    def take(self, member: str, token: str) -> OffboardArgs | None:
        """What this member typed; None when it is somebody else's, or gone."""
        with self._lock:
            owner, arguments = self._kept.get(token, ("", None))
        return arguments if owner == member else None
