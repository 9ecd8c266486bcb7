"""Between a listener that may wait a little and the worker that takes as long as it takes."""

import threading
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """One result, for a listener that waits a little, or for whoever takes over when it has stopped waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._late = False
        self._came: Future[T] = Future()

    def give(self, result: T) -> bool:
        """True when the listener gets it; False when it has gone."""
        with self._lock:
            if self._late:
                return False
            self._came.set_result(result)
            return True

    def wait(self, seconds: float) -> T | None:
        """The result; None when it did not come in time, and then `give` says so."""
        try:
            return self._came.result(seconds)
        except TimeoutError:
            with self._lock:
                self._late = not self._came.done()
            return None if self._late else self._came.result()
