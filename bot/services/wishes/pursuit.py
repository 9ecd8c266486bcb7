"""Brings about what identity providers want: by requests where a second person must agree, at once where none must.

A round looks at every open wish and asks one rule (bot.policy.requests.wishing) what is next; what was done before
makes no difference, so that a crash, a repeated push and a second bot change nothing. One process at a time.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from bot.model.action import Cancel, Open, Outcome
from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.request import OPEN, Kind, Request, State
from bot.model.user import Status
from bot.model.wish import Wish, WishKind
from bot.policy.people.provider import provider_name
from bot.policy.requests.wishing import PERSONAL, Move, Next, facts_of, next_move, still_wanted
from bot.services.approvals import Approvals
from bot.services.wishes.assignee import assignee_of
from bot.services.wishes.groups import Groups
from bot.services.wishes.holding import RELEASED, Holding
from bot.services.wishes.roster import Roster
from bot.store.record import Record

LEASE = "gate"
HOLDS = timedelta(seconds=5)
"""A process that is silent for so long is taken for dead."""
AGAIN = timedelta(minutes=5)
"""What could not be asked for is tried again after so long."""


class Pursuit:
    """`start` runs rounds in a thread: when woken, and every `poll` seconds."""

    def __init__(
        self,
        record: Record,
        approvals: Approvals,
        roster: Roster,
        holding: Holding,
        groups: Groups,
        *,
        owner: str,
        poll: float = 5.0,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._record = record
        self._approvals = approvals
        self._roster = roster
        self._holding = holding
        self._groups = groups
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
        if not self._record.wishes.open_ones():
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
        now = self._record.now()
        wishes = [one for one in self._record.wishes.open_ones() if one.not_before is None or one.not_before <= now]
        moved, asking = 0, []
        for wish in wishes:
            if self._ending.is_set() or not self._leads():
                return 0
            if wish.kind is WishKind.GROUP:
                moved += self._groups.pursue(wish)
                continue
            wish, fell = self._settled(wish)
            moved += fell
            if not wish.open:
                continue
            facts, request = self._facts(wish), self._open_request(wish)
            following = next_move(wish, facts, request)
            if following.move is Move.OPEN and following.kind is Kind.OFFBOARD:
                asking.append(wish)
            else:
                moved += self._follow(wish, facts, request, following)
        for wish in self._holding.weigh(asking):
            if self._ending.is_set() or not self._leads():
                return 0
            moved += self._ask(wish, Next(Move.OPEN, Kind.OFFBOARD))
        return moved

    # What came of it

    def _settled(self, wish: Wish) -> tuple[Wish, int]:
        """The wish after its request has ended, and the person found who came by it."""
        request = self._record.requests.get(wish.request_id) if wish.request_id else None
        if wish.subject_id is None or self._gone(wish.subject_id):
            wish = self._found(wish)
        if request is None or request.state in OPEN:
            return wish, 0
        if request.state is State.DONE:
            left = {name: value for name, value in wish.wanted.items() if not _brought(request, name, value)}
            return self._put(replace(wish, request_id=None, wanted=left)), 1
        if request.state is State.CANCELLED and self._cancelled_by_us(request):
            return self._put(replace(wish, request_id=None)), 1
        return self._fall_back(wish, request), 1

    def _fall_back(self, wish: Wish, request: Request) -> Wish:
        """Decided otherwise: what is so counts again, and the channel is told."""
        facts = self._facts(wish)
        with self._record.transaction():
            wanted = {} if facts else dict(wish.wanted) | {"active": False}
            fallen = self._put(replace(wish, request_id=None, wanted=wanted, open=False, held=False))
            who = request.target_name or request.target_email
            what = {Kind.OFFBOARD: "off Help Scout", Kind.CHANGE: "changed"}.get(request.kind, "in Help Scout")
            sentence = (
                f"{provider_name(wish.token)} still wants {who} {what}, but the request {request.id} "
                f"{_ENDED[request.state]}. Nothing more is done unless it asks again; correct it there."
            )
            self._record.outbox.add(f"gate/{request.id}/fell back", Topic.WARNING, {"sentence": sentence})
            details = {"resource": wish.id, "state": request.state.value}
            person = wish.subject_id
            self._record.audit.append(
                "gate.fell_back", actor=wish.token, request_id=request.id, user_id=person, details=details
            )
        return fallen

    def _cancelled_by_us(self, request: Request) -> bool:
        lines, _ = self._record.audit.lines_of(request.id)
        return any(line.event == "request.cancelled" and line.actor == request.requester for line in lines)

    def _gone(self, user_id: int) -> bool:
        row = self._record.users.get(user_id)
        return row is None or row.status is not Status.ACTIVE

    def _found(self, wish: Wish) -> Wish:
        """Who has come by this address: the resource stands for them from now on, whatever their id is."""
        if wish.deleted or not wish.address:
            return wish
        for row in self._record.users.by_email(wish.address):
            if row.status is Status.ACTIVE and row.user.key == wish.address and row.id != wish.subject_id:
                return self._put(replace(wish, subject_id=row.id))
        return wish

    # What is next

    def _facts(self, wish: Wish) -> dict[str, Any]:
        row = self._record.users.get(wish.subject_id) if wish.subject_id is not None else None
        return facts_of(row.user, row.status) if row is not None else {}

    def _open_request(self, wish: Wish) -> Request | None:
        own = self._record.requests.get(wish.request_id) if wish.request_id else None
        if own is not None and own.state in OPEN:
            return own
        if wish.subject_id is None:
            return None
        found = self._record.requests.find(states=OPEN, kinds=PERSONAL, target_id=wish.subject_id, limit=1)
        return found[0] if found else None

    def _follow(self, wish: Wish, facts: dict[str, Any], request: Request | None, following: Next) -> int:
        match following.move:
            case Move.WAIT:
                if request is not None and wish.request_id != request.id:
                    self._put(replace(wish, request_id=request.id))
                return 0
            case Move.CANCEL:
                assert request is not None
                why = "no longer wanted by the identity provider"
                outcome = self._approvals.apply(Cancel(request_id=request.id, actor=wish.token, reason=why))
                if not outcome.accepted:
                    self._later(wish, outcome)
                    return 0
                return 1
            case Move.OPEN:
                return self._ask(wish, following)
        left = {} if not facts and wish.deleted else still_wanted(wish.wanted, facts) if facts else dict(wish.wanted)
        self._put(replace(wish, wanted=left, open=False, held=False, request_id=None, problem=""))
        return 1

    def _ask(self, wish: Wish, following: Next) -> int:
        assert following.kind is not None
        named = provider_name(wish.token)
        reason = f"{named} {_REASONS[following.kind]}."
        action = Open(kind=following.kind, actor=wish.token, reason=reason, arguments=self._arguments(wish, following))
        outcome = self._approvals.apply(action)
        if outcome.request is not None:  # opened, or there was one already
            self._put(replace(wish, request_id=outcome.request.id, held=False, problem=_kept(wish)))
            return int(outcome.accepted)
        self._later(wish, outcome)
        return 0

    def _arguments(self, wish: Wish, following: Next) -> dict[str, object]:
        match following.kind:
            case Kind.OFFBOARD:
                return {"target_id": wish.subject_id, "assignee_id": assignee_of(self._record, self._roster, wish)}
            case Kind.RESTORE:
                return {"target_id": wish.subject_id}
            case Kind.CHANGE:
                return {"target_id": wish.subject_id, **(following.changes or {})}
        wanted = {name: value for name, value in wish.wanted.items() if name != "active"}
        return {**wanted, "team_ids": self._groups.waiting_for(wish)}

    def _later(self, wish: Wish, outcome: Outcome) -> None:
        """It can't be asked for now: tried again later, and said once."""
        with self._record.transaction():
            self._put(replace(wish, not_before=self._record.now() + AGAIN, problem=outcome.sentence))
            if wish.problem != outcome.sentence:
                who = str(wish.wanted.get("email") or self._facts(wish).get("email") or wish.id)
                sentence = f"What {provider_name(wish.token)} wants of {who} can't be asked for now. {outcome.sentence}"
                key = f"gate/{wish.token}/{wish.id}/{wish.changed_at.timestamp():.0f}/{hash_of(outcome.sentence)}"
                self._record.outbox.add(key, Topic.WARNING, {"sentence": sentence})

    def _put(self, wish: Wish) -> Wish:
        """What pursuit knows; a push that came meanwhile keeps what it wants."""
        with self._record.transaction():
            now = self._record.wishes.get(wish.token, wish.id)
            if now is not None and (now.changed_at, now.deleted) != (wish.changed_at, wish.deleted):
                wish = replace(now, subject_id=wish.subject_id or now.subject_id, request_id=wish.request_id, open=True)
            self._record.wishes.put(wish)
        return wish


def _kept(wish: Wish) -> str:
    return RELEASED if wish.problem == RELEASED else ""


def hash_of(text: str) -> str:
    """A few characters that tell one sentence from another."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def _brought(request: Request, name: str, wanted: object) -> bool:
    """Whether this request, which is done, was for that: where Help Scout took it over otherwise, the fact is shown."""
    plan = request.plan
    match request.kind:
        case Kind.OFFBOARD:
            return name == "active" and wanted is False
        case Kind.CHANGE:
            return name in plan["changes"] and plan["changes"][name]["after"] == wanted
    return (name == "active" and wanted is True) or (name in plan and plan[name] == wanted)


_REASONS = {
    Kind.OFFBOARD: "no longer assigns Help Scout to them",
    Kind.RESTORE: "assigns Help Scout to them again",
    Kind.PROVISION: "assigns Help Scout to them",
    Kind.CHANGE: "has changed their profile",
}
_ENDED = {
    State.DENIED: "was denied",
    State.CANCELLED: "was cancelled",
    State.EXPIRED: "expired before enough people approved it",
    State.STALE: "went out of date",
    State.FAILED: "failed",
}
