"""Only Slack is listened to: a bad, old or missing signature is 401 and does nothing."""

import json
import time
from urllib.parse import urlencode

import pytest
from slack_bolt import BoltRequest

from bot.demo.slack import signed
from bot.slack.app import build_app
from tests.slack.conftest import JANE, Room

FORM = "application/x-www-form-urlencoded"


def test_a_wrong_signature_is_401_and_nothing_is_said(room: Room) -> None:
    with room.slack.forging(secret="not the secret"):
        answer = room.slack.command("max", f"/hs-user {JANE}")
    assert answer.status == 401
    assert not answer.messages


def test_a_signature_of_an_hour_ago_is_401(room: Room) -> None:
    with room.slack.forging(age=3600):
        assert room.slack.command("max", f"/hs-user {JANE}").status == 401


def test_a_request_without_signature_is_401(room: Room) -> None:
    answer = room.app.dispatch(BoltRequest(body="command=%2Fhs-user&text=jane", headers={"content-type": FORM}))
    assert answer.status == 401


def test_a_click_with_a_wrong_signature_decides_nothing(room: Room) -> None:
    request = room.open()
    click = {
        "type": "block_actions",
        "user": {"id": room.id("ana")},
        "actions": [{"type": "button", "action_id": "request.approve", "value": request.id}],
    }
    body = urlencode({"payload": json.dumps(click)})
    headers = {"content-type": FORM, **signed("wrong", body.encode(), at=int(time.time()))}
    assert room.app.dispatch(BoltRequest(body=body, headers=headers)).status == 401
    assert not room.record.requests.decisions(request.id)


def test_without_a_signing_secret_no_request_over_http_is_believed(room: Room) -> None:
    app = build_app(room.deps, signing_secret="")
    body = urlencode({"command": "/hs-user", "text": "jane", "user_id": room.id("max")})
    headers = {"content-type": FORM, **signed("", body.encode(), at=int(time.time()))}
    assert app.dispatch(BoltRequest(body=body, headers=headers)).status == 401


@pytest.mark.parametrize("body", ["", "payload=", "payload=%7B", "payload=%5B1%5D", "{}", "a=1"])
def test_a_signed_request_that_says_nothing_of_sense_breaks_nothing(room: Room, body: str) -> None:
    headers = {"content-type": FORM, **signed(room.slack.signing_secret, body.encode(), at=int(time.time()))}
    try:
        request = BoltRequest(body=body, headers=headers)
    except (ValueError, AttributeError):
        return  # refused with 400 by the site, see test_http.py
    assert room.app.dispatch(request).status in (200, 404)


def test_building_the_app_calls_nobody(room: Room) -> None:
    before = len(room.slack.log)
    build_app(room.deps, signing_secret="x")
    assert len(room.slack.log) == before
