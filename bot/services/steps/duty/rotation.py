"""Takes one person out of one inbox's rotation, or puts them back, and keeps what others write meanwhile.

Help Scout replaces the whole configuration with each write and has no version to compare. So it is read right before
each write, changed by no more than this one person, written once, and read again: what then is not so is done anew,
from what is there then. A lost answer is settled by the same reading. What somebody else writes in the moment between
the reading and the write is overwritten; nothing that the API offers could tell.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.helpscout.errors import Forbidden, HelpScoutError, NotFound, RateLimited, Rejected, Unauthorized
from bot.helpscout.rest import Rest
from bot.model.offboarding.duty import Routing

TRIES = 4
Write = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What came of one rotation. `done`: it is so, as reading shows. `why` says why it isn't, or what else was seen."""

    done: bool
    added: int | None = None
    why: str = ""
    others_wrote: bool = False


def leave(
    rest: Rest, inbox_id: int, person: int, stand_in: int | None, why_none: str, *, before: Write, after: Write
) -> Turned:
    """Out of it. Who would be the last of an enabled one is replaced by `stand_in`, else stays (`why_none`).

    `before` is called right before each write, `after` right after. Raises HelpScoutError where another try may help.
    """
    added: int | None = None

    def change(routing: Routing) -> Routing | str:
        nonlocal added
        left = tuple(one for one in routing.user_ids if one != person)
        if routing.enabled and not left:
            if stand_in is None:
                return why_none
            left, added = (stand_in,), stand_in
        return replace(routing, user_ids=left)

    first = rest.duty.routing(inbox_id)
    turned = _turn(rest, inbox_id, first, lambda routing: person not in routing.user_ids, change, before, after)
    return replace(turned, added=added if turned.done else None)


def come_back(rest: Rest, inbox_id: int, person: int, added: int | None) -> Turned:
    """Into it as it is now; who stood in leaves it again."""

    def change(routing: Routing) -> Routing | str:
        return replace(routing, user_ids=(*(one for one in routing.user_ids if one != added), person))

    def nothing() -> None:
        """What is put back is on record already."""

    try:
        first = rest.duty.routing(inbox_id)
    except NotFound:
        return Turned(done=True, why="the inbox is gone")
    return _turn(rest, inbox_id, first, lambda routing: person in routing.user_ids, change, nothing, nothing)


def _turn(
    rest: Rest,
    inbox_id: int,
    first: Routing,
    so: Callable[[Routing], bool],
    change: Callable[[Routing], Routing | str],
    before: Write,
    after: Write,
) -> Turned:
    now, others = first, False
    failed: HelpScoutError | None = None
    for _ in range(TRIES):
        if so(now):
            return Turned(done=True, others_wrote=others)
        wanted = change(now)
        if isinstance(wanted, str):
            return Turned(done=False, why=wanted, others_wrote=others)
        before()
        try:
            rest.duty.set_routing(inbox_id, wanted)
            failed = None
        except (Unauthorized, RateLimited):
            raise
        except HelpScoutError as problem:
            failed = problem
            if isinstance(problem, Rejected | Forbidden | NotFound):
                said = problem.detail or problem.sentence
                return Turned(done=False, why=f"Help Scout refused the change: {said.rstrip('.')}")
        after()
        now = rest.duty.routing(inbox_id)
        others = others or (failed is None and now != wanted)
    if so(now):
        return Turned(done=True, others_wrote=others)
    if failed is not None:
        raise failed
    return Turned(done=False, why="Help Scout accepts the change each time, and it doesn't show")
