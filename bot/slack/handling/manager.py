"""Somebody's manager, as a source names them: their address, and whether conversations can go to them."""

from bot.model.member import Member
from bot.model.user import Status, User, UserRecord
from bot.policy.requests.opening import may_take
from bot.policy.typed.who import Who
from bot.services.assignee import known_to_leave
from bot.slack.handling.deps import Deps


def address_of_manager(deps: Deps, user_id: int | None) -> str:
    """ "" where no source names one."""
    found = deps.record.managers.of(user_id)
    return found.email if found is not None else ""


def with_seat(deps: Deps, address: str) -> UserRecord | None:
    """The one person with a seat whose address this is now."""
    found = deps.directory.find(Who("email", address)).exact
    return found[0] if len(found) == 1 and found[0].status is Status.ACTIVE and found[0].user.is_person else None


def taker_of(deps: Deps, user: User, asking: Member | None) -> User | None:
    """The manager, where they may take this person's conversations: not without a seat, as a light user, or leaving.

    Who asks and is that manager must not learn here that they are leaving.
    """
    address = address_of_manager(deps, user.id)
    row = with_seat(deps, address) if address else None
    if row is None or may_take(row.user, row.status, user.id, known_to_leave(deps.record, row.id, asking)) is not None:
        return None
    return row.user


def proposal(leaver: User, taker: User | None) -> str:
    """What a form remembers of having proposed `taker` for `leaver`: with it, it is known later from a choice."""
    return f"{taker.id}.{leaver.id}" if taker is not None else ""


def is_proposed(taker: User, proposed: str) -> bool:
    """Whether this is whom the form proposed, and nobody has chosen somebody else."""
    return proposed.partition(".")[0] == str(taker.id)
