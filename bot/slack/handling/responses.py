"""What Slack gets at once, in the body of the response. Source: docs.slack.dev, "Acknowledging interactions"."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from slack_bolt import BoltResponse
from slack_sdk.models.blocks import Option
from slack_sdk.models.views import View

from bot.slack.handling.answer import Closed, FieldErrors, Shows, Submitted
from bot.slack.views.kit import Message, as_json
from bot.slack.views.words import note, sentence

MOST_OPTIONS = 100


def done() -> BoltResponse:
    """Received; nothing to say."""
    return BoltResponse(status=200)


def refused() -> BoltResponse:
    """Not taken on: Slack delivers it again, or tells the person that it failed."""
    return BoltResponse(status=503)


def said(message: Message | None) -> BoltResponse:
    """To a command: a private message, or nothing (yet)."""
    return done() if message is None else _json({"response_type": "ephemeral", **message.as_json()})


def choices(options: Sequence[Option]) -> BoltResponse:
    """To a typeahead."""
    return _json({"options": as_json(list(options[:MOST_OPTIONS]))})


def turned_into(view: View) -> BoltResponse:
    """To a form: it becomes this view."""
    return _json({"response_action": "update", "view": as_json(view)})


def of_form(result: Submitted | None) -> BoltResponse:
    """To a form; None: the answer takes longer than Slack waits."""
    match result:
        case None:
            return turned_into(note(sentence("This takes a little longer: how it ends is said here.")))
        case FieldErrors():
            return _json({"response_action": "errors", "errors": dict(result.errors)})
        case Shows():
            return turned_into(result.view)
        case Closed():
            return _json({"response_action": "clear"})


def _json(body: Mapping[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(body), headers={"content-type": "application/json;charset=utf-8"})
