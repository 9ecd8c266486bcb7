"""`/hs-offboard list`, `status ID`, `cancel ID`."""

import pytest

from bot.model.request import State, Verdict
from tests.slack.conftest import JANE, Room


def test_nothing_open_is_said(room: Room) -> None:
    assert "Nothing is pending" in room.slack.command("max", "/hs-offboard list").shown


def test_the_list_shows_what_is_open_with_a_button_to_its_card(room: Room) -> None:
    request = room.open()
    listed = room.slack.command("max", "/hs-offboard list")
    assert "Offboard Jane D'Arcy" in listed.shown
    assert request.id in listed.shown
    answer = room.slack.click("max", listed.message, "Details")
    assert "left the company" in answer.wait("left the company").shown
    assert "Approve" not in answer.message.shown, "to decide, there is the channel"


def test_what_has_ended_is_not_listed(room: Room) -> None:
    room.decide(room.open(), "ana", Verdict.DENY, "no")
    assert "Nothing is pending" in room.slack.command("max", "/hs-offboard list").shown


def test_a_long_list_has_pages(room: Room) -> None:
    people = [row for row in room.record.users.by_status() if row.user.role == "user" and row.user.type == "user"]
    for number, row in enumerate(people[:23]):
        if row.user.email not in (JANE, "rita@acme.example", "max@acme.example"):
            room.open(row.user.email, by="rita" if number % 2 else "max")
    total = room.record.requests.count(states={State.PENDING})
    first = room.slack.command("ana", "/hs-offboard list").message
    assert f"1–10 of {total}" in first.shown
    assert "Newer" not in first.shown
    room.slack.click("ana", first, "Older")
    room.slack.wait_until(lambda: f"11–20 of {total}" in first.shown)
    room.slack.click("ana", first, "Newer")
    room.slack.wait_until(lambda: f"1–10 of {total}" in first.shown)


def test_a_forged_page_is_refused_with_a_sentence(room: Room) -> None:
    for number, row in enumerate(room.record.users.by_status()):
        if (
            row.user.role == "user"
            and row.user.type == "user"
            and row.user.email != "rita@acme.example"
            and number < 25
        ):
            room.open(row.user.email)
    first = room.slack.command("ana", "/hs-offboard list").message
    for block in first.blocks:
        for element in block.get("elements", ()):
            if element.get("type") == "button":
                element["value"] = "bm9uc2Vuc2U="
    answer = room.slack.click("ana", first, "Older")
    assert "ask for it again" in answer.wait("again").shown


def test_status_shows_one_request_with_its_steps(room: Room) -> None:
    request = room.open()
    shown = room.slack.command("max", f"/hs-offboard status {request.id.upper()} ").shown
    for words in ("Offboard Jane D'Arcy", "Waits for approval", "left the company", request.id):
        assert words in shown


def test_a_mistyped_id_is_guessed(room: Room) -> None:
    request = room.open()
    shown = room.slack.command("max", f"/hs-offboard status {request.id[:-1]}").shown
    assert f"Did you mean {request.id}" in shown


@pytest.mark.parametrize("sub", ["status", "cancel"])
@pytest.mark.parametrize("id", ["", "nosuchrequest", "<!channel>", "*"])
def test_an_unknown_id_gets_the_usage_line(room: Room, sub: str, id: str) -> None:
    shown = room.slack.command("max", f"/hs-offboard {sub} {id}").shown
    assert f"/hs-offboard {sub} ID" in shown


def test_list_takes_no_argument(room: Room) -> None:
    assert "takes no argument" in room.slack.command("max", "/hs-offboard list everything").shown


def test_the_requester_cancels_by_command_with_a_reason(room: Room) -> None:
    request = room.open()
    answer = room.slack.command("rita", f"/hs-offboard cancel {request.id} she *stays*")
    assert "Cancelled" in answer.wait("Cancelled").shown
    row = room.row(request)
    assert row.state is State.CANCELLED
    assert "she *stays*" in row.outcome


def test_somebody_else_is_refused_and_it_is_recorded(room: Room) -> None:
    request = room.open()
    answer = room.slack.command("max", f"/hs-offboard cancel {request.id}")
    assert "Only the person who asked for this" in answer.wait("Only").shown
    assert room.row(request).state is State.PENDING
    assert [e.actor for e in room.record.audit.entries(request_id=request.id) if e.event == "request.refused"] == [
        room.id("max")
    ]


def test_the_confirmation_has_a_button_that_cancels(room: Room) -> None:
    view = room.slack.command("rita", f"/hs-offboard {JANE}").wait_for_view()
    room.slack.submit(view, {"Reason": "left"})
    room.slack.wait_until(lambda: bool(room.told("rita")))
    room.slack.click("rita", room.told("rita")[-1], "Cancel")
    room.slack.wait_until(lambda: any("Cancelled" in message.shown for message in room.told("rita")))
    assert room.record.requests.find(limit=1)[0].state is State.CANCELLED


def test_help_lists_every_form(room: Room) -> None:
    shown = room.slack.command("max", "/hs-offboard help").shown
    for form in ("WHO [to:ASSIGNEE] [at:WHEN] [reason…]", "list", "status ID", "cancel ID", "help"):
        assert form in shown
