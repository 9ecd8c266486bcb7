"""The things that are in a workspace: channels, messages, files, views."""

import time
from dataclasses import dataclass, field
from typing import Any

from bot.demo.slack.forms import FormState
from bot.demo.slack.people import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID
from bot.demo.slack.reading import shown_text

Json = dict[str, Any]


@dataclass(kw_only=True)
class File:
    """An uploaded file; `content` is None until the upload came."""

    id: str
    name: str
    title: str
    length: int
    alt_text: str = ""
    content: bytes | None = None
    shared: bool = False
    url: str = ""
    user: str = BOT_USER_ID
    more: Json = field(default_factory=dict)  # what its object says otherwise

    def as_json(self) -> Json:
        kind = self.name.rsplit(".", 1)[-1].lower() if "." in self.name else "text"
        mime = {"png": "image/png", "csv": "text/csv", "json": "application/json"}.get(kind, "text/plain")
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title,
            "size": self.length,
            "filetype": kind,
            "mimetype": mime,
            "alt_txt": self.alt_text,
            "mode": "hosted",
            "is_external": False,
            "url_private": self.url,
            "url_private_download": self.url,
            "user": self.user,
            **self.more,
        }


@dataclass(kw_only=True, eq=False)
class Message:
    """A message. `ephemeral_to` names the one person who sees it; `revision` moves with each change."""

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    broadcast: bool = False  # a reply that is shown in the channel too
    ephemeral_to: str = ""
    metadata: Json | None = None
    files: list[File] = field(default_factory=list)
    edited: bool = False
    deleted: bool = False
    revision: int = 0
    state: FormState = field(default_factory=FormState)
    handle: str = ""  # of the response_url that made it

    @property
    def from_bot(self) -> bool:
        return self.user == BOT_USER_ID

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts

    @property
    def all_blocks(self) -> list[Json]:
        """The blocks, and those in attachments."""
        return [*self.blocks, *(b for a in self.attachments for b in a.get("blocks", ()))]

    @property
    def shown(self) -> str:
        """What a reader sees, as plain text: the blocks when there are any, else the text."""
        return shown_text(self.all_blocks) if self.all_blocks else self.text

    def as_json(self, *, with_metadata: bool = True) -> Json:
        message: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": TEAM_ID}
        if self.from_bot:
            message |= {
                "bot_id": BOT_ID,
                "app_id": APP_ID,
                "bot_profile": {"id": BOT_ID, "app_id": APP_ID, "name": "hs-bot", "team_id": TEAM_ID},
            }
        if self.blocks:
            message["blocks"] = self.blocks
        if self.attachments:
            message["attachments"] = self.attachments
        if self.thread_ts:
            message["thread_ts"] = self.thread_ts
        if self.broadcast:
            message["subtype"] = "thread_broadcast"
        if self.edited:
            message["edited"] = {"user": self.user, "ts": self.ts}
        if self.files:
            message["files"] = [f.as_json() for f in self.files]
        if with_metadata and self.metadata:
            message["metadata"] = self.metadata
        return message


@dataclass(kw_only=True)
class Channel:
    """A channel, or a direct message when `im_user` is set (between the bot and that person)."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    im_user: str = ""
    topic: str = ""
    everything: list[Message] = field(default_factory=list)
    last_post: float = float("-inf")  # monotonic seconds, for the one-a-second limit

    @property
    def is_im(self) -> bool:
        return bool(self.im_user)

    @property
    def messages(self) -> list[Message]:
        """What everybody in it sees, oldest first, replies in threads not included."""
        return [m for m in self.everything if not (m.deleted or m.ephemeral_to or m.is_reply)]

    def thread(self, ts: str) -> list[Message]:
        """The replies under a message, oldest first."""
        return [m for m in self.everything if m.is_reply and m.thread_ts == ts and not (m.deleted or m.ephemeral_to)]

    def as_json(self) -> Json:
        if self.is_im:
            return {"id": self.id, "is_im": True, "user": self.im_user, "is_archived": False, "created": 1_700_000_000}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared,
            "is_member": BOT_USER_ID in self.members,
            "created": 1_700_000_000,
            "num_members": len(self.members),
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }


@dataclass(kw_only=True, eq=False)
class View:
    """A modal or a Home tab of one person. `content` is the view as the bot sent it, ids filled in."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str = ""
    state: FormState = field(default_factory=FormState)
    errors: dict[str, str] = field(default_factory=dict)  # block_id -> sentence under the field
    trouble: str = ""  # what Slack shows when the bot did not answer
    closed: bool = False
    revision: int = 0

    @property
    def type(self) -> str:
        return str(self.content.get("type", ""))

    @property
    def title(self) -> str:
        return str(self.content.get("title", {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        return str(self.content.get("callback_id", ""))

    @property
    def blocks(self) -> list[Json]:
        return list(self.content.get("blocks", ()))

    @property
    def shown(self) -> str:
        """What a reader sees, as plain text."""
        return "\n".join(part for part in (self.title, shown_text(self.blocks)) if part)

    def as_json(self) -> Json:
        """The view object as payloads and answers carry it."""
        return {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "submit": None,
            "close": None,
            **self.content,
            "id": self.id,
            "team_id": TEAM_ID,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id or None,
            "state": {"values": self.state.as_json()},
        }


@dataclass(frozen=True, kw_only=True)
class Toast:
    """What Slack itself tells one person in passing: a click that the bot did not take."""

    user: str
    text: str
    at: float = field(default_factory=time.time)
