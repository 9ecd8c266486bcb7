"""A server that takes what is sent and answers nothing: noticed, and not waited for.

A paused pooler, a proxy in the middle of a failover, a machine that stands still: the connection is open and the system
below acknowledges every byte, so neither TCP nor the server's own time limits end the wait. The listener's questions
are answered at once by any server that is well. When one is not, whoever waits on another connection is let go too.
"""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Generator
from typing import Any

PATIENCE_SECONDS = 2.0
"""How long the listener waits for an answer of the server itself."""
POOLED_PATIENCE_SECONDS = 10.0
"""The same through a pooler, where a question may have to wait until another transaction has ended."""
SURE_SECONDS = 1.0
"""How long others have waited at least before they are let go."""


class Silence:
    """What the connections of one server know of it together."""

    def __init__(self) -> None:
        self._found = float("-inf")

    def found(self, since: float, patience: float) -> bool:
        """For the listener, which has been waiting since then (of `time.monotonic`): whether the server is silent."""
        if time.monotonic() - since <= patience:
            return False
        self.told()
        return True

    def told(self) -> None:
        """It is silent now."""
        self._found = time.monotonic()

    def known(self, since: float) -> bool:
        """For everybody else: whether the listener has found it silent while they waited."""
        return self._found > since and time.monotonic() - since > SURE_SECONDS


def listening(
    answers: Generator[Any, int, Any], descriptor: Callable[[], int], silent: Callable[[float], bool]
) -> Generator[Any, int, Any]:
    """psycopg's wait for an answer. When `silent` says so of a wait without any sign of life, the connection is shut.

    libpq then finds it broken, as if the server had closed it, and everything goes on as after that.
    """
    try:
        wanted = next(answers)
        since = time.monotonic()
        shut = False
        while True:
            ready = yield wanted
            if ready:
                since = time.monotonic()
            elif not shut and silent(since):
                shut = True
                _shut(descriptor())
            wanted = answers.send(ready)
    except StopIteration as end:
        return end.value


def _shut(descriptor: int) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)
