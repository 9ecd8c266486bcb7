"""Socket Mode: Slack's own client connects, payloads come in envelopes, its acks are the answers."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from bot.demo.slack import SimulatedSlack


@pytest.fixture
def connected() -> Iterator[tuple[SimulatedSlack, App]]:
    with SimulatedSlack(socket_mode=True, patience=2.0) as slack:
        app = App(client=WebClient(token=slack.bot_token, base_url=slack.url))
        handler = SocketModeHandler(app, app_token=slack.app_token, web_client=app.client, ping_interval=1)
        handler.client.connect()
        assert slack.socket is not None
        assert slack.socket.wait_for_connection()
        yield slack, app
        handler.client.auto_reconnect_enabled = False
        slack.socket.drop()  # wakes the client, which else looks up only every ten seconds
        handler.client.close()


def test_a_command_is_answered_over_the_socket(connected: tuple[SimulatedSlack, App]) -> None:
    slack, app = connected

    @app.command("/hs-user")
    def listen(ack: Any, body: dict[str, Any]) -> None:
        ack(f"hello {body['text']}")

    assert slack.command("rita", "/hs-user there").shown == "hello there"


def test_an_event_is_taken_without_an_answer(connected: tuple[SimulatedSlack, App]) -> None:
    slack, app = connected
    came = threading.Event()
    app.event("app_home_opened")(lambda: came.set())
    assert slack.visit_home("rita").failure == ""
    assert came.wait(2)


def test_a_silent_connection_delivers_nothing(connected: tuple[SimulatedSlack, App]) -> None:
    slack, app = connected
    app.command("/hs-user")(lambda ack: ack("hello"))
    assert slack.socket is not None
    slack.socket.silent = True
    slack.socket.patience = 0.1
    assert slack.command("rita", "/hs-user x").failure == "operation_timeout"


def test_a_bot_token_opens_no_connection() -> None:
    with SimulatedSlack(socket_mode=True) as slack:
        answer = WebClient(base_url=slack.url, token=slack.bot_token)
        with pytest.raises(Exception, match="not_allowed_token_type"):
            answer.apps_connections_open(app_token=slack.bot_token)
