"""Somebody's manager, as a source names them: their address, and whether conversations can go to them."""

from bot.model.user import Status, User, UserRecord
from bot.policy.requests.opening import may_take
from bot.policy.typed.who import Who
from bot.services.assignee import leaving
from bot.slack.handling.deps import Deps


def address_of_manager(deps: Deps, user_id: int | None) -> str:
    """ "" where no source names one."""
    found = deps.record.managers.of(user_id)
    return found.email if found is not None else ""


def with_seat(deps: Deps, address: str) -> UserRecord | None:
    """The one person with a seat whose address this is now."""
    found = deps.directory.find(Who("email", address)).exact
    return found[0] if len(found) == 1 and found[0].status is Status.ACTIVE and found[0].user.is_person else None


def taker_of(deps: Deps, user: User) -> User | None:
    """The manager, where they may take this person's conversations: not without a seat, as a light user, or leaving."""
    address = address_of_manager(deps, user.id)
    row = with_seat(deps, address) if address else None
    if row is None or may_take(row.user, row.status, user.id, leaving(deps.record, row.id)) is not None:
        return None
    return row.user
