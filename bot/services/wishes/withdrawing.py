"""Requests of identity providers whose wish is gone: cancelled, whichever of the two was written down first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.model.action import Cancel, Outcome
from bot.model.request import Kind, Request, is_providers
from bot.model.wish import Wish, WishKind
from bot.policy.requests.wishing import UNDONE
from bot.services.approvals import Approvals
from bot.services.requests.withdrawn import WHY
from bot.services.wishes.asking import AGAIN
from bot.store.record import Record


class Withdrawing:
    """For the thread of the pursuit."""

    def __init__(self, record: Record, approvals: Approvals) -> None:
        self._record = record
        self._approvals = approvals
        self._not_before: dict[str, datetime] = {}  # request id → when one that could not be cancelled is tried again

    def cancel(self, request: Request) -> Outcome:
        """In the name of who asked for it."""
        return self._approvals.apply(Cancel(request_id=request.id, actor=request.requester, reason=WHY))

    def close_superseded(self) -> int:
        """Who was deleted and pushed again has a new resource, which counts: the deleted one wants nothing."""
        if not self._record.wishes.superseded():
            return 0
        with self._record.transaction():
            found = self._record.wishes.superseded()
            for wish in found:
                self._record.wishes.put(replace(wish, open=False, request_id=None, not_before=None, problem=""))
        return len(found)

    def left_over(self) -> list[Request]:
        """What can still be taken back, and no open wish of its token is about."""
        find, askers = self._record.requests.find, filter(is_providers, self._record.requests.requesters(UNDONE))
        requests = [one for asker in askers for one in find(states=UNDONE, requester=asker, limit=None)]
        if not requests:
            return []
        wishes = self._record.wishes.open_ones()  # read after the requests, each of which comes of an open wish
        named = {(wish.token, wish.request_id) for wish in wishes}
        about = {_about(wish) for wish in wishes}
        now = self._record.now()
        return [
            one
            for one in requests
            if (one.requester, one.id) not in named
            and (one.requester, one.kind is Kind.DELETE_TEAM, one.target_id) not in about
            and self._not_before.get(one.id, now) <= now
        ]

    def take_back(self, go_on: Callable[[], bool]) -> int:
        """Cancel what is left over; how many were."""
        moved = 0
        for request in self.left_over():
            if not go_on():
                break
            if self.cancel(request).accepted:
                moved += 1
            else:
                self._not_before[request.id] = self._record.now() + AGAIN
        return moved


def _about(wish: Wish) -> tuple[str, bool, int | None]:
    """Token, whether a team is to be deleted, and REST id; a person whom nobody knows by an id is about nobody."""
    return wish.token, wish.kind is WishKind.GROUP and wish.deleted, wish.subject_id or -1
