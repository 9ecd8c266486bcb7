"""Requests of identity providers whose wish is gone: found in the record, and cancelled wherever they can still be."""

from collections.abc import Set

from bot.model.address import address_key
from bot.model.request import Kind, Request, State, is_providers
from bot.model.wish import WishKind
from bot.policy.by_hand import stays
from bot.policy.requests.wishing import UNDONE, facts_of, wants
from bot.services.requests.telling import Event
from bot.services.requests.transitions import move
from bot.store.record import Record

WHY = "no longer wanted by the identity provider"
CANCELLED = f"Cancelled: {WHY}"


def withdrawn(record: Record, request: Request) -> bool:
    """Whether the identity provider that asked for this wants it no longer.

    Not of a change that nobody decides on: it is soon done, and the next one after it.
    """
    if not is_providers(request.requester) or (request.kind is Kind.CHANGE and request.quorum == 0):
        return False
    wishes = record.wishes.about(
        request.requester,
        WishKind.GROUP if request.kind is Kind.DELETE_TEAM else WishKind.USER,
        request_id=request.id,
        subject_id=request.target_id,
        address=address_key(request.target_email) if request.kind is Kind.PROVISION else "",
    )
    # Who was deleted and pushed again has a new resource, which counts.
    counts = [one for one in wishes if not one.deleted] or wishes
    row = record.users.get(request.target_id) if request.target_id is not None else None
    facts = facts_of(row.user, row.status) if row is not None else {}
    return not any(wants(one, facts, request) for one in counts)


def cancel_withdrawn(record: Record, request: Request, *, from_states: Set[State] = UNDONE) -> bool:
    """In the name of who asked for it; whether it was cancelled. In a transaction.

    One that runs is not to be touched but by who holds its lease.
    """
    if request.state not in from_states or not withdrawn(record, request):
        return False
    sentence = f"{CANCELLED}. {stays(request.kind)}" if request.state is State.WAITING else CANCELLED
    cancelled = move(
        record,
        request,
        from_states={request.state},
        to=State.CANCELLED,
        event=Event.CANCELLED,
        sentence=sentence,
        actor=request.requester,
        audit={"digest": request.digest},
    )
    return cancelled is not None
