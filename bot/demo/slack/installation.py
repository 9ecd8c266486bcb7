"""The bot as installed in the workspace: its tokens, scopes and secret, and what Slack has handed out to it."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.demo.slack.faults import Faults
from bot.demo.slack.response_urls import ResponseUrls
from bot.demo.slack.triggers import Triggers
from bot.demo.slack.web_api.call import Refused
from bot.demo.slack.workspace import Workspace

LONGEST_LOG = 20_000


@dataclass(frozen=True, kw_only=True)
class ApiCall:
    """A call of the Web API, or of a response URL (`method` is then "response_url")."""

    method: str
    arguments: Mapping[str, Any]
    at: datetime
    ok: bool
    error: str
    status: int
    milliseconds: float


@dataclass(kw_only=True)
class Installation:
    """`scopes` None: every scope. `paid`: user groups exist. `one_post_a_second`: 429 beyond that in one channel."""

    workspace: Workspace
    bot_token: str
    app_token: str
    signing_secret: str
    scopes: frozenset[str] | None = None
    paid: bool = True
    one_post_a_second: bool = False
    per_minute: Mapping[str, int] = field(default_factory=dict)  # method -> calls a minute, then 429
    faults: Faults = field(default_factory=Faults)
    triggers: Triggers = field(default_factory=Triggers)
    log: deque[ApiCall] = field(default_factory=lambda: deque(maxlen=LONGEST_LOG))
    sockets: Callable[[], str] | None = None
    recent: dict[str, deque[float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.responses = ResponseUrls(self.workspace)

    def socket_url(self) -> str:
        """Where a Socket Mode connection goes; refused unless the simulated Slack was started with it."""
        if self.sockets is None:
            raise Refused("socket_mode_not_enabled")
        return self.sockets()
