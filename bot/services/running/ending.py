"""How a bot ends: its parts stop side by side within one deadline, and what hangs keeps nobody waiting."""

import os
import threading
import time
from collections.abc import Callable, Mapping

import structlog

GRACE = 0.3
"""Seconds that a part has less than the deadline, to say that it could not end in time."""

Stop = Callable[[float], object]
"""Ends a part, within so many seconds."""


def stop_together(parts: Mapping[str, Stop], seconds: float) -> tuple[str, ...]:
    """Stop all `parts` at the same time; the names of those that had not ended after `seconds`."""
    log = structlog.get_logger("bot")

    def stop(name: str, part: Stop) -> None:
        try:
            part(max(0.0, seconds - GRACE))
        except Exception:
            log.exception("a part did not stop cleanly", part=name)

    ends = time.monotonic() + seconds
    threads = {
        name: threading.Thread(target=stop, args=(name, part), name=f"stop-{name}", daemon=True)
        for name, part in parts.items()
    }
    for thread in threads.values():
        thread.start()
    for thread in threads.values():
        thread.join(max(0.0, ends - time.monotonic()))
    return tuple(name for name, thread in threads.items() if thread.is_alive())


def backstop(seconds: float) -> None:
    """End the process, with exit code 0, when it still runs after `seconds`. Leases then run out.

    Also while the interpreter waits for threads of a library, which it does after everything else.
    """

    def end() -> None:
        structlog.get_logger("bot").warning("stopped, though something still hung: its lease runs out by itself")
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
