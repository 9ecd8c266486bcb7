"""A member of the workspace, as Slack's user objects tell."""

from dataclasses import replace
from typing import Any

from bot.model.member import Member
from bot.policy.people.origin import Ours

SLACKBOT = "USLACKBOT"


def member_of(user: Any, own: Ours) -> Member | None:
    """Source: docs.slack.dev, "User object". In an organisation one person belongs to several workspaces.

    `is_app_user` says nothing here: it is set on people who have authorised the app.
    """
    if not isinstance(user, dict) or not user.get("id"):
        return None
    profile, organisation = _object(user.get("profile")), _object(user.get("enterprise_user"))
    team = str(user.get("team_id") or "")
    teams = {team, *(str(one) for one in organisation.get("teams") or ())} - {""}
    # An app that is installed for the organisation belongs to none of its workspaces.
    belongs = teams | {str(organisation.get("enterprise_id") or "")} - {""} if own.whole else teams
    ours = own.ids if own.whole else own.ids - {own.enterprise}
    id = str(user["id"])
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
    return Member(
        id=id,
        aliases=frozenset({str(organisation["id"])} if organisation.get("id") else ()) - {id},
        team_id=team,
        workspaces=frozenset(teams),
        name=next((str(name) for name in names if name), ""),
        email=str(profile.get("email") or ""),
        timezone=str(user.get("tz") or ""),
        deleted=bool(user.get("deleted")),
        is_bot=bool(user.get("is_bot") or user.get("is_workflow_bot") or id == SLACKBOT),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")) or bool(ours and teams and ours.isdisjoint(belongs)),
    )


def also_known_as(member: Member | None, id: str) -> Member | None:
    """Slack answers to a workspace's id (`U…`) and to the organization's (`W…`) with the same user: both are theirs."""
    if member is None or id in member.ids:
        return member
    return replace(member, aliases=member.aliases | {id})


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
