"""The messages of a channel or a thread, live."""

from collections.abc import Callable

from bot.demo.page.drawing import dates
from bot.demo.page.message_view import MessageView, heading_of_day
from bot.demo.page.tags import Tag, to_the_newest
from bot.demo.page.window import Window
from bot.demo.slack import Message

SAME_HEADING_MINUTES = 5
MOST_SHOWN = 200


class MessageList:
    """Follows what `source` gives, oldest first; a change of `key` starts anew, with what `introduce` draws."""

    def __init__(
        self,
        window: Window,
        source: Callable[[], list[Message]],
        *,
        in_thread: bool = False,
        introduce: Callable[[], None] = lambda: None,
    ) -> None:
        self.window = window
        self.introduce = introduce
        self.source = source
        self.in_thread = in_thread
        self._key: object = None
        self._views: dict[str, MessageView] = {}
        self._order: list[str] = []
        with Tag("div", "messages") as self.root:
            # drawn bottom up, so that the newest stays in view without a line of JavaScript
            self.list = Tag("div", "list", role="log", aria_live="polite", aria_label="Messages")

    def show(self, key: object) -> None:
        """Draws what is new or has changed."""
        messages = self.source()[-MOST_SHOWN:]
        stamps = [m.ts for m in messages]
        follows = key == self._key
        if key != self._key or stamps[: len(self._order)] != self._order:
            self._key = key
            self.list.clear()
            self._views.clear()
            self._order = []
            with self.list:
                self.introduce()
        for view in self._views.values():
            view.refresh()
        before = messages[len(self._order) - 1] if self._order else None
        new = messages[len(self._order) :]
        with self.list:
            for message in new:
                self._append(message, before)
                before = message
        self._order = stamps
        me = self.window.person.id
        if follows and any(me in (message.user, message.ephemeral_to) for message in new):
            to_the_newest(self.root)  # what one has written, and what answers one, is looked at

    def _append(self, message: Message, before: Message | None) -> None:
        reader = self.window.reader
        new_day = before is None or reader.local(float(before.ts)).date() != reader.local(float(message.ts)).date()
        if new_day and not self.in_thread:
            heading_of_day(message.ts, self.window)
        compact = (
            before is not None
            and not new_day
            and before.user == message.user
            and before.ephemeral_to == message.ephemeral_to
            and dates.within(before.ts, message.ts, SAME_HEADING_MINUTES)
            and not message.ephemeral_to
            and not (self.in_thread and not before.is_reply)
        )
        if self.in_thread and before is not None and not before.is_reply:
            Tag("div", "replies-below", "Replies")
        self._views[message.ts] = MessageView(self.window, message, compact=compact, in_thread=self.in_thread)
