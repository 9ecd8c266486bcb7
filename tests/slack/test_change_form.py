"""The form behind "Change…" on a person's card."""

from collections.abc import Iterator

import pytest

from bot.demo.helpscout import Fault, SimulatedHelpScout
from bot.demo.slack import View
from bot.model.request import Kind, Request, State
from tests.slack.conftest import JANE, Room


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


def form(room: Room, who: str = "rita") -> View:
    card = room.slack.command(who, f"/hs-user {JANE}").wait("Change…")
    return room.slack.click(who, card, "Change…").wait_for_view()


def newest(room: Room) -> Request:
    room.until(lambda: room.record.requests.find(kinds={Kind.CHANGE}))
    return room.record.requests.find(kinds={Kind.CHANGE})[0]


def test_a_job_title_is_changed_without_a_second_person(room: Room) -> None:
    view = form(room)
    room.slack.submit(view, {"Job title": "Team Lead <!here>", "Phone": "+44 20 7946 0000", "Time zone": "Nairobi"})
    assert view.closed, view.errors
    request = newest(room)
    assert (request.state, request.quorum) == (State.APPROVED, 0)
    room.work_off()
    assert room.row(request).state is State.DONE, room.row(request).outcome
    person = room.helpscout.person(JANE)
    assert (person.job_title, person.phone, person.timezone) == (
        "Team Lead <!here>",
        "+44 20 7946 0000",
        "Africa/Nairobi",
    )
    assert room.person().user.job_title == "Team Lead <!here>"
    told = room.slack.wait_for(lambda: room.slack.ephemerals("rita"), "Starting now")
    assert "<!here>" not in str(told.blocks)


def test_another_role_needs_a_reason_and_the_admins_quorum(room: Room) -> None:
    view = form(room)
    room.slack.submit(view, {"Role": "Admin"})
    assert "approvers" in view.errors["reason"]
    room.slack.submit(view, {"Reason": "takes over from Bo"})
    request = newest(room)
    assert (request.state, request.quorum, request.plan["changes"]) == (
        State.PENDING,
        2,
        {"role": {"before": "user", "after": "admin"}},
    )
    room.decide(request, "ana")
    room.decide(request, "bo")
    room.work_off()
    assert room.helpscout.person(JANE).role == "admin"


def test_another_address_goes_through_approval(room: Room) -> None:
    view = form(room)
    room.slack.submit(view, {"E-mail": "Jane.New@acme.example ", "Reason": "married"})
    request = newest(room)
    assert (request.state, request.quorum) == (State.PENDING, 1)
    room.decide(request, "ana")
    room.work_off()
    assert room.helpscout.person("jane.new@acme.example").first_name == "Jane"


def test_what_nobody_touched_is_not_set_back(room: Room) -> None:
    view = form(room)
    room.helpscout.change_person(JANE, job_title="Set meanwhile")
    room.slack.submit(view, {"Phone": "1"})
    assert set(newest(room).plan["changes"]) == {"phone"}
    room.work_off()
    assert room.helpscout.person(JANE).job_title == "Set meanwhile"


def test_nothing_changed_and_a_bad_address_are_said_at_the_field(room: Room) -> None:
    view = form(room)
    room.slack.submit(view)
    assert "Nothing would change" in str(view.errors)
    room.slack.submit(view, {"E-mail": "jane", "Reason": "x"})
    assert "whole e-mail" in view.errors["email"]
    room.slack.submit(view, {"E-mail": "max@acme.example"})
    assert "belongs to" in view.errors["email"]
    assert not room.record.requests.count()


def test_a_form_that_came_back_late_still_knows_what_was_changed(room: Room) -> None:
    """When Help Scout is slow the form is shown again as a whole, with what was filled in."""
    room.helpscout.faults.add(fault=Fault.SLOW, match="GET /users/*", seconds=2.6)
    room.helpscout.faults.add(fault=Fault.HTML_200, match="/scim/Users*", times=None)
    view = form(room)
    room.slack.submit(view, {"Job title": "Late"})
    room.slack.wait_until(lambda: "discarded" in str(view.blocks).lower() and view.content["callback_id"] == "change")
    room.helpscout.faults.clear()
    room.slack.submit(view)
    assert newest(room).plan["changes"]["job_title"]["after"] == "Late"


def test_a_lost_answer_is_repeated_and_a_server_without_patch_is_spoken_to_by_put(room: Room) -> None:
    room.helpscout.behaviour.put_only = True
    room.helpscout.faults.add(fault=Fault.DROPPED_AFTER, match="PUT /scim/Users/*")
    room.slack.submit(form(room), {"Last name": "O’Neill"})
    request = newest(room)
    room.work_off()
    assert room.row(request).state is State.DONE, room.row(request).outcome
    person = room.helpscout.person(JANE)
    assert person.last_name == "O’Neill"
    assert person.alternate_emails == ("jane.darcy@acme.example",)


def test_a_role_that_was_not_taken_over_is_told_with_a_button_that_looks_again(room: Room) -> None:
    room.helpscout.behaviour.role_ignored = True
    room.slack.submit(form(room), {"Role": "Admin", "Job title": "Lead", "Reason": "takes over from Bo"})
    request = newest(room)
    room.decide(request, "ana")
    room.decide(request, "bo")
    room.work_off()
    with room.posting():
        told = room.slack.wait_for(lambda: room.slack.dms("rita"), "did not take over the role")
    again = room.slack.click("rita", told, "Check again").wait("still has the role user instead of admin")
    room.helpscout.change_person(JANE, role="admin")
    room.slack.click("rita", again, "Check again")
    room.slack.wait_until(lambda: "has the role admin in Help Scout now" in again.shown)


def test_the_owner_has_no_such_button_and_a_forged_one_is_refused(room: Room) -> None:
    owner = next(person for person in room.helpscout.people if person.role == "owner")
    card = room.slack.command("rita", f"/hs-user {owner.email}").wait(owner.name)
    assert "Change…" not in card.shown
    jane = room.slack.command("rita", f"/hs-user {JANE}").wait("Change…")
    for block in jane.blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == "user.change":
                element["value"] = str(owner.id)
    view = room.slack.click("rita", jane, "Change…").wait_for_view()
    room.slack.submit(view, {"Phone": "1"})
    assert "The owner can't be changed or removed" in view.errors["first_name"]


def test_nobody_asks_for_a_change_about_themselves(room: Room) -> None:
    card = room.slack.command("max", "/hs-user max@acme.example").wait("Change…")
    view = room.slack.click("max", card, "Change…").wait_for_view()
    room.slack.submit(view, {"Phone": "1"})
    assert "about yourself" in view.errors["first_name"]
