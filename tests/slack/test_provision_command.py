"""`/hs-provision`: the form of a new seat, restoring somebody from the record; signed requests, the real engine."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.demo.helpscout import Fault, SimulatedHelpScout
from bot.demo.slack import Message, View
from bot.demo.slack.reading import shown_text
from bot.model.request import Kind, Request, State
from bot.model.user import Status
from bot.slack.forms.typed import one_line
from tests.slack.conftest import JANE, Room

NEW = "nora@acme.example"
FILLED = {"E-mail": NEW, "First name": "Nora", "Last name": "Ngũgĩ"}


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


def form(room: Room, who: str, line: str = "/hs-provision") -> View:
    return room.slack.command(who, line).wait_for_view()


def shown(view: View) -> str:
    return shown_text(view.blocks)


def labels(view: View) -> list[str]:
    return [block["label"]["text"] for block in view.blocks if block["type"] == "input"]


def newest(room: Room, kind: Kind = Kind.PROVISION) -> Request:
    room.until(lambda: room.record.requests.find(kinds={kind}))
    return room.record.requests.find(kinds={kind})[0]


def gone(room: Room, email: str = JANE) -> None:
    """Vanished from Help Scout, and the record knows."""
    room.helpscout.remove_person(email)
    room.sync.run("test")
    room.directory.refresh()


def answered(room: Room, who: str, words: str) -> Message:
    return room.slack.wait_for(lambda: room.slack.ephemerals(who), words)


# The form


def test_the_form_has_the_labels_of_the_contract(room: Room) -> None:
    view = form(room, "rita")
    assert labels(view) == ["E-mail", "First name", "Last name", "Role", "Teams", "Until"]


def test_a_plain_user_gets_a_seat_and_teams_without_a_second_person(room: Room) -> None:
    team = room.directory.teams()[0]
    view = form(room, "rita")
    room.slack.submit(view, {**FILLED, "Teams": [team.name]})
    assert view.closed, (view.errors, view.trouble)
    request = newest(room)
    assert (request.state, request.quorum, request.requester) == (State.APPROVED, 0, room.id("rita"))
    assert "Starting now" in answered(room, "rita", "Nora").shown
    room.work_off()
    assert room.row(request).state is State.DONE
    person = room.helpscout.person(NEW)
    assert (person.first_name, person.last_name, person.role) == ("Nora", "Ngũgĩ", "user")
    assert person.id in room.helpscout.team(team.name).members
    told = [
        item for item in room.record.outbox.claim("test", room.record.now(), timedelta(minutes=1)) if item.topic == "dm"
    ]
    assert [item.payload["member"] for item in told] == [room.id("rita")]


def test_an_admin_waits_for_two_and_the_form_says_so(room: Room) -> None:
    view = form(room, "rita")
    room.slack.fill(view, "Role", "Admin")
    room.slack.wait_until(lambda: "2 others approve" in shown(view))
    assert labels(view)[-1] == "Reason"
    room.slack.submit(view, {**FILLED, "Reason": "leads the night shift"})
    request = newest(room)
    assert (request.state, request.quorum, request.reason) == (State.PENDING, 2, "leads the night shift")
    assert "Cancel" in answered(room, "rita", "2 approvals").shown
    room.work_off()
    assert NEW not in {person.email for person in room.helpscout.people}


def test_always_asks_for_approval_of_everybody(cold: Room) -> None:
    cold.terms["provision_approval"] = "always"
    room = cold.warm().connect()
    view = form(room, "rita")
    assert "someone else approves" in shown(view)
    room.slack.submit(view, FILLED)
    assert newest(room).state is State.PENDING


# Checks while filling


def test_an_address_that_is_there_is_said_while_typing_and_again_at_its_field(room: Room) -> None:
    view = form(room, "rita")
    room.slack.fill(view, "E-mail", JANE.upper())
    room.slack.wait_until(lambda: "in Help Scout already" in shown(view))
    room.slack.submit(view, {**FILLED, "E-mail": JANE})
    assert "already" in view.errors["email"]
    assert not room.record.requests.count()


def test_the_name_of_a_slack_member_is_filled_in_and_follows_the_address(room: Room) -> None:
    view = form(room, "rita")
    room.slack.fill(view, "E-mail", "dora@acme.example")
    room.slack.wait_until(lambda: "In Slack this is Dora Diaz" in shown(view).replace("*", ""))
    room.slack.fill(view, "E-mail", "gwen@acme.example")
    room.slack.wait_until(lambda: "a guest" in shown(view))
    room.slack.submit(view, {})
    request = newest(room)
    assert (request.target_name, request.target_email) == ("Gwen Guest", "gwen@acme.example")


def test_a_name_that_was_typed_is_left_alone(room: Room) -> None:
    view = form(room, "rita")
    room.slack.submit(view, {"First name": "Doro", "Last name": "D.", "E-mail": "dora@acme.example"})
    assert newest(room).target_name == "Doro D."


def test_what_was_typed_last_is_what_is_checked(room: Room) -> None:
    view = form(room, "rita")
    for end in range(5, len(JANE) + 1):
        room.slack.fill(view, "E-mail", JANE[:end])
    room.slack.fill(view, "E-mail", NEW)
    room.until(lambda: not room.worker.unfinished)
    assert "already" not in shown(view)


def test_who_was_there_before_is_offered_to_be_restored_in_the_same_form(room: Room) -> None:
    gone(room)
    view = form(room, "rita")
    room.slack.fill(view, "E-mail", JANE)
    room.slack.wait_until(lambda: "had a seat with this address" in shown(view))
    room.slack.click("rita", view, "Restore…")
    room.slack.wait_until(lambda: view.content["callback_id"] == "restore")
    room.slack.submit(view, {"Reason": "came back"})
    request = newest(room, Kind.RESTORE)
    assert (request.state, request.target_email) == (State.PENDING, JANE)


# Wrong


def test_a_wrong_field_is_said_at_the_field(room: Room) -> None:
    view = form(room, "rita")
    room.slack.submit(view, {**FILLED, "E-mail": "nora"})
    assert "whole e-mail" in view.errors["email"]
    room.slack.submit(view, {**FILLED, "First name": "  "})
    assert "a first and a last name" in view.errors["first_name"]
    assert not room.record.requests.count()


def test_an_address_is_taken_as_people_paste_it(room: Room) -> None:
    view = form(room, "rita")
    room.slack.submit(view, {**FILLED, "E-mail": "<mailto:Nora@Acme.example|Nora@Acme.example>,"})
    assert newest(room).target_email == "Nora@Acme.example"


def test_a_second_submission_of_the_same_form_makes_one_request(room: Room) -> None:
    view = form(room, "rita")
    answer = room.slack.submit(view, FILLED)
    newest(room)
    room.slack.redeliver(answer)
    assert room.record.requests.count() == 1


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.ERROR_500])
def test_a_lost_answer_makes_no_second_person(room: Room, fault: Fault) -> None:
    room.helpscout.faults.add(fault=fault, match="POST /scim/Users")
    room.slack.submit(form(room, "rita"), FILLED)
    request = newest(room)
    room.work_off()
    assert room.row(request).state is State.DONE
    assert room.helpscout.log.creates[NEW] == 1


def test_guests_get_no_form_and_those_who_may_not_ask_are_told_so(cold: Room) -> None:
    cold.requesters = (cold.id("rita"),)
    room = cold.warm().connect()
    refused = room.slack.command("gus", "/hs-provision")
    room.until(lambda: "Guests can't" in refused.shown)
    answer = room.slack.command("max", "/hs-provision")
    room.until(lambda: "who may open requests" in answer.shown)
    assert answer.view is None
    assert "request.refused" in {entry.event for entry in room.record.audit.entries()}


def test_where_rest_alone_is_allowed_and_the_credential_may_not_it_is_said_before_a_form(cold: Room) -> None:
    cold.terms["writes"] = "rest"
    room = cold.warm().connect()
    for line in ("/hs-provision", f"/hs-provision {JANE}"):
        answer = room.slack.command("rita", line)
        room.until(lambda answer=answer: "over Help Scout's REST API only" in answer.shown)  # type: ignore[misc]


NAMES = ("José Ångström", "👩‍🚀 Ōkami", "‏مريم", "<!channel> *bold* <@U0RITA0001>", "x" * 200)


def test_any_name_survives_and_is_shown_as_plain_text(room: Room) -> None:
    """Accents, emoji, right to left, markup, 200 signs."""
    for number, name in enumerate(NAMES):
        room.slack.submit(form(room, "rita"), {**FILLED, "E-mail": f"n{number}@acme.example", "First name": name})
    room.until(lambda: room.record.requests.count() == len(NAMES))
    room.work_off()
    assert [room.helpscout.person(f"n{number}@acme.example").first_name for number in range(len(NAMES))] == list(NAMES)
    room.until(lambda: len([m for m in room.slack.ephemerals("rita") if "Starting now" in m.shown]) == len(NAMES))
    raw = str([message.blocks for message in room.slack.ephemerals("rita")])
    for markup in ("<!channel>", "<@U0RITA0001>", "*bold*"):
        assert markup not in raw


# WHO


def test_somebody_is_restored_from_the_record_with_their_conversations(room: Room) -> None:
    request = room.open(arguments={"assignee_id": room.person("max@acme.example").id})
    before = len(room.helpscout.conversations_of(JANE))
    assert before
    room.decide(request, "ana")
    room.work_off()
    assert room.row(request).state is State.DONE
    view = form(room, "rita", f"/hs-provision {JANE}")
    room.slack.submit(view, {"Reason": "it was a mistake", "Conversations": ["yes"]})
    restore = newest(room, Kind.RESTORE)
    assert restore.plan["hand_back"] is True
    room.decide(restore, "ana")
    room.work_off()
    assert room.row(restore).state is State.DONE
    assert len(room.helpscout.conversations_of(JANE)) == before
    assert room.person().status is Status.ACTIVE


def test_the_tombstone_has_the_button(room: Room) -> None:
    gone(room)
    answer = room.slack.command("rita", f"/hs-user {JANE}")
    view = room.slack.click("rita", answer.wait("No longer in Help Scout"), "Restore…").wait_for_view()
    assert "D'Arcy" in shown(view)


def test_restoring_who_is_there_or_nobody_knows_is_said(room: Room) -> None:
    there = room.slack.command("rita", f"/hs-provision {JANE}")
    room.until(lambda: "nothing to restore" in there.shown)
    nobody = room.slack.command("rita", "/hs-provision Zzyzx Qwrt")
    room.until(lambda: "Nobody" in nobody.shown)


def test_an_address_nobody_had_opens_the_form_with_it(room: Room) -> None:
    view = form(room, "rita", f"/hs-provision {NEW}")
    assert "this is a new seat" in shown(view)
    room.slack.submit(view, {"First name": "Nora", "Last name": "N"})
    assert newest(room).target_email == NEW


@pytest.mark.parametrize("day", ["soon", "05.12.2026"])
def test_with_a_day_that_can_not_be_read_the_form_opens_with_the_rest(day: str, room: Room) -> None:
    view = form(room, "rita", f"/hs-provision {NEW} until:{day}")
    assert f"“{day}” isn't a day I can read" in shown(view)
    room.slack.submit(view, {"First name": "Nora", "Last name": "N"})
    assert newest(room).target_email == NEW


def test_the_last_day_of_the_calendar_is_refused_at_its_field(room: Room) -> None:
    view = form(room, "rita", f"/hs-provision {NEW} until:9999-12-31")
    room.slack.submit(view, {"First name": "Nora", "Last name": "N"})
    room.until(lambda: "five years" in str(view.errors))


def test_a_wrong_restore_comes_back_with_a_sentence(room: Room) -> None:
    gone(room)
    view = form(room, "rita", f"/hs-provision {JANE}")
    other = form(room, "max", f"/hs-provision {JANE}")
    room.slack.submit(view, {"Reason": "back"})
    newest(room, Kind.RESTORE)
    room.slack.submit(other, {"Reason": "back too"})
    assert "open request" in other.errors["reason"]


# A role that Help Scout did not take over


def test_an_ignored_role_is_told_with_a_button_that_looks_again(room: Room) -> None:
    room.helpscout.behaviour.role_ignored = True
    room.slack.submit(form(room, "rita"), {**FILLED, "Role": "Admin"})
    request = newest(room)
    room.decide(request, "ana")
    room.decide(request, "bo")
    room.work_off()
    with room.posting():
        told = room.slack.wait_for(lambda: room.slack.dms("rita"), "set it in Help Scout under Manage > Users")
    again = room.slack.click("rita", told, "Check again").wait("still has the role user instead of admin")
    room.helpscout.change_person(NEW, role="admin")
    room.slack.click("rita", again, "Check again")
    room.slack.wait_until(lambda: "has the role admin in Help Scout now" in again.shown)


def test_an_ordinary_end_has_no_such_button(room: Room) -> None:
    room.slack.submit(form(room, "rita"), FILLED)
    newest(room)
    room.work_off()
    with room.posting():
        told = room.slack.wait_for(lambda: room.slack.dms("rita"), "has a seat in Help Scout")
    assert "Check again" not in told.shown


def test_an_emoji_typed_into_a_name_is_one() -> None:
    assert one_line(":tada: Zoë :acme:") == "🎉 Zoë :acme:"
