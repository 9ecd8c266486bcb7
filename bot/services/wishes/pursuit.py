"""Brings about what identity providers want: by requests where a second person must agree, at once where none must.

A round looks at every open wish and asks one rule (bot.policy.requests.wishing) what is next; what was done before
makes no difference, so that a crash, a repeated push and a second bot change nothing. One process at a time.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from bot.model.address import address_key
from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.request import OPEN, Kind, Request, State
from bot.model.wish import Wish, WishKind
from bot.policy.people.provider import provider_name
from bot.policy.requests.batch import TOGETHER
from bot.policy.requests.wishing import PERSONAL, UNDONE, Next, NextAction, facts_of, next_action, still_wanted
from bot.services.approvals import Approvals
from bot.services.wishes.asking import Asking, ToOpen
from bot.services.wishes.binding import bind_all, bound
from bot.services.wishes.groups import Groups
from bot.services.wishes.keeping import put
from bot.services.wishes.withdrawing import Withdrawing
from bot.store.record import Record

LEASE = "gate"
HOLDS = timedelta(seconds=5)
"""A process that is silent for so long is taken for dead."""
MOMENT = 10.0
"""Seconds for what nobody decides on, before another look at what was pushed meanwhile."""


class Pursuit:
    """`start` runs rounds in a thread: when woken, and every `poll` seconds."""

    def __init__(
        self,
        record: Record,
        approvals: Approvals,
        asking: Asking,
        groups: Groups,
        *,
        owner: str,
        poll: float = 5.0,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._record = record
        self._asking = asking
        self._groups = groups
        self._withdrawing = Withdrawing(record, approvals)
        self._owner = owner
        self._poll = poll
        self._told = wake
        self._woken = threading.Event()
        self._ending = threading.Event()
        self._log = structlog.get_logger("gate")
        self._thread = threading.Thread(target=self._run, name="gate", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something was pushed, or a request has moved."""
        self._woken.set()

    def stop(self, timeout: float = 5.0) -> bool:
        """End after what is under way; False when that took longer."""
        self._ending.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.round()
            except Problem as problem:
                self._log.warning("what was pushed waits", problem=problem.sentence)
            except Exception:  # noqa: BLE001 - the thread outlives a fault, which is logged with its traceback
                self._log.exception("a round of the gate failed")
            self._woken.wait(self._poll)
            self._woken.clear()

    def round(self) -> int:
        """One look at all that is open; how many wishes moved. Nothing where another process is at it."""
        if not self._record.wishes.open_ones() and not self._withdrawing.left_over():
            return 0
        if not self._leads():
            return 0
        moved = 0
        try:
            while (step := self._once()) and not self._ending.is_set():
                moved += step
        finally:
            self._record.leases.release(LEASE, self._owner)
        if moved:
            self._told()
        return moved

    def _leads(self) -> bool:
        """Take or renew the lease. Two at it would do no harm: a person has one open request, a team is as it is."""
        now = self._record.now()
        return self._record.leases.take(LEASE, self._owner, now, now + HOLDS)

    def _once(self) -> int:
        """One look. What is to be opened comes last, as that takes long; and first of it, who is to leave."""
        now = self._record.now()
        bind_all(self._record)
        moved = self._withdrawing.close_superseded()
        wishes = [one for one in self._record.wishes.open_ones() if one.not_before is None or one.not_before <= now]
        seats = self._open_seats(wishes)
        opens: dict[tuple[int, str], list[ToOpen]] = {}
        for wish in wishes:
            if not self._goes_on():
                return 0
            if wish.kind is WishKind.GROUP:
                moved += self._groups.pursue(wish)
                continue
            wish, fell = self._settled(wish)
            moved += fell
            if not wish.open:
                continue
            facts, request = self._facts(wish), self._open_request(wish, seats)
            following = next_action(wish, facts, request)
            if following.action is NextAction.OPEN:
                opens.setdefault((_turn(following), wish.token), []).append((wish, following))
            else:
                moved += self._follow(wish, facts, request, following)
        for (turn, token), some in sorted(opens.items(), key=lambda one: one[0]):
            if turn < len(TOGETHER):
                moved += self._asking.many(token, some, self._goes_on)
            else:
                moved += self._at_once(some)
        return moved + self._withdrawing.take_back(self._goes_on)

    def _at_once(self, opens: list[ToOpen]) -> int:
        """What nobody decides on, one by one. A first import has thousands: who is to leave meanwhile comes first."""
        moved, until = 0, time.monotonic() + MOMENT
        for one in opens:
            if not self._goes_on() or (self._woken.is_set() and time.monotonic() > until):
                break
            moved += self._asking.ask(*one)
        return moved

    def _open_seats(self, wishes: list[Wish]) -> dict[str, Request]:
        """Seats that are asked for, by the key of their address: for wishes that don't know their request."""
        if all(wish.subject_id is not None or wish.request_id is not None for wish in wishes):
            return {}
        found = self._record.requests.find(states=OPEN, kinds={Kind.PROVISION}, limit=None)
        return {address_key(one.target_email): one for one in found}

    def _goes_on(self) -> bool:
        return not self._ending.is_set() and self._leads()

    # What came of it

    def _settled(self, wish: Wish) -> tuple[Wish, int]:
        """The wish after its request has ended, and the person found who came by it."""
        request = self._record.requests.get(wish.request_id) if wish.request_id else None
        wish = bound(self._record, wish)
        if request is None or request.state in OPEN:
            return wish, 0
        if request.state is State.DONE:
            left = {name: value for name, value in wish.wanted.items() if not _brought(request, name, value)}
            return put(self._record, replace(wish, request_id=None, wanted=left)), 1
        taken_back = request.state is State.CANCELLED and self._cancelled_by_us(request)
        if taken_back or (request.kind is Kind.OFFBOARD) is not wish.leaves:  # or it was for something else
            return put(self._record, replace(wish, request_id=None)), 1
        return self._fall_back(wish, request), 1

    def _fall_back(self, wish: Wish, request: Request) -> Wish:
        """Decided otherwise: what is so counts again, and the channel is told."""
        facts = self._facts(wish)
        with self._record.transaction():
            wanted = {} if facts else dict(wish.wanted) | {"active": False}
            fallen = put(self._record, replace(wish, request_id=None, wanted=wanted, open=False))
            who = request.target_name or request.target_email
            what = {Kind.OFFBOARD: "off Help Scout", Kind.CHANGE: "changed"}.get(request.kind, "in Help Scout")
            sentence = (
                f"{provider_name(wish.token)} still wants {who} {what}, but the request {request.id} "
                f"{_ENDED[request.state]}. Nothing more is done unless it asks again; correct it there."
            )
            key = f"gate/{request.id}/fell back"
            if request.batch_id:  # one word for all of them; their names are on the card
                key = f"gate/{request.batch_id}/{request.state.value}"
                sentence = (
                    f"{provider_name(wish.token)} still wants people {what} whose requests in the batch "
                    f"{request.batch_id} {_ENDED_MANY[request.state]}. Nothing more is done unless it asks again; "
                    "correct it there."
                )
            self._record.outbox.add(key, Topic.WARNING, {"sentence": sentence})
            details = {"resource": wish.id, "state": request.state.value}
            person = wish.subject_id
            self._record.audit.append(
                "gate.fell_back", actor=wish.token, request_id=request.id, user_id=person, details=details
            )
        return fallen

    def _cancelled_by_us(self, request: Request) -> bool:
        lines, _ = self._record.audit.lines_of(request.id)
        return any(line.event == "request.cancelled" and line.actor == request.requester for line in lines)

    # What is next

    def _facts(self, wish: Wish) -> dict[str, Any]:
        row = self._record.users.get(wish.subject_id) if wish.subject_id is not None else None
        return facts_of(row.user, row.status) if row is not None else {}

    def _open_request(self, wish: Wish, seats: Mapping[str, Request]) -> Request | None:
        own = self._record.requests.get(wish.request_id) if wish.request_id else None
        if own is not None and own.state in OPEN:
            return own
        if wish.subject_id is None:
            return seats.get(wish.address)
        found = self._record.requests.find(states=OPEN, kinds=PERSONAL, target_id=wish.subject_id, limit=1)
        return found[0] if found else None

    def _follow(self, wish: Wish, facts: dict[str, Any], request: Request | None, following: Next) -> int:
        match following.action:
            case NextAction.WAIT:
                if request is not None and wish.request_id != request.id:
                    put(self._record, replace(wish, request_id=request.id))
                return 0
            case NextAction.CANCEL:
                assert request is not None
                outcome = self._withdrawing.cancel(request)
                if outcome.request is not None and outcome.request.state not in UNDONE:
                    return int(outcome.accepted)  # cancelled, or it began or ended meanwhile: the next look sees it
                if not outcome.accepted:
                    self._asking.later(wish, outcome)
                    return 0
                return 1
        left = {} if not facts and wish.deleted else still_wanted(wish.wanted, facts) if facts else dict(wish.wanted)
        put(self._record, replace(wish, wanted=left, open=False, request_id=None, problem=""))
        return 1


def _turn(following: Next) -> int:
    """Where what is to be opened stands in a look: by what is asked for together; last, what nobody decides on."""
    assert following.kind is not None
    if following.kind is Kind.CHANGE and not following.decided:
        return len(TOGETHER)
    return next(turn for turn, kinds in enumerate(TOGETHER) if following.kind in kinds)


def _brought(request: Request, name: str, wanted: object) -> bool:
    """Whether this request, which is done, was for that: where Help Scout took it over otherwise, the fact is shown."""
    plan = request.plan
    match request.kind:
        case Kind.OFFBOARD:
            return name == "active" and wanted is False
        case Kind.CHANGE:
            return name in plan["changes"] and plan["changes"][name]["after"] == wanted
    return (name == "active" and wanted is True) or (name in plan and plan[name] == wanted)


_ENDED = {
    State.DENIED: "was denied",
    State.CANCELLED: "was cancelled",
    State.EXPIRED: "expired before enough people approved it",
    State.STALE: "went out of date",
    State.FAILED: "failed",
}
_ENDED_MANY = {
    State.DENIED: "were denied",
    State.CANCELLED: "were cancelled",
    State.EXPIRED: "expired before enough people approved them",
    State.STALE: "went out of date",
    State.FAILED: "failed",
}
