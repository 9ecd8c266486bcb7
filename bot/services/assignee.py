"""Who may take conversations: a person, or a team. Help Scout's list of users has teams in it or not; both are met."""

from collections.abc import Callable, Iterable

from bot.model.member import Member
from bot.model.request import OPEN, Kind, Request, State
from bot.model.team import Team
from bot.model.user import User, UserRecord
from bot.services.requests.membership import may_be_about
from bot.store.record import Record

TEAM = "team"
STILL_TO_HAND_OVER = frozenset({State.PENDING, State.APPROVED, State.RUNNING})
"""A request that waits for a person has handed over; one that needs attention asks again who takes them."""


def assignee_of(record: Record, id: int) -> UserRecord | None:
    """The row of a person or of a team, which stands in for a person where conversations are assigned."""
    known = record.users.get(id)
    if known is not None:
        return known
    team = next((one for one in record.teams.all() if one.id == id), None)
    if team is None:
        return None
    now = record.now()
    return UserRecord(user=as_user(team), first_seen=now, last_seen=now)


def leaving(record: Record, id: int) -> Request | None:
    """The open request to offboard this person."""
    found = record.requests.find(states=OPEN, kinds={Kind.OFFBOARD}, target_id=id, limit=1)
    return found[0] if found else None


def known_to_leave(record: Record, id: int, asking: Member | None) -> Request | None:
    """The same, but none to who may be that person and must not learn of it: the work stops when it starts."""
    found = leaving(record, id)
    return None if found is None or may_be_about(record, asking, [found]) else found


def takers_who_leave(requests: Iterable[Request], leaves: Callable[[int], Request | None]) -> list[str]:
    """Names of those who are to take conversations by these requests, and are to be offboarded themselves.

    `leaves` is `leaving` for what all may see, or `known_to_leave` for one person.
    """
    takers: dict[int, str] = {}
    for one in requests:
        id, team = one.plan.get("assignee_id"), one.plan.get("assignee_type") == TEAM
        if one.kind is Kind.OFFBOARD and isinstance(id, int) and not team:
            takers[id] = str(one.plan.get("assignee_name") or id)
    return sorted(name for id, name in takers.items() if leaves(id) is not None)


def taking_from(record: Record, id: int) -> list[Request]:
    """The requests whose conversations this person is still to take, the newest first."""
    return record.requests.handing_to(id, STILL_TO_HAND_OVER)


def as_user(team: Team) -> User:
    """A team as Help Scout's list of users would have it."""
    return User(id=team.id, first_name=team.name, type=TEAM, mention=team.mention)
