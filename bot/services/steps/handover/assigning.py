"""One conversation given to the taker, settled by reading.

Assigning is idempotent: a crash between the call and its mark is settled by reading where the conversation is. A snooze
stays: what is awake after it was assigned is snoozed again (Mailbox API 2.0, "Update conversation", "Snooze").
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence

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
from bot.model.offboarding.conversation import Conversation, Move, MoveState
from bot.services.requests.execution import Execution
from bot.services.steps.handover.listing import ConversationList
from bot.services.steps.handover.taker import Taker
from bot.services.steps.settling import NotSettled, Repeatable, settle

NO_ACCESS = "no access to that inbox"

Settled = tuple[MoveState, str]
"""Where a conversation is now, and a note for the evidence."""

OF_ONE = (NotFound, Conflict, Rejected, Forbidden, ServerFault, Unbelievable, LostAnswer)
"""What may go wrong with one conversation alone."""


class InboxClosed(Forbidden):
    """The taker may not use that inbox, as the card has said: nothing was sent."""


class Assigning:
    """From several threads at once. `others` are the conversations that are handed over besides; with `follows`, one
    that was merged is followed to its new place.
    """

    def __init__(
        self, ex: Execution, listing: ConversationList, taker: Taker, others: Container[int], *, follows: bool
    ) -> None:
        self._ex = ex
        self._listing = listing
        self._taker = taker
        self._others = others
        self._follows = follows
        self.awake: list[int] = []  # those whose snooze was lost and could not be set again
        self.answered: Counter[int] = Counter()

    def hand_over(self, move: Move) -> Settled | HelpScoutError:
        """Settled; or why it stays where it is."""
        kept = self._listing.kept.get(move.conversation_id)
        if kept is not None and self._taker.shut_out_of(kept.inbox_id):
            return InboxClosed(f"{self._taker.name} can't see this inbox.", status=403, detail=NO_ACCESS)
        self._listing.keep_fresh()
        try:
            if move.conversation_id in self._listing:
                return self._assign(move, move.conversation_id)
            there = self.where(move)
            if isinstance(there, Conversation):
                return self._assign(move, there.id)
            if there[0] is MoveState.MOVED:  # by a process that may have died before the snooze was looked at
                self._keep_asleep(move.conversation_id, move.conversation_id)
            return there
        except OF_ONE as refused:
            return refused

    def where(self, move: Move) -> Settled | Conversation:
        """Where a conversation went; the conversation itself when it is open and still to be handed over.

        One that was merged is followed to its new place where that is the giver's or nobody's; a colleague's is theirs.
        """
        try:
            now = self.patient_rest.conversation(move.conversation_id)
        except NotFound:
            return MoveState.SKIPPED, "deleted meanwhile"
        merged = now.id != move.conversation_id
        into = f"merged into conversation {now.number or now.id}"
        if merged and (now.id in self._others or not self._follows):
            return MoveState.SKIPPED, into
        if now.assignee_id is not None and now.assignee_id == move.to_user:
            return (MoveState.SKIPPED, into) if merged else (MoveState.MOVED, "")
        if not now.is_open:
            status = now.status or "closed"
            return MoveState.SKIPPED, f"{into}, {status}" if merged else f"{status} meanwhile"
        if now.assignee_id is None and not merged:
            return MoveState.SKIPPED, "unassigned meanwhile"
        if now.assignee_id not in (None, move.from_user):
            given = f"given to user {now.assignee_id} meanwhile"
            return MoveState.SKIPPED, f"{into}, which is user {now.assignee_id}'s" if merged else given
        return now

    @property
    def patient_rest(self) -> Rest:
        return self._ex.patient_rest

    def _assign(self, move: Move, conversation_id: int, *, moved: bool = False) -> Settled:
        """`moved`: it was found under this id a moment ago. Raises one of `OF_ONE` when it stays where it is."""
        wish = _Assignment(self, move, conversation_id)
        try:
            how = settle(wish, _Journal(self._ex))
        except (*OF_ONE, NotSettled) as problem:
            if isinstance(wish.there, Conversation) and wish.there.id != conversation_id and not moved:
                return self._assign(move, wish.there.id, moved=True)
            self._taker.needed()
            if isinstance(problem, NotSettled) and isinstance(problem.__cause__, HelpScoutError):
                raise problem.__cause__ from None
            raise
        if how != "answered":
            assert isinstance(wish.there, tuple)
            if wish.there[0] is MoveState.MOVED:
                self._keep_asleep(move.conversation_id, conversation_id)
            return wish.there
        self._keep_asleep(move.conversation_id, conversation_id)
        self._listing.moved()
        self.answered[move.conversation_id] += 1
        return MoveState.MOVED, "" if conversation_id == move.conversation_id else f"as conversation {conversation_id}"

    def _keep_asleep(self, listed_id: int, conversation_id: int) -> None:
        """A snooze that ended with the assigning is set again, where it is still to come."""
        kept = self._listing.kept.get(listed_id)
        if kept is None or not kept.snoozed:
            return
        try:
            now = self.patient_rest.conversation(conversation_id)
            if not now.snoozed:
                on_reply = kept.unsnooze_on_reply
                self.patient_rest.automation.snooze(conversation_id, kept.snoozed_until, on_reply=on_reply)
        except OF_ONE:  # it is the taker's, and awake: named, for it is theirs to see
            self.awake.append(listed_id)


class _Assignment(Repeatable):
    """One conversation is to be the taker's. The giver's list, read again, shows what an accepted call came to."""

    read_later = True

    def __init__(self, work: Assigning, move: Move, conversation_id: int) -> None:
        self._work, self._move, self._id = work, move, conversation_id
        self.about = f"The assignment of conversation #{move.number or conversation_id}"
        self.there: Settled | Conversation | None = None

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        return (lambda: self._work.patient_rest.assign(self._id, self._move.to_user),)

    def shown(self) -> bool:
        self.there = self._work.where(self._move)
        return not isinstance(self.there, Conversation)


class _Journal:
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
