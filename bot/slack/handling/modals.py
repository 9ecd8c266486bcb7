"""Opening a modal, or another one on top of the one that somebody has clicked in, and changing it.

Source: docs.slack.dev, views.open, views.push (at most three on top of each other), views.update.
"""

from typing import Any

from slack_sdk import WebClient
from slack_sdk.models.views import View
from slack_sdk.web import SlackResponse

from bot.slack.api.web import call
from bot.slack.handling.payload import Call
from bot.slack.views.kit import as_json


def shown_anew(client: WebClient, to: Call, view: View) -> SlackResponse:
    """For what somebody did: over the modal that they did it in, if it was one. Raises a `SlackFault`."""
    method = "views.push" if to.in_modal else "views.open"
    shown = as_json(view)
    send = client.views_push if to.in_modal else client.views_open
    return call(method, lambda: send(trigger_id=to.trigger, view=shown))


def replaced(client: WebClient, view_id: str, view: View) -> None:
    """In place of what this modal shows. Raises a `SlackFault`."""
    shown: Any = as_json(view)
    call("views.update", lambda: client.views_update(view_id=view_id, view=shown))
