"""Response URLs: five answers within thirty minutes to a command or a click."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from bot.demo.slack.people import BOT_USER_ID
from bot.demo.slack.things import Message
from bot.demo.slack.web_api.call import Json, Refused
from bot.demo.slack.web_api.chat import checked_body
from bot.demo.slack.workspace import Workspace

MOST_ANSWERS = 5
LIFE_SECONDS = 30 * 60.0


@dataclass(kw_only=True)
class ResponseUrl:
    """What one answers to: a command (no `original` until the first answer) or a click on a message."""

    handle: str
    user: str
    channel: str
    thread_ts: str = ""
    original: Message | None = None
    made_at: float = field(default_factory=time.monotonic)
    uses: int = 0
    answers: list[Message] = field(default_factory=list)


class ResponseUrls:
    """Every response URL handed out. The life of one is measured on a monotonic clock."""

    def __init__(self, workspace: Workspace, *, life_seconds: float = LIFE_SECONDS) -> None:
        self._workspace = workspace
        self._known: dict[str, ResponseUrl] = {}
        self.life_seconds = life_seconds

    def hand_out(self, user: str, channel: str, *, original: Message | None = None, thread_ts: str = "") -> ResponseUrl:
        handle = secrets.token_urlsafe(12)
        made = ResponseUrl(handle=handle, user=user, channel=channel, original=original, thread_ts=thread_ts)
        self._known[handle] = made
        return made

    def take(self, handle: str) -> ResponseUrl:
        """Counts one use; refuses an unknown, old or used-up URL."""
        known = self._known.get(handle)
        if known is None:
            raise Refused("invalid_url")
        if time.monotonic() - known.made_at > self.life_seconds:
            raise Refused("expired_url")
        if known.uses >= MOST_ANSWERS:
            raise Refused("used_url")
        known.uses += 1
        return known

    def answer(self, to: ResponseUrl, body: Any) -> None:
        """Does what the body asks: a new message, a replaced or a deleted original."""
        if not isinstance(body, dict):
            raise Refused("invalid_payload")
        if _true(body.get("delete_original")):
            if to.original is not None:
                self._workspace.delete(to.original)
            return
        text, blocks, attachments = checked_body(body.get("text"), body.get("blocks"), body.get("attachments"))
        original = to.original
        if _true(body.get("replace_original")) and original is not None:
            if original.deleted:
                raise Refused("message_not_found")
            self._workspace.rewrite(original, text=text, blocks=blocks, attachments=attachments)
            if original not in to.answers:
                to.answers.append(original)
            return
        message = self._new(to, body, text, blocks, attachments)
        if original is None:
            to.original = message

    def _new(self, to: ResponseUrl, body: Json, text: str, blocks: list[Json], attachments: list[Json]) -> Message:
        channel = self._workspace.channels[to.channel]
        message = Message(
            ts=self._workspace.new_ts(),
            channel=to.channel,
            user=BOT_USER_ID,
            text=text,
            blocks=blocks,
            attachments=attachments,
            thread_ts=str(body.get("thread_ts") or to.thread_ts),
            ephemeral_to="" if body.get("response_type") == "in_channel" else to.user,
            handle=to.handle,
        )
        to.answers.append(message)
        return self._workspace.post(channel, message)


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
