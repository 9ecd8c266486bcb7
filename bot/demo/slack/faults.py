"""Switches that make the simulated Slack misbehave, one call or many."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

FaultKind = Literal["ratelimited", "server_error", "lost_answer", "refused", "slow", "error", "garbage", "empty"]


@dataclass(kw_only=True)
class Fault:
    """`method` is a Web API method or a pattern (`chat.*`); `times` how many calls it still hits, None for ever.

    With `channel` it hits calls for that channel only; with `replies`, calls with (True) or without a `thread_ts`.

    - ratelimited: 429 with Retry-After `seconds`, nothing done
    - server_error: HTTP `status`, nothing done
    - lost_answer: done, but the connection ends before the answer
    - refused: the connection ends before anything is done
    - slow: done after `seconds`
    - error: 200 with `ok: false`, `code` and `details`, nothing done
    - garbage: 200 with HTML
    - empty: 200 with `ok: true` and nothing else, nothing done
    """

    kind: FaultKind
    method: str = "*"
    times: int | None = 1
    seconds: float = 1.0
    status: int = 500
    code: str = "internal_error"
    channel: str = ""
    replies: bool | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def hits(self, method: str, arguments: Mapping[str, Any]) -> bool:
        """Whether it is for this call."""
        if self.replies is not None and bool(arguments.get("thread_ts")) is not self.replies:
            return False
        return fnmatchcase(method, self.method) and self.channel in ("", str(arguments.get("channel")))


class Faults:
    """The faults that are switched on. Empty: the simulated Slack behaves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._on.append(fault)
        return fault

    def rate_limit(self, method: str = "*", *, times: int | None = 1, retry_after: int = 1) -> Fault:
        return self.add(Fault(kind="ratelimited", method=method, times=times, seconds=retry_after))

    def server_error(self, method: str = "*", *, times: int | None = 1, status: int = 500) -> Fault:
        return self.add(Fault(kind="server_error", method=method, times=times, status=status))

    def lose_answer(self, method: str = "*", *, times: int | None = 1) -> Fault:
        return self.add(Fault(kind="lost_answer", method=method, times=times))

    def refuse(self, method: str = "*", *, times: int | None = 1) -> Fault:
        return self.add(Fault(kind="refused", method=method, times=times))

    def slow(self, seconds: float, method: str = "*", *, times: int | None = 1) -> Fault:
        return self.add(Fault(kind="slow", method=method, times=times, seconds=seconds))

    def error(self, code: str, method: str = "*", *, times: int | None = 1, **only: Any) -> Fault:
        """`only`: `channel`, `replies` and `details` of the fault."""
        return self.add(Fault(kind="error", method=method, times=times, code=code, **only))

    def garbage(self, method: str = "*", *, times: int | None = 1) -> Fault:
        return self.add(Fault(kind="garbage", method=method, times=times))

    def empty(self, method: str = "*", *, times: int | None = 1) -> Fault:
        return self.add(Fault(kind="empty", method=method, times=times))

    def clear(self) -> None:
        with self._lock:
            self._on.clear()

    @property
    def on(self) -> list[Fault]:
        with self._lock:
            return list(self._on)

    def take(self, method: str, arguments: Mapping[str, Any]) -> Fault | None:
        """The fault that hits this call, counted down."""
        if not self._on:
            return None
        with self._lock:
            for fault in self._on:
                if fault.hits(method, arguments):
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times <= 0:
                            self._on.remove(fault)
                    return fault
        return None
