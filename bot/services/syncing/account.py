"""Everything Help Scout shows of the account: people first, then teams. Nothing is written before all of it is here.

Teams may be out of reach (a plan or a role without them) or broken in one place; people are synced all the same, and
what could not be read of teams stays as the record has it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.helpscout.budget import Priority
from bot.helpscout.client import HelpScout
from bot.helpscout.errors import HelpScoutError, NotFound, Unauthorized
from bot.helpscout.rest import Rest
from bot.helpscout.wire.calls import ApiCall
from bot.model.team import Team, TeamMember
from bot.model.user import User
from bot.services.side_by_side import stream

Progress = Callable[[int, int], None]
"""Called with (done, total) in pages; the total may grow while one walks."""

TEAM_ROUNDS = 3
"""How often the teams are read when one of them is deleted in the middle."""
SIDE_BY_SIDE = 8
NAMED = 5
"""So many teams are named in a sentence."""


@dataclass(frozen=True, slots=True)
class TeamsRead:
    """Teams as far as they could be read. `listed` None: not even their list; `unread`: teams whose members were not.

    `problem` is a sentence about what could not, "" when all could.
    """

    listed: tuple[Team, ...] | None = None
    members: frozenset[TeamMember] = frozenset()
    unread: frozenset[int] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """All users by id, and the teams."""

    users: dict[int, User] = field(default_factory=dict)
    teams: TeamsRead = field(default_factory=TeamsRead)


class RequestCount:
    """Counts the HTTP requests of one sync; handed to the client as an observer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def __call__(self, _: ApiCall) -> None:
        with self._lock:
            self.count += 1


def background(helpscout: HelpScout, requests: RequestCount) -> Rest:
    """The REST client for work that people's commands go before; every request is counted."""
    return helpscout.view(priority=Priority.BACKGROUND, observer=requests).rest


def readable_teams(rest: Rest) -> TeamsRead:
    """Teams as far as they can be read. Raises `Unauthorized`, which is not about teams.

    A team deleted in the middle is no fault: everything is read again.
    """
    for left in reversed(range(TEAM_ROUNDS)):
        try:
            teams = tuple(rest.teams())
        except Unauthorized:
            raise
        except HelpScoutError as error:
            return TeamsRead(problem=f"Teams and their members were left as they were. {error.sentence}")
        members: set[TeamMember] = set()
        unread: dict[int, HelpScoutError] = {}
        for answer in stream(rest.team_members, [team.id for team in teams], width=SIDE_BY_SIDE):
            try:
                members.update(TeamMember(answer.item, user_id) for user_id in answer.result())
            except Unauthorized:
                raise
            except HelpScoutError as error:
                unread[answer.item] = error
        if left and any(isinstance(error, NotFound) for error in unread.values()):
            continue
        return TeamsRead(teams, frozenset(members), frozenset(unread), _unread(teams, unread))
    raise AssertionError("unreachable")


def _unread(teams: tuple[Team, ...], unread: dict[int, HelpScoutError]) -> str:
    names = [team.name or str(team.id) for team in teams if team.id in unread]
    if not names:
        return ""
    first = next(unread[team.id] for team in teams if team.id in unread)
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return f"The members of {shown} were left as they were. {first.sentence}"
