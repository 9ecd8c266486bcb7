"""Hands open and snoozed conversations of one person to another (or to a team): resumable, side by side, skipping
what is settled already.

The record's `moves` say what is to be done and what was done. What vanished from the giver's list is read, to say where
it went. What was answered and yet is still the giver's was not done.

What Help Scout refuses (the taker may not see that inbox, say) stops nothing else: it stays, and is named. Where it is
known beforehand that they may not see an inbox, it isn't tried: the pages don't say that the API refuses.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.helpscout.errors import Conflict, Forbidden, HelpScoutError, Rejected, Unbelievable
from bot.model.offboarding.conversation import Conversation, Move, MoveState
from bot.model.way import Way
from bot.services.requests.execution import Attention, Execution, HandedBack, LeaseLost
from bot.services.side_by_side import ItemOutcome, stream, together
from bot.services.steps.handover.assigning import Assigning, InboxClosed, Settled
from bot.services.steps.handover.listing import ConversationList
from bot.services.steps.handover.taker import Taker
from bot.services.steps.handover.words import REFUSED, conversations_named, linked, planned, was_refused
from bot.services.steps.holdings import DRAFT, Holdings

WIDTH = 8  # connections
GROUP, GROUP_SECONDS = 16, 0.5  # marked in one transaction: so many, or what came in so long

TRIES = 3
AGAIN = 3
"""So many times more the giver's conversations are walked, when some are left."""

Result = Settled | HelpScoutError | None
"""Settled; or why not; None: not begun, because something else went wrong meanwhile."""


