"""One step in a request's life: the row moves by compare-and-set, its audit line and what Slack is owed with it."""

from collections.abc import Set
from datetime import datetime
from typing import Any

from bot.model.outbox import Topic
from bot.model.request import ENDED, Request, State
from bot.policy.requests.approval import Click
from bot.policy.requests.clocks import why_expired
from bot.services.requests.many.batch_ends import settle
from bot.services.requests.telling import BOT, Event, note, tell
from bot.store.record import Record


def move(
    record: Record,
    request: Request,
    *,
    from_states: Set[State],
    to: State,
    event: Event,
    sentence: str,
    actor: str = "",
    audit: dict[str, Any] | None = None,
    alarm: bool = True,
    **fields: Any,
) -> Request | None:
    """The row as it stands after; None when somebody else moved it first, and then nothing was written.

    `actor` is a Slack id, "" for the bot's own doing. `sentence` is told in the thread; when the request ends (or needs
    attention) it is the row's `outcome` too. `alarm`: what was stopped as stale is said in the channel as well.
    """
    with record.transaction():
        if to in ENDED:
            fields["finished_at"] = record.now()
        if to in ENDED or to in (State.ATTENTION, State.WAITING):
            fields |= {"outcome": sentence, "lease_owner": None, "lease_until": None}
        moved = record.requests.transition(request.id, from_states=frozenset(from_states), to=to, **fields)
        if moved is None:
            return None
        note(record, moved, event, actor=actor or BOT, **(audit or {}))
        tell(record, moved, event, sentence, actor=actor)
        if moved.batch_id and (to in ENDED or to is State.WAITING or State.ATTENTION in (to, request.state)):
            settle(record, moved.batch_id)
        if event is Event.STALE and alarm:
            about = moved.target_name or moved.target_email or moved.id
            stopped = f"The request “{moved.kind.value} {about}” was stopped. {sentence}"
            record.outbox.add(f"{moved.id}/stopped/{moved.version}", Topic.WARNING, {"sentence": stopped})
        return moved


class Faster(Exception):
    """Somebody else has moved the row: what this click has written is taken back."""


def moved_by(
    record: Record, click: Click, request: Request, to: State, event: Event, sentence: str, **fields: Any
) -> Request:
    """The row as it stands after a click. Raises `Faster`."""
    moved = move(
        record,
        request,
        from_states={request.state},
        to=to,
        event=event,
        sentence=sentence,
        actor=click.actor.id if click.actor else "",
        audit={"digest": fields.get("digest", request.digest)},
        **fields,
    )
    if moved is None:
        raise Faster
    return moved


def expire(record: Record, request: Request, now: datetime) -> Request | None:
    """End a request whose clock has run out; None when it has not, or the row has moved on."""
    if why_expired(request, now) is None:
        return None
    end = record.seat_ends.of_request(request.id)
    sentence = why_expired(request, now, seat_ends=end.ends_at if end else None)
    assert sentence is not None
    return move(record, request, from_states={request.state}, to=State.EXPIRED, event=Event.EXPIRED, sentence=sentence)


def utc(moment: datetime | None) -> str:
    """A time in a sentence, where no reader's zone is known."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "now"
