"""One HTTP request as it went, told to observers: evidence, metrics, logs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from bot.helpscout.errors import Api


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """`path` is without the query, which may name people. `status` None: no whole answer came.

    `attempt` counts from 1. `correlation` is the server's own id of the request (`Correlation-Id` or `logRef`), "" if
    none.
    """

    method: str
    path: str
    status: int | None
    milliseconds: float
    attempt: int = 1
    correlation: str = ""
    api: Api = "REST"


Observer: TypeAlias = Callable[[ApiCall], None]