class HandOver:
    """One hand-over within a step. `everything`: also what reaches the giver while it runs, besides what is planned."""

    def __init__(self, ex: Execution, *, giver: int, taker: int, everything: bool) -> None:
        self._ex = ex
        self._giver = giver
        self._everything = everything
        self._moves = {move.conversation_id: move for move in ex.record.moves.of_request(ex.request.id)}
        self._listing = ConversationList(ex, giver)
        self._taker = Taker(ex, taker)
        self._assigning = Assigning(ex, self._listing, self._taker, self._moves, follows=everything)
        self._broken = threading.Event()
        self._refused: dict[int, HelpScoutError] = {}

    def begin(self) -> list[Conversation]:
        """What the giver has, listed beside a look at the taker. Raises `Attention` when the taker can't have any."""
        there, _ = together(self._listing.read, self._taker.needed)
        return list(there)

    def look_into(self, there: Iterable[Conversation]) -> None:
        """Find out which of their inboxes the taker may use."""
        self._taker.look_into(one.inbox_id for one in there)

    @property
    def holdings(self) -> Holdings:
        """As they were listed last."""
        if self._listing.whole is None:
            self._listing.read()
        assert self._listing.whole is not None
        return self._listing.whole

    def run(self, there: Sequence[Conversation] | None = None) -> Mapping[str, Any]:
        """Until nothing is left but what is refused. Raises `Attention` when the taker has vanished, when most is
        refused, or when it can't be told what became of something.
        """
        there = self.begin() if there is None else there
        for _ in range(1 + AGAIN):
            todo = self._todo(there)
            if not todo:
                break
            kept = self._listing.kept
            self._taker.look_into(kept[one.conversation_id].inbox_id for one in todo if one.conversation_id in kept)
            try:
                self._mark_all(stream(self._hand_over, todo, width=WIDTH))
            except BaseException:
                self._broken.set()  # also where nothing could be written down: nobody goes on assigning
                raise
            self._ex.go_on()
            there = self.begin()
        else:
            self._doubt(there)
        self._settle_refused()
        ended = [move.state for move in self._moves.values()]
        left = self._left(there)
        whole, drafts = self._listing.whole, [one for one in self._listing.kept.values() if one.state == DRAFT]
        awake = self._assigning.awake
        return {
            **{state.value: ended.count(state) for state in (MoveState.MOVED, MoveState.SKIPPED)},
            **({"refused": sorted(self._refused)} if self._refused else {}),
            **({"left": left} if left else {}),
            **({"awake": sorted(awake)} if awake else {}),
            **({"drafts": [linked(one) for one in drafts]} if drafts else {}),
            **(whole.bound if whole else {}),
        }

    def _left(self, there: Sequence[Conversation]) -> list[dict[str, Any]]:
        """What is still the giver's after the last pass, and was neither refused nor planned by somebody else."""
        if not self._everything:
            return []
        return [linked(one) for one in there if not self._is_refused(one.id)]

    def _is_refused(self, id: int) -> bool:
        move = self._moves.get(id)
        return id in self._refused or (move is not None and was_refused(move))

    def _todo(self, there: Sequence[Conversation]) -> list[Move]:
        """What is still to be moved, with what reached the giver since it was planned."""
        late = planned(
            self._ex.request.id,
            (c for c in there if self._everything and c.id not in self._moves),
            self._giver,
            self._taker.id,
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
            if not isinstance(self._assigning.where(move), Conversation):
                continue  # the list lags behind
            if self._assigning.answered[one.id] >= TRIES:
                self._refused[one.id] = Unbelievable("Help Scout accepts this each time and changes nothing.")
            self._mark([(move, (MoveState.TODO, ""))])

    def _hand_over(self, move: Move) -> Result:
        return None if self._broken.is_set() else self._assigning.hand_over(move)

    def _mark_all(self, answers: Iterable[ItemOutcome[Move, Result]]) -> None:
        """Write down what came of it, a handful to a transaction: each waits for the disk.

        When something goes wrong, or the bot stops, nothing new is begun, and what is under way is waited for and
        written down: whoever takes over reads lists that hold still.
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
                failure = failure or self._why_leave()
        self._mark(ready)
        if failure is not None:
            raise failure

    def _why_leave(self) -> Exception | None:
        """Raised when what is under way has come."""
        try:
            self._ex.go_on()
        except (HandedBack, LeaseLost) as leave:
            self._broken.set()
            return leave
        return None

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

    def _settle_refused(self) -> None:
        """What was refused stays where it is, and is noted. Raises `Attention` where a person should hear of it first.

        That is: the failure may be over in a moment; or most is refused, which is less about an inbox than about the
        taker or the app. A Retry after that goes on without what is refused again.
        """
        if not self._refused:
            return
        heard = set(self._ex.saved.get("refused", ()))
        passing = [id for id, why in self._refused.items() if not isinstance(why, Rejected | Forbidden | Conflict)]
        unforeseen = {id for id, why in self._refused.items() if not isinstance(why, InboxClosed)}
        settled = sum(move.state is not MoveState.TODO for move in self._moves.values())
        # By hand nobody is removed by this run: who removes them hears of it, and can see to it first.
        doubtful = len(unforeseen) > settled and not unforeseen <= heard and self._ex.way is not Way.HAND
        if passing or doubtful:
            self._ex.save("reassign.refused", refused=sorted(heard | self._refused.keys()))
            named = conversations_named(sorted(self._moves[id].number or id for id in self._refused))
            raise Attention(
                f"{named} could not be handed over to {self._taker.name}; the others are. "
                f"{self._reason(passing)} Nobody was removed. Press Retry to try again"
                + ("." if passing else "; what is refused again stays unassigned.")
            )
        with self._ex.fence():
            for id, why in self._refused.items():
                note = f"{REFUSED}: {why.detail or f'HTTP {why.status}'}"
                self._ex.record.moves.mark(self._ex.request.id, id, MoveState.SKIPPED, note, self._ex.now())
                self._moves[id] = replace(self._moves[id], state=MoveState.SKIPPED, note=note)

    def _reason(self, passing: Sequence[int]) -> str:
        first = self._refused[passing[0]] if passing else next(iter(self._refused.values()))
        if isinstance(first, Rejected | Forbidden | Conflict):
            said = f" Help Scout says: {first.detail.rstrip('.')}." if first.detail else f" (HTTP {first.status})"
            return f"Check that they can see the inbox.{said}"
        return first.sentence
