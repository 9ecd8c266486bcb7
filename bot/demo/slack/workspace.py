"""The state of the simulated workspace: channels, messages, views, files. Thread-safe; knows nothing of HTTP."""

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from bot.demo.slack.forms import FormState
from bot.demo.slack.people import APPROVERS_GROUP, BOT_USER_ID, People, Person, UserGroup
from bot.demo.slack.things import Channel, File, Json, Message, Toast, View


class Workspace:
    """Everything that is in the workspace. Changes go through `changing()`, which wakes whoever waits or watches."""

    def __init__(
        self, people: Iterable[Person], *, groups: Iterable[UserGroup] = (), channels: Iterable[Channel] = ()
    ) -> None:
        self.people = People(people)
        self.groups = {g.id: g for g in groups}
        self.channels = {c.id: c for c in channels}
        self.modals: dict[str, list[View]] = {}  # person -> stack, the one on top last
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.toasts: list[Toast] = []
        self.version = 0
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._watchers: list[Callable[[], None]] = []
        self._numbers = itertools.count(1)
        self._last_micros = 0

    @contextmanager
    def changing(self) -> Iterator[None]:
        """A change to the state: exclusive, and everybody who waits or watches is told afterwards."""
        with self.lock:
            yield
            self.version += 1
            self._changed.notify_all()
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Calls `watcher` after every change, from the thread that made it. Returns what ends the watching."""
        with self.lock:
            self._watchers.append(watcher)

        def stop() -> None:
            with self.lock:
                if watcher in self._watchers:
                    self._watchers.remove(watcher)

        return stop

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Waits for a change that makes `condition` true; at most `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):04d}{secrets.token_hex(3).upper()}"

    def new_ts(self) -> str:
        """A message's timestamp: seconds with six digits, unique and rising."""
        with self.lock:
            self._last_micros = max(int(time.time() * 1_000_000), self._last_micros + 1)
            return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def find_channel(self, what: str) -> Channel | None:
        """By id, or by name with or without `#`."""
        name = what.removeprefix("#")
        return self.channels.get(what) or next((c for c in self.channels.values() if c.name == name), None)

    def direct(self, user: str) -> Channel:
        """The direct message between the bot and somebody; made when there is none."""
        found = next((c for c in self.channels.values() if c.im_user == user), None)
        if found:
            return found
        with self.changing():
            channel = Channel(id=self.new_id("D"), name="directmessage", im_user=user, members={user, BOT_USER_ID})
            self.channels[channel.id] = channel
        return channel

    def post(self, channel: Channel, message: Message) -> Message:
        with self.changing():
            message.revision = self.version + 1
            message.state = FormState.of(message.all_blocks)
            channel.everything.append(message)
        return message

    def rewrite(self, message: Message, *, text: str, blocks: list[Json], attachments: list[Json]) -> Message:
        with self.changing():
            message.text, message.blocks, message.attachments, message.edited = text, blocks, attachments, True
            message.revision = self.version + 1
            message.state = message.state.carried_to(message.all_blocks)
        return message

    def delete(self, message: Message) -> None:
        with self.changing():
            message.deleted = True
            message.revision = self.version + 1

    def find_message(self, channel: Channel, ts: str) -> Message | None:
        """A message that everybody sees (ephemeral ones have no address)."""
        return next((m for m in reversed(channel.everything) if m.ts == ts and not (m.deleted or m.ephemeral_to)), None)

    def find_view(self, view_id: str = "", external_id: str = "") -> View | None:
        open_views = [*itertools.chain.from_iterable(self.modals.values()), *self.homes.values()]
        for view in open_views:
            if (view_id and view.id == view_id) or (external_id and view.content.get("external_id") == external_id):
                return view
        return None

    def change_view(self, view: View, content: Json) -> View:
        """New content for an open view: what was filled in stays where block_id and action_id stay."""
        with self.changing():
            view.content = content
            view.state = view.state.carried_to(view.blocks)
            view.hash = f"{int(time.time())}.{secrets.token_hex(4)}"
            view.errors, view.trouble = {}, ""
            view.revision = self.version + 1
        return view


def acme(people: Iterable[Person]) -> Workspace:
    """The workspace of the demo: #access (with the bot in it) and #general (without), and the group of approvers."""
    people = list(people)
    members = {
        p.id for p in people if not (p.deleted or p.is_bot or p.is_guest or p.is_stranger or p.id == "USLACKBOT")
    }
    guests = {p.id for p in people if p.is_guest and not p.deleted}
    handles = {p.handle: p.id for p in people}
    return Workspace(
        people,
        groups=[
            UserGroup(
                id=APPROVERS_GROUP,
                handle="access-approvers",
                name="Access approvers",
                users=[handles[h] for h in ("ana", "bo") if h in handles],
            )
        ],
        channels=[
            Channel(
                id="C0ACCESS01",
                name="access",
                members=members | {BOT_USER_ID},
                topic="Who gets and loses a seat in Help Scout",
            ),
            Channel(id="C0GENERAL1", name="general", members=members | guests, topic="Company-wide talk"),
        ],
    )
