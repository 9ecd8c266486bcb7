"""Hands open conversations of one person to another: resumable, side by side, skipping what is settled already.

The record's `moves` say what is to be done and what was done. The giver's open conversations are listed first, and anew
now and then, so that one closed or given away meanwhile is left alone without a request for each; one that vanished
from the list is read, to say where it went. Assigning is idempotent: a crash between the call and its mark is settled
by that reading. What was answered and yet is still the giver's was not done.

What Help Scout refuses (the taker may not see that inbox, say) stops nothing else: it stays, and is named.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.helpscout.errors import (
    Conflict,
    Forbidden,
    HelpScoutError,
    LostAnswer,
    NotFound,
    Rejected,
    ServerFault,
    Unbelievable,
)
from bot.helpscout.rest import Rest
from bot.model.conversation import OPEN_STATUSES, Conversation, Move, MoveState
from bot.services.crew import Answer, stream, together
from bot.services.steps.execution import Attention, Execution

WIDTH = 8  # connections
LIST_AGAIN_AFTER = 100  # moves, and
LIST_AGAIN_SECONDS = 30.0  # of age: then the list is too old to go by
GROUP, GROUP_SECONDS = 16, 0.5  # marked in one transaction: so many, or what came in so long

TRIES = 3
NAMED = 5
"""So many conversations are named in a sentence."""
REFUSED = "refused"
"""Begins the note of a conversation that Help Scout would not give to the taker."""

Settled = tuple[MoveState, str]
"""Where a conversation is now, and a note for the evidence."""
Result = Settled | HelpScoutError | None
"""Settled; or why not; None: not begun, because something else went wrong meanwhile."""

OF_ONE = (NotFound, Conflict, Rejected, Forbidden, ServerFault, Unbelievable, LostAnswer)
"""What may go wrong with one conversation alone."""


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
        self._broken = threading.Event()
        self._refused: dict[int, HelpScoutError] = {}
        self._answered: Counter[int] = Counter()

    def run(self) -> Mapping[str, Any]:
        """Until nothing is left but what is refused. Raises `Attention` when the taker has vanished, when most is
        refused, or when it can't be told what became of something.
        """
        there, _ = together(self._list, self.need_taker)
        while todo := self._todo(there):
            self._mark_all(stream(self._hand_over, todo, width=WIDTH))
            self._ex.go_on()
            there, _ = together(self._list, self.need_taker)
        self._settle_refused()
        ended = [move.state for move in self._moves.values()]
        return {
            **{state.value: ended.count(state) for state in (MoveState.MOVED, MoveState.SKIPPED)},
            **({"refused": sorted(self._refused)} if self._refused else {}),
        }

    def need_taker(self) -> None:
        """Raises `Attention` unless who is to take the conversations is still there."""
        try:
            self._ex.rest.user(self._taker)
        except NotFound:
            raise Attention(
                f"{self._taker_name}, who was to take the conversations, is no longer in Help Scout; the work stopped "
                "before anything else. Press Retry when they are back, or cancel this and ask anew with somebody else."
            ) from None

    @property
    def _taker_name(self) -> str:
        return str(self._ex.request.plan.get("assignee_name") or f"user {self._taker}")

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
        self._doubt(there)
        return [
            move
            for move in self._moves.values()
            if move.state is MoveState.TODO and move.conversation_id not in self._refused
        ]

    def _doubt(self, there: Sequence[Conversation]) -> None:
        """What was answered, and yet is the giver's as the list and a reading by id say, is still to be done."""
        for one in there:
            move = self._moves.get(one.id)
            if move is None or move.state is not MoveState.MOVED or one.assignee_id != self._giver:
                continue
            if not isinstance(self._where(move), Conversation):
                continue  # the list lags behind
            if self._answered[one.id] >= TRIES:
                self._refused[one.id] = Unbelievable("Help Scout accepts this each time and changes nothing.")
            self._mark([(move, (MoveState.TODO, ""))])

    def _hand_over(self, move: Move) -> Result:
        if self._broken.is_set():
            return None
        self._list_again()
        try:
            if move.conversation_id in self._listed:
                return self._assign(move, move.conversation_id)
            there = self._where(move)
            return self._assign(move, there.id) if isinstance(there, Conversation) else there
        except OF_ONE as refused:
            return refused

    def _list_again(self) -> None:
        """One of the crew lists, when it is time; the others go on meanwhile by the list that there is."""
        old = self._sent >= LIST_AGAIN_AFTER and time.monotonic() - self._listed_at > LIST_AGAIN_SECONDS
        if old and self._listing.acquire(blocking=False):
            try:
                self._list()
            finally:
                self._listing.release()

    def _assign(self, move: Move, conversation_id: int, *, moved: bool = False) -> Settled:
        """`moved`: it was found under this id a moment ago. Raises one of `OF_ONE` when it stays where it is."""
        self._ex.at("reassign: before a call")
        try:
            self._ex.patient_rest.assign(conversation_id, self._taker)
        except OF_ONE:
            there = self._where(move)
            if not isinstance(there, Conversation):
                return there
            if there.id != conversation_id and not moved:
                return self._assign(move, there.id, moved=True)
            self.need_taker()
            raise
        self._ex.at("reassign: after a call")
        self._sent += 1
        self._answered[move.conversation_id] += 1
        return MoveState.MOVED, "" if conversation_id == move.conversation_id else f"as conversation {conversation_id}"

    def _where(self, move: Move) -> Settled | Conversation:
        """Where a conversation went; the conversation itself when it is open and still to be handed over.

        One that was merged is followed to its new place where that is the giver's or nobody's; a colleague's is theirs.
        """
        try:
            now = self._ex.patient_rest.conversation(move.conversation_id)
        except NotFound:
            return MoveState.SKIPPED, "deleted meanwhile"
        merged = now.id != move.conversation_id
        into = f"merged into conversation {now.number or now.id}"
        if merged and (now.id in self._moves or not self._everything):
            return MoveState.SKIPPED, into
        if now.assignee_id is not None and now.assignee_id == move.to_user:
            return (MoveState.SKIPPED, into) if merged else (MoveState.MOVED, "")
        if now.status not in OPEN_STATUSES:
            return (
                MoveState.SKIPPED,
                f"{into}, {now.status or 'closed'}" if merged else f"{now.status or 'closed'} meanwhile",
            )
        if now.assignee_id is None and not merged:
            return MoveState.SKIPPED, "unassigned meanwhile"
        if now.assignee_id not in (None, move.from_user):
            given = f"given to user {now.assignee_id} meanwhile"
            return MoveState.SKIPPED, f"{into}, which is user {now.assignee_id}'s" if merged else given
        return now

    def _mark_all(self, answers: Iterable[Answer[Move, Result]]) -> None:
        """Write down what came of it, a handful to a transaction: each waits for the disk.

        When something goes wrong nothing new is begun, and what is under way is written down all the same.
        """
        ready: list[tuple[Move, Settled]] = []
        failure: Exception | None = None
        since = time.monotonic()
        for answer in answers:
            try:
                result = answer.result()
            except Exception as problem:  # noqa: BLE001 - raised below, when what is under way has come
                failure = failure or problem
                self._broken.set()
                continue
            if isinstance(result, HelpScoutError):
                self._refused[answer.item.conversation_id] = result
            elif result is not None:
                ready.append((answer.item, result))
            if len(ready) >= GROUP or time.monotonic() - since > GROUP_SECONDS:
                self._mark(ready)
                ready, since = [], time.monotonic()
                if failure is None:
                    self._ex.go_on()
        self._mark(ready)
        if failure is not None:
            raise failure

    def _settle_refused(self) -> None:
        """What was refused stays where it is, and is noted. Raises `Attention` where a person should hear of it first.

        That is: the failure may be over in a moment; or most is refused, which is less about an inbox than about the
        taker or the app. A Retry after that goes on without what is refused again.
        """
        if not self._refused:
            return
        heard = set(self._ex.saved.get("refused", ()))
        passing = [id for id, why in self._refused.items() if not isinstance(why, Rejected | Forbidden | Conflict)]
        settled = sum(move.state is not MoveState.TODO for move in self._moves.values())
        if passing or (len(self._refused) > settled and not self._refused.keys() <= heard):
            self._ex.save("reassign.refused", refused=sorted(heard | self._refused.keys()))
            raise Attention(
                f"{self.named(self._refused)} could not be handed over to {self._taker_name}; the others are. "
                f"{self._reason(self._refused, passing)} Nobody was removed. Press Retry to try again"
                + ("." if passing else "; what is refused again stays unassigned.")
            )
        with self._ex.fence():
            for id, why in self._refused.items():
                note = f"{REFUSED}: {why.detail or f'HTTP {why.status}'}"
                self._ex.record.moves.mark(self._ex.request.id, id, MoveState.SKIPPED, note, self._ex.now())
                self._moves[id] = replace(self._moves[id], state=MoveState.SKIPPED, note=note)

    def named(self, ids: Iterable[int]) -> str:
        """ "Conversation #12", "Conversations #12, #15 and 3 more"."""
        numbers = sorted(self._moves[id].number or id for id in ids)
        return conversations_named(numbers)

    def _reason(self, refused: Mapping[int, HelpScoutError], passing: Sequence[int]) -> str:
        first = refused[passing[0]] if passing else next(iter(refused.values()))
        if isinstance(first, Rejected | Forbidden | Conflict):
            said = f" Help Scout says: {first.detail.rstrip('.')}." if first.detail else f" (HTTP {first.status})"
            return f"Check that they can see the inbox.{said}"
        return first.sentence

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


def conversations_named(numbers: Sequence[int]) -> str:
    """ "Conversation #12", "Conversations #12, #15 and 3 more"."""
    shown = ", ".join(f"#{number}" for number in numbers[:NAMED])
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"Conversation{'s' if len(numbers) > 1 else ''} {shown}{more}"


def refused_of(moves: Iterable[Move]) -> list[Move]:
    """Those that Help Scout would not give to the taker; they stay unassigned when the seat goes."""
    return [move for move in moves if move.state is MoveState.SKIPPED and move.note.startswith(REFUSED)]
