"""Hands open conversations of one person to another: resumable, side by side, skipping what is settled already.

The record's `moves` say what is to be done and what was done. The giver's open conversations are listed first, and anew
now and then, so that one closed or given away meanwhile is left alone without a request for each; one that vanished
from the list is read, to say where it went. Assigning is idempotent: a crash between the call and its mark is settled
by that reading.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.helpscout.errors import Conflict, NotFound, Rejected
from bot.helpscout.rest import OPEN_STATUSES, Rest
from bot.model.conversation import Conversation, Move, MoveState
from bot.services.crew import Answer, stream, together
from bot.services.steps.execution import Attention, Execution

WIDTH = 8  # connections
LIST_AGAIN_AFTER = 100  # moves, and
LIST_AGAIN_SECONDS = 30.0  # of age: then the list is too old to go by
GROUP, GROUP_SECONDS = 16, 0.5  # marked in one transaction: so many, or what came in so long

Settled = tuple[MoveState, str]
"""Where a conversation is now, and a note for the evidence."""


def open_conversations(rest: Rest, user_id: int) -> list[Conversation]:
    """Everything assigned to `user_id` that is not closed, each once, by id."""
    lists = stream(lambda status: rest.conversations(user_id, statuses=(status,)), OPEN_STATUSES, width=2)
    found = {conversation.id: conversation for answer in lists for conversation in answer.result()}
    return [found[id] for id in sorted(found)]


def planned(request_id: str, found: Iterable[Conversation], giver: int, taker: int | None) -> list[Move]:
    """A row of `moves` for each."""
    return [
        Move(request_id=request_id, conversation_id=c.id, number=c.number, from_user=giver, to_user=taker)
        for c in found
    ]


class HandOver:
    """One hand-over within a step. `everything`: also what reaches the giver while it runs, besides what is planned."""

    def __init__(self, ex: Execution, *, giver: int, taker: int, everything: bool) -> None:
        self._ex = ex
        self._giver = giver
        self._taker = taker
        self._everything = everything
        self._moves = {move.conversation_id: move for move in ex.record.moves.of_request(ex.request.id)}
        self._listed: frozenset[int] = frozenset()
        self._listed_at = 0.0
        self._sent = 0
        self._listing = threading.Lock()

    def run(self) -> Mapping[str, Any]:
        """Until nothing is left. Raises `Attention` when the taker has vanished, or a conversation is refused."""
        there, _ = together(self._list, self.need_taker)
        while todo := self._todo(there):
            self._mark_all(stream(self._hand_over, todo, width=WIDTH))
            self._ex.go_on()
            there, _ = together(self._list, self.need_taker)
        ended = [move.state for move in self._moves.values()]
        return {state.value: ended.count(state) for state in (MoveState.MOVED, MoveState.SKIPPED)}

    def need_taker(self) -> None:
        """Raises `Attention` unless who is to take the conversations is still there."""
        try:
            self._ex.rest.user(self._taker)
        except NotFound:
            name = self._ex.request.plan.get("assignee_name") or f"user {self._taker}"
            raise Attention(
                f"{name}, who was to take the conversations, is no longer in Help Scout; the work stopped before "
                "anything else. Press Retry when they are back, or cancel this and ask anew with somebody else."
            ) from None

    def _list(self) -> list[Conversation]:
        there = open_conversations(self._ex.patient_rest, self._giver)
        self._listed, self._listed_at, self._sent = frozenset(one.id for one in there), time.monotonic(), 0
        return there

    def _todo(self, there: Sequence[Conversation]) -> list[Move]:
        """What is still to be moved, with what reached the giver since it was planned."""
        late = planned(
            self._ex.request.id,
            (c for c in there if self._everything and c.id not in self._moves),
            self._giver,
            self._taker,
        )
        if late:
            with self._ex.fence():
                self._ex.record.moves.plan(late)
            self._moves |= {move.conversation_id: move for move in late}
        return [move for move in self._moves.values() if move.state is MoveState.TODO]

    def _hand_over(self, move: Move) -> Settled:
        self._list_again()
        if move.conversation_id not in self._listed and (settled := self._where(move)) is not None:
            return settled
        return self._assign(move)

    def _list_again(self) -> None:
        """One of the crew lists, when it is time; the others go on meanwhile by the list that there is."""
        old = self._sent >= LIST_AGAIN_AFTER and time.monotonic() - self._listed_at > LIST_AGAIN_SECONDS
        if old and self._listing.acquire(blocking=False):
            try:
                self._list()
            finally:
                self._listing.release()

    def _assign(self, move: Move) -> Settled:
        self._ex.at("reassign: before a call")
        try:
            self._ex.patient_rest.assign(move.conversation_id, self._taker)
        except (NotFound, Rejected, Conflict) as refused:
            settled = self._where(move)
            if settled is not None:
                return settled
            self.need_taker()
            raise Attention(
                f"Help Scout refused to hand over conversation {move.number or move.conversation_id}; the work stopped "
                f"before anything else. {refused.sentence}"
            ) from refused
        self._ex.at("reassign: after a call")
        self._sent += 1
        return MoveState.MOVED, ""

    def _where(self, move: Move) -> Settled | None:
        """Where a conversation went; None when it is open and the giver's."""
        try:
            now = self._ex.patient_rest.conversation(move.conversation_id)
        except NotFound:
            return MoveState.SKIPPED, "deleted meanwhile"
        if now.assignee_id is not None and now.assignee_id == move.to_user:
            return MoveState.MOVED, ""
        if now.status not in OPEN_STATUSES:
            return MoveState.SKIPPED, f"{now.status or 'closed'} meanwhile"
        if now.assignee_id is None:
            return MoveState.SKIPPED, "unassigned meanwhile"
        if now.assignee_id != move.from_user:
            return MoveState.SKIPPED, f"given to user {now.assignee_id} meanwhile"
        return None

    def _mark_all(self, answers: Iterable[Answer[Move, Settled]]) -> None:
        """Write down what came of it, a handful to a transaction: each waits for the disk."""
        ready: list[tuple[Move, Settled]] = []
        since = time.monotonic()
        for answer in answers:
            ready.append((answer.item, answer.result()))
            if len(ready) >= GROUP or time.monotonic() - since > GROUP_SECONDS:
                self._mark(ready)
                ready, since = [], time.monotonic()
                self._ex.go_on()
        self._mark(ready)

    def _mark(self, ready: Sequence[tuple[Move, Settled]]) -> None:
        if not ready:
            return
        moved_at = self._ex.now()
        with self._ex.fence():
            for move, (state, note) in ready:
                self._ex.record.moves.mark(self._ex.request.id, move.conversation_id, state, note, moved_at)
        for move, (state, note) in ready:
            self._moves[move.conversation_id] = replace(move, state=state, note=note, moved_at=moved_at)
        self._ex.at("reassign: marked")
        done = sum(move.state is not MoveState.TODO for move in self._moves.values())
        self._ex.progress(done, len(self._moves))
