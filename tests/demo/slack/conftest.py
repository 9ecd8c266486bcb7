"""A simulated Slack, and a small Bolt app that stands in for the bot."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient

from bot.demo.slack import SimulatedSlack

Json = dict[str, Any]
Call = Callable[..., Json]


@pytest.fixture
def slack() -> Iterator[SimulatedSlack]:
    with SimulatedSlack(signing_secret="a secret between the two") as running:
        yield running


@pytest.fixture
def web(slack: SimulatedSlack) -> WebClient:
    """What the bot calls the Web API with."""
    return WebClient(token=slack.bot_token, base_url=slack.url)


@pytest.fixture
def app(slack: SimulatedSlack, web: WebClient) -> App:
    """A Bolt app without a listener, connected in process."""
    made = App(client=web, signing_secret=slack.signing_secret, process_before_response=True)

    def bot(body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        answer = made.dispatch(BoltRequest(body=body.decode(), headers=dict(headers)))
        return answer.status, {name: str(values[0]) for name, values in answer.headers.items()}, answer.body.encode()

    slack.connect(bot)
    return made


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, accessory: Json | None = None) -> Json:
    block: Json = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return block | {"accessory": accessory} if accessory else block


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def field(label: str, element: Json, block_id: str, **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def modal(*blocks: Json, title: str = "A form", **more: Any) -> Json:
    return {
        "type": "modal",
        "title": plain(title),
        "submit": plain("Send"),
        "callback_id": "form",
        "blocks": list(blocks),
        **more,
    }


@pytest.fixture
def kit() -> Any:
    """Short ways to write Block Kit: plain, section, button, field, modal."""

    class Kit:
        plain = staticmethod(plain)
        section = staticmethod(section)
        button = staticmethod(button)
        field = staticmethod(field)
        modal = staticmethod(modal)

    return Kit
