"""Asking a second person for what an identity provider wants: a request each, or a batch for many who are to leave."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.model.action import Open, Outcome
from bot.model.batch import Gather
from bot.model.outbox import Topic
from bot.model.request import Kind, State
from bot.model.user import Status
from bot.model.wish import Wish, WishKind
from bot.policy.people.guard import removal_guard
from bot.policy.people.provider import provider_name
from bot.policy.requests.wishing import Move, Next
from bot.services.approvals import Approvals
from bot.services.wishes.assignee import assignee_of
from bot.services.wishes.groups import Groups
from bot.services.wishes.keeping import hash_of, put
from bot.services.wishes.roster import Roster
from bot.store.record import Record

AGAIN = timedelta(minutes=5)
"""What could not be asked for is tried again after so long."""
NAMED = 5
"""People of one provider who are named one by one in the channel when they can't be asked for."""
AT_ONCE = 40
"""People who join a batch in one step: so many are looked up in Help Scout before anything is written."""


class Asking:
    """For the thread of the pursuit. `guard` is the share of HS_BOT_REMOVAL_GUARD."""

    def __init__(self, record: Record, approvals: Approvals, roster: Roster, groups: Groups, *, guard: float) -> None:
        self._record = record
        self._approvals = approvals
        self._roster = roster
        self._groups = groups
        self._guard = guard

    def leave(self, token: str, leaving: list[Wish], go_on: Callable[[], bool]) -> int:
        """Requests for those who are to leave: a batch for many at once, else one by one."""
        moved = 0
        while leaving and go_on():
            many = self._too_many(token)
            some, leaving = leaving[: AT_ONCE if many else 1], leaving[AT_ONCE if many else 1 :]
            moved += self._gathered(token, some) if many else self.ask(some[0], Next(Move.OPEN, Kind.OFFBOARD))
        return moved

    def _too_many(self, token: str) -> bool:
        """Whether those whom this token wants gone, and about whom nobody has decided yet, pass the removal guard."""
        known = self._record.users.counts()[Status.ACTIVE]
        leaving = [wish for wish in self._record.wishes.open_ones() if wish.token == token and wish.leaves]
        if removal_guard(len(leaving), known, self._guard) is None:
            return False
        waiting = sum(self._undecided(wish) for wish in leaving)
        return removal_guard(waiting, known, self._guard) is not None

    def _undecided(self, wish: Wish) -> bool:
        request = self._record.requests.get(wish.request_id) if wish.request_id else None
        return request is None or request.state is State.PENDING

    def _gathered(self, token: str, wishes: list[Wish]) -> int:
        known = [(wish, wish.subject_id) for wish in wishes if wish.subject_id is not None]
        people = tuple((id, self._taker(wish)) for wish, id in known)
        reason = f"{provider_name(token)} {_REASONS[Kind.OFFBOARD]}."
        outcome = self._approvals.many(Gather(actor=token, reason=reason, people=people))
        refused = {one.number: one.why for one in outcome.wrong}
        if outcome.batch is None and not refused:
            return 0  # somebody else asked for one of them meanwhile
        members = self._record.requests.of_batch(outcome.batch.id) if outcome.batch is not None else []
        joined = {one.target_id: one.id for one in members}
        new = {number: why for number, why in refused.items() if known[number][0].problem != why}
        with self._record.transaction():
            for number, (wish, id) in enumerate(known):
                if number in refused:
                    again = self._record.now() + AGAIN
                    put(self._record, replace(wish, not_before=again, problem=refused[number]))
                elif id in joined:
                    put(self._record, replace(wish, request_id=joined[id], problem=""))
            if new:
                who = "1 person" if len(new) == 1 else f"{len(new)} people"
                first = next(iter(new.values()))
                sentence = f"{who} whom {provider_name(token)} wants removed can't be asked for now. {first}"
                key = f"gate/{token}/many/{self._record.now():%Y-%m-%d}/{hash_of(sentence)}"
                self._record.outbox.add(key, Topic.WARNING, {"sentence": sentence})
        return len(known) - len(refused)

    def ask(self, wish: Wish, following: Next) -> int:
        """One request; 1 when it was opened."""
        assert following.kind is not None
        named = provider_name(wish.token)
        reason = f"{named} {_REASONS[following.kind]}."
        action = Open(kind=following.kind, actor=wish.token, reason=reason, arguments=self._arguments(wish, following))
        outcome = self._approvals.apply(action)
        if outcome.request is not None:  # opened, or there was one already
            put(self._record, replace(wish, request_id=outcome.request.id, problem=""))
            return int(outcome.accepted)
        self.later(wish, outcome)
        return 0

    def _taker(self, wish: Wish) -> int | None:
        """Their manager, unless that one is to leave as well."""
        taker = assignee_of(self._record, self._roster, wish)
        known = self._record.wishes.of_subject(wish.token, WishKind.USER, taker) if taker is not None else None
        return None if known is not None and known.open and known.leaves else taker

    def _arguments(self, wish: Wish, following: Next) -> dict[str, object]:
        match following.kind:
            case Kind.OFFBOARD:
                return {"target_id": wish.subject_id, "assignee_id": self._taker(wish)}
            case Kind.RESTORE:
                return {"target_id": wish.subject_id}
            case Kind.CHANGE:
                return {"target_id": wish.subject_id, **(following.changes or {})}
        wanted = {name: value for name, value in wish.wanted.items() if name != "active"}
        return {**wanted, "team_ids": self._groups.waiting_for(wish)}

    def later(self, wish: Wish, outcome: Outcome) -> None:
        """It can't be asked for now: tried again later, and said once."""
        with self._record.transaction():
            put(self._record, replace(wish, not_before=self._record.now() + AGAIN, problem=outcome.sentence))
            if wish.problem != outcome.sentence:
                row = self._record.users.get(wish.subject_id) if wish.subject_id is not None else None
                who = str(wish.wanted.get("email") or (row.user.email if row is not None else wish.id))
                sentence = f"What {provider_name(wish.token)} wants of {who} can't be asked for now. {outcome.sentence}"
                key = f"gate/{wish.token}/{wish.id}/{wish.changed_at.timestamp():.0f}/{hash_of(outcome.sentence)}"
                if self._record.wishes.troubled(wish.token) > NAMED:
                    key = f"gate/{wish.token}/more/{self._record.now():%Y-%m-%d %H}"
                    sentence = (
                        f"{provider_name(wish.token)} wants more that can't be asked for now. The next of them: "
                        f"{who}. {outcome.sentence} The others are tried again too, and aren't named here."
                    )
                self._record.outbox.add(key, Topic.WARNING, {"sentence": sentence})


_REASONS = {
    Kind.OFFBOARD: "no longer assigns Help Scout to them",
    Kind.RESTORE: "assigns Help Scout to them again",
    Kind.PROVISION: "assigns Help Scout to them",
    Kind.CHANGE: "has changed their profile",
}
