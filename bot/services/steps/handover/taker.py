"""Who is to take the conversations, a person or a team: whether they still can, and which inboxes they may use."""

from collections.abc import Iterable

from bot.helpscout.errors import NotFound
from bot.model.request import Kind, State
from bot.policy.ways import is_light
from bot.services.requests.execution import Attention, Execution
from bot.services.steps.duty import may_use

TEAM = "team"


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
        try:
            user = self._ex.rest.user(self.id)
        except NotFound:
            # Teams may be missing among the users.
            if self._may_be_a_team and any(team.id == self.id for team in self._ex.rest.teams()):
                return
            raise Attention(
                f"{self.name}, who was to take the conversations, is no longer in Help Scout; the work stopped "
                "before anything else. Press Retry when they are back, or cancel this and ask anew with somebody else."
            ) from None
        if is_light(user.role):
            raise Attention(
                f"{self.name}, who was to take the conversations, is a light user now and can't have any. "
                "Give this up, and ask again with someone else."
            )
        states = {State.APPROVED, State.RUNNING}
        if self._ex.record.requests.find(states=states, kinds={Kind.OFFBOARD}, target_id=self.id, limit=1):
            raise Attention(
                f"{self.name}, who was to take the conversations, is being offboarded too. Give this up, and "
                "ask again with someone else."
            )

    def look_into(self, inboxes: Iterable[int]) -> None:
        """Find out which of these inboxes they may use, each asked once."""
        new = {id for id in inboxes if id and id not in self._may_use}
        if new and not self._may_be_a_team:
            self._may_use |= may_use(self._ex.rest, self._ex.rest.user(self.id), new)

    def shut_out_of(self, inbox_id: int) -> bool:
        return self._may_use.get(inbox_id) is False
