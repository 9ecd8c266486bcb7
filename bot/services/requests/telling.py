"""What Slack is owed about a request: items of the outbox, added in the transaction that they tell about.

Payload of a THREAD item: `{"request_id", "event", "sentence", "actor"}`; a DM's has `"member"` too. `sentence` is plain
text that mentions nobody by Slack id; `actor` is a Slack id, or "" for the bot's own doing. Where a seat was taken the
THREAD item has the `audit_head` of that moment besides. Told directly are
the requester, whoever took over conversations, and approvers and the manager where that is configured: the leaver
never is.
"""

from enum import StrEnum

from bot.model.offboarding.conversation import MoveState
from bot.model.outbox import Topic
from bot.model.request import Kind, Request, State, is_plain, is_providers
from bot.store.record import Record

BOT = "hs-bot"
"""The actor of what the bot does by itself."""


class Event(StrEnum):
    """What happened, in the order of a life. The audit log's line of the same moment is `request.` and the word."""

    OPENED = "opened"
    APPROVED_BY = "approved by"  # one vote; more are needed
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    REMINDED = "reminded"
    EXPIRED = "expired"
    WAITING = "waiting"  # for the hourly limit
    STARTED = "started"
    STALE = "stale"
    BY_HAND = "by hand"  # a person has to do the rest in Help Scout
    CHECKED = "checked"  # and has done it, as a reading shows
    ATTENTION = "attention"
    RETRIED = "retried"
    FAILED = "failed"
    DONE = "done"


class Aside(StrEnum):
    """What one member is told directly, and nobody else."""

    ASKED = "asked"  # an approver: it waits for their decision
    SOON = "soon"  # the requester: it runs within the hour
    HANDED = "handed"  # the assignee: conversations that are theirs now
    MANAGER = "manager"  # the leaver's manager: the seat is gone


PRESSING = frozenset({Event.ATTENTION, Event.FAILED})
"""Events of one person in a batch that its thread tells by themselves."""
BY_HAND = (
    "For some people the last step has to be done by hand in Help Scout: the card says who they are, and what to do."
)
"""Once a batch; the card has a line for each of them, and a reminder follows every day."""

FOR_REQUESTER = frozenset(
    {
        Event.APPROVED,
        Event.DENIED,
        Event.CANCELLED,
        Event.EXPIRED,
        Event.STALE,
        Event.BY_HAND,
        Event.ATTENTION,
        Event.FAILED,
        Event.DONE,
    }
)
"""Events that the requester gets to know directly, besides the thread."""


def tell(record: Record, request: Request, event: Event, sentence: str, *, actor: str = "") -> None:
    """Owe the thread (and the requester, where it matters to them) this event. Once per version of the row."""
    if request.batch_id:
        _tell_in_batch(record, request, event, sentence, actor)
        return
    if is_plain(request):
        return
    key = f"{request.id}/{event}/{request.version}"
    payload = {"request_id": request.id, "event": event.value, "sentence": sentence, "actor": actor}
    took_a_seat = event is Event.DONE and request.kind is Kind.OFFBOARD
    head = record.audit.head() if took_a_seat else None
    record.outbox.add(f"{key}/thread", Topic.THREAD, {**payload, "audit_head": str(head)} if head else payload)
    if event in FOR_REQUESTER and request.requester != actor and not is_providers(request.requester):
        record.outbox.add(f"{key}/dm", Topic.DM, {**payload, "member": request.requester})
    if took_a_seat:
        _handed(record, request)


def tell_soon(record: Record, request: Request, when: str) -> bool:
    """Owe the requester a word before a scheduled run, once a time (`when`); False when they were owed it before."""
    if is_providers(request.requester):
        return False
    payload = {**_whose(request), "event": Aside.SOON.value, "actor": "", "member": request.requester}
    sentence = f"This will run {when}. You can cancel it until it starts."
    return record.outbox.add(
        f"{request.batch_id or request.id}/soon/{when}/dm", Topic.DM, {**payload, "sentence": sentence, "run_at": when}
    )


def _whose(request: Request) -> dict[str, str]:
    return {"batch_id": request.batch_id} if request.batch_id else {"request_id": request.id}


def _tell_in_batch(record: Record, request: Request, event: Event, sentence: str, actor: str) -> None:
    """Under the batch's card, what people must see of one person at once; the rest stands on the card."""
    payload = {"batch_id": request.batch_id, "event": event.value, "actor": actor}
    if event is Event.REMINDED:  # once for all of them
        number = request.version if actor else f"clock {request.reminded}"
        by_hand = request.state is State.WAITING
        number = f"by hand {record.now():%Y-%m-%d}" if by_hand else number
        said = (
            "For some people the last step still has to be done by hand."
            if by_hand
            else "Still waiting for a decision."
        )
        record.outbox.add(f"{request.batch_id}/{event}/{number}/thread", Topic.THREAD, {**payload, "sentence": said})
    elif event is Event.BY_HAND:
        payload["sentence"] = BY_HAND
        record.outbox.add(f"{request.batch_id}/{event}/thread", Topic.THREAD, payload)
    elif event in PRESSING:
        said = f"{request.target_name or request.target_email}: {sentence}"
        about = {**payload, "request_id": request.id, "sentence": said}
        record.outbox.add(f"{request.id}/{event}/{request.version}/thread", Topic.THREAD, about)


def _handed(record: Record, request: Request) -> None:
    """Owe the assignee how many conversations are theirs now, where there are any."""
    taker = request.plan.get("assignee_id")
    moves = record.moves.of_request(request.id) if isinstance(taker, int) else []
    count = sum(move.state is MoveState.MOVED and move.to_user == taker for move in moves)
    if count:
        payload = {"request_id": request.id, "event": Aside.HANDED.value, "user_id": taker, "count": count}
        record.outbox.add(f"{request.id}/handed/dm", Topic.DM, payload)


def note(record: Record, request: Request, event: Event, *, actor: str = BOT, **details: object) -> None:
    """The audit line of the same moment."""
    record.audit.append(
        f"request.{event}", actor=actor, request_id=request.id, user_id=request.target_id, details=details
    )
