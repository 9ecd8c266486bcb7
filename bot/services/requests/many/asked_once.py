"""The workspace as one action sees it: whoever is asked about many people asks Slack about each colleague once."""

import threading
from collections.abc import Callable
from typing import TypeVar, cast

from bot.model.member import Member
from bot.services.ports import Workspace

T = TypeVar("T")


class AskedOnce:
    """A `Workspace`. The first answer counts until the action ends, so ask freshly first what must be fresh."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._answers: dict[object, object] = {}
        self._asking: dict[object, threading.Lock] = {}
        self._lock = threading.Lock()

    def member(self, id: str, /, *, fresh: bool = False) -> Member | None:
        return self._once(("member", id), lambda: self._workspace.member(id, fresh=fresh))

    def member_by_email(self, email: str, /) -> Member | None:
        return self._once(("email", email), lambda: self._workspace.member_by_email(email))

    def approvers(self, *, fresh: bool = False) -> frozenset[str]:
        return self._once("approvers", lambda: self._workspace.approvers(fresh=fresh))

    def requesters(self, *, fresh: bool = False) -> frozenset[str] | None:
        return self._once("requesters", lambda: self._workspace.requesters(fresh=fresh))

    def members(self) -> list[Member]:
        return self._once("members", self._workspace.members)

    def _once(self, key: object, ask: Callable[[], T]) -> T:
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:
            if key not in self._answers:
                self._answers[key] = ask()
            return cast(T, self._answers[key])
