"""Puts another view in the place of an open form."""

import structlog
from slack_sdk.models.views import View

from bot.slack.api.web import SlackFault
from bot.slack.api.web import call as ask_slack
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call, text
from bot.slack.views.kit import as_json


def replace_form(deps: Deps, view_id: str, view: View, *, unless_changed_since: str = "") -> bool:
    """False when the form is closed already, or Slack can't be asked: what is open stays as it is.

    `unless_changed_since` is a view's `hash`: with it, a form that was changed after that stays as it is, too.
    """
    shown, seen = as_json(view), unless_changed_since or None
    try:
        ask_slack("views.update", lambda: deps.client.views_update(view_id=view_id, view=shown, hash=seen))
    except SlackFault as fault:
        structlog.get_logger("slack.forms").info("an open form stays as it is", problem=fault.sentence)
        return False
    return True


def id_of(call: Call) -> str:
    """Of the form that something was done in."""
    return text(call.view.get("id"))


def inputs_of(call: Call) -> frozenset[str]:
    """The fields that the form has now: only at these can Slack show a sentence."""
    return frozenset(_inputs_of(call))


def first_input_of(call: Call) -> str:
    """The uppermost of these fields; "" when there is none."""
    return next((name for name in _inputs_of(call) if name), "")


def _inputs_of(call: Call) -> list[str]:
    blocks = call.view.get("blocks")
    found = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return [text(block.get("block_id")) for block in found if block.get("type") == "input"]
