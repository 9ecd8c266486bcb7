"""Blocks on the page. When they change, those that stay the same are left alone, so that nothing typed is lost.

As in Slack, a field that stays keeps what stands in it, whatever its new initial value is; a sentence comes and goes
under it without touching it.
"""

import json
from typing import Any

from nicegui.element import Element

from bot.demo.page.blocks.controls import draw_element
from bot.demo.page.blocks.surface import Surface
from bot.demo.page.drawing.static_blocks import block_html, section_text, text, words_of
from bot.demo.page.tags import Tag, html
from bot.demo.slack.reading import Placed

Json = dict[str, Any]


class BlockList:
    """A container that follows a list of blocks."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.root = Tag("div", "blocks")
        self._drawn: dict[str, tuple[str, Element]] = {}
        self._fields: dict[str, _Field] = {}

    def show(self, blocks: list[Json], errors: dict[str, str] | None = None) -> None:
        """Draws the blocks; `errors` are sentences under fields, by block_id."""
        errors = errors or {}
        wanted = [(str(block["block_id"]), block) for block in blocks]
        ids = {block_id for block_id, _ in wanted}
        for block_id in [known for known in self._drawn if known not in ids]:
            self._drawn.pop(block_id)[1].delete()
            self._fields.pop(block_id, None)
        for position, (block_id, block) in enumerate(wanted):
            print_of_it = _print(block)
            known = self._drawn.get(block_id)
            if known is None or known[0] != print_of_it:
                if known is not None:
                    known[1].delete()
                with self.root:
                    element = self._draw(block_id, block)
                self._drawn[block_id] = (print_of_it, element)
            else:
                element = known[1]
            if block_id in self._fields:
                self._fields[block_id].complain(errors.get(block_id, ""))
            if self.root.default_slot.children.index(element) != position:
                element.move(self.root, position)

    def _draw(self, block_id: str, block: Json) -> Element:
        kind = str(block["type"])
        with Tag("div", f"kit {kind}") as root:
            match kind:
                case "section" if block.get("accessory"):
                    self._section(block)
                case "actions" | "context_actions":
                    with Tag("div", "actions"):
                        for element in block["elements"]:
                            draw_element(self.surface, Placed(block, element), compact=True)
                case "input":
                    self._fields[block_id] = _Field(self.surface, block)
                case _:
                    html(block_html(block, self.surface.reader))
        return root

    def _section(self, block: Json) -> None:
        accessory = block["accessory"]
        html(section_text(block, self.surface.reader), "beside")
        with Tag("div", "accessory"):
            name = words_of(accessory.get("placeholder")) or words_of(block.get("text"))
            draw_element(self.surface, Placed(block, accessory), label=name[:75], compact=True)


class _Field:
    """An input block: its label, its element, and room for a sentence about what is wrong."""

    def __init__(self, surface: Surface, block: Json) -> None:
        label = words_of(block["label"])
        with Tag("div", "form-field") as self._root:
            with Tag("div", "label"):
                Tag("span", "", label)
                if block.get("optional"):
                    Tag("span", "optional", "optional")
            draw_element(surface, Placed(block, block["element"]), label=label)
            self._room = Tag("div")
            if block.get("hint"):
                html(text(block["hint"], surface.reader), "hint")
        self._error = ""

    def complain(self, error: str) -> None:
        """Shows the sentence; "" takes it away."""
        if error == self._error:
            return
        self._error = error
        self._root.classes(**{"add" if error else "remove": "wrong"})
        self._room.clear()
        if error:
            with self._room:
                Tag("div", "error", error, role="alert")


def _print(block: Json) -> str:
    """The same for blocks that are drawn the same."""
    if block.get("type") == "input":
        element = {name: value for name, value in block["element"].items() if not name.startswith("initial_")}
        block = {**block, "element": element}
    return json.dumps(block, sort_keys=True)
