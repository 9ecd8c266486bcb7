"""Who pushes: bearer tokens by name (RFC 6750), compared in constant time; guessing is slowed down."""

import hashlib
import hmac
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

FEW = 2  # wrong tokens a minute that are answered like any other
MINUTE = 60.0


class Tokens:
    """`pairs` are (name, token). `timer` is monotonic seconds."""

    def __init__(self, pairs: Sequence[tuple[str, str]], timer: Callable[[], float] = time.monotonic) -> None:
        self._pairs = [(name, _digest(token)) for name, token in pairs]
        self._timer = timer
        self._lock = threading.Lock()
        self._wrong: deque[float] = deque(maxlen=1000)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self._pairs)

    def whose(self, authorization: str) -> str | None:
        """The name of the token in this header; None for a wrong one. Every token is compared, whichever it is."""
        kind, _, token = authorization.strip().partition(" ")
        given = _digest(token.strip())
        found = None
        for name, known in self._pairs:
            if hmac.compare_digest(given, known) and found is None:
                found = name
        return found if kind.lower() == "bearer" else None

    def too_often(self) -> bool:
        """Note a wrong one; whether it is more than the second within a minute.

        Nobody waits for it in a thread that the right token needs: it is answered 429.
        """
        now = self._timer()
        with self._lock:
            while self._wrong and now - self._wrong[0] > MINUTE:
                self._wrong.popleft()
            self._wrong.append(now)
            return len(self._wrong) > FEW


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
