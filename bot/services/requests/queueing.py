"""When a removal's turn comes under the hourly limit, as it is told to whoever waits for it."""

from datetime import datetime

from bot.model.member import Member
from bot.model.request import Kind, Request, State
from bot.policy.requests.hourly_limit import HOUR, queued, share, starts_at
from bot.services.requests.membership import may_be_about
from bot.store.record import Record


def why_queued(record: Record, request: Request, requester: Member | None, limit: int) -> str | None:
    """None when it may start now; else the sentence. For a removal that is due, and has not started.

    Who asked is told the time: others that go first count in it, but not what is, or could be, about the requester.
    """
    now = record.now()
    started = record.requests.started_since(now - HOUR)
    waiting = record.requests.find(states={State.APPROVED}, kinds={Kind.OFFBOARD}, limit=None)
    first = [one for one in waiting if one.id != request.id and _due(one) <= now and _place(one) < _place(request)]
    if not request.batch_id:  # people's single requests are not held up by a batch
        first = [one for one in first if not one.batch_id]
    if requester is not None:
        own = {id for id in {one.batch_id for one in first} - {""} if _is_in(record, requester, id)}
        first = [one for one in first if one.batch_id not in own and not may_be_about(record, requester, (one,))]
    open_to = share(limit, in_batch=bool(request.batch_id))
    at = starts_at(started, open_to, len(first) + 1, now)
    return queued(limit, at) if at > now else None


def _is_in(record: Record, requester: Member, batch_id: str) -> bool:
    return may_be_about(record, requester, record.requests.of_batch(batch_id))


def _due(request: Request) -> datetime:
    """As `Requests.due` orders what may start."""
    return request.run_at or request.approved_at or request.opened_at


def _place(request: Request) -> tuple[datetime, str]:
    return _due(request), request.id
