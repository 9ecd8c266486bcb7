"""Asking a second person for what an identity provider wants: a request each, or a batch for many at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

from bot.model.action import Open, Outcome
from bot.model.address import address_key
from bot.model.batch import Gather
from bot.model.outbox import Topic
from bot.model.request import OPEN, Kind, State
from bot.model.user import Status, UserRecord
from bot.model.wish import Wish, WishKind
from bot.policy.people.guard import removal_guard
from bot.policy.people.provider import provider_name
from bot.policy.requests.batch import together_with
from bot.policy.requests.wishing import PERSONAL, Next
from bot.services.approvals import Approvals
from bot.services.wishes.assignee import assignee_of
from bot.services.wishes.groups import Groups
from bot.services.wishes.keeping import hash_of, put
from bot.services.wishes.roster import Roster
from bot.store.record import Record

ToOpen: TypeAlias = tuple[Wish, Next]
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

    def many(self, token: str, opens: list[ToOpen], go_on: Callable[[], bool]) -> int:
        """Requests of kinds that are asked for together: a batch for many at once, else one by one."""
        moved = 0
        while opens and go_on():
            many = self._too_many(token, opens)
            some, opens = opens[: AT_ONCE if many else 1], opens[AT_ONCE if many else 1 :]
            moved += self._gathered(token, some) if many else self.ask(*some[0])
        return moved

    def _too_many(self, token: str, opens: list[ToOpen]) -> bool:
        """Whether those of whom this token wants such a thing, and about whom nobody has decided yet, pass the guard.

        The measure is that of removals, also for seats to give and for changes that somebody decides on.
        """
        kinds = together_with(_kind(opens[0]))
        pending = self._record.requests.count(states={State.PENDING}, kinds=kinds, requester=token)
        known = self._record.users.counts()[Status.ACTIVE]
        return removal_guard(pending + len(opens), known, self._guard) is not None

    def _gathered(self, token: str, opens: list[ToOpen]) -> int:
        actions = tuple(self._action(wish, following) for wish, following in opens)
        outcome = self._approvals.many(Gather(actor=token, opens=actions))
        opened = dict(outcome.opened)
        # About whom somebody else has asked meanwhile, nothing is wrong: their request is waited for.
        refused = {one.number: one.why for one in outcome.wrong if not self._asked_for(opens[one.number][0])}
        if outcome.batch is None and not refused:
            return 0  # somebody else asked for one of them meanwhile
        new = {number: why for number, why in refused.items() if hash_of(opens[number][0].problem) != hash_of(why)}
        with self._record.transaction():
            for number, (wish, _) in enumerate(opens):
                if number in refused:
                    again = self._record.now() + AGAIN
                    put(self._record, replace(wish, not_before=again, problem=refused[number]))
                elif number in opened:
                    put(self._record, replace(wish, request_id=opened[number], problem=""))
            if new:
                who = "1 person" if len(new) == 1 else f"{len(new)} people"
                first, what = next(iter(new.values())), _WANTED[_kind(opens[0])]
                sentence = f"{who} whom {provider_name(token)} wants {what} can't be asked for now. {first}"
                key = f"gate/{token}/many/{self._record.now():%Y-%m-%d}/{hash_of(sentence)}"
                self._record.outbox.add(key, Topic.WARNING, {"sentence": sentence})
        return len(opened)

    def _asked_for(self, wish: Wish) -> bool:
        """Whether a request about this person is open, whoever's."""
        requests = self._record.requests
        if wish.subject_id is not None:
            return bool(requests.find(states=OPEN, kinds=PERSONAL, target_id=wish.subject_id, limit=1))
        seats = requests.find(states=OPEN, kinds={Kind.PROVISION}, limit=None)
        return any(address_key(one.target_email) == wish.address for one in seats)

    def ask(self, wish: Wish, following: Next) -> int:
        """One request; 1 when it was opened."""
        outcome = self._approvals.apply(self._action(wish, following))
        if outcome.request is not None:  # opened, or there was one already
            put(self._record, replace(wish, request_id=outcome.request.id, problem=""))
            return int(outcome.accepted)
        self.later(wish, outcome)
        return 0

    def _action(self, wish: Wish, following: Next) -> Open:
        kind = _kind((wish, following))
        reason = f"{provider_name(wish.token)} {_REASONS[kind]}."
        return Open(kind=kind, actor=wish.token, reason=reason, arguments=self._arguments(wish, following))

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
            if hash_of(wish.problem) != hash_of(outcome.sentence):
                row = self._record.users.get(wish.subject_id) if wish.subject_id is not None else None
                who = str(wish.wanted.get("email") or (row.user.email if row is not None else wish.id))
                what = "removed" if wish.leaves else "in Help Scout" if _away(row) else "changed"
                sentence = (
                    f"{provider_name(wish.token)} wants {who} {what}. That can't be asked for now. {outcome.sentence}"
                )
                key = f"gate/{wish.token}/{wish.id}/{wish.changed_at.timestamp():.0f}/{hash_of(outcome.sentence)}"
                if self._record.wishes.troubled(wish.token) > NAMED:
                    key = f"gate/{wish.token}/more/{self._record.now():%Y-%m-%d %H}"
                    sentence = (
                        f"{provider_name(wish.token)} wants more that can't be asked for now. The next of them: "
                        f"{who}. {outcome.sentence} The others are tried again too, and aren't named here."
                    )
                self._record.outbox.add(key, Topic.WARNING, {"sentence": sentence})


def _away(row: UserRecord | None) -> bool:
    return row is None or row.status is not Status.ACTIVE


def _kind(one: ToOpen) -> Kind:
    kind = one[1].kind
    assert kind is not None
    return kind


_REASONS = {
    Kind.OFFBOARD: "no longer assigns Help Scout to them",
    Kind.RESTORE: "assigns Help Scout to them again",
    Kind.PROVISION: "assigns Help Scout to them",
    Kind.CHANGE: "has changed their profile",
}
_WANTED = {
    Kind.OFFBOARD: "removed",
    Kind.RESTORE: "in Help Scout",
    Kind.PROVISION: "in Help Scout",
    Kind.CHANGE: "changed",
}
