"""What Slack is owed about a request: items of the outbox, added in the transaction that they tell about.

Payload of a THREAD item: `{"request_id", "event", "sentence", "actor"}`; a DM's has `"member"` too. `sentence` is plain
text that mentions nobody by Slack id; `actor` is a Slack id, or "" for the bot's own doing. Where a seat was taken the
THREAD item has the `audit_head` of that moment besides. The only member told
directly is the requester: the leaver never is.
"""

from enum import StrEnum

from bot.model.outbox import Topic
from bot.model.request import Kind, Request
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
    WAITING = "waiting"  # for the hourly breaker
    STARTED = "started"
    STALE = "stale"
    ATTENTION = "attention"
    RETRIED = "retried"
    FAILED = "failed"
    DONE = "done"


FOR_REQUESTER = frozenset(
    {Event.DENIED, Event.CANCELLED, Event.EXPIRED, Event.STALE, Event.ATTENTION, Event.FAILED, Event.DONE}
)
"""Events that the requester gets to know directly, besides the thread."""


def tell(record: Record, request: Request, event: Event, sentence: str, *, actor: str = "") -> None:
    """Owe the thread (and the requester, where it matters to them) this event. Once per version of the row."""
    key = f"{request.id}/{event}/{request.version}"
    payload = {"request_id": request.id, "event": event.value, "sentence": sentence, "actor": actor}
    took_a_seat = event is Event.DONE and request.kind is Kind.OFFBOARD
    head = record.audit.head() if took_a_seat else None
    record.outbox.add(f"{key}/thread", Topic.THREAD, {**payload, "audit_head": str(head)} if head else payload)
    if event in FOR_REQUESTER and request.requester != actor:
        record.outbox.add(f"{key}/dm", Topic.DM, {**payload, "member": request.requester})


def note(record: Record, request: Request, event: Event, *, actor: str = BOT, **details: object) -> None:
    """The audit line of the same moment."""
    record.audit.append(
        f"request.{event}", actor=actor, request_id=request.id, user_id=request.target_id, details=details
    )
