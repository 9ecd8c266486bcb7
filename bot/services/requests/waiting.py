"""What waits for a person's hand: looked at when somebody asks, after each sync, and reminded of. Only reading ends it.

The reading itself is whoever puts the parts together hands in: this room knows no API.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.model.action import CheckNow, Outcome
from bot.model.request import Request, State
from bot.policy.requests.approval import may_check
from bot.services.ports import Workspace
from bot.services.requests.refusing import looked_up, refused
from bot.services.requests.telling import Event
from bot.services.requests.terms import Terms
from bot.services.requests.transitions import move
from bot.store.record import Record

Look = Callable[[Request], "bool | str"]
"""Whether Help Scout shows what a request asks for; a sentence where it can't be read."""

LAST = "by_hand.reminded/"
"""Notes: when people were last reminded of a request that waits for them."""
DONE = "Help Scout shows that it was done. Finishing."
NOT_YET = "Help Scout doesn't show it yet."


class Waiting:
    """`apply` answers a click, `look_at_all` is for after a sync, `remind` for the clock."""

    def __init__(self, record: Record, workspace: Workspace, terms: Terms, look: Look) -> None:
        self._record = record
        self._workspace = workspace
        self._every = terms.hand_reminder
        self._look = look
        self._log = structlog.get_logger("waiting")

    def apply(self, action: CheckNow) -> Outcome:
        """What a reading shows now; what is done goes on by itself."""
        found = looked_up(self._record, self._workspace, action, "check")
        if isinstance(found, Outcome):
            return found
        request, click = found
        if refusal := may_check(request, click):
            return refused(self._record, action, "check", refusal, request)
        seen = self._look(request)
        if isinstance(seen, str):
            return Outcome(accepted=False, sentence=f"{seen} Try again later.", request=request)
        if not seen:
            return Outcome(accepted=False, sentence=f"{NOT_YET} {request.outcome}", request=request)
        moved = self._go_on(request, action.actor)
        return Outcome(accepted=True, sentence=DONE, request=moved or self._record.requests.get(request.id))

    def look_at_all(self) -> int:
        """Each request that waits; how many were found done."""
        found = self._record.requests.find(states={State.WAITING}, limit=None)
        return sum(self._look(request) is True and self._go_on(request, "") is not None for request in found)

    def remind(self, now: datetime) -> tuple[str, ...]:
        """Those that have waited for long without a word, reminded of; ids."""
        found = self._record.requests.find(states={State.WAITING}, limit=None)
        return tuple(request.id for request in found if self._remind(request, now))

    def _remind(self, request: Request, now: datetime) -> bool:
        with self._record.transaction():
            kept = self._record.notes.get(LAST + request.id)
            if kept is None:  # it was told when it began to wait
                self._record.notes.set(LAST + request.id, now.isoformat())
                return False
            if now < datetime.fromisoformat(kept) + self._every:
                return False
            self._record.notes.set(LAST + request.id, now.isoformat())
            moved = move(
                self._record,
                request,
                from_states={State.WAITING},
                to=State.WAITING,
                event=Event.REMINDED,
                sentence=request.outcome,
            )
            return moved is not None

    def _go_on(self, request: Request, actor: str) -> Request | None:
        # Running, and nobody's: the next runner takes it over, as it does with what a dead one left.
        moved = move(
            self._record,
            request,
            from_states={State.WAITING},
            to=State.RUNNING,
            event=Event.CHECKED,
            sentence=DONE,
            actor=actor,
            outcome="",
            lease_owner=None,
            lease_until=None,
        )
        self._log.info("what a person had to do is done", request=request.id)
        return moved
