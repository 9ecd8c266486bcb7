"""Somebody in the Slack workspace, as `users.info` tells. (A *member* is Slack's; a *user* is Help Scout's.)"""

from dataclasses import dataclass

from bot.model.address import address_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Source: Slack Web API `users.info`. `email` needs the scope `users:read.email` and may be empty.

    `aliases` are further ids of the same person: on Enterprise Grid one id is the workspace's (`U…`), one the
    organization's (`W…`), and payloads carry either.
    """

    id: str
    aliases: frozenset[str] = frozenset()
    team_id: str = ""
    workspaces: frozenset[str] = frozenset()  # all that they belong to; several on Enterprise Grid
    name: str = ""
    email: str = ""
    timezone: str = ""  # IANA
    deleted: bool = False
    is_bot: bool = False  # bots, apps, workflows, Slackbot
    is_guest: bool = False  # is_restricted or is_ultra_restricted
    is_stranger: bool = False  # Slack Connect, or of another workspace
    is_provider: bool = False  # nobody in Slack: an identity provider, by the name of its token

    @property
    def ids(self) -> frozenset[str]:
        """Every id of this person, this one included."""
        return self.aliases | {self.id}

    @property
    def key(self) -> str:
        """The key of the address; "" where Slack shows none."""
        return address_key(self.email)
