"""The App Home of each role: what it shows, that it follows what happens, and that it tells nobody what it must not."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import View
from bot.demo.slack.reading import shown_text
from bot.model.request import State, Verdict
from bot.slack.handling.open_homes import Drawn, Homes
from bot.slack.views.home.home import home
from bot.slack.views.home.page import HomePage
from bot.slack.views.spark import sparkline
from tests.slack.conftest import JANE, Room


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


def shown(view: View) -> str:
    return shown_text(view.blocks)


def actions(view: View) -> set[str]:
    placed = [element for block in view.blocks for element in block.get("elements", [])]
    placed += [block["accessory"] for block in view.blocks if "accessory" in block]
    return {element["action_id"].split(":")[0] for element in placed if "action_id" in element}


# Who sees what


def test_an_approver_sees_what_waits_for_them_and_decides_it_there(room: Room) -> None:
    request = room.open()
    view = room.slack.open_home("ana")
    assert "Waiting for you" in shown(view)
    assert "Offboard Jane D'Arcy" in shown(view)
    assert "left the company" in shown(view)
    room.slack.click("ana", view, "Approve")
    room.slack.wait_until(lambda: "Nothing is waiting for your decision" in shown(view))
    assert room.row(request).state is State.APPROVED


def test_a_denial_from_the_home_asks_for_the_reason(room: Room) -> None:
    request = room.open()
    view = room.slack.open_home("bo")
    form = room.slack.click("bo", view, "Deny").wait_for_view()
    room.slack.submit(form, {"Reason": "she stays"})
    room.slack.wait_until(lambda: "Nothing is waiting for your decision" in shown(view))
    assert room.row(request).state is State.DENIED


def test_a_requester_sees_their_own_requests_and_how_they_end(room: Room) -> None:
    request = room.open()
    view = room.slack.open_home("rita")
    assert "Your requests" in shown(view)
    assert "Waiting for you" not in shown(view)
    assert "Without a Slack account" not in shown(view)
    room.decide(request, "ana", Verdict.DENY, "not now")
    room.slack.wait_until(lambda: "not now" in shown(view))
    assert "request.cancel" not in actions(view)


def test_a_plain_member_sees_changes_and_seats_and_nothing_to_ask_with(cold: Room) -> None:
    cold.requesters = (cold.id("rita"),)
    room = cold.warm().connect()
    room.open()
    view = room.slack.open_home("max")
    assert "Recent changes" in shown(view)
    assert "Seats now" in shown(view)
    assert actions(view) == {"home.picture"}
    for words in ("Your requests", "Waiting for you", "At work", "Without a Slack account"):
        assert words not in shown(view)


def test_guests_and_strangers_get_one_polite_line(room: Room) -> None:
    room.open()
    for handle in ("gus", "gwen", "sid"):
        view = room.slack.open_home(handle)
        assert len(view.blocks) == 1
        assert "Jane" not in shown(view)
        assert not actions(view)


def test_the_deactivated_and_bots_get_nothing(room: Room) -> None:
    for handle in ("leo", "otherbot"):
        room.slack.visit_home(handle)
    room.until(lambda: not room.worker.unfinished)
    assert not room.slack.calls("views.publish")


def test_who_is_to_be_offboarded_learns_nothing_of_it(room: Room) -> None:
    room.helpscout.change_person("bo@acme.example", role="user")
    room.sync.run("test")
    room.directory.refresh()
    request = room.open("bo@acme.example", by="rita")
    view = room.slack.open_home("bo")
    assert "Nothing is waiting" in shown(view)
    assert "Offboard Bo" not in shown(view)
    assert room.person("bo@acme.example").user.name not in shown(view)
    assert request.id not in str(view.content)
    assert "Offboard Bo" in shown(room.slack.open_home("ana"))
    room.helpscout.change_person("bo@acme.example", job_title="Leaver")
    room.sync.run("test")
    room.slack.wait_until(lambda: "Leaver" in shown(room.slack.home("ana") or view))
    assert "Leaver" not in shown(room.slack.open_home("bo"))


def test_an_approver_with_no_address_in_slack_could_be_anybody(room: Room) -> None:
    room.open()
    room.slack.people["bo"].email = ""
    room.ticks += 100
    assert "Jane" not in shown(room.slack.open_home("bo"))


# It follows what happens


def test_work_is_shown_with_its_progress_until_it_is_done(room: Room) -> None:
    request = room.open(arguments={"assignee_id": room.person("max@acme.example").id})
    view = room.slack.open_home("ana")
    room.decide(request, "ana")
    half = threading.Event()
    seen: list[str] = []

    def look(_: object) -> None:
        if not half.is_set():
            half.set()
            room.slack.wait_until(lambda: "At work" in shown(view) and "reassign" in shown(view))
            seen.append(shown(view))

    room.helpscout.on_request(look, "PATCH /conversations/*")
    room.work_off()
    assert "reassign" in seen[0]
    room.slack.wait_until(lambda: "At work" not in shown(view) and "was offboarded" in shown(view))


def test_what_another_process_does_is_followed(room: Room) -> None:
    from bot.store.record import open_record

    view = room.slack.open_home("ana")
    request = room.open()
    room.slack.wait_until(lambda: "Offboard Jane" in shown(view))
    other = open_record(room.path / "hs-bot.db")
    try:
        other.requests.transition(request.id, from_states={State.PENDING}, to=State.CANCELLED)
    finally:
        other.close()
    room.slack.wait_until(lambda: "Nothing is waiting" in shown(view))


def test_only_opened_homes_are_published_and_only_when_they_look_different(room: Room) -> None:
    room.slack.open_home("max")
    before = len(room.slack.calls("views.publish"))
    room.record.audit.append("something nobody sees")
    room.deps.homes.touch()
    room.until(lambda: not room.worker.unfinished)
    assert len(room.slack.calls("views.publish")) == before
    room.open()
    room.helpscout.change_person(JANE, job_title="Chief")
    room.sync.run("test")
    room.slack.wait_until(lambda: "Chief" in shown(room.slack.open_home("max")))
    assert room.slack.home("rita") is None
    assert room.slack.home("ana") is None


def test_who_became_a_guest_meanwhile_loses_what_the_home_showed(room: Room) -> None:
    view = room.slack.open_home("ana")
    room.slack.people["ana"].is_restricted = True
    room.ticks += 100
    room.open()
    room.slack.wait_until(lambda: len(view.blocks) == 1)
    assert "Guests" in shown(view)


def test_a_newer_home_of_somebody_else_is_not_a_fault(room: Room) -> None:
    view = room.slack.open_home("ana")
    room.slack.workspace.change_view(view, view.content)  # another bot has published: our hash is old
    room.open()
    room.slack.wait_until(lambda: "Offboard Jane" in shown(view))


def test_slack_asking_to_wait_is_obeyed(room: Room) -> None:
    view = room.slack.open_home("ana")
    room.until(lambda: "counted" not in shown(view))
    before = len(room.slack.calls("views.publish"))
    room.slack.faults.rate_limit("views.publish", retry_after=1)
    room.open()
    room.until(lambda: len(room.slack.calls("views.publish")) == before + 1)
    room.deps.homes.touch()
    room.until(lambda: not room.worker.unfinished)
    assert len(room.slack.calls("views.publish")) == before + 1, "not before the second is over"
    threading.Event().wait(1.0)
    room.deps.homes.touch()
    room.slack.wait_until(lambda: "Offboard Jane" in shown(view))


def test_the_same_event_twice_is_published_once(room: Room) -> None:
    answer = room.slack.visit_home("max")
    room.slack.redeliver(answer)
    room.slack.wait_until(lambda: room.slack.home("max") is not None)
    room.until(lambda: not room.worker.unfinished)
    assert len(room.slack.calls("views.publish")) == 1


def test_the_messages_tab_publishes_nothing(room: Room) -> None:
    room.slack.event({"type": "app_home_opened", "user": room.id("ana"), "tab": "messages"})
    room.until(lambda: not room.worker.unfinished)
    assert not room.slack.calls("views.publish")


# Parts of it


def test_orphans_are_counted_for_approvers_after_the_home_is_there(room: Room) -> None:
    expected = len(room.deps.orphans.find())
    view = room.slack.open_home("ana")
    room.slack.wait_until(lambda: f"{expected} people" in shown(view))


def test_held_removals_are_confirmed_from_the_home(room: Room) -> None:
    for person in room.helpscout.people[10:25]:
        if person.role == "user" and person.email != JANE:
            room.helpscout.remove_person(person.id)
    room.sync.run("test")
    view = room.slack.open_home("ana")
    assert "missing from Help Scout" in shown(view)
    room.slack.click("ana", view, "Confirm removals")
    room.slack.wait_until(lambda: "missing from Help Scout" not in shown(view))


def test_what_needs_attention_can_be_retried_there(room: Room) -> None:
    request = room.open()
    room.record.requests.transition(request.id, from_states={State.PENDING}, to=State.ATTENTION, outcome="Look.")
    view = room.slack.open_home("ana")
    room.slack.click("ana", view, "Retry")
    room.until(lambda: room.row(request).state is State.RUNNING)


def test_the_forms_are_opened_from_the_home(room: Room) -> None:
    view = room.slack.open_home("rita")
    for words, title in (("Offboard…", "Offboard from Help Scout"), ("New seat…", "Seat in Help Scout")):
        assert room.slack.click("rita", view, words).wait_for_view().content["title"]["text"] == title


def test_details_show_the_card_privately(room: Room) -> None:
    request = room.open()
    view = room.slack.open_home("rita")
    assert request.id in shown(room.slack.click("rita", view, "Details").wait_for_view())


def test_the_picture_goes_to_the_direct_messages_with_words_for_who_cannot_see_it(room: Room) -> None:
    room.slack.click("rita", room.slack.open_home("rita"), "Picture")
    room.slack.wait_until(lambda: any(message.files for message in room.slack.dms("rita")), 20)
    [file] = [file for message in room.slack.dms("rita") for file in message.files]
    assert (file.content or b"").startswith(b"\x89PNG")
    assert "seats" in file.alt_text


def test_the_seats_are_people_and_those_of_the_first_day_have_not_joined(room: Room) -> None:
    latest = room.record.syncs.latest_good()
    assert latest is not None
    home = shown(room.slack.open_home("ana")).replace("*", "")
    assert f"Seats now\n{latest.people}" in home
    assert "Nothing has changed in the last 30 days." in home
    chart = room.slack.command("max", "/hs-status chart").wait("direct messages", 20).shown
    assert f"{latest.people} seats on" in chart
    assert "joined" not in chart


def test_the_chart_is_asked_for_with_a_command_too(room: Room) -> None:
    answer = room.slack.command("max", "/hs-status chart")
    answer.wait("direct messages", 20)
    assert [file.name.endswith(".png") for message in room.slack.dms("max") for file in message.files] == [True]
    assert "chart" in room.slack.command("max", "/hs-status chart please").wait("no argument").shown


def test_without_a_plotting_library_the_chart_says_what_to_install(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert "hs-bot[charts]" in room.slack.command("max", "/hs-status chart").wait("matplotlib").shown


def test_a_home_while_the_record_is_away_publishes_nothing_and_the_next_one_does(room: Room) -> None:
    from bot.slack.api.web import writing
    from bot.store.errors import StoreError

    drawings: list[object] = [StoreError("gone"), home(HomePage(seats=3))]

    def draw() -> Drawn:
        drawing = drawings.pop(0)
        if isinstance(drawing, Exception):
            raise drawing
        return Drawn(drawing)  # type: ignore[arg-type]

    homes = Homes(writing(room.slack.bot_token, room.slack.url), room.worker, lambda _: False)
    homes.opened(room.id("max"), draw)
    assert room.slack.home("max") is None
    homes.again(room.id("max"))
    assert room.slack.home("max") is not None


def test_a_home_is_there_at_once(room: Room) -> None:
    began = datetime.now(UTC)
    room.slack.open_home("max")
    assert datetime.now(UTC) - began < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("numbers", "line"),
    [([], ""), ([4], ""), ([4, 4, 4], "▄▄▄"), ([0, 7], "▁█"), (list(range(8)), "▁▂▃▄▅▆▇█"), ([9, 0, 0], "█▁▁")],
)
def test_a_line_of_numbers_goes_from_the_lowest_to_the_highest(numbers: list[int], line: str) -> None:
    assert sparkline(numbers) == line


def test_only_the_newest_numbers_are_drawn() -> None:
    assert sparkline([100, *range(3)], most=3) == "▁▄█"
