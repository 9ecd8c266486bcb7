"""The panel on the right with one message and the replies to it."""

from bot.demo.page.composer import Composer
from bot.demo.page.message_list import MessageList
from bot.demo.page.tags import Tag, button
from bot.demo.page.window import Window
from bot.demo.slack import Message


class ThreadPanel:
    """Follows the thread that the window has open."""

    def __init__(self, window: Window) -> None:
        self.window = window
        with Tag("section", "panel thread", aria_label="Thread") as self.root:
            with Tag("header"):
                Tag("h2", "", "Thread")
                self.where = Tag("small", "")
                Tag("span", "space")
                button("", lambda: window.show_thread(None), css="ghost", picture="close", label="Close thread")
            self.list = MessageList(window, self._messages, in_thread=True)
            self.composer = Composer(window, thread=lambda: window.thread.ts if window.thread else "0")

    def _messages(self) -> list[Message]:
        parent = self.window.thread
        if parent is None or parent.deleted:
            return []
        channel = self.window.workspace.channels[parent.channel]
        return [parent, *channel.thread(parent.ts)]

    def refresh(self) -> None:
        parent = self.window.thread
        self.root.set_visibility(parent is not None)
        if parent is None:
            return
        channel = self.window.workspace.channels[parent.channel]
        self.where.say("" if channel.is_im else f"#{channel.name}")
        self.list.show((self.window.person.id, parent.ts))
        self.composer.place("Reply…")
