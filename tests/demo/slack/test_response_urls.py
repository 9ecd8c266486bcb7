"""A response URL takes five answers, replaces and deletes, and checks what it is given."""

from typing import Any

import pytest
from slack_bolt import App
from slack_sdk.webhook import WebhookClient

from bot.demo.slack import SimulatedSlack


@pytest.fixture
def url(slack: SimulatedSlack, app: App) -> tuple[WebhookClient, Any]:
    """The response URL of a command that Rita typed, and her answers."""
    seen: list[str] = []

    @app.command("/hs-user")
    def listen(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body["response_url"])
        ack("first")

    answer = slack.command("rita", "/hs-user x")
    return WebhookClient(seen[0]), answer


def test_the_first_answer_is_replaced_in_place(url: tuple[WebhookClient, Any]) -> None:
    hook, answer = url
    original = answer.message
    assert hook.send(text="second", replace_original=True).status_code == 200
    assert (answer.message, answer.shown) == (original, "second")


def test_a_new_answer_is_private_unless_said_otherwise(slack: SimulatedSlack, url: tuple[WebhookClient, Any]) -> None:
    hook, answer = url
    hook.send(text="private")
    hook.send(text="public", response_type="in_channel")
    assert [bool(m.ephemeral_to) for m in answer] == [True, True, False]
    assert [m.text for m in slack.channel("access").messages] == ["public"]


def test_an_answer_can_be_taken_back(url: tuple[WebhookClient, Any]) -> None:
    hook, answer = url
    hook.send(delete_original=True)
    assert answer.messages == []


def test_the_sixth_answer_is_refused(url: tuple[WebhookClient, Any]) -> None:
    hook, _ = url
    assert [hook.send(text="more").status_code for _ in range(6)] == [200] * 5 + [404]
    assert "used_url" in hook.send(text="more").body


def test_after_half_an_hour_it_is_over(slack: SimulatedSlack, url: tuple[WebhookClient, Any]) -> None:
    slack.installation.responses.life_seconds = 0.0
    assert "expired_url" in url[0].send(text="late").body


def test_blocks_are_checked_here_too(slack: SimulatedSlack, url: tuple[WebhookClient, Any]) -> None:
    said = url[0].send(text="x", blocks=[{"type": "poem"}])
    assert said.status_code == 400
    assert "invalid_blocks" in said.body
    assert slack.calls("response_url")[-1].error == "invalid_blocks"
