"""Reading Block Kit: the text a person sees, and the elements a person can use."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

_DATE = re.compile(r"<!date\^(\d+)\^[^|>]*(?:\|([^>]*))?>")
_LINK = re.compile(r"<([^|<>]+)\|([^<>]*)>")
_BARE = re.compile(r"<([^<>|]+)>")


@dataclass(frozen=True)
class Placed:
    """An interactive element and the block it sits in."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        return str(self.block.get("block_id", ""))

    @property
    def action_id(self) -> str:
        return str(self.element.get("action_id", ""))

    @property
    def label(self) -> str:
        """What a person calls it: a button's text, else the label of its input block, else its placeholder."""
        for text in (self.element.get("text"), self.block.get("label"), self.element.get("placeholder")):
            if isinstance(text, dict) and text.get("text"):
                return str(text["text"])
        return ""

    @property
    def is_input(self) -> bool:
        return self.block.get("type") == "input"


class NoSuchElement(LookupError):
    """The person looks for something to press or fill that is not there; the sentence lists what is."""


def placed_elements(blocks: Iterable[Json]) -> Iterator[Placed]:
    """Every interactive element of the blocks, in reading order."""
    for block in blocks:
        match block.get("type"):
            case "input":
                yield Placed(block, block["element"])
            case "section" if isinstance(block.get("accessory"), dict) and block["accessory"].get("type") != "image":
                yield Placed(block, block["accessory"])
            case "actions" | "context_actions":
                for element in block.get("elements", ()):
                    yield Placed(block, element)


def find_element(blocks: Iterable[Json], what: str) -> Placed:
    """The element with that action_id, label or block_id, in this order of preference; else NoSuchElement."""
    everything = list(placed_elements(blocks))
    folded = what.casefold()
    for placed in everything:
        if what == placed.action_id:
            return placed
    for placed in everything:
        if what in (placed.label, placed.block_id) or folded == placed.label.strip("✓✗✕×… .").casefold():
            return placed
    there = ", ".join(f"{p.label!r} ({p.element.get('type')}, {p.action_id})" for p in everything) or "none"
    raise NoSuchElement(f"nothing called {what!r} to use here; there is: {there}")


def options_of(element: Json) -> list[Json]:
    """The options of a static select, menu, radio or checkbox group; groups are flattened."""
    grouped = [o for g in element.get("option_groups") or () for o in g.get("options", ())]
    return [*(element.get("options") or ()), *grouped]


def as_read(mrkdwn: str) -> str:
    """mrkdwn without its angle brackets and entities: links by their words, dates in UTC. Marks (`*`, `_`) stay."""

    def date(match: re.Match[str]) -> str:
        return datetime.fromtimestamp(int(match[1]), UTC).strftime("%Y-%m-%d %H:%M UTC")

    text = _DATE.sub(date, mrkdwn)
    text = _LINK.sub(lambda m: m[2] if m[1][:1] not in "@#" else m[1][:1] + m[2], text)
    return html.unescape(_BARE.sub(lambda m: m[1].removeprefix("mailto:"), text))


def shown_text(blocks: Iterable[Json]) -> str:
    """All the text that a reader of the blocks sees, one line a piece, in reading order."""
    return "\n".join(line for block in blocks for line in _pieces(block) if line)


def _text(thing: Any) -> str:
    if not isinstance(thing, dict):
        return ""
    text = str(thing.get("text", ""))
    return as_read(text) if thing.get("type") == "mrkdwn" else text


def _pieces(block: Json) -> Iterator[str]:
    match block.get("type"):
        case "section":
            yield _text(block.get("text"))
            for field in block.get("fields") or ():
                yield _text(field)
            yield from _element_pieces(block.get("accessory"))
        case "header":
            yield _text(block.get("text"))
        case "markdown":
            yield str(block.get("text", ""))
        case "context":
            for element in block.get("elements", ()):
                yield _text(element) or str(element.get("alt_text", ""))
        case "actions":
            for element in block.get("elements", ()):
                yield from _element_pieces(element)
        case "input":
            yield _text(block.get("label"))
            yield from _element_pieces(block.get("element"))
            yield _text(block.get("hint"))
        case "image":
            yield _text(block.get("title"))
            yield str(block.get("alt_text", ""))
        case "table":
            for row in block.get("rows", ()):
                yield " | ".join(_cell(cell) for cell in row)
        case "rich_text":
            yield rich_text(block)


def _element_pieces(element: Any) -> Iterator[str]:
    if not isinstance(element, dict):
        return
    yield _text(element.get("text")) or _text(element.get("placeholder"))
    for option in options_of(element):
        yield _text(option.get("text"))
    for name in ("initial_option", "initial_value", "initial_date", "initial_time", "initial_date_time"):
        value = element.get(name)
        yield _text(value.get("text")) if isinstance(value, dict) else str(value or "")
    for option in element.get("initial_options") or ():
        yield _text(option.get("text"))


def _cell(cell: Json) -> str:
    return rich_text(cell) if cell.get("type") == "rich_text" else str(cell.get("text", ""))


def rich_text(node: Json) -> str:
    """The words of a rich_text block or element."""
    if "text" in node:
        return str(node["text"])
    match node.get("type"):
        case "link":
            return str(node.get("url", ""))
        case "user":
            return f"@{node.get('user_id', '')}"
        case "emoji":
            return f":{node.get('name', '')}:"
        case "date":
            return datetime.fromtimestamp(int(node.get("timestamp", 0)), UTC).strftime("%Y-%m-%d %H:%M UTC")
    joiner = "\n" if node.get("type") in ("rich_text", "rich_text_list") else ""
    return joiner.join(rich_text(child) for child in node.get("elements", ()))
