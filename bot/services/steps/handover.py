"""Hands open and snoozed conversations of one person to another (or to a team): resumable, side by side, skipping
what is settled already.

The record's `moves` say what is to be done and what was done. The giver's open conversations are listed first, and anew
now and then, so that one closed or given away meanwhile is left alone without a request for each; one that vanished
from the list is read, to say where it went. Assigning is idempotent: a crash between the call and its mark is settled
by that reading. What was answered and yet is still the giver's was not done.

What Help Scout refuses (the taker may not see that inbox, say) stops nothing else: it stays, and is named. Where it is
known beforehand that they may not see an inbox, it isn't tried: the pages don't say that the API refuses.
A snooze stays: what is awake after it was assigned is snoozed again (Mailbox API 2.0, "Update conversation", "Snooze").
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from bot.model.conversation import Conversation, Move, MoveState
from bot.model.way import Way
from bot.services.requests.execution import Attention, Execution
from bot.services.side_by_side import Answer, stream, together
from bot.services.steps.duty import may_use
from bot.services.steps.holdings import DRAFT, Holdings, holdings
from bot.services.steps.settling import NotSettled, Repeatable, settle
from bot.services.steps.taker import need_taker

WIDTH = 8  # connections
LIST_AGAIN_AFTER = 100  # moves, and
LIST_AGAIN_SECONDS = 30.0  # of age: then the list is too old to go by
GROUP, GROUP_SECONDS = 16, 0.5  # marked in one transaction: so many, or what came in so long

TRIES = 3
AGAIN = 3
"""So many times more the giver's conversations are walked, when some are left."""
TEAM = "team"
NO_ACCESS = "no access to that inbox"
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


def planned(request_id: str, found: Iterable[Conversation], giver: int, taker: int | None) -> list[Move]:
    """A row of `moves` for each."""
    return [
        Move(request_id=request_id, conversation_id=c.id, number=c.number, from_user=giver, to_user=taker)
        for c in found
    ]


class Closed(Forbidden):
    """The taker may not use that inbox, as the card has said: nothing was sent."""


