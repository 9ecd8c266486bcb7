"""kill -9 at every boundary of giving, changing and deleting, then a start: the same end as without the kill.

Offboarding has a file of its own, `offboarding/test_killed.py`.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.model.request import Kind, Request, State
from bot.model.way import Way

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House, Processes

JANE, NEW = "jane@acme.example", "nora@acme.example"


@dataclass(frozen=True)
class Story:
    """One kind: what is asked for, and the boundaries that it crosses."""

    kind: Kind
    arguments: Callable[[House], dict[str, object]]
    steps: tuple[str, ...]
    inside: tuple[str, ...]

    @property
    def points(self) -> list[str]:
        between = (f"{step}: {at}" for step in self.steps for at in ("begun", "acted", "finished"))
        return sorted([f"{self.steps[0]}: before", *between, *self.inside])


STORIES = {
    "provision": Story(
        Kind.PROVISION,
        lambda house: {
            "email": NEW,
            "first_name": "Nora",
            "last_name": "Ngũgĩ",
            "role": "admin",
            "team_ids": [team.id for team in house.sim.teams[:2]],
        },
        ("check", "create", "teams", "appear", "close"),
        ("create: about to send", "create: answered", "teams: about to send", "teams: answered"),
    ),
    "restore": Story(
        Kind.RESTORE,
        lambda house: {"target_id": house.id("jane"), "hand_back": True},
        ("check", "create", "teams", "appear", "hand back", "close"),
        (
            "create: about to send",
            "create: answered",
            "teams: about to send",
            "teams: answered",
            "reassign: before a call",
            "reassign: after a call",
            "reassign: marked",
        ),
    ),
    "change": Story(
        Kind.CHANGE,
        lambda house: {"target_id": house.id("jane"), "email": "j@acme.example", "job_title": "Lead", "role": "admin"},
        ("check", "change", "verify", "close"),
        ("change: about to send", "change: answered"),
    ),
    "delete team": Story(
        Kind.DELETE_TEAM,
        lambda house: {"target_id": house.sim.teams[0].id},
        ("check", "record", "remove", "verify", "close"),
        ("remove: about to send", "remove: answered"),
    ),
}
WRITTEN_OVER_REST = ("provision", "restore")
OTHER_OVER_REST = ("check:", "create:", "teams:", "appear:")
"""Steps that are others over REST than over SCIM."""
POINTS = [
    *((Way.SCIM, name, point) for name, story in STORIES.items() for point in story.points),
    *(
        (Way.REST, name, point)
        for name in WRITTEN_OVER_REST
        for point in STORIES[name].points
        if point.startswith(OTHER_OVER_REST)
    ),
]


def prepared(house: House, way: Way, story: Story) -> tuple[Bot, Request]:
    """An approved request that nobody works at; before a restore somebody was offboarded."""
    house.over(way)
    bot = house.bot()
    if story.kind is Kind.RESTORE:
        left = bot.asked(house.id("jane"), assignee=house.id("max"))
        assert bot.approve(left).accepted
        bot.runner.work_off()
        assert bot.row(left).state is State.DONE
        claimed(bot)
    outcome = bot.open(story.kind, story.arguments(house))
    assert outcome.request is not None, outcome.sentence
    for actor in ("UANA", "UBO")[: outcome.request.quorum]:
        assert bot.approve(outcome.request, actor).accepted
    assert bot.row(outcome.request).state is State.APPROVED
    return bot, outcome.request


def claimed(bot: Bot) -> list[Any]:
    items = bot.record.outbox.claim("test", bot.record.now(), timedelta(0), limit=1000)
    for item in items:
        bot.record.outbox.sent(item.id)
    return items


def end_state(house: House, bot: Bot, request: Request) -> dict[str, Any]:
    """Everything that must not depend on whether somebody was killed."""
    record, row = bot.record, bot.row(request)
    people = {person.email: person for person in house.sim.people}
    teams = {team.id: team for team in record.teams.all()}
    emails = {user.id: user.user.email for user in record.users.by_status()}
    return {
        "state": (row.state, row.outcome, row.lease_owner),
        "people": {email: (one.name, one.role, one.job_title, one.alternate_emails) for email, one in people.items()},
        "record": sorted((one.user.email, one.user.role, one.status) for one in record.users.by_status()),
        "members": sorted((teams[one.team_id].name, emails[one.user_id]) for one in record.teams.members()),
        "teams": {team.name: sorted(house.sim.person(id).email for id in team.members) for team in house.sim.teams},
        "conversations": sorted(one.id for one in house.sim.conversations_of("max@acme.example")),
        "moves": [(move.conversation_id, move.state, move.note) for move in record.moves.of_request(request.id)],
        "changes": sorted((one.kind, one.field, one.after) for one in record.changes.of_request(request.id)),
        "steps": [(step.name, step.state) for step in record.requests.steps(request.id)],
        "owed": sorted(item.payload["event"] + item.topic for item in claimed(bot)),
        "made": dict(house.sim.log.creates),
        "chain": record.audit.verify().whole,
    }


@pytest.fixture(scope="module")
def undisturbed() -> dict[tuple[Way, str], dict[str, Any]]:
    """How each story ends without a kill; filled when it is first needed."""
    return {}


@pytest.fixture
def calm(
    undisturbed: dict[tuple[Way, str], dict[str, Any]], house_of: Callable[[ExitStack], House]
) -> Iterator[Callable[[Way, str], dict[str, Any]]]:
    with ExitStack() as stack:

        def of(way: Way, name: str) -> dict[str, Any]:
            if (way, name) not in undisturbed:
                house = house_of(stack)
                bot, request = prepared(house, way, STORIES[name])
                crossed: set[str] = set()
                bot.at = crossed.add
                bot.runner.work_off()
                assert sorted(crossed) == STORIES[name].points, "every boundary is crossed, and no other"
                undisturbed[way, name] = end_state(house, bot, request)
                assert undisturbed[way, name]["state"][0] is State.DONE
            return undisturbed[way, name]

        yield of


@pytest.mark.parametrize(("way", "name", "point"), POINTS)
def test_killed_anywhere_and_started_again_it_ends_the_same(
    way: Way, name: str, point: str, house: House, processes: Processes, calm: Callable[[Way, str], dict[str, Any]]
) -> None:
    expected = calm(way, name)
    bot, request = prepared(house, way, STORIES[name])
    (killed,) = processes.run(house, {"do": "run", "request": request.id, "kill_at": point})
    assert killed["signal"] == signal.SIGKILL, killed
    house.clock.move(seconds=30)  # the dead one's lease runs out
    bot.runner.work_off()
    assert end_state(house, bot, request) == expected
