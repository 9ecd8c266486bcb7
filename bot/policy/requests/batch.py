"""A batch as it stands: what is left to be decided, to be done, and what came of the rest. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.model.address import address_key
from bot.model.batch import Batch
from bot.model.request import ENDED, Kind, Request, State

UNDONE = frozenset({State.ATTENTION, State.FAILED, State.STALE, State.EXPIRED})
"""States of who was to go and hasn't, without anybody having wished it so."""
STILL = frozenset(State) - ENDED - {State.ATTENTION}
"""States in which there is something left to decide or to do."""
CANCELLABLE = frozenset({State.PENDING, State.APPROVED, State.WAITING})
"""States in which somebody can still be left out; once their part by hand is waited for, by an approver alone."""
SHOWN_FIRST = UNDONE | {State.WAITING}
"""Who somebody has to see to, and stands first in a table of results."""
TOGETHER = (frozenset({Kind.OFFBOARD}), frozenset({Kind.PROVISION, Kind.RESTORE}), frozenset({Kind.CHANGE}))
"""Kinds that may be asked for in one batch: what takes a seat is never decided by the same click as what gives one."""
TENTHS = 10
END = "end/"


@dataclass(frozen=True, slots=True)
class Tally:
    """People of a batch by the state of their request, votes of those that are pending included."""

    states: Counter[State]
    most: int  # people in all
    votes: int = 0  # of those who are pending
    replaced: int = 0  # requests of a person for whom a newer one counts

    def of(self, *states: State) -> int:
        return sum(self.states[state] for state in states)

    @property
    def ended(self) -> int:
        """Who is through, one way or the other."""
        return self.most - sum(count for state, count in self.states.items() if state in STILL)

    @property
    def undone(self) -> int:
        return self.of(*UNDONE)

    @property
    def over(self) -> bool:
        """Whether nobody is left to be decided or worked at."""
        return self.ended == self.most

    @property
    def kept(self) -> int:
        """Who stays because people said so."""
        return self.of(State.CANCELLED, State.DENIED)

    def short(self) -> str:
        """What is worth a new look at the card: decisions, tenths of the way, the end. Another text, another look."""
        if self.over:
            return f"{END}{self.of(State.DONE)}/{self.undone}/{self.kept}"
        tenth = self.ended * TENTHS // self.most
        pending, begun = self.of(State.PENDING), self.of(State.RUNNING, State.DONE, State.ATTENTION) > 0
        asked = self.most + self.replaced  # as many as the batch has members: who joined since is unseen
        return f"{asked}/{pending}/{self.votes}/{self.kept}/{begun:d}/{tenth}/{self.of(State.WAITING) > 0:d}"


def together_with(kind: Kind) -> frozenset[Kind]:
    """The kinds with which this one may be in a batch, itself among them."""
    return next((some for some in TOGETHER if kind in some), frozenset({kind}))


def tally(requests: Iterable[Request], votes: int = 0) -> Tally:
    """Each person once, by their newest request."""
    rows = list(requests)
    states = Counter(request.state for request in newest(rows))
    return Tally(states, states.total(), votes, len(rows) - states.total())


def newest(requests: Iterable[Request]) -> list[Request]:
    """Without the requests that a newer one about the same person has replaced, in their order."""
    rows = list(requests)
    last: dict[int | str, Request] = {}
    for one in rows:
        who = one.target_id if one.target_id is not None else address_key(one.target_email) or one.id
        known = last.get(who)
        if known is None or (known.opened_at, known.id) < (one.opened_at, one.id):
            last[who] = one
    kept = {one.id for one in last.values()}
    return [one for one in rows if one.id in kept]


def failures_first(batch: Batch, requests: Iterable[Request]) -> Sequence[Request]:
    """For a table of results: who was to go and hasn't, then the rest, each in the batch's order."""
    place = {id: at for at, id in enumerate(batch.members)}
    return sorted(
        newest(requests), key=lambda one: (one.state not in SHOWN_FIRST, place.get(one.id, len(place)), one.id)
    )


def is_in(batch: Batch, request: Request) -> bool:
    """Whether an approval of the batch covers this request: the seal binds the members."""
    return request.batch_id == batch.id and request.id in batch.members


def unseen(batch: Batch) -> bool:
    """Whether more people are in it than its card has shown so far: nobody is approved unseen."""
    most = batch.shown.partition("/")[0]
    return most.isdigit() and int(most) < len(batch.members)
