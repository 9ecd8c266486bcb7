"""Conversations as they are planned, noted and named to people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.model.offboarding.conversation import Conversation, Move, MoveState

NAMED = 5
"""So many conversations are named in a sentence."""
REFUSED = "refused"
"""Begins the note of a conversation that Help Scout would not give to the taker."""


def planned(request_id: str, found: Iterable[Conversation], giver: int, taker: int | None) -> list[Move]:
    """A row of `moves` for each."""
    return [
        Move(request_id=request_id, conversation_id=c.id, number=c.number, from_user=giver, to_user=taker)
        for c in found
    ]


def was_refused(move: Move) -> bool:
    return move.note.startswith(REFUSED)


def refused_of(moves: Iterable[Move]) -> list[Move]:
    """Those that Help Scout would not give to the taker; they stay unassigned when the seat goes."""
    return [move for move in moves if move.state is MoveState.SKIPPED and was_refused(move)]


def conversations_named(numbers: Sequence[int]) -> str:
    """ "Conversation #12", "Conversations #12, #15 and 3 more"."""
    shown = ", ".join(f"#{number}" for number in numbers[:NAMED])
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"Conversation{'s' if len(numbers) > 1 else ''} {shown}{more}"


def linked(one: Conversation) -> dict[str, Any]:
    """A conversation by id, with the page of it in Help Scout."""
    return {
        "id": one.id,
        "number": one.number,
        "link": f"https://secure.helpscout.net/conversation/{one.id}/{one.number or ''}".rstrip("/"),
    }


def links(rows: Sequence[Mapping[str, Any]]) -> str:
    """Each with the page of it in Help Scout, the first ones of many."""
    shown = ", ".join(f"#{one['number'] or one['id']} ({one['link']})" for one in rows[:NAMED])
    return f"{shown} and {len(rows) - NAMED} more" if len(rows) > NAMED else shown
