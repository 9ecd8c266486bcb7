"""What the giver has: listed first, and anew now and then, so that one closed or given away meanwhile is left alone
without a request for each.
"""

import threading
import time

from bot.model.offboarding.conversation import Conversation
from bot.services.requests.execution import Execution
from bot.services.steps.holdings import Holdings, holdings

LIST_AGAIN_AFTER = 100  # moves, and
LIST_AGAIN_SECONDS = 30.0  # of age: then the list is too old to go by


class ConversationList:
    """`kept` has every conversation that was ever listed (snoozes and inboxes are looked up there); `whole` is None
    before the first list.
    """

    def __init__(self, ex: Execution, giver: int) -> None:
        self._ex = ex
        self._giver = giver
        self.kept = _snoozed_before(ex)
        self.whole: Holdings | None = None
        self._ids: frozenset[int] = frozenset()
        self._at = 0.0
        self._moved = 0
        self._anew = threading.Lock()

    def __contains__(self, conversation_id: int) -> bool:
        return conversation_id in self._ids

    def read(self) -> list[Conversation]:
        self.whole = holdings(self._ex.patient_rest, self._giver)
        there = list(self.whole.open)
        self.kept |= {one.id: one for one in there}
        self._ids, self._at, self._moved = frozenset(one.id for one in there), time.monotonic(), 0
        return there

    def moved(self) -> None:
        """One more was given away since the list was read."""
        self._moved += 1

    def keep_fresh(self) -> None:
        """One thread lists, when it is time; the others go on meanwhile by the list that there is."""
        old = self._moved >= LIST_AGAIN_AFTER and time.monotonic() - self._at > LIST_AGAIN_SECONDS
        if old and self._anew.acquire(blocking=False):
            try:
                self.read()
            finally:
                self._anew.release()


def _snoozed_before(ex: Execution) -> dict[int, Conversation]:
    """What was snoozed when `record` looked: a process that comes after one that died goes by it."""
    before = (ex.result_of("record") or {}).get("snoozed", ())
    return {
        int(one["id"]): Conversation(
            id=int(one["id"]), snoozed_until=str(one["until"]), unsnooze_on_reply=bool(one["ends_on_reply"])
        )
        for one in before
    }
