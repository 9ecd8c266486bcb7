"""Which SCIM group is a REST team: they share their names only; where several have one, the members tell."""

from collections.abc import Iterable

from bot.helpscout.scim.api import Scim
from bot.helpscout.scim.resources import ScimGroup
from bot.model.team import Team
from bot.policy.typed.names import same_name
from bot.store.record import Record


def group_of(
    groups: Iterable[ScimGroup], team: Team, scim: Scim, record: Record, *, renamed: bool = False
) -> ScimGroup | None:
    """By the pair on record while the name fits (or whatever its name, with `renamed`), else the one that is so named.

    Of several so named, the one with the team's members. None when that leaves none, or more than one. A pair that was
    not on record is kept.
    """
    groups = list(groups)
    named = [group for group in groups if same_name(group.display_name, team.name)]
    found = [group for group in (groups if renamed else named) if group.id == team.scim_id] or named
    if len(found) > 1:
        members = _members(team, scim, record)
        found = [group for group in found if scim.with_members(group).members == members]
    if len(found) != 1:
        return None
    if found[0].id != team.scim_id:
        record.teams.set_scim_id(team.id, found[0].id)
    return found[0]


def _members(team: Team, scim: Scim, record: Record) -> frozenset[str]:
    """SCIM ids of who is in the team, as the record has it."""
    inside = {member.user_id for member in record.teams.members() if member.team_id == team.id}
    rows = [row for id in inside if (row := record.users.get(id)) is not None]
    addresses = frozenset(address for row in rows for address in row.user.keys)
    return frozenset(user.id for user in scim.users() if not addresses.isdisjoint(user.addresses))
