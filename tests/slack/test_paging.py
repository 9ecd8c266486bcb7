"""Every list has pages that are turned, forth and back, in the message where they stand."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import Message
from bot.model.change import Change, ChangeKind
from bot.model.team import Team, TeamMember
from tests.slack.conftest import JANE, Room

LISTS = {
    "/hs-user list": ("More", "Back"),
    "/hs-user search s": ("More", "Back"),
    f"/hs-user history {JANE}": ("Older", "Newer"),
    "/hs-user changes 7d": ("Older", "Newer"),
    "/hs-team list": ("More", "Back"),
    "/hs-team show Crowd": ("More", "Back"),
    "/hs-audit log": ("Older", "Newer"),
    "/hs-audit orphans": ("More", "Back"),
}


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


@pytest.fixture
def full(room: Room) -> Room:
    """With more of everything than fits on two pages."""
    now, jane = room.record.now(), room.person().id
    room.record.changes.add(
        Change(
            user_id=jane,
            kind=ChangeKind.CHANGED,
            field="job_title",
            before=f"no. {n}",
            after=f"no. {n + 1}",
            seen_at=now - timedelta(minutes=n),
        )
        for n in range(25)
    )
    people = [row.id for row in room.record.users.by_status() if row.user.type == "user"][:25]
    crowd = [Team(id=9000 + n, name="Crowd" if n == 0 else f"Team no. {n}") for n in range(25)]
    room.record.teams.replace(crowd, [TeamMember(team_id=9000, user_id=id) for id in people])
    for number in range(25):
        room.record.audit.append(f"test.{number}")
    room.directory.refresh()
    return room


@pytest.mark.parametrize("line", LISTS)
def test_a_list_is_turned_to_its_end_and_back(full: Room, line: str) -> None:
    forth, back = LISTS[line]
    answer = full.slack.command("ana", line)
    full.until(lambda: forth in _buttons(answer.shown))
    message = answer.message
    pages = [message.shown]
    assert back not in _buttons(message.shown)
    while forth in _buttons(message.shown):
        _turn(full, message, forth)
        pages.append(message.shown)
        assert len(pages) < 12, "it comes to an end"
    assert len(pages) >= 2
    assert len(set(pages)) == len(pages)
    for page in pages[-2::-1]:
        _turn(full, message, back)
        assert _without_times(message.shown) == _without_times(page)
    assert back not in _buttons(message.shown)


def _turn(room: Room, message: Message, button: str) -> None:
    before = message.shown
    room.slack.click("ana", message, button)
    room.until(lambda: message.shown != before)


def _buttons(shown: str) -> list[str]:
    return shown.split("\n")


def _without_times(shown: str) -> str:
    return re.sub(r"\d\d:\d\d", "", shown)
