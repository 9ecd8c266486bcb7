"""One message on the page: who, when, what, and what one can do with it."""

from collections.abc import Awaitable, Callable
from html import escape

from nicegui import ui

from bot.demo.page.blocks.block_list import BlockList
from bot.demo.page.blocks.file_view import draw_file
from bot.demo.page.blocks.surface import Surface
from bot.demo.page.drawing import dates
from bot.demo.page.drawing.avatars import avatar
from bot.demo.page.drawing.mrkdwn import rendered
from bot.demo.page.tags import Tag, button, html, icon
from bot.demo.page.window import Window
from bot.demo.slack import Message


class MessageView:
    """Draws a message once and follows its changes. `compact`: without heading, right below one by the same person."""

    def __init__(self, window: Window, message: Message, *, compact: bool = False, in_thread: bool = False) -> None:
        self.window = window
        self.message = message
        self.in_thread = in_thread
        self._revision = -1
        self._replies = -1
        author = window.workspace.people[message.user]
        private = " private" if message.ephemeral_to else ""
        self.root = Tag(
            "article",
            f"message{private}{' compact' if compact else ''}",
            aria_label=f"{author.name}, {dates.stamp(message.ts, window.reader)}",
        )
        with self.root:
            with Tag("div", "margin"):
                if not compact:
                    avatar(author)
            with Tag("div", "body"):
                if message.ephemeral_to:
                    with Tag("div", "only-you"):
                        icon("visibility")
                        Tag("span", "", "Only visible to you")
                if not compact:
                    self._heading()
                self.content = Tag("div", "content")
                with self.content:
                    self.blocks = BlockList(Surface(window, message))
                    self.text = html("", "text")
                self.edited = Tag("span", "edited", "(edited)")
                self.files = Tag("div", "files")
                self.replies = Tag("div", "replies")
                if message.ephemeral_to:
                    button("Dismiss message", self._dismiss, css="link dismiss")
            self._toolbar()
        self.refresh()

    def _heading(self) -> None:
        author = self.window.workspace.people[self.message.user]
        with Tag("div", "heading"):
            Tag("strong", "", author.name)
            if author.is_bot:
                Tag("span", "app", "APP")
            reader = self.window.reader
            Tag("time", "", dates.stamp(self.message.ts, reader), title=dates.full(self.message.ts, reader))

    def refresh(self) -> None:
        """Draws what has changed since the last time."""
        message = self.message
        if message.revision != self._revision:
            self._revision = message.revision
            self.blocks.show(message.all_blocks)
            self.blocks.root.set_visibility(bool(message.all_blocks))
            words = "" if message.all_blocks else rendered(message.text, self.window.reader)
            self.text.set_content(words)
            self.text.set_visibility(bool(words))
            self.edited.set_visibility(message.edited and not message.ephemeral_to and not message.all_blocks)
            self.files.clear()
            with self.files:
                for file in message.files:
                    draw_file(self.window, file)
        if not self.in_thread and not message.ephemeral_to:
            self._draw_replies()

    def _draw_replies(self) -> None:
        replies = self.window.workspace.channels[self.message.channel].thread(self.message.ts)
        if len(replies) == self._replies:
            return
        self._replies = len(replies)
        self.replies.clear()
        if not replies:
            return
        with self.replies, Tag("button", "thread-link", type="button") as link:
            for user in list(dict.fromkeys(r.user for r in replies))[:3]:
                avatar(self.window.workspace.people[user], "small")
            Tag("strong", "", f"{len(replies)} {'reply' if len(replies) == 1 else 'replies'}")
            Tag("span", "", f"Last reply {dates.stamp(replies[-1].ts, self.window.reader)}")
        link.on("click", lambda _: self.window.show_thread(self.message))

    def _toolbar(self) -> None:
        """What appears when one points at the message."""
        if self.message.ephemeral_to:
            return
        with Tag("div", "toolbar", role="toolbar", aria_label="Message actions"):
            if not self.in_thread:
                button("", lambda: self.window.show_thread(self.message), picture="forum", label="Reply in thread")
            if self.window.stage.manifest.message_shortcuts:
                self._shortcuts()

    def _shortcuts(self) -> None:
        with Tag("button", "", type="button", aria_label="More actions", title="More actions", aria_haspopup="menu"):
            icon("more_vert")
            with ui.menu().props("auto-close").classes("menu"):
                for shortcut in self.window.stage.manifest.message_shortcuts:
                    with Tag("button", "item", type="button", role="menuitem") as item:
                        Tag("span", "", shortcut.name)
                        Tag("small", "", self.window.stage.app_name)
                    item.on("click", self._using(shortcut.callback_id))

    def _using(self, callback_id: str) -> Callable[[], Awaitable[None]]:
        async def use() -> None:
            person = self.window.person
            await self.window.do(lambda: self.window.slack.message_shortcut(person, self.message, callback_id))

        return use

    def _dismiss(self) -> None:
        self.window.workspace.delete(self.message)


def heading_of_day(ts: str, window: Window) -> None:
    """The line between two days."""
    html(f"<span>{escape(dates.day(ts, window.reader))}</span>", "day")
