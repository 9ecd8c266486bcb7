"""What the services need and don't know: the Slack workspace, as a protocol that `bot.slack.api.workspace` fills."""

from typing import Protocol

from bot.model.member import Member
from bot.model.problem import Problem


class WorkspaceAway(Problem):
    """Slack did not answer, or refused: nobody can say now who somebody is, and nothing may be decided meanwhile."""


class Workspace(Protocol):
    """Who is who in Slack. Answers may come from a cache at most 60 s old; `fresh=True` asks Slack now.

    Every method raises `WorkspaceAway` when Slack can't be asked and no answer young enough is at hand.
    """

    def member(self, id: str, /, *, fresh: bool = False) -> Member | None:
        """The member with this Slack id (`U…`/`W…`); None: the workspace knows nobody by it."""

    def member_by_email(self, email: str, /) -> Member | None:
        """The member with this address, compared case-insensitively; None: there is none."""

    def approvers(self, *, fresh: bool = False) -> frozenset[str]:
        """Slack ids of `HS_BOT_APPROVERS`, user groups flattened; people of disabled groups are left out."""

    def requesters(self, *, fresh: bool = False) -> frozenset[str] | None:
        """Slack ids of `HS_BOT_REQUESTERS`, user groups flattened; None: every full member may open requests."""

    def members(self) -> list[Member]:
        """Everybody in the workspace, deactivated people and guests included."""
