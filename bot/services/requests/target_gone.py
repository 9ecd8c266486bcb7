"""Requests about somebody whom a sync found gone: nobody has to approve what can't be done any longer."""

from bot.model.request import Kind, Request, State
from bot.model.user import Status
from bot.services.requests.telling import Event
from bot.services.requests.transitions import move
from bot.store.record import Record

NEEDS_THEM = frozenset({Kind.OFFBOARD, Kind.CHANGE})
"""Kinds that are about somebody who is there."""
NOT_STARTED = frozenset({State.PENDING, State.APPROVED})


def end_for_the_gone(record: Record) -> tuple[str, ...]:
    """Each that hasn't started ends as stale; ids. What runs finds out by itself what Help Scout shows."""
    found = record.requests.find(states=NOT_STARTED, kinds=NEEDS_THEM, limit=None)
    return tuple(request.id for request in found if _end(record, request))


def _end(record: Record, request: Request) -> bool:
    with record.transaction():
        row = record.users.get(request.target_id) if request.target_id is not None else None
        if row is None or row.status is Status.ACTIVE:
            return False
        ended = move(
            record,
            request,
            from_states=NOT_STARTED,
            to=State.STALE,
            event=Event.STALE,
            sentence=_why(request),
            alarm=False,  # the sync's own notice tells the channel who is gone
        )
        return ended is not None


def _why(request: Request) -> str:
    name = request.target_name or "This person"
    left = " hs-bot moved none of their conversations." if request.kind is Kind.OFFBOARD else ""
    return f"{name} was removed from Help Scout outside hs-bot, so nothing was done.{left}"
