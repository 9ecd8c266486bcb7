"""What Slack delivers twice is done once: a second delivery of the same click or form gets the first one's result.

Only the same delivery is meant, known by its trigger and by whom it came from. Two clicks of two people, or of one, are
two clicks: which of them counts is decided in the record.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from cachetools import TTLCache

from bot.slack.handling.work.worker import Worker

T = TypeVar("T")


class Once:
    """Remembers deliveries for `ttl` seconds: longer than Slack goes on repeating one (an hour for events)."""

    def __init__(self, worker: Worker, *, size: int = 20_000, ttl: float = 4000.0) -> None:
        self._worker = worker
        self._begun: TTLCache[str, Future[Any]] = TTLCache(size, ttl)
        self._lock = threading.Lock()

    def submit(self, key: str, work: Callable[[], T]) -> "tuple[Future[T], bool]":
        """Have `work` done by the worker, and True; or what the same `key` was given before, and False.

        "" is never the same. Raises what `Worker.submit` raises.
        """
        with self._lock:
            begun = self._begun.get(key) if key else None
            if begun is not None:
                return begun, False
            begun = self._worker.submit(work)
            if key:
                self._begun[key] = begun
            return begun, True
