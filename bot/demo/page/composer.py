"""Where one writes: commands with completion, messages, shortcuts."""

import asyncio
from collections.abc import Callable
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from bot.demo.page.completion import Offer, offers
from bot.demo.page.manifest import Shortcut
from bot.demo.page.tags import Tag, button, icon, pointed_at, put_value, typed
from bot.demo.page.uploading import file_button
from bot.demo.page.window import Window

MOST_REMEMBERED = 50


class Composer:
    """Enter sends, Shift+Enter breaks the line, Tab takes the marked offer, the up arrow brings back the last line."""

    def __init__(self, window: Window, *, thread: Callable[[], str] = lambda: "") -> None:
        self.window = window
        self.thread = thread
        self.line = ""
        self._replaced: str | None = None  # what the browser still shows while a line of ours is on its way to it
        self.offered: list[Offer] = []
        self.marked = -1
        self._sent: list[str] = []
        self._back = 0
        self.attach: Tag | None = None
        with Tag("form", "composer", autocomplete="off") as self.root:
            self.menu = Tag("ul", "offers", role="listbox", aria_label="Suggestions")
            self.menu.set_visibility(False)
            with Tag("div", "box"):
                self.field = Tag(
                    "textarea",
                    "",
                    rows="1",
                    aria_label="Message",
                    aria_autocomplete="list",
                    aria_controls=self.menu.html_id,
                    spellcheck="false",
                )
                with Tag("div", "tools"):
                    if not self._in_thread:
                        self._shortcut_menu()
                        button("", lambda: self.put("/"), css="ghost", picture="terminal", label="Commands")
                        button("", self._mention, css="ghost", picture="alternate_email", label="Mention somebody")
                        self.attach = file_button(window, self._upload, label="Upload a file")
                    Tag("span", "space")
                    button("", self._send, css="send", picture="send", label="Send now")
        self._listen()

    @property
    def _in_thread(self) -> bool:
        return bool(self.thread())

    def _listen(self) -> None:
        self.root.on("submit", js_handler="(e) => e.preventDefault()")
        typed(self.field, self._typed)
        keys = (
            "(e) => { if (e.isComposing) return;"
            " const open = document.getElementById('%s').children.length > 0;"
            " if ((e.key === 'Enter' && !e.shiftKey) || (open && ['ArrowUp', 'ArrowDown', 'Tab'].includes(e.key))"
            " || (e.key === 'ArrowUp' && !e.target.value)) e.preventDefault(); else if (e.key !== 'Escape') return;"
            " emit({key: e.key, text: e.target.value, shift: e.shiftKey}); }"
        )
        self.field.on("keydown", self._key, js_handler=keys % self.menu.html_id)

    def place(self, hint: str, *, direct: bool = False) -> None:
        """Says where a message would go. Files go to the app alone, in `direct` messages: it looks at no others."""
        if self.attach is not None:
            self.attach.set_visibility(direct)
        self.field.mark_as("placeholder", hint)
        self.field.mark_as("aria_label", hint)

    def put(self, line: str) -> None:
        """Writes a line without sending it."""
        put_value(self.field, line, focus=True)
        before = self.line
        self._typed(line)
        self._replaced = before

    def _mention(self) -> None:
        self.put(f"{self.line}{'' if self.line.endswith(' ') or not self.line else ' '}@")

    # -- completion -----------------------------------------------------------------------------------------------

    def _typed(self, line: str) -> None:
        self.line, self._replaced = line, None
        self._back = 0
        commands = () if self._in_thread else self.window.stage.manifest.commands
        people = [p for p in self.window.workspace.people if not (p.deleted or p.is_bot or p.is_stranger)]
        self._offer(offers(line, commands, people))

    def _offer(self, offered: list[Offer]) -> None:
        self.offered, self.marked = offered, -1
        self.menu.clear()
        with self.menu:
            for position, offer in enumerate(offered):
                with Tag("li", "offer", role="option", aria_selected="false") as item:
                    Tag("strong", "", offer.shown)
                    if offer.hint:
                        Tag("code", "", offer.hint)
                    if offer.detail:
                        Tag("small", "", offer.detail)
                item.on("mousedown.prevent", lambda _, o=offer: self.put(o.line))
                pointed_at(item, partial(self._mark, position))
        self.menu.set_visibility(bool(offered))

    def _mark(self, position: int) -> None:
        self.marked = position
        for number, item in enumerate(self.menu):
            if isinstance(item, Tag):
                item.mark_as("aria_selected", "true" if number == position else "false")
                if number == position:
                    self.field.mark_as("aria_activedescendant", item.html_id)

    async def _key(self, event: GenericEventArguments) -> None:
        key, shown = event.args["key"], str(event.args["text"])
        if shown != self._replaced:
            self.line, self._replaced = shown, None
        match key:
            case "Escape":
                self._offer([])
            case "ArrowDown" | "ArrowUp" if self.offered:
                step = 1 if key == "ArrowDown" else -1
                start = -1 if self.marked < 0 and step > 0 else max(self.marked, 0)
                self._mark((start + step) % len(self.offered))
            case "ArrowUp":
                self._recall()
            case "Tab" if self.offered:
                self.put(self.offered[max(self.marked, 0)].line)
            case "Enter" if self.offered and (self.marked >= 0 or self._is_half_a_command()):
                self.put(self.offered[max(self.marked, 0)].line)
            case "Enter":
                await self._send()

    def _is_half_a_command(self) -> bool:
        """`/hs-u` is no command yet: Enter completes it."""
        known = {c.name for c in self.window.stage.manifest.commands}
        return self.line.startswith("/") and " " not in self.line and self.line not in known

    def _recall(self) -> None:
        if self._back < len(self._sent):
            self._back += 1
            back = self._back
            self.put(self._sent[-back])
            self._back = back
            self._offer([])

    # -- sending --------------------------------------------------------------------------------------------------

    async def _send(self) -> None:
        line = self.line.strip()
        channel = self.window.channel
        if not line or channel is None:
            return
        self.put("")
        self._sent = [*self._sent[-MOST_REMEMBERED:], line]
        window, person, thread = self.window, self.window.person, self.thread()
        if line.startswith("/"):
            if thread:
                window.notify("Slack does not take commands in threads.")
                return
            if line.partition(" ")[0] not in {c.name for c in window.stage.manifest.commands}:
                window.notify(f"{line.partition(' ')[0]} is not a command of this workspace.")
                return
            window.stage.commands.append((person.id, line))
            await window.do(lambda: window.slack.command(person, line, channel=channel.id))
        else:
            await window.do(lambda: window.slack.say(person, line, channel=channel.id, thread_ts=thread))

    async def _upload(self, name: str, content: bytes) -> None:
        """With what is written beside it."""
        window, person, line = self.window, self.window.person, self.line.strip()
        self.put("")
        await window.do(lambda: window.slack.upload(person, name, content, line))

    # -- shortcuts ------------------------------------------------------------------------------------------------

    def _shortcut_menu(self) -> None:
        shortcuts = self.window.stage.manifest.global_shortcuts
        if not shortcuts:
            return
        with Tag("button", "ghost", type="button", aria_label="Shortcuts", title="Shortcuts", aria_haspopup="menu"):
            icon("bolt")
            with ui.menu().props("auto-close").classes("menu"):
                Tag("div", "title", "Shortcuts")
                for shortcut in shortcuts:
                    with Tag("button", "item", type="button", role="menuitem") as item:
                        Tag("span", "", shortcut.name)
                        Tag("small", "", shortcut.description or self.window.stage.app_name)
                    item.on("click", lambda _, s=shortcut: self._use(s))

    def _use(self, shortcut: Shortcut) -> None:
        person = self.window.person
        asyncio.get_running_loop().create_task(
            self.window.do(lambda: self.window.slack.shortcut(person, shortcut.callback_id))
        )
