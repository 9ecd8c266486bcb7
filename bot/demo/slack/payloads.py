"""The payloads that Slack sends to a bot, as pure values.

Source: docs.slack.dev, "Interaction payloads" and "Events API".
"""

import time
from typing import Any

from bot.demo.slack.people import APP_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, Person
from bot.demo.slack.reading import Placed
from bot.demo.slack.things import Channel, Message, View

Json = dict[str, Any]

VERIFICATION_TOKEN = "deprecated-verification-token"  # Slack still sends one; nobody should check it
_TEAM: Json = {"id": TEAM_ID, "domain": TEAM_DOMAIN}


def _common(kind: str, person: Person) -> Json:
    return {
        "type": kind,
        "team": {"id": person.team_id, "domain": TEAM_DOMAIN if person.team_id == TEAM_ID else "elsewhere"},
        "user": {"id": person.id, "username": person.handle, "name": person.handle, "team_id": person.team_id},
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def slash_command(
    person: Person, channel: Channel, command: str, text: str, *, trigger_id: str, response_url: str
) -> Json:
    """Form fields of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": person.team_id,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_im else channel.name,
        "user_id": person.id,
        "user_name": person.handle,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _where(message: Message, channel: Channel) -> Json:
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.ephemeral_to),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return container


def message_action_clicked(
    person: Person, message: Message, channel: Channel, action: Json, *, trigger_id: str, response_url: str
) -> Json:
    """block_actions from a message. An ephemeral message itself does not travel, only where it was."""
    payload = _common("block_actions", person) | {
        "container": _where(message, channel),
        "trigger_id": trigger_id,
        "channel": {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name},
        "state": {"values": message.state.as_json()},
        "response_url": response_url,
        "actions": [action],
    }
    return payload if message.ephemeral_to else payload | {"message": message.as_json()}


def view_action_clicked(person: Person, view: View, action: Json, *, trigger_id: str) -> Json:
    """block_actions from a modal or a Home tab."""
    return _common("block_actions", person) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": view.as_json(),
        "actions": [action],
    }


def view_submitted(person: Person, view: View, *, trigger_id: str) -> Json:
    return _common("view_submission", person) | {
        "trigger_id": trigger_id,
        "view": view.as_json(),
        "response_urls": [],
    }


def view_closed(person: Person, view: View, *, cleared: bool) -> Json:
    return _common("view_closed", person) | {"view": view.as_json(), "is_cleared": cleared}


def suggestion_asked(person: Person, where: Message | View, channel: Channel | None, placed: Placed, text: str) -> Json:
    """block_suggestion: what a person has typed into an external select."""
    payload = _common("block_suggestion", person) | {
        "action_id": placed.action_id,
        "block_id": placed.block_id,
        "value": text,
    }
    if isinstance(where, View):
        return payload | {"container": {"type": "view", "view_id": where.id}, "view": where.as_json()}
    assert channel is not None
    payload |= {
        "container": _where(where, channel),
        "channel": {"id": channel.id, "name": channel.name},
    }
    return payload if where.ephemeral_to else payload | {"message": where.as_json()}


def shortcut_used(person: Person, callback_id: str, *, trigger_id: str) -> Json:
    return _common("shortcut", person) | {
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "action_ts": f"{time.time():.6f}",
    }


def message_shortcut_used(
    person: Person, message: Message, channel: Channel, callback_id: str, *, trigger_id: str, response_url: str
) -> Json:
    return _common("message_action", person) | {
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "action_ts": f"{time.time():.6f}",
        "response_url": response_url,
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel.name},
        "message": message.as_json(),
    }


def event(inner: Json, *, event_id: str) -> Json:
    """The envelope of the Events API."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": inner,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }


def message_posted(message: Message) -> Json:
    """The inner event message.im: somebody has written to the bot, perhaps with files."""
    shared = {"subtype": "file_share", "upload": False, "display_as_bot": False} if message.files else {}
    about = {"channel": message.channel, "channel_type": "im", "event_ts": message.ts}
    return message.as_json(with_metadata=False) | shared | about


def user_changed(person: Person) -> Json:
    """The inner event user_change: the whole user object as it is now."""
    return {"type": "user_change", "user": person.as_user(with_email=True), "event_ts": f"{time.time():.6f}"}


def home_opened(person: Person, channel: Channel, view: View | None) -> Json:
    """The inner event app_home_opened; it carries the Home only when one was published before."""
    inner: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": channel.id,
        "tab": "home",
        "event_ts": f"{time.time():.6f}",
    }
    return inner if view is None else inner | {"view": view.as_json()}
