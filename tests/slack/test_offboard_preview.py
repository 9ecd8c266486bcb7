"""What the form says before anybody is asked: snoozed ones, inboxes that the assignee can't see, rotations; teams."""

from collections.abc import Iterator

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from tests.slack.conftest import JANE, Room

BILLING = 85_002


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """Jane is the last one in the rotation of Billing, which Max can't see and in which she has two conversations."""
    with SimulatedHelpScout(people=60, reading="pages") as simulated:
        jane = simulated.person(JANE).id
        duty = simulated.account.duty
        duty.inboxes[BILLING].people = {jane, simulated.person("olivia@acme.example").id}
        duty.rotate(BILLING, [jane])
        for conversation in simulated.conversations_of(JANE)[:2]:
            conversation.mailbox_id = BILLING
        simulated.account.work.snooze(simulated.conversations_of(JANE)[5])
        yield simulated


def test_the_preview_says_what_the_assignee_can_not_see(room: Room) -> None:
    view = room.slack.command("rita", f"/hs-offboard {JANE} to:max@acme.example left").wait_for_view()
    room.slack.wait_until(lambda: "not handed over: 2 in Billing" in view.shown)
    assert "15 open conversations (1 of them snoozed): handed to Max Brückner" in view.shown
    assert "rotations: stays in Billing, where nobody else is" in view.shown


def test_a_team_is_offered_and_taken(room: Room) -> None:
    team = room.helpscout.teams[0]
    view = room.slack.command("rita", f"/hs-offboard {JANE}").wait_for_view()
    offered = [option["value"] for option in room.slack.type_ahead(view, "Hand conversations to", team.name)]
    assert offered[0] == str(team.id)
    view = room.slack.command("rita", f"/hs-offboard {JANE} to:“{team.name}” left").wait_for_view()
    room.slack.wait_until(lambda: f"handed to {team.name}" in view.shown)
    assert "not handed over" not in view.shown, "of a team nothing is known"
