"""Somebody in the Slack workspace, as `users.info` tells. (A *member* is Slack's; a *user* is Help Scout's.)"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Source: Slack Web API `users.info`. `email` needs the scope `users:read.email` and may be empty."""

    id: str
    team_id: str = ""
    name: str = ""
    email: str = ""
    timezone: str = ""  # IANA
    deleted: bool = False
    is_bot: bool = False  # bots, apps, workflows, Slackbot
    is_guest: bool = False  # is_restricted or is_ultra_restricted
    is_stranger: bool = False  # Slack Connect, or of another workspace
