"""Who is to take the conversations, a person or a team: whether they still can, asked before anything is changed and
while it goes on; and which inboxes they may use.
"""

import time
from collections.abc import Iterable

from bot.helpscout.errors import NotFound
from bot.model.offboarding.quiet import QuietState
from bot.model.request import Kind
from bot.model.user import User
from bot.policy.ways import is_light
from bot.services.assignee import TEAM, leaving
from bot.services.requests.execution import Attention, Execution
from bot.services.steps.duty.reading import may_use

TAKER = "taker"


class Taker:
    def __init__(self, ex: Execution, id: int) -> None:
        self._ex = ex
        self.id = id
        self._may_use: dict[int, bool | None] = {}  # by inbox; None: it can't be told

    @property
    def name(self) -> str:
        return str(self._ex.request.plan.get("assignee_name") or f"user {self.id}")

    @property
    def _may_be_a_team(self) -> bool:
        return self._ex.request.plan.get("assignee_type") == TEAM

    def needed(self) -> None:
        """Raises `Attention` unless who is to take the conversations is still there, and may have them."""
        need_taker(self._ex, self.id)

    def look_into(self, inboxes: Iterable[int]) -> None:
        """Find out which of these inboxes they may use, each asked once."""
        new = {id for id in inboxes if id and id not in self._may_use}
        if new and not self._may_be_a_team:
            self._may_use |= may_use(self._ex.rest, self._ex.rest.user(self.id), new)

    def shut_out_of(self, inbox_id: int) -> bool:
        return self._may_use.get(inbox_id) is False


def need_taker(ex: Execution, taker: int | None, *, within: float = 0.0) -> User | None:
    """Who was chosen; None: nobody was, or a team that the list of users doesn't show. `within`: a reading of this very
    run may be so many seconds old. Raises `Attention` when they can't have any conversations now.
    """
    if taker is None:
        return None
    at, user = ex.read_before.get(TAKER, (0.0, None))
    if time.monotonic() - at >= within:
        user = _read(ex, taker)
        ex.read_before[TAKER] = time.monotonic(), user
    if user is not None and is_light(user.role):
        raise _cannot(ex, taker, "is a light user now and can't have any")
    if leaving(ex.record, taker) is not None:
        raise _cannot(ex, taker, "can't take them now")
    return user if isinstance(user, User) else None


def _read(ex: Execution, taker: int) -> User | None:
    """None: a team that the list of users doesn't show."""
    is_team = ex.request.plan.get("assignee_type") == TEAM
    try:
        return ex.rest.user(taker)
    except NotFound:
        if is_team and any(team.id == taker for team in ex.rest.teams()):
            return None
    raise _cannot(ex, taker, "is no longer in Help Scout")


def _cannot(ex: Execution, taker: int, why: str) -> Attention:
    plan = ex.request.plan
    name = str(plan.get("assignee_name") or f"user {taker}")
    which = "which" if plan.get("assignee_type") == TEAM else "who"
    return Attention(
        f"{name}, {which} was to take the conversations, {why}.{_so_far(ex)} Give this up, and ask again with someone "
        "else."
    )


def _so_far(ex: Execution) -> str:
    """What an offboarding has changed until now."""
    if ex.request.kind is not Kind.OFFBOARD:
        return ""
    name, held = ex.request.target_name, ex.record.quiets.of_request(ex.request.id)
    if held is None or held.state is not QuietState.HELD:
        return f" {name} still has a seat, and their status and rotations weren't changed."
    done = ["set to away"] if "status" in held.change else []
    done += ["taken out of rotations"] if held.change.get("rotations") else []
    return f" {name} still has a seat, but was {' and '.join(done)}; giving this up puts that back."
