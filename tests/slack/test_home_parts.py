"""The Home's search box, what is scheduled, how old the record is, and the welcomes, also in the channel."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import Message, View
from bot.demo.slack.reading import shown_text
from bot.model.sync import SyncState
from bot.model.user import Status
from bot.services.first_message import FirstMessage
from bot.slack.outbound.welcome import is_new
from tests.slack.conftest import JANE, Room


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


def shown(view: View) -> str:
    return shown_text(view.blocks).replace("*", "")


def searched(room: Room, typed: str, by: str = "max") -> View:
    """What is shown for these words and Enter."""
    return room.slack.fill(room.slack.open_home(by), "Look someone up", typed).wait_for_view()


def name(room: Room, handle: str) -> str:
    member = room.workspace.member(room.id(handle))
    assert member is not None
    return member.name


def both(room: Room) -> str:
    """The approvers."""
    return " and ".join(sorted(name(room, handle) for handle in ("ana", "bo")))


def leaves_tomorrow(room: Room, email: str = JANE, by: str = "rita") -> None:
    """A request that is approved and starts tomorrow."""
    request = room.open(email, by=by, run_at=room.record.now() + timedelta(days=1))
    room.decide(request, "ana")


# Search


def test_a_name_and_enter_show_the_card_and_what_an_api_knows_is_filled_in(room: Room) -> None:
    view = searched(room, "jane darcy")
    assert "jane@acme.example" in shown(view)
    room.slack.wait_until(lambda: "conversation" in shown(view).split("Open conversations", 1)[1][:30])
    assert room.slack.dms("max") == []


def test_several_people_are_a_list_and_show_puts_the_card_in_its_place(room: Room) -> None:
    people = [one for one in room.helpscout.people if one.first_name == room.person().user.first_name]
    if len(people) < 2:
        other = next(one for one in room.helpscout.people if one.email not in (JANE, "max@acme.example"))
        room.helpscout.change_person(other.email, first_name="Jane")
        room.sync.run("test")
        room.directory.refresh()
    view = searched(room, "jane")
    assert "Which one?" in shown(view)
    room.slack.click("max", view, "Show")
    room.slack.wait_until(lambda: "Help Scout id" in shown(view))
    assert room.slack.view("max") is view
    assert room.slack.dms("max") == []


def test_a_button_of_the_card_opens_its_form_over_it(room: Room) -> None:
    view = searched(room, JANE, by="rita")
    form = room.slack.click("rita", view, "Offboard…").wait_for_view()
    assert form.previous_id == view.id
    room.slack.close(form)
    history = room.slack.click("rita", view, "History").wait_for_view()
    assert history.previous_id == view.id


def test_nobody_found_is_said_and_nothing_typed_is_nothing_meant(room: Room) -> None:
    assert "Nobody in Help Scout matches zzqx" in shown(searched(room, "zzqx"))
    answer = room.slack.fill(room.slack.open_home("ana"), "Look someone up", "  ")
    room.until(lambda: not room.worker.unfinished)
    assert answer.view is None
    assert room.slack.dms("ana") == []


# Scheduled


def test_what_is_scheduled_is_shown_to_everybody_but_whom_it_is_about(room: Room) -> None:
    leaves_tomorrow(room)
    for reader in ("ana", "max"):
        assert "Scheduled" in shown(room.slack.open_home(reader))
        assert "Offboard Jane" in shown(room.slack.open_home(reader))
    own = shown(room.slack.open_home("rita"))
    assert "Offboard Jane" in own
    assert "Scheduled" not in own, "their own is among their own"
    leaves_tomorrow(room, "max@acme.example")
    assert "Max" not in shown(room.slack.open_home("max"))
    assert "Offboard Max" in shown(room.slack.open_home("ana"))


# Sync health


def test_a_failed_sync_says_why_and_when_the_last_good_one_was(room: Room) -> None:
    assert f"Last sync: {room.record.users.counts()[Status.ACTIVE]} people" in shown(room.slack.open_home("max"))
    failed = room.record.syncs.start("interval", room.record.now())
    room.record.syncs.finish(
        replace(failed, state=SyncState.FAILED, finished_at=room.record.now(), problem="Help Scout is away.")
    )
    said = shown(room.slack.open_home("max"))
    assert "The last sync failed: Help Scout is away. The last good one was" in said


def test_a_sync_that_changes_nothing_publishes_no_home_anew(room: Room) -> None:
    room.slack.open_home("max")
    before = len(room.slack.calls("views.publish"))
    room.sync.run("test")
    room.deps.homes.touch()
    room.until(lambda: not room.worker.unfinished)
    assert len(room.slack.calls("views.publish")) == before


def test_the_orphans_are_a_button_for_approvers(room: Room) -> None:
    view = room.slack.open_home("ana")
    assert "active Slack account" in shown(
        room.slack.click("ana", view, "See who has no Slack account").wait_for_view()
    )
    assert "See who has no Slack account" not in shown(room.slack.open_home("max"))


# Welcome


def test_the_first_home_says_what_this_is_and_what_its_reader_may_do_and_the_second_does_not(room: Room) -> None:
    first = shown(room.slack.open_home("max"))
    assert "Welcome to hs-bot" in first
    assert "You can request changes" in first
    assert f"{both(room)} can approve requests" in first
    assert "/hs-user help" in first
    room.until(lambda: not is_new(room.deps, room.id("max")))
    assert "Welcome" not in shown(room.slack.open_home("max"))
    assert "You can approve requests" in shown(room.slack.open_home("ana"))


def test_the_welcome_stays_while_the_first_home_is_open_and_comes_again_when_slack_did_not_take_it(room: Room) -> None:
    room.slack.faults.error("internal_error", "views.publish", times=1)
    room.slack.visit_home("ana")
    room.until(lambda: room.slack.calls("views.publish") and not room.worker.unfinished)
    view = room.slack.open_home("ana")
    assert "Welcome to hs-bot" in shown(view)
    room.open()
    room.slack.wait_until(lambda: "Offboard Jane" in shown(view))
    assert "Welcome to hs-bot" in shown(view)


def test_the_channel_hears_what_this_is_and_who_may_do_what(cold: Room) -> None:
    assert FirstMessage(cold.record, channel=cold.deps.channel).owe()
    with cold.posting():
        cold.slack.wait_until(lambda: any("Welcome to hs-bot" in one.shown for one in posts(cold)))
    [message] = posts(cold)
    assert "Every full member can request changes." in message.shown
    assert f"{both(cold)} can approve requests. No one can approve their own." in message.shown
    assert "Guests" in message.shown
    assert "/hs-user help" in message.shown
    assert "<@" not in str(message.blocks), "it calls nobody"


def test_named_requesters_are_named(cold: Room) -> None:
    cold.requesters = (cold.id("rita"),)
    cold.warm().connect()
    said = shown(cold.slack.open_home("max"))
    assert f"{name(cold, 'rita')} can request changes." in said
    assert "Offboard…" not in said


def posts(room: Room) -> list[Message]:
    return [message for message in room.slack.channel("access").messages if message.from_bot]
