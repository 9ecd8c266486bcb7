"""Whoever is to be offboarded learns nothing of it from the bot, whatever they ask; everybody else may."""

import json
from urllib.parse import urlencode

import pytest

from bot.model.request import Request
from tests.slack.conftest import Room

MAX = "max@acme.example"


@pytest.fixture
def about_max(room: Room) -> Request:
    """Asked for by Rita, who had tried it before without a reason."""
    room.slack.submit(room.slack.command("rita", f"/hs-offboard {MAX}").wait_for_view(), {"Reason": " \u200b "})
    room.until(lambda: [entry for entry in room.record.audit.entries() if entry.event == "request.refused"])
    return room.open(MAX, reason="a secret reason")


@pytest.mark.parametrize(
    "line",
    ["/hs-offboard list", "/hs-offboard status {}", "/hs-audit log", f"/hs-audit log {MAX}", "/hs-audit evidence {}"],
)
def test_whatever_the_leaver_asks_there_is_no_such_request(room: Room, about_max: Request, line: str) -> None:
    answer = room.slack.command("max", line.format(about_max.id))
    room.until(lambda: answer.shown)
    room.until(lambda: not room.worker.busy and not room.worker.waiting)
    said = answer.shown
    assert "secret" not in said
    assert "Offboard Max" not in said
    assert "*Asked*" not in said
    assert about_max.id not in said.replace(f"Request {about_max.id}", "").replace(f"Request “{about_max.id}”", "")
    assert not room.slack.dms("max")


def test_somebody_else_is_told(room: Room, about_max: Request) -> None:
    for line in ("/hs-offboard list", f"/hs-offboard status {about_max.id}"):
        assert "Offboard Max" in room.slack.command("ana", line).wait("Offboard Max").shown
    log = room.slack.command("ana", f"/hs-audit log {MAX}").wait("*Asked*").shown
    assert about_max.id in log
    assert "*Refused*" in log


def test_a_forged_button_shows_the_leaver_nothing(room: Room, about_max: Request) -> None:
    click = {
        "type": "block_actions",
        "user": {"id": room.id("max")},
        "trigger_id": "1.2",
        "actions": [{"type": "button", "action_id": "request.status:0", "value": about_max.id}],
    }
    assert room.deliver(urlencode({"payload": json.dumps(click)})).status == 200
    room.until(lambda: room.slack.dms("max"))
    assert [message.shown for message in room.slack.dms("max")] == ["This request doesn't exist."]


def test_who_shows_slack_no_address_could_be_the_leaver(room: Room, about_max: Request) -> None:
    room.slack.people["max"].email = ""
    room.ticks += 61
    assert "Nothing is pending" in room.slack.command("max", "/hs-offboard list").wait("Nothing").shown


def test_a_request_about_a_team_is_about_nobody(room: Room) -> None:
    name = room.directory.teams()[0].name
    room.slack.submit(room.slack.command("rita", f"/hs-team delete {name}").wait_for_view(), {"Reason": "merged"})
    room.until(lambda: room.record.requests.count())
    assert name in room.slack.command("max", "/hs-offboard list").wait(name).shown
