"""Only Slack is listened to: a bad, old or missing signature is 401 and does nothing."""

import json
import time
from collections.abc import Sequence
from urllib.parse import urlencode

import pytest
from slack_bolt import BoltRequest

from bot.demo.slack import signed
from bot.slack.inbound.app import build_app
from bot.slack.transport.request import NotSlacks
from tests.slack.conftest import FORM, JANE, Room


def test_a_wrong_signature_is_401_and_nothing_is_said(room: Room) -> None:
    with room.slack.forging(secret="not the secret"):
        answer = room.slack.command("max", f"/hs-user {JANE}")
    assert answer.status == 401
    assert not answer.messages


def test_a_signature_of_an_hour_ago_is_401(room: Room) -> None:
    with room.slack.forging(age=3600):
        assert room.slack.command("max", f"/hs-user {JANE}").status == 401


def test_a_request_without_signature_is_401(room: Room) -> None:
    assert room.deliver("command=%2Fhs-user&text=jane", secret="").status == 401


def test_a_click_with_a_wrong_signature_decides_nothing(room: Room) -> None:
    request = room.open()
    click = {
        "type": "block_actions",
        "user": {"id": room.id("ana")},
        "actions": [{"type": "button", "action_id": "request.approve", "value": request.id}],
    }
    assert room.deliver(urlencode({"payload": json.dumps(click)}), secret="wrong").status == 401
    assert not room.record.requests.decisions(request.id)


def test_without_a_signing_secret_no_request_over_http_is_believed(room: Room) -> None:
    app = build_app(room.deps, signing_secret="")
    body = urlencode({"command": "/hs-user", "text": "jane", "user_id": room.id("max")})
    headers: dict[str, str | Sequence[str]] = {"content-type": FORM}
    headers |= signed("", body.encode(), at=int(time.time()))
    assert app.dispatch(BoltRequest(body=body, headers=headers)).status == 401


@pytest.mark.parametrize("body", ["", "payload=", "payload=%7B", "payload=%5B1%5D", "{}", "a=1"])
def test_a_signed_request_that_says_nothing_of_sense_breaks_nothing(room: Room, body: str) -> None:
    try:
        answer = room.deliver(body)
    except NotSlacks:
        return  # refused with 400 by the site, see test_http.py
    assert answer.status in (200, 404)


def test_building_the_app_calls_nobody(room: Room) -> None:
    before = len(room.slack.log)
    build_app(room.deps, signing_secret="x")
    assert len(room.slack.log) == before
