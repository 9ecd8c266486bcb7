"""One call of a Web API method: its arguments, and the ways in which Slack refuses one."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from bot.demo.slack.people import BOT_USER_ID, Person
from bot.demo.slack.things import Channel
from bot.demo.slack.workspace import Workspace

if TYPE_CHECKING:
    from bot.demo.slack.installation import Installation

Json = dict[str, Any]
T = TypeVar("T")


class Refused(Exception):
    """`ok: false` with this error code, and what else the answer carries."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


@dataclass(frozen=True, kw_only=True)
class Call:
    """Arguments as sent: strings from forms, any JSON from JSON bodies."""

    method: str
    arguments: Mapping[str, Any]
    installation: "Installation"
    token: str
    base_url: str

    @property
    def workspace(self) -> Workspace:
        return self.installation.workspace

    def text(self, name: str, default: str = "") -> str:
        value = self.arguments.get(name)
        return default if value is None else str(value)

    def needed(self, name: str, code: str = "invalid_arguments") -> str:
        value = self.text(name)
        if not value:
            raise Refused(code, response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.arguments.get(name)
        return default if value is None else str(value).lower() in ("true", "1")

    def number(self, name: str, default: int) -> int:
        value = self.text(name)
        if not value:
            return default
        try:
            return int(value)
        except ValueError as problem:
            complaint = f"[ERROR] {name}: must be an integer"
            raise Refused("invalid_arguments", response_metadata={"messages": [complaint]}) from problem

    def structure(self, name: str, code: str) -> Any:
        """A JSON argument; forms carry it as text."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as problem:
            raise Refused(code) from problem

    def allows(self, *scopes: str) -> bool:
        return self.installation.scopes is None or any(s in self.installation.scopes for s in scopes)

    def require(self, *scopes: str) -> None:
        """One of these scopes, else `missing_scope`."""
        if not self.allows(*scopes):
            raise Refused(
                "missing_scope", needed=scopes[0], provided=",".join(sorted(self.installation.scopes or frozenset()))
            )

    def person(self, name: str = "user") -> Person:
        found = self.workspace.people.get(self.needed(name, "user_not_found"))
        if found is None or found.id != self.text(name):
            raise Refused("user_not_found")
        return found

    def channel(self, name: str = "channel") -> Channel:
        """By id; a channel that the bot can't know of does not exist for it."""
        channel = self.workspace.channels.get(self.needed(name, "channel_not_found"))
        if channel is None or (channel.is_private and BOT_USER_ID not in channel.members):
            raise Refused("channel_not_found")
        return channel

    def page(self, items: Sequence[T], *, default: int, most: int) -> tuple[list[T], str]:
        """A page by `limit` and `cursor`, and the cursor of the next one ("" at the end)."""
        limit = self.number("limit", default)
        if not 1 <= limit <= most:
            limit = default if limit == 0 else min(max(limit, 1), most)
        start = 0
        if self.text("cursor"):
            try:
                start = int(base64.b64decode(self.text("cursor"), validate=True).decode().removeprefix("next:"))
            except ValueError:
                raise Refused("invalid_cursor") from None
        end = start + limit
        following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
        return list(items[start:end]), following


@dataclass(frozen=True, kw_only=True)
class Method:
    """A Web API method: `scopes` of which one is needed (none: any token); `app_level` wants an `xapp-` token."""

    run: Callable[[Call], Json]
    scopes: tuple[str, ...] = field(default=())
    app_level: bool = False
