"""Teams and who is in them, in memory: as the record had them at one version, kept while the record is away."""

from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.model.team import Team
from bot.policy.typed.fold import fold
from bot.policy.typed.names import loose_key, name_key
from bot.policy.typed.who import nearest
from bot.store.record import Record


@dataclass(frozen=True, slots=True)
class TeamsFound:
    """`exact` by id, @mention or name; when there is none, `near` by what was probably meant."""

    exact: tuple[Team, ...] = ()
    near: tuple[Team, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamBook:
    """`members` has the sorted user ids of each team."""

    version: int = -1
    teams: tuple[Team, ...] = ()
    members: "dict[int, array[int]]" = field(default_factory=dict)

    @classmethod
    def read(cls, record: Record) -> "TeamBook":
        """As the record has them now. Raises `StoreError`."""
        version = record.version()
        teams = sorted(record.teams.all(), key=lambda team: (fold(team.name), team.id))
        members: dict[int, array[int]] = {team.id: array("q") for team in teams}
        for one in sorted(record.teams.members()):
            members.setdefault(one.team_id, array("q")).append(one.user_id)
        return cls(version, tuple(teams), members)

    def of_user(self, user_id: int) -> tuple[Team, ...]:
        return tuple(team for team in self.teams if self._has(team.id, user_id))

    def find(self, text: str) -> TeamsFound:
        """Which team is meant: an id, an @mention, a name, the only one that begins so, or nearly one."""
        wanted = loose_key(text).strip(" ,;'")
        if not wanted:
            return TeamsFound()
        same = name_key(text)
        keys: tuple[tuple[Callable[[Team], str], str], ...]
        keys = ((_id, wanted), (_mention, wanted), (_same_name, same), (_name, wanted))
        for key, value in keys:
            if exact := tuple(team for team in self.teams if key(team) == value):
                return TeamsFound(exact)
        beginning = tuple(team for team in self.teams if _name(team).startswith(wanted))
        if len(beginning) == 1:
            return TeamsFound(beginning)
        meant = nearest(wanted, [_name(team) for team in self.teams])
        within = tuple(team for team in self.teams if _name(team) == meant or wanted in _name(team))
        return TeamsFound(near=beginning or within)

    def _has(self, team_id: int, user_id: int) -> bool:
        members = self.members.get(team_id)
        if not members:
            return False
        at = bisect_left(members, user_id)
        return at < len(members) and members[at] == user_id


def _id(team: Team) -> str:
    return str(team.id)


def _mention(team: Team) -> str:
    return f"@{fold(team.mention.lstrip('@'))}"


def _same_name(team: Team) -> str:
    return name_key(team.name)


def _name(team: Team) -> str:
    return loose_key(team.name).strip(" ,;'")
