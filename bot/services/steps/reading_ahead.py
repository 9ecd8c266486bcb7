"""What a later step of this very run needs, asked for while an earlier one works: round trips go side by side.

Nothing of it outlives the run: who takes over from a process that died reads for itself.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from bot.services.requests.execution import Execution
from bot.services.side_by_side import begun

FRESH = 5.0
"""Seconds since it was asked for; what is older is read anew."""


def ask_ahead(ex: Execution, name: str, read: Callable[[], object]) -> None:
    """Begin to read, in a thread."""
    ex.read_before[name] = time.monotonic(), begun(read)


def asked_ahead(ex: Execution, name: str, *, within: float = FRESH) -> Any:
    """What was asked for, waited for; None where nothing was, or too long ago. Raises what the reading raised."""
    at, future = ex.read_before.pop(name, (0.0, None))
    return future.result() if isinstance(future, Future) and time.monotonic() - at < within else None
