"""A select menu one can type into: static and external options, people, channels; one choice or several."""

import asyncio
from typing import Any

from nicegui import ui

from bot.demo.page.blocks.surface import Surface
from bot.demo.page.drawing.static_blocks import words_of
from bot.demo.page.tags import Tag, button, icon, pointed_at, put_value, typed
from bot.demo.slack.forms import holds_many, value_key
from bot.demo.slack.reading import Placed

Json = dict[str, Any]

TYPING_PAUSE_SECONDS = 0.12
MOST_SHOWN = 100


class Picker:
    """A combobox (WAI-ARIA pattern "combobox with listbox popup"): arrows move, Enter takes, Escape leaves."""

    def __init__(self, surface: Surface, placed: Placed, *, label: str, compact: bool = False) -> None:
        self.surface = surface
        self.placed = placed
        self.kind = str(placed.element["type"])
        self.many = holds_many(placed.element)
        self.options: list[Json] = []
        self.marked = -1
        self._asked = 0
        self._words = ""
        with Tag("div", f"picker {'compact' if compact else ''} {'many' if self.many else ''}") as self.root:
            self.chips = Tag("span", "chips")
            self.input = Tag(
                "input",
                "",
                type="text",
                role="combobox",
                aria_label=label,
                aria_expanded="false",
                aria_autocomplete="list",
                autocomplete="off",
                spellcheck="false",
                placeholder=words_of(placed.element.get("placeholder")) or "Choose…",
                **{"^value": "" if self.many else self._shown_choice()},
            )
            self.clear = button("", self._clear, css="clear", picture="close", label=f"Clear {label}", tabindex="-1")
            icon("expand_more", "arrow")
            self.menu = (
                ui.menu().props("no-parent-event no-focus no-refocus fit max-height=300px").classes("picker-menu")
            )
            with self.menu:
                self.list = Tag("ul", "", role="listbox", aria_label=label)
        self.input._props["aria-controls"] = self.list.html_id
        self._listen()
        self._draw_chips()

    def _listen(self) -> None:
        typed(self.input, self._typed)
        # What is chosen is marked, as in Slack: what one types takes its place.
        self.input.on("focus", lambda _: self._open(""), js_handler="(e) => { e.target.select(); emit(); }")
        self.input.on("click", lambda _: self._open(self._words))
        self.input.on("blur", lambda _: self._leave())
        self.input.on("keydown.down.prevent", lambda _: self._move(1))
        self.input.on("keydown.up.prevent", lambda _: self._move(-1))
        self.input.on("keydown.enter.prevent", lambda _: self._take_marked())
        escape = "(e) => { if (e.target.getAttribute('aria-expanded') === 'true') { e.stopPropagation(); emit(); } }"
        self.input.on("keydown.esc", lambda _: self._leave(), js_handler=escape)
        if self.many:
            self.input.on("keydown.delete", lambda _: self._drop_last(), js_handler="(e) => e.target.value || emit()")

    # -- what is chosen -------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> list[Json]:
        """The options chosen, each with text and value."""
        held = self.surface.value(self.placed).get(value_key(self.placed.element))
        items = held if isinstance(held, list) else [held] if held else []
        return [item if isinstance(item, dict) else self._named(str(item)) for item in items]

    def _named(self, item: str) -> Json:
        workspace = self.surface.window.workspace
        person, channel = workspace.people.get(item), workspace.channels.get(item)
        name = f"@{person.name}" if person else f"#{channel.name}" if channel else item
        return {"text": {"type": "plain_text", "text": name}, "value": item}

    def _shown_choice(self) -> str:
        return words_of(self.chosen[0].get("text")) if self.chosen else ""

    def _draw_chips(self) -> None:
        self.clear.set_visibility(bool(self.chosen) and not self.many)
        if not self.many:
            return
        self.chips.clear()
        with self.chips:
            for option in self.chosen:
                with Tag("span", "chip"):
                    words = words_of(option["text"])
                    Tag("span", "", words)
                    button("", lambda o=option: self._drop(o), picture="close", label=f"Remove {words}")  # type: ignore[misc]

    async def _choose(self, option: Json) -> None:
        self.menu.close()
        self._words = ""
        plain = option["value"] if "select" in self.kind and not self._takes_options() else option
        if self.many:
            kept = [o if self._takes_options() else o["value"] for o in self.chosen if o["value"] != option["value"]]
            given: Any = [*kept, plain]
        else:
            given = plain
        put_value(self.input, "" if self.many else words_of(option["text"]))
        await self.surface.fill(self.placed, given)
        self._draw_chips()

    async def _clear(self) -> None:
        put_value(self.input, "", focus=True)
        self._words = ""
        self.surface.keep(self.placed, None)
        self._draw_chips()

    async def _drop(self, option: Json) -> None:
        kept = [o if self._takes_options() else o["value"] for o in self.chosen if o["value"] != option["value"]]
        await self.surface.fill(self.placed, kept or None)
        self._draw_chips()

    async def _drop_last(self) -> None:
        if self.chosen:
            await self._drop(self.chosen[-1])

    def _takes_options(self) -> bool:
        return "static" in self.kind or "external" in self.kind

    # -- the list -------------------------------------------------------------------------------------------------

    async def _typed(self, words: str) -> None:
        self._words = words
        await self._open(words)

    async def _open(self, words: str) -> None:
        self._asked += 1
        asked = self._asked
        if "external" in self.kind:
            least = int(self.placed.element.get("min_query_length", 3))
            if len(words) < least:
                self._draw([], f"Type {least} or more characters" if least > 1 else "Type to search")
                return
            await asyncio.sleep(TYPING_PAUSE_SECONDS)
            if asked != self._asked:
                return
            self._draw(self.options, "Searching…")
            options = await self.surface.suggestions(self.placed, words)
            if asked != self._asked:
                return
        else:
            options = [o for o in self._own_options() if words.casefold() in words_of(o["text"]).casefold()]
        self._draw(options, "" if options else "No results")

    def _own_options(self) -> list[Json]:
        element, workspace = self.placed.element, self.surface.window.workspace
        if "users" in self.kind:
            return [self._named(p.id) for p in workspace.people if not (p.deleted or p.is_bot)]
        if "channels" in self.kind or "conversations" in self.kind:
            return [self._named(c.id) for c in workspace.channels.values() if not c.is_im]
        grouped = [
            {**o, "group": words_of(g["label"])} for g in element.get("option_groups") or () for o in g["options"]
        ]
        return [*(element.get("options") or ()), *grouped]

    def _draw(self, options: list[Json], note: str) -> None:
        taken = {o["value"] for o in self.chosen} if self.many else set()
        self.options = [o for o in options if o["value"] not in taken][:MOST_SHOWN]
        self.marked = 0 if self.options else -1
        self.list.clear()
        with self.list:
            if note:
                Tag("li", "note", note, role="presentation")
            group = ""
            for position, option in enumerate(self.options):
                if option.get("group", "") != group:
                    group = option.get("group", "")
                    Tag("li", "group", group, role="presentation")
                self._draw_option(position, option)
        self.menu.open()
        self.input.mark_as("aria_expanded", "true")
        self._mark()

    def _draw_option(self, position: int, option: Json) -> None:
        bare = _bare(option)
        with Tag("li", "option", role="option", aria_selected="false") as item:
            Tag("span", "", words_of(option["text"]))
            if option.get("description"):
                Tag("small", "", words_of(option["description"]))
        item.on("mousedown.prevent", lambda _: self._choose(bare))
        pointed_at(item, lambda: self._mark(position))

    def _mark(self, position: int | None = None) -> None:
        self.marked = self.marked if position is None else position
        items = [e for e in self.list if "option" in e.classes]
        for number, item in enumerate(items):
            if not isinstance(item, Tag):
                continue
            current = number == self.marked
            if (item.props.get("aria-selected") == "true") != current:
                item.mark_as("aria_selected", "true" if current else "false")
            if current:
                self.input.mark_as("aria_activedescendant", item.html_id)

    async def _move(self, by: int) -> None:
        if not self.menu.value:
            await self._open(self._words)
        elif self.options:
            self._mark((self.marked + by) % len(self.options))
            script = f"document.querySelector('#{self.list.html_id} [aria-selected=true]')"
            self.list.client.run_javascript(f"{script}?.scrollIntoView({{block: 'nearest'}})")

    async def _take_marked(self) -> None:
        if self.menu.value and 0 <= self.marked < len(self.options):
            option = self.options[self.marked]
            await self._choose(_bare(option))

    def _leave(self) -> None:
        self._asked += 1
        self._words = ""
        self.menu.close()
        self.input.mark_as("aria_expanded", "false")
        put_value(self.input, "" if self.many else self._shown_choice())


def _bare(option: Json) -> Json:
    """The option without what only the list needs."""
    return {key: value for key, value in option.items() if key != "group"}
