"""What may be wanted of a SCIM group: somebody in it or out of it, or that it exists; each with how it is read."""

from collections.abc import Callable, Sequence

from bot.helpscout.rest import Rest
from bot.helpscout.scim.api import Scim
from bot.helpscout.scim.resources import ScimGroup
from bot.policy.typed.names import same_name
from bot.services.steps.settling import Repeatable


class Membership(Repeatable):
    """Somebody is to be in a group (`inside`) or out of it. `user_id` None: they have no REST id yet."""

    def __init__(
        self, scim: Scim, rest: Rest, *, group_id: str, scim_id: str, team_id: int, user_id: int | None, inside: bool
    ) -> None:
        self._scim, self._rest = scim, rest
        self._group_id, self._scim_id = group_id, scim_id
        self._team_id, self._user_id = team_id, user_id
        self._inside = inside
        self.about = "The addition to the team" if inside else "The removal from the team"

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        """Servers take only some forms of RFC 7644 §3.5.2: a filter in the path, Entra's list, or a whole PUT."""
        scim, group, who = self._scim, self._group_id, self._scim_id
        patches = (
            [lambda: scim.add_member(group, who)]
            if self._inside
            else [lambda: scim.remove_member(group, who), lambda: scim.remove_member_listed(group, who)]
        )
        return (*patches, lambda: scim.put_member(group, who, inside=self._inside))

    def shown(self) -> bool:
        """By the group itself; by REST where SCIM shows no members."""
        group = self._scim.group(self._group_id)
        if group.shows_members or self._user_id is None:
            return (self._scim_id in group.members) is self._inside
        return (self._user_id in self._rest.team_members(self._team_id)) is self._inside


class NewGroup(Repeatable):
    """A group of this name is to exist; `found` once it does. Nobody had the name before."""

    def __init__(self, scim: Scim, name: str) -> None:
        self._scim, self._name = scim, name
        self.found: ScimGroup | None = None
        self.about = f"The creation of the team {name}"

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        return (lambda: self._scim.create_group(self._name),)

    def shown(self) -> bool:
        self.found = next((one for one in self._scim.groups() if same_name(one.display_name, self._name)), None)
        return self.found is not None
