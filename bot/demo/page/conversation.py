"""The middle of the page: a channel with its messages, or the app with Home and Messages."""

from bot.demo.page.blocks.block_list import BlockList
from bot.demo.page.blocks.surface import Surface
from bot.demo.page.composer import Composer
from bot.demo.page.drawing.avatars import avatar
from bot.demo.page.message_list import MessageList
from bot.demo.page.tags import Tag, icon
from bot.demo.page.window import HOME, Window
from bot.demo.slack import BOT_USER_ID, Message, View


class Conversation:
    """Follows the place one looks at."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._head: object = None
        with Tag("section", "conversation", aria_label="Conversation"):
            self.head = Tag("header", "place")
            self.home = Home(window)
            with Tag("div", "talk") as self.talk:
                self.list = MessageList(window, self._messages, introduce=self._introduce)
                self.composer = Composer(window)

    def _messages(self) -> list[Message]:
        channel = self.window.channel
        if channel is None:
            return []
        return [
            m
            for m in channel.everything
            if self.window.visible(m, self.window.person) and (m.broadcast or not m.is_reply)
        ]

    def _introduce(self) -> None:
        """What stands above the first message."""
        window, channel = self.window, self.window.channel
        if channel is None:
            return
        with Tag("div", "intro"):
            if channel.is_im:
                avatar(window.workspace.people[BOT_USER_ID])
                Tag("h2", "", window.stage.app_name)
                Tag("p", "", f"Between {window.person.name.split()[0]} and the app: files and answers come here.")
                return
            with Tag("span", "sign"):
                icon("tag")
            Tag("h2", "", channel.name)
            Tag("p", "", f"{channel.topic}. Type / to see what hs-bot can do.")

    def refresh(self) -> None:
        window = self.window
        at_home = window.place == HOME
        self.home.root.set_visibility(at_home)
        self.talk.set_visibility(not at_home)
        self._draw_head()
        if at_home:
            self.home.refresh()
            return
        channel = window.channel
        if channel is None:
            return
        self.list.show((window.person.id, channel.id))
        if channel.everything:
            window.seen[window.person.id, channel.id] = float(channel.everything[-1].ts)
        hint = f"Message {window.stage.app_name if channel.is_im else '#' + channel.name}"
        self.composer.place(hint, direct=channel.is_im)

    def _draw_head(self) -> None:
        window, channel = self.window, self.window.channel
        members = len(channel.members) if channel else 0
        current = (window.place, window.person.id, members)
        if current == self._head:
            return
        self._head = current
        self.head.clear()
        with self.head:
            if channel is not None and not channel.is_im:
                with Tag("h1"):
                    icon("tag")
                    Tag("span", "", channel.name)
                Tag("span", "topic", channel.topic)
                Tag("span", "space")
                with Tag("span", "members", title=f"{members} members"):
                    icon("group")
                    Tag("span", "", str(members))
                return
            with Tag("h1"):
                avatar(window.workspace.people[BOT_USER_ID], "small")
                Tag("span", "", window.stage.app_name)
            with Tag("div", "tabs", role="tablist", aria_label=window.stage.app_name):
                self._tab("Home", HOME)
                self._tab("Messages", window.direct.id)

    def _tab(self, words: str, place: str) -> None:
        here = self.window.place == place
        css = "tab here" if here else "tab"
        tab = Tag("button", css, words, type="button", role="tab", aria_selected=str(here).lower())
        tab.on("click", lambda _: self.window.go(place))


class Home:
    """The app's Home as published for the person."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._view: View | None = None
        self._shown: tuple[str, int] | None = None
        self._blocks: BlockList | None = None
        with Tag("div", "home", role="tabpanel", aria_label="Home") as self.root:
            self.page = Tag("div", "sheet-of-home")
            self.empty = Tag("p", "nothing", "The app has not published a Home for this person yet.")

    def refresh(self) -> None:
        view = self.window.slack.home(self.window.person)
        self.empty.set_visibility(view is None)
        if view is None or (view.id, view.revision) == self._shown:
            if view is None:
                self.page.clear()
                self._view = self._shown = None
            return
        if view is not self._view:
            self._view = view
            self.page.clear()
            with self.page:
                self._blocks = BlockList(Surface(self.window, view))
        self._shown = (view.id, view.revision)
        if self._blocks is not None:
            self._blocks.show(view.blocks)
