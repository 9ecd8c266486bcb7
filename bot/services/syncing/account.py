"""Everything Help Scout shows of the account, read in one go: nothing is written before all of it is here."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from bot.helpscout.budget import Priority
from bot.helpscout.calls import Call
from bot.helpscout.client import HelpScout
from bot.helpscout.errors import NotFound
from bot.helpscout.rest import Rest
from bot.model.team import Team, TeamMember
from bot.model.user import User
from bot.services.crew import stream, together

Progress = Callable[[int, int], None]
"""Called with (done, total) in pages; the total may grow while one walks."""

TEAM_ROUNDS = 3
"""How often the teams are read when one of them is deleted in the middle."""
SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True)
class Account:
    """All users by id, all teams, and who is in which."""

    users: dict[int, User]
    teams: tuple[Team, ...]
    members: frozenset[TeamMember]


class Requests:
    """Counts the HTTP requests of one sync; handed to the client as an observer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def __call__(self, _: Call) -> None:
        with self._lock:
            self.count += 1


def background(helpscout: HelpScout, requests: Requests) -> Rest:
    """The REST client for work that people's commands go before; every request is counted."""
    return helpscout.view(priority=Priority.BACKGROUND, observer=requests).rest


def read_account(rest: Rest, progress: Progress) -> Account:
    """All users, beside them teams and members. Raises a `HelpScoutError` when any part is not complete."""
    users, (teams, members) = together(lambda: rest.users(progress=progress), lambda: read_teams(rest))
    return Account(users, teams, members)


def read_teams(rest: Rest) -> tuple[tuple[Team, ...], frozenset[TeamMember]]:
    """All teams and their members. A team deleted in the middle is no fault: everything is read again."""
    for left in reversed(range(TEAM_ROUNDS)):
        teams = tuple(rest.teams())
        members: set[TeamMember] = set()
        try:
            for answer in stream(rest.team_members, [team.id for team in teams], width=SIDE_BY_SIDE):
                members.update(TeamMember(answer.item, user_id) for user_id in answer.result())
        except NotFound:
            if not left:
                raise
            continue
        return teams, frozenset(members)
    raise AssertionError("unreachable")