class HandOver:
    """One hand-over within a step. `everything`: also what reaches the giver while it runs, besides what is planned."""

    def __init__(self, ex: Execution, *, giver: int, taker: int, everything: bool) -> None:
        self._ex = ex
        self._giver = giver
        self._taker = taker
        self._everything = everything
        self._closed: dict[int, bool | None] = {}  # inbox → whether the taker may use it
        self._kept = _snoozed_before(ex)  # and as listed: what is snoozed, and which inbox it is in
        self._asleep: list[int] = []  # those whose snooze was lost and could not be set again
        self._holdings: Holdings | None = None
        self._moves = {move.conversation_id: move for move in ex.record.moves.of_request(ex.request.id)}
        self._listed: frozenset[int] = frozenset()
        self._listed_at = 0.0
        self._sent = 0
        self._listing = threading.Lock()
        self._broken = threading.Event()
        self._refused: dict[int, HelpScoutError] = {}
        self._answered: Counter[int] = Counter()

    def begin(self) -> list[Conversation]:
        """What the giver has, listed beside a look at the taker. Raises `Attention` when the taker can't have any."""
        there, _ = together(self._list, self.need_taker)
        return list(there)

    @property
    def holdings(self) -> Holdings:
        """As they were listed last."""
        if self._holdings is None:
            self._list()
        assert self._holdings is not None
        return self._holdings

    def run(self, there: Sequence[Conversation] | None = None) -> Mapping[str, Any]:
        """Until nothing is left but what is refused. Raises `Attention` when the taker has vanished, when most is
        refused, or when it can't be told what became of something.
        """
        there = self.begin() if there is None else there
        for _ in range(1 + AGAIN):
            todo = self._todo(there)
            if not todo:
                break
            self._look_who_may(todo)
            self._mark_all(stream(self._hand_over, todo, width=WIDTH))
            self._ex.go_on()
            there = self.begin()
        else:
            self._doubt(there)
        self._settle_refused()
        ended = [move.state for move in self._moves.values()]
        left = self._left(there)
        whole, drafts = self._holdings, [one for one in self._kept.values() if one.state == DRAFT]
        return {
            **{state.value: ended.count(state) for state in (MoveState.MOVED, MoveState.SKIPPED)},
            **({"refused": sorted(self._refused)} if self._refused else {}),
            **({"left": left} if left else {}),
            **({"awake": sorted(self._asleep)} if self._asleep else {}),
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
        return id in self._refused or (move is not None and move.note.startswith(REFUSED))

    def need_taker(self) -> None:
        """Raises `Attention` unless who is to take the conversations is still there, and may have them."""
        need_taker(self._ex, self._taker)

    def _look_who_may(self, todo: Sequence[Move]) -> None:
        """Which of these inboxes the taker may use, each asked once."""
        inboxes = {self._kept[move.conversation_id].inbox_id for move in todo if move.conversation_id in self._kept}
        new = {id for id in inboxes if id and id not in self._closed}
        if not new or self._ex.request.plan.get("assignee_type") == TEAM:
            return
        self._closed |= may_use(self._ex.rest, self._ex.rest.user(self._taker), new)

    @property
    def patient_rest(self) -> Rest:
        return self._ex.patient_rest

    @property
    def _taker_name(self) -> str:
        return str(self._ex.request.plan.get("assignee_name") or f"user {self._taker}")

    def _list(self) -> list[Conversation]:
        self._holdings = holdings(self._ex.patient_rest, self._giver)
        there = list(self._holdings.open)
        self._kept |= {one.id: one for one in there}
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
            if not isinstance(self.where(move), Conversation):
                continue  # the list lags behind
            if self._answered[one.id] >= TRIES:
                self._refused[one.id] = Unbelievable("Help Scout accepts this each time and changes nothing.")
            self._mark([(move, (MoveState.TODO, ""))])

    def _hand_over(self, move: Move) -> Result:
        if self._broken.is_set():
            return None
        kept = self._kept.get(move.conversation_id)
        if kept is not None and self._closed.get(kept.inbox_id) is False:
            return Closed(f"{self._taker_name} can't see this inbox.", status=403, detail=NO_ACCESS)
        self._list_again()
        try:
            if move.conversation_id in self._listed:
                return self._assign(move, move.conversation_id)
            there = self.where(move)
            if isinstance(there, Conversation):
                return self._assign(move, there.id)
            if there[0] is MoveState.MOVED:  # by a process that may have died before the snooze was looked at
                self._keep_asleep(move.conversation_id, move.conversation_id)
            return there
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
        wish = _Assignment(self, move, conversation_id)
        try:
            how = settle(wish, _MoveJournal(self._ex))
        except (*OF_ONE, NotSettled) as problem:
            if isinstance(wish.there, Conversation) and wish.there.id != conversation_id and not moved:
                return self._assign(move, wish.there.id, moved=True)
            self.need_taker()
            if isinstance(problem, NotSettled) and isinstance(problem.__cause__, HelpScoutError):
                raise problem.__cause__ from None
            raise
        if how != "answered":
            assert isinstance(wish.there, tuple)
            if wish.there[0] is MoveState.MOVED:
                self._keep_asleep(move.conversation_id, conversation_id)
            return wish.there
        self._keep_asleep(move.conversation_id, conversation_id)
        self._sent += 1
        self._answered[move.conversation_id] += 1
        return MoveState.MOVED, "" if conversation_id == move.conversation_id else f"as conversation {conversation_id}"

    def _keep_asleep(self, listed_id: int, conversation_id: int) -> None:
        """A snooze that ended with the assigning is set again, where it is still to come."""
        kept = self._kept.get(listed_id)
        if kept is None or not kept.snoozed:
            return
        try:
            now = self._ex.patient_rest.conversation(conversation_id)
            if not now.snoozed:
                on_reply = kept.unsnooze_on_reply
                self._ex.patient_rest.desk.snooze(conversation_id, kept.snoozed_until, on_reply=on_reply)
        except OF_ONE:  # it is the taker's, and awake: named, for it is theirs to see
            self._asleep.append(listed_id)

    def where(self, move: Move) -> Settled | Conversation:
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
        if not now.is_open:
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
        unforeseen = {id for id, why in self._refused.items() if not isinstance(why, Closed)}
        settled = sum(move.state is not MoveState.TODO for move in self._moves.values())
        # By hand nobody is removed by this run: who removes them hears of it, and can see to it first.
        doubtful = len(unforeseen) > settled and not unforeseen <= heard and self._ex.way is not Way.HAND
        if passing or doubtful:
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


class _Assignment(Repeatable):
    """One conversation is to be the taker's. The giver's list, read again, shows what an accepted call came to."""

    read_later = True

    def __init__(self, work: HandOver, move: Move, conversation_id: int) -> None:
        self._work, self._move, self._id = work, move, conversation_id
        self.about = f"The assignment of conversation #{move.number or conversation_id}"
        self.there: Settled | Conversation | None = None

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        return (lambda: self._work.patient_rest.assign(self._id, self._move.to_user),)

    def shown(self) -> bool:
        self.there = self._work.where(self._move)
        return not isinstance(self.there, Conversation)


class _MoveJournal:
    """The row in `moves` is the intent, written before the first call; a later run reads where each one is."""

    again = "press Retry"
    sent = False

    def __init__(self, ex: Execution) -> None:
        self._ex = ex

    def sending(self) -> None:
        self._ex.at("reassign: before a call")

    def answered(self, problem: HelpScoutError | None) -> None:
        if problem is None:
            self._ex.at("reassign: after a call")

    def looks(self) -> Iterator[object]:
        """Two: there may be hundreds of conversations, and all of them are read again by their list."""
        yield 0.0
        self._ex.pause(self._ex.patience.verify_first)
        yield self._ex.patience.verify_first

    def pause(self, seconds: float) -> None:
        self._ex.pause(seconds)


def conversations_named(numbers: Sequence[int]) -> str:
    """ "Conversation #12", "Conversations #12, #15 and 3 more"."""
    shown = ", ".join(f"#{number}" for number in numbers[:NAMED])
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"Conversation{'s' if len(numbers) > 1 else ''} {shown}{more}"


def links(rows: Sequence[Mapping[str, Any]]) -> str:
    """Each with the page of it in Help Scout, the first ones of many."""
    shown = ", ".join(f"#{one['number'] or one['id']} ({one['link']})" for one in rows[:NAMED])
    return f"{shown} and {len(rows) - NAMED} more" if len(rows) > NAMED else shown


def _snoozed_before(ex: Execution) -> dict[int, Conversation]:
    """What was snoozed when `record` looked: a process that comes after one that died goes by it."""
    before = (ex.result_of("record") or {}).get("snoozed", ())
    return {
        int(one["id"]): Conversation(
            id=int(one["id"]), snoozed_until=str(one["until"]), unsnooze_on_reply=bool(one["ends_on_reply"])
        )
        for one in before
    }


def linked(one: Conversation) -> dict[str, Any]:
    """A conversation by id, with the page of it in Help Scout."""
    return {
        "id": one.id,
        "number": one.number,
        "link": f"https://secure.helpscout.net/conversation/{one.id}/{one.number or ''}".rstrip("/"),
    }


def refused_of(moves: Iterable[Move]) -> list[Move]:
    """Those that Help Scout would not give to the taker; they stay unassigned when the seat goes."""
    return [move for move in moves if move.state is MoveState.SKIPPED and move.note.startswith(REFUSED)]
