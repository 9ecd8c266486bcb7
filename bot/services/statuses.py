"""Somebody's status has changed, as Help Scout's webhook `user.status.changed` tells.

Who leaves and is set active again before the seat is gone, by themselves or by presence detection, is set away once
more. For everybody else the moment is kept as a hint that somebody was at work; it is no login. The event's shape is
known second-hand only, so the id is taken from wherever it is, and the status is read.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from bot.helpscout.client import HelpScout
from bot.helpscout.errors import HelpScoutError
from bot.model.offboarding.duty import AWAY
from bot.model.offboarding.quiet import Quiet
from bot.model.request import OPEN
from bot.services.requests.telling import BOT
from bot.services.side_by_side import begun
from bot.store.record import Record

EVENT = "user.status.changed"


class StatusChanges:
    """`told` is quick; `begin` runs the work beside it (a test runs it at once)."""

    def __init__(
        self, record: Record, helpscout: HelpScout, *, begin: Callable[[Callable[[], None]], object] = begun
    ) -> None:
        self._record = record
        self._rest = helpscout.rest
        self._begin = begin
        self._log = structlog.get_logger("bot")

    def told(self, event: str, body: Mapping[str, Any]) -> None:
        """An event of the webhook, its signature checked. Raises what the record raises; then it is told again."""
        user_id = user_in(body) if event == EVENT else 0
        if not user_id or self._record.users.get(user_id) is None:
            return
        self._record.statuses.changed(user_id, self._record.now())
        held = next((one for one in self._record.quiets.held_of_user(user_id) if self._runs(one)), None)
        if held is not None:
            request_id = held.request_id
            self._begin(lambda: self._away(request_id, user_id))

    def _runs(self, held: Quiet) -> bool:
        request = self._record.requests.get(held.request_id)
        return request is not None and request.state in OPEN

    def _away(self, request_id: str, user_id: int) -> None:
        try:
            now = self._rest.duty.status(user_id)
            if now.status == AWAY:
                return
            self._rest.duty.set_status(user_id, AWAY, now.custom)
        except HelpScoutError as problem:
            self._log.warning("a leaver could not be set away again", user=user_id, problem=problem.sentence)
            return
        self._record.audit.append(
            "quiet.again", actor=BOT, request_id=request_id, user_id=user_id, details={"source": now.source}
        )


def user_in(body: Mapping[str, Any]) -> int:
    """The id of whom it is about; 0 when there is none."""
    inner = body.get("user")
    for value in (body.get("userId"), inner.get("id") if isinstance(inner, Mapping) else None, body.get("id")):
        if type(value) is int and 0 < value < 1 << 63:
            return value
    return 0
