"""chat.*: what the bot writes, rewrites and takes back; and the checks on a message that response URLs share."""

import time
from collections.abc import Mapping
from typing import Any

from bot.demo.slack.block_kit import check_message
from bot.demo.slack.people import BOT_USER_ID, TEAM_DOMAIN
from bot.demo.slack.things import Channel, Message
from bot.demo.slack.web_api.call import Call, Json, Method, Refused

LONGEST_TEXT = 40_000


class TooSoon(Refused):
    """More than about one message a second in a channel: HTTP 429."""

    def __init__(self, seconds: int) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds


def checked_body(text: Any, blocks: Any, attachments: Any) -> tuple[str, list[Json], list[Json]]:
    """What a message consists of, checked as Slack checks it; else `invalid_blocks`, `no_text`, `msg_too_long`."""
    if blocks is not None and not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    kept, wrong = check_message(blocks or [])
    checked: list[Json] = []
    for position, attachment in enumerate(attachments or ()):
        if not isinstance(attachment, dict):
            raise Refused("invalid_attachments")
        inner, more = check_message(attachment.get("blocks") or [])
        wrong += [line.replace("json-pointer:", f"json-pointer:/attachments/{position}") for line in more]
        checked.append({**attachment, "blocks": inner})
    if wrong:
        raise Refused("invalid_blocks", errors=wrong, response_metadata={"messages": wrong})
    if len(checked) > 100:
        raise Refused("too_many_attachments")
    words = "" if text is None else str(text)
    if not words and not kept and not checked:
        raise Refused("no_text")
    return words[:LONGEST_TEXT], kept, checked


def _body(call: Call) -> tuple[str, list[Json], list[Json]]:
    return checked_body(
        call.arguments.get("text"),
        call.structure("blocks", "invalid_blocks_format"),
        call.structure("attachments", "invalid_attachments"),
    )


def _target(call: Call) -> Channel:
    """A channel by id, or the direct message with somebody by their id; the bot must be in it."""
    wanted = call.needed("channel", "channel_not_found")
    if wanted.startswith(("U", "W")):
        person = call.workspace.people.get(wanted)
        if person is None or person.id != wanted or person.deleted or person.is_bot:
            raise Refused("channel_not_found")
        return call.workspace.direct(person.id)
    channel = call.channel()
    if channel.is_archived:
        raise Refused("is_archived")
    if BOT_USER_ID not in channel.members and not _may_post_anywhere(call, channel):
        raise Refused("not_in_channel")
    return channel


def _may_post_anywhere(call: Call, channel: Channel) -> bool:
    scopes = call.installation.scopes
    return not channel.is_private and scopes is not None and "chat:write.public" in scopes


def _one_a_second(call: Call, channel: Channel) -> None:
    if not call.installation.one_post_a_second:
        return
    now = time.monotonic()
    with call.workspace.lock:
        if now - channel.last_post < 1.0:
            raise TooSoon(1)
        channel.last_post = now


def _posted(call: Call, channel: Channel, body: tuple[str, list[Json], list[Json]], **more: Any) -> Message:
    text, blocks, attachments = body
    message = Message(
        ts=call.workspace.new_ts(),
        channel=channel.id,
        user=BOT_USER_ID,
        text=text,
        blocks=blocks,
        attachments=attachments,
        thread_ts=call.text("thread_ts"),
        **more,
    )
    return call.workspace.post(channel, message)


def _post_message(call: Call) -> Json:
    channel, body = _target(call), _body(call)
    _one_a_second(call, channel)
    broadcast = bool(call.text("thread_ts")) and call.flag("reply_broadcast")
    metadata = call.structure("metadata", "invalid_metadata_format")
    message = _posted(call, channel, body, broadcast=broadcast, metadata=metadata)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def _own_message(call: Call, code: str) -> tuple[Channel, Message]:
    channel = call.channel()
    message = call.workspace.find_message(channel, call.needed("ts", "message_not_found"))
    if message is None:
        raise Refused("message_not_found")
    if not message.from_bot:
        raise Refused(code)
    return channel, message


def _update(call: Call) -> Json:
    channel, message = _own_message(call, "cant_update_message")
    text, blocks, attachments = _body(call)
    if len(call.text("text")) > 4000 and not blocks:
        raise Refused("msg_too_long")
    metadata = call.structure("metadata", "invalid_metadata_format")
    call.workspace.rewrite(message, text=text, blocks=blocks, attachments=attachments)
    if metadata is not None:
        message.metadata = metadata
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": message.as_json()}


def _delete(call: Call) -> Json:
    channel, message = _own_message(call, "cant_delete_message")
    call.workspace.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def _post_ephemeral(call: Call) -> Json:
    channel = call.channel()
    if BOT_USER_ID not in channel.members:
        raise Refused("not_in_channel" if not channel.is_im else "channel_not_found")
    reader = call.person()
    if reader.id not in channel.members:
        raise Refused("user_not_in_channel")
    return {"message_ts": _posted(call, channel, _body(call), ephemeral_to=reader.id).ts}


def _permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.workspace.find_message(channel, call.needed("message_ts", "message_not_found"))
    if message is None:
        raise Refused("message_not_found")
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


_WRITE = ("chat:write",)

METHODS: Mapping[str, Method] = {
    "chat.postMessage": Method(run=_post_message, scopes=_WRITE),
    "chat.update": Method(run=_update, scopes=_WRITE),
    "chat.delete": Method(run=_delete, scopes=_WRITE),
    "chat.postEphemeral": Method(run=_post_ephemeral, scopes=_WRITE),
    "chat.getPermalink": Method(run=_permalink),
}
