"""One browser tab: who one is in it, what one looks at, and how a change in the workspace reaches it."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from nicegui import run, ui

from bot.demo.page.drawing.reader import Reader, reader_for
from bot.demo.page.stage import Stage
from bot.demo.page.tags import Tag, button
from bot.demo.slack import CannotFill, Message, NoSuchElement, Person
from bot.demo.slack.things import Channel

Json = dict[str, Any]
T = TypeVar("T")

HOME = "home"
COALESCE_SECONDS = 0.03


class Follower(Protocol):
    """A part of the page that follows the workspace."""

    def refresh(self) -> None:
        """Draws what has changed."""


class Window:
    """`place` is the id of a channel, or HOME. `panel` names what stands on the right, "" for nothing."""

    def __init__(self, stage: Stage, *, who: str = "", place: str = "", panel: str = "tour") -> None:
        self.stage = stage
        self.slack = stage.slack
        self.workspace = stage.slack.workspace
        known = {part.handle for part in stage.parts}
        self.person: Person = self.workspace.people[who if who in known else stage.parts[0].handle]
        self.place = place if place in self.workspace.channels else self.slack.channel(stage.channel).id
        self._stay_among_own()
        self.panel = panel
        self.thread: Message | None = None
        self.seen: dict[tuple[str, str], float] = {}  # (person, channel) -> newest message looked at
        self.write: Callable[[str], None] = lambda _line: None  # puts a line into the composer
        self._parts: list[Follower] = []
        self._loop = asyncio.get_running_loop()
        self._pending = False
        self._stop = self.workspace.watch(self._told)
        self.client = ui.context.client

    # -- following ------------------------------------------------------------------------------------------------

    def add(self, part: Follower) -> None:
        self._parts.append(part)

    def close(self) -> None:
        """The tab is gone."""
        self._stop()
        self._parts.clear()

    def _told(self) -> None:
        """A change, told from any thread."""
        with contextlib.suppress(RuntimeError):  # the page has ended meanwhile
            self._loop.call_soon_threadsafe(self._soon)

    def _soon(self) -> None:
        if not self._pending:
            self._pending = True
            self._loop.call_later(COALESCE_SECONDS, self.refresh)

    def refresh(self) -> None:
        """Draws everything that has changed."""
        self._pending = False
        if not self._parts:
            return
        with self.client, self.workspace.lock:
            for part in self._parts:
                part.refresh()

    # -- looking around -------------------------------------------------------------------------------------------

    @property
    def reader(self) -> Reader:
        return reader_for(self.person, self.workspace)

    @property
    def channel(self) -> Channel | None:
        """The channel one looks at; None on the Home tab."""
        return self.workspace.channels.get(self.place)

    @property
    def direct(self) -> Channel:
        """The direct message between this person and the bot."""
        return self.workspace.direct(self.person.id)

    def channels(self, person: Person) -> list[Channel]:
        """The channels somebody is in."""
        return [c for c in self.workspace.channels.values() if not c.is_im and person.id in c.members]

    def visible(self, message: Message, person: Person) -> bool:
        return not message.deleted and message.ephemeral_to in ("", person.id)

    def unread(self, person: Person, channel: Channel) -> int:
        """Messages of others that this person has not looked at in this tab."""
        seen = self.seen.get((person.id, channel.id), 0.0)
        return sum(
            1
            for m in channel.everything
            if float(m.ts) > seen and m.user != person.id and self.visible(m, person) and not m.is_reply
        )

    def become(self, handle: str) -> None:
        """Goes on as another person, who looks at the same channel if they are in it."""
        self.person = self.workspace.people[handle]
        self._stay_among_own()
        self.thread = None
        self.refresh()
        if self.place == HOME:
            self.visit_home()

    def _stay_among_own(self) -> None:
        """Nobody looks at a channel they are not in."""
        here = self.channel
        if here is not None and here.is_im:
            self.place = self.direct.id
        elif here is not None and self.person.id not in here.members:
            own = self.channels(self.person)
            self.place = own[0].id if own else HOME

    def go(self, place: str) -> None:
        """Looks at a channel, or at HOME; the app hears of it once for as long as one stays there."""
        arrives = place == HOME != self.place
        self.place = place
        self.thread = None
        self.refresh()
        if arrives:
            self.visit_home()

    def visit_home(self) -> None:
        person = self.person
        asyncio.get_running_loop().create_task(self.do(lambda: self.slack.visit_home(person)))

    def show_panel(self, name: str) -> None:
        """Opens a panel on the right, or closes it when it is the one that is open."""
        self.panel = "" if self.panel == name and self.thread is None else name
        self.thread = None
        self.refresh()

    def show_thread(self, message: Message | None) -> None:
        self.thread = message
        self.refresh()

    # -- acting ---------------------------------------------------------------------------------------------------

    async def do(self, act: Callable[[], T]) -> T | None:
        """Does something that may wait for the bot, off the page's own thread; says so when it can't be done."""
        try:
            return await run.io_bound(act)
        except (NoSuchElement, CannotFill, KeyError) as problem:
            self.notify(str(problem.args[0] if problem.args else problem))
            return None

    def notify(self, text: str) -> None:
        with self.client:
            ui.notify(text, position="top", timeout=4000, classes="toast")

    async def confirm(self, asked: Json) -> bool:
        """Slack's confirm dialog."""
        from bot.demo.page.drawing.static_blocks import text, words_of

        with self.client, ui.dialog() as dialog, Tag("div", "sheet confirm", role="document"):
            dialog.props('aria-label="Please confirm"')
            Tag("h2", "", words_of(asked.get("title")))
            ui.html(text(asked.get("text"), self.reader), sanitize=False).classes("text")
            with Tag("div", "buttons"):
                button(words_of(asked.get("deny")), lambda: dialog.submit(False), css="button")
                css = "danger" if asked.get("style") == "danger" else "primary"
                button(words_of(asked.get("confirm")), lambda: dialog.submit(True), css=f"button {css}")
        answer = await dialog
        dialog.delete()
        return bool(answer)
