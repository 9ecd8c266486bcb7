"""The modal that the person has open, over everything else."""

from nicegui import ui

from bot.demo.page.blocks.block_list import BlockList
from bot.demo.page.blocks.surface import Surface
from bot.demo.page.drawing.avatars import avatar
from bot.demo.page.drawing.static_blocks import words_of
from bot.demo.page.tags import Tag, button
from bot.demo.page.window import Window
from bot.demo.slack import BOT_USER_ID, View


class Modal:
    """Follows the person's stack of views; Escape and Cancel close the one on top, the cross closes all."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.view: View | None = None
        self._revision = -1
        self._words = ("", "")  # of the buttons
        self._blocks: BlockList | None = None
        with ui.dialog().props("persistent no-esc-dismiss no-shake").classes("modal-layer") as self.dialog:
            self.sheet = Tag("form", "sheet modal", autocomplete="off", novalidate=True, tabindex="-1", autofocus=True)
        self.sheet.on("submit", js_handler="(e) => e.preventDefault()")
        self.sheet.on("keydown.esc.stop", lambda _: self._close())

    def refresh(self) -> None:
        """Shows, changes or hides what is open for the person."""
        view = self.window.slack.view(self.window.person)
        if view is None:
            if self.view is not None:
                self.view = None
                self.dialog.close()
            return
        if view is not self.view:
            self.view = view
            self._build(view)
            self.dialog.open()
            self._take_focus()
        elif view.revision != self._revision:
            self._update(view)

    def _take_focus(self) -> None:
        """Once more after the transitions: a confirm dialog that closes meanwhile gives the focus back below."""
        sheet = f"document.getElementById('{self.sheet.html_id}')"
        look = f"const s = {sheet}; if (s && !s.contains(document.activeElement)) s.focus()"
        self.window.client.run_javascript(f"for (const wait of [350, 700]) setTimeout(() => {{ {look} }}, wait)")

    def _build(self, view: View) -> None:
        self.sheet.clear()
        with self.sheet:
            with Tag("header"):
                avatar(self.window.workspace.people[BOT_USER_ID], "small")
                self.title = Tag("h2", "", view.title)
                button("", lambda: self._close(everything=True), css="ghost", picture="close", label="Close")
            with Tag("div", "scroll"):
                self.trouble = Tag("div", "trouble", "", role="alert")
                self._blocks = BlockList(Surface(self.window, view))
            self.footer = Tag("footer")
        self._words = ("", "")
        self.dialog.props["aria-label"] = view.title
        self._update(view)

    def _update(self, view: View) -> None:
        self._revision = view.revision
        self.title.say(view.title)
        self.trouble.say(view.trouble)
        self.trouble.set_visibility(bool(view.trouble))
        if self._blocks is not None:
            self._blocks.show(view.blocks, view.errors)
        cancel = words_of(view.content.get("close")) or ("Back" if view.previous_id else "Cancel")
        self._draw_buttons((cancel, words_of(view.content.get("submit"))))

    def _draw_buttons(self, words: tuple[str, str]) -> None:
        if words == self._words:
            return
        self._words = words
        self.footer.clear()
        with self.footer:
            button(words[0], self._close, css="button")
            if words[1]:
                self.submit = button(words[1], self._submit, css="button primary")

    async def _submit(self) -> None:
        view = self.view
        if view is not None:
            self.submit.mark_as("aria_busy", "true")
            await self.window.do(lambda: self.window.slack.submit(view))
            if not self.submit.is_deleted:
                self.submit.mark_as("aria_busy", None)

    async def _close(self, *, everything: bool = False) -> None:
        view = self.view
        if view is not None:
            await self.window.do(lambda: self.window.slack.close(view, all_of_them=everything))
