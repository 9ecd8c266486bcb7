"""Conversations that are given to somebody who leaves, or has left: told by Help Scout's webhook `convo.assigned`.

Whatever the body says is looked up in the record; the channel is warned once for each conversation and person.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.model.outbox import Topic
from bot.model.request import OPEN, Kind, Request
from bot.model.user import Status, UserRecord
from bot.store.record import Record

EVENT = "convo.assigned"
GONE = {Status.OFFBOARDED: "was offboarded", Status.REMOVED: "is no longer in Help Scout"}
ASSIGNED = "assigned/"
"""How keys in the outbox begin of what is told here; they end with the REST id of whom it is about."""


class Assignments:
    """`wake` is called when a warning was written down."""

    def __init__(self, record: Record, *, wake: Callable[[], None] = lambda: None) -> None:
        self._record = record
        self._wake = wake

    def told(self, event: str, body: Mapping[str, Any]) -> None:
        """An event of the webhook, its signature checked.

        Quick: a few look-ups by key, one write. Raises what the record raises; then Help Scout tells it again.
        """
        conversation, assignee = _id(body.get("id")), _assignee(body)
        row = self._record.users.get(assignee) if event == EVENT and conversation and assignee else None
        why = self._why(row) if row is not None else ""
        if row is None or not why:
            return
        number = _id(body.get("number")) or conversation
        sentence = f"Conversation #{number} was given to {row.user.name}, who {why}. Somebody else should have it."
        payload = {"sentence": sentence, "conversation_id": conversation, "user_id": row.id}
        if self._record.outbox.add(f"{ASSIGNED}{conversation}/{row.id}", Topic.WARNING, payload):
            self._wake()

    def _why(self, row: UserRecord) -> str:
        """What is wrong with giving them work, to stand behind "who"; "" when nothing is."""
        of_theirs = self._record.requests.find(
            states=OPEN, kinds={Kind.OFFBOARD, Kind.RESTORE}, target_id=row.id, limit=10
        )
        if row.status is Status.ACTIVE:
            leaving = next((one for one in of_theirs if one.kind is Kind.OFFBOARD), None)
            return f"is about to leave: request {leaving.id} is {_state(leaving)}" if leaving is not None else ""
        # While somebody is restored, their conversations are handed back before the record has them.
        if any(one.kind is Kind.RESTORE for one in of_theirs):
            return ""
        when = f" on {row.removed_at:%d %B %Y}" if row.removed_at else ""
        return f"{GONE[row.status]}{when}"


def _state(request: Request) -> str:
    if request.run_at is not None and request.started_at is None:
        return f"{request.state.value}, for {request.run_at:%d %B %Y %H:%M} UTC"
    return request.state.value


def _assignee(body: Mapping[str, Any]) -> int:
    """Who has it now: an object, or nothing (missing, null, PHP's `[]`) when nobody has. A team is nobody.

    Source: Help Scout API v2, "Conversation": `assignee`; payloads of version 1 (`payloadVersion`) call it `owner`.
    """
    found = next((body[name] for name in ("assignee", "owner") if body.get(name)), None)
    return _id(found.get("id")) if isinstance(found, Mapping) and found.get("type") != "team" else 0


def _id(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63 else 0
