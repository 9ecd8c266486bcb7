"""When a removal's turn comes under the hourly limit, as it is told to whoever waits for it."""

from collections.abc import Sequence
from datetime import datetime

from bot.model.member import Member
from bot.model.request import Kind, Request, State
from bot.policy.requests.hourly_limit import HOUR, queued, queued_many, share, starts_at
from bot.services.requests.membership import may_be_about
from bot.store.record import Record


def why_queued(record: Record, request: Request, requester: Member | None, limit: int) -> str | None:
    """None when it may start now; else the sentence. For a removal that is due, and has not started.

    Who asked is told the time: others that go first count in it, but not what is, or could be, about the requester.
    """
    now = record.now()
    (at,) = _turns(record, [request], requester, limit, now)
    return queued(limit, at) if at > now else None


def starting(record: Record, requests: Sequence[Request], requester: Member | None, limit: int) -> str:
    """Of those of a batch that have just been approved and are due: how many start now, and when the last one does."""
    now = record.now()
    return queued_many(limit, _turns(record, sorted(requests, key=_place), requester, limit, now), now)


def _turns(
    record: Record, requests: Sequence[Request], requester: Member | None, limit: int, now: datetime
) -> list[datetime]:
    """When each of these starts, at the earliest: one by itself, or several of a batch in the order of their turn."""
    begin, batch = requests[0], requests[0].batch_id
    started = record.requests.started_since(now - HOUR)
    waiting = record.requests.find(states={State.APPROVED}, kinds={Kind.OFFBOARD}, limit=None)
    first = [one for one in waiting if one.id != begin.id and _due(one) <= now and _place(one) < _place(begin)]
    if not batch:  # people's single requests are not held up by a batch
        first = [one for one in first if not one.batch_id]
    if requester is not None:
        own = {id for id in {one.batch_id for one in first} - {"", batch} if _is_in(record, requester, id)}
        first = [one for one in first if one.batch_id not in own]
        # Nobody is in the batch that they have asked for.
        first = [
            one for one in first if (batch and one.batch_id == batch) or not may_be_about(record, requester, [one])
        ]
    open_to = share(limit, in_batch=bool(batch))
    return [starts_at(started, open_to, len(first) + place, now) for place in range(1, len(requests) + 1)]


def _is_in(record: Record, requester: Member, batch_id: str) -> bool:
    return may_be_about(record, requester, record.requests.of_batch(batch_id))


def _due(request: Request) -> datetime:
    """As `Requests.due` orders what may start."""
    return request.run_at or request.approved_at or request.opened_at


def _place(request: Request) -> tuple[datetime, str]:
    return _due(request), request.id
