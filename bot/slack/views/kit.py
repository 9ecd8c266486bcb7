"""Block Kit in few words: every piece is one of slack_sdk's classes, cut to Slack's limit where it is made.

slack_sdk checks each object when it writes it (`to_dict`), which takes 0.7 ms for a person's card: longer than the
whole answer may. So `as_json` writes the same JSON without the checks, and the tests hold every view, with the longest
legal data, against slack_sdk's checks and the limits of Block Kit.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import TextObject
from slack_sdk.models.blocks.block_elements import BlockElement
from slack_sdk.models.views import View

from bot.slack.views.text import length, plain

Json: TypeAlias = dict[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
SECTION_TEXT = 3000
FIELD_TEXT = 2000
FIELDS = 10
TITLE = 24
METADATA = 3000
DIALOG_TEXT = 300
FALLBACK = 3000

_AS_THEY_ARE = frozenset({str, bool, int, float})  # asked first: most of what there is
_CUT_ENTITY = re.compile(r"&[a-z]{0,3}$")


@dataclass(frozen=True, slots=True)
class Message:
    """What is shown in a channel or privately. `text` is the fallback: mrkdwn, read out and shown in notifications."""

    text: str
    blocks: tuple[Block, ...] = ()

    def as_json(self) -> Json:
        """The arguments of chat.postMessage, a response URL or an answer that carry it."""
        body: Json = {"text": shortened(self.text, FALLBACK).strip() or "–"}
        if self.blocks:
            body["blocks"] = as_json(self.blocks[:MESSAGE_BLOCKS])
        return body


def without_pictures(message: Message) -> Message:
    """The same without its pictures, which Slack fetches, and refuses the whole message when it can't."""
    blocks = [block for block in as_json(message.blocks) if block["type"] != "image"]
    for block in blocks:
        if (block.get("accessory") or {}).get("type") == "image":
            del block["accessory"]
    return Message(message.text, tuple(Block.parse_all(blocks)))


@cache
def _attributes(kind: type[Any]) -> tuple[str, ...] | None:
    """The names of a class's JSON keys; None where it spells itself otherwise, or is no piece of a message.

    (They are a property that reads nothing of the object.)
    """
    if not issubclass(kind, JsonObject) or kind.to_dict is not JsonObject.to_dict:
        return None
    named: Any = kind.attributes  # of a few classes it is the set itself
    return tuple(sorted(named.__get__(object.__new__(kind)) if isinstance(named, property) else named))


def as_json(piece: Any) -> Any:
    """What slack_sdk's `to_dict` gives, without its checks."""
    kind: Any = type(piece)
    if kind in _AS_THEY_ARE:
        return piece
    if kind is list or kind is tuple:
        return [as_json(one) for one in piece]
    names = _attributes(kind)
    if names is None:
        return piece.to_dict() if isinstance(piece, JsonObject) else piece
    made: Json = {}
    for name in names:
        value = getattr(piece, name, None)
        if value or value == 0:  # nothing that is empty, but what is false
            made[name] = value if type(value) is str else as_json(value)
    return made


def say(sentence: str, *more: Block) -> Message:
    """A message of one paragraph of markup (already safe), perhaps with blocks after it."""
    return Message(sentence, (section(sentence), *more))


def md(markup: str, most: int = SECTION_TEXT) -> MarkdownTextObject:
    """mrkdwn that is safe already. `verbatim`: Slack makes no links and no mentions of what stands there."""
    return MarkdownTextObject(text=shortened(markup, most), verbatim=True)


def shortened(markup: str, most: int) -> str:
    """Markup cut between two lines, else between two words, never within an angle bracket or an entity."""
    if length(markup) <= most:
        return markup
    kept = markup[: most - 2]
    while length(kept) > most - 2:
        kept = kept[:-1]
    for gap in ("\n", " "):
        if gap in kept:
            kept = kept[: kept.rindex(gap)]
            break
    if kept.count("<") > kept.count(">"):
        kept = kept[: kept.rindex("<")]
    kept = _CUT_ENTITY.sub("", kept)
    return f"{kept.rstrip()} …"


def section(markup: str, *, accessory: BlockElement | None = None, block_id: str | None = None) -> SectionBlock:
    return SectionBlock(text=md(markup or "–"), accessory=accessory, block_id=block_id)


def fields(pairs: Iterable[tuple[str, str]]) -> list[Block]:
    """Labels (ours) and values (safe markup) in two columns, as many sections as it takes."""
    kept = [md(f"*{label}*\n{value or '–'}", FIELD_TEXT) for label, value in pairs]
    parts: list[Sequence[TextObject]] = [kept[start : start + FIELDS] for start in range(0, len(kept), FIELDS)]
    return [SectionBlock(fields=part) for part in parts]


def header(words: str) -> HeaderBlock:
    """Anybody's words, large. plain_text: nothing in it is formatted, and no :shortcode: becomes a picture."""
    return HeaderBlock(text=PlainTextObject(text=plain(words, 150), emoji=False))


def context(*markup: str) -> ContextBlock:
    """Small grey text; pieces of safe markup side by side."""
    return ContextBlock(elements=[md(piece, FIELD_TEXT) for piece in markup if piece][:FIELDS])


def divider() -> DividerBlock:
    return DividerBlock()


def actions(*elements: InteractiveElement, block_id: str | None = None) -> ActionsBlock:
    return ActionsBlock(elements=list(elements), block_id=block_id)


def button(
    words: str,
    action_id: str,
    value: str = "",
    *,
    style: str | None = None,
    confirm: ConfirmObject | None = None,
    label: str = "",
) -> ButtonElement:
    """`value` comes back as a claim. `label` is what a screen reader says when `words` alone are not enough."""
    return ButtonElement(
        text=PlainTextObject(text=plain(words, 75), emoji=False),
        action_id=action_id,
        value=value or None,
        style=style,
        confirm=confirm,
        accessibility_label=plain(label, 75) if label else None,
    )


def confirmation(title: str, words: str, yes: str, no: str, *, style: str | None = None) -> ConfirmObject:
    """A dialog before a click counts; plain words."""
    return ConfirmObject(
        title=plain(title, 100),
        text=PlainTextObject(text=plain(words, DIALOG_TEXT), emoji=False),
        confirm=plain(yes, 30),
        deny=plain(no, 30),
        style=style,
    )


def option(words: str, value: str, description: str = "") -> Option:
    """One choice of a menu, in plain words."""
    return Option(
        text=PlainTextObject(text=plain(words, 75), emoji=False),
        value=value[:150],
        description=PlainTextObject(text=plain(description, 75), emoji=False) if description else None,
    )


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str = "",
    submit: str = "",
    close: str = "Close",
    private_metadata: str = "",
) -> View:
    """A form, or a note when it has no `submit`."""
    return View(
        type="modal",
        callback_id=callback_id or None,
        title=plain(title, TITLE),
        submit=plain(submit, TITLE) if submit else None,
        close=plain(close, TITLE),
        private_metadata=private_metadata or None,
        blocks=list(blocks[:VIEW_BLOCKS]),
    )
