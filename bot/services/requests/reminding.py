"""A requester reminds the approvers: the rule is read at the click, one transaction writes what comes of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.model.action import Outcome, Remind
from bot.model.request import Request, State
from bot.policy.requests.approval import Click, may_remind
from bot.services.ports import Workspace
from bot.services.requests.refusing import looked_up, refused
from bot.services.requests.telling import Event
from bot.services.requests.transitions import move, utc
from bot.store.record import Record

LAST = "reminded.last/"
"""Notes: when the requester of a request last reminded of it."""
SENT = "Reminder sent. You can send the next one in an hour."


class Reminding:
    """`apply` is the only way in."""

    def __init__(self, record: Record, workspace: Workspace) -> None:
        self._record = record
        self._workspace = workspace

    def apply(self, action: Remind) -> Outcome:
        """A line in the thread that calls the approvers; or the refusal, recorded with its code."""
        found = looked_up(self._record, self._workspace, action, "remind")
        if isinstance(found, Outcome):
            return found
        request, click = found
        with self._record.transaction():
            current = self._record.requests.update(request.id, touch=False)  # taken: of two clicks one counts
            refusal = may_remind(current, click, self._last(current))
            reminded = self._remind(current, click) if refusal is None else None
        if refusal is not None:
            return refused(self._record, action, "remind", refusal, current)
        return Outcome(accepted=True, sentence=SENT, request=reminded)

    def last_of(self, requests: Sequence[Request]) -> Request:
        """The one whose requester reminded of it last."""
        return max(requests, key=lambda one: self._record.notes.get(f"{LAST}{one.id}") or "")

    def _remind(self, request: Request, click: Click) -> Request | None:
        self._record.notes.set(f"{LAST}{request.id}", click.now.isoformat())
        return remind(self._record, request, actor=click.actor.id if click.actor else "")

    def _last(self, request: Request) -> datetime | None:
        kept = self._record.notes.get(f"{LAST}{request.id}")
        return datetime.fromisoformat(kept) if kept else None


def remind(record: Record, request: Request, **fields: Any) -> Request | None:
    """Say in the thread what it still waits for; None when it no longer does. `fields` as `move` takes them."""
    votes = len(record.requests.decisions(request.id))
    needed = f"{request.quorum} approval{'s' if request.quorum != 1 else ''}"
    sentence = f"Still waiting for a decision: {votes} of {needed} so far. It expires at {utc(request.expires_at)}."
    pending = {State.PENDING}
    return move(
        record, request, from_states=pending, to=State.PENDING, event=Event.REMINDED, sentence=sentence, **fields
    )
