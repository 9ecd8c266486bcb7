"""The blocks of Block Kit and their limits. Source: docs.slack.dev/reference/block-kit/blocks."""

from typing import Any

from bot.demo.slack.block_kit.elements import (
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    PICTURE,
    one_picture,
)
from bot.demo.slack.block_kit.rules import (
    Complaints,
    Json,
    Rule,
    any_text,
    anything,
    boolean,
    integer,
    items,
    one_of,
    plain_text,
    string,
    thing,
    typed,
)

_BLOCK: dict[str, Rule] = {"block_id": string(255)}


def _text_or_fields(value: Json, path: str, complain: Complaints) -> None:
    if value.get("text") is None and value.get("fields") is None:
        complain.add("missing required field: text", path)


SECTION = thing(
    {"type": anything},
    _BLOCK
    | {"text": any_text(3000), "fields": items(any_text(2000), most=10), "accessory": IN_SECTION, "expand": boolean},
    _text_or_fields,
)
DIVIDER = thing({"type": anything}, _BLOCK)
HEADER = thing({"type": anything, "text": plain_text(150)}, _BLOCK | {"level": integer(1, 4)})
IMAGE_BLOCK = thing(
    {"type": anything, "alt_text": string(2000)}, _BLOCK | PICTURE | {"title": plain_text(2000)}, one_picture
)
ACTIONS = thing({"type": anything, "elements": items(IN_ACTIONS, most=25)}, _BLOCK)
CONTEXT = thing(
    {
        "type": anything,
        "elements": items(
            typed({"mrkdwn": any_text(3000), "plain_text": any_text(3000), "image": IMAGE}),
            most=10,
        ),
    },
    _BLOCK,
)
CONTEXT_ACTIONS = thing({"type": anything, "elements": items(IN_CONTEXT_ACTIONS, most=5)}, _BLOCK)
INPUT = thing(
    {"type": anything, "label": plain_text(2000), "element": IN_INPUT},
    _BLOCK | {"hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
)
MARKDOWN = thing({"type": anything, "text": string(12_000)}, _BLOCK)

_STYLE = thing({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean))
_STYLED: dict[str, Rule] = {"style": _STYLE}
_RICH_PART = typed(
    {
        "text": thing({"type": anything, "text": string(12_000)}, _STYLED),
        "link": thing({"type": anything, "url": string(3000)}, _STYLED | {"text": string(3000, 0), "unsafe": boolean}),
        "user": thing({"type": anything, "user_id": string(255)}, _STYLED),
        "usergroup": thing({"type": anything, "usergroup_id": string(255)}, _STYLED),
        "channel": thing({"type": anything, "channel_id": string(255)}, _STYLED),
        "emoji": thing({"type": anything, "name": string(255)}, _STYLED | {"unicode": string(100)}),
        "date": thing(
            {"type": anything, "timestamp": integer(0, 9_999_999_999), "format": string(255)},
            _STYLED | {"url": string(3000), "fallback": string(3000)},
        ),
        "broadcast": thing({"type": anything, "range": one_of("here", "channel", "everyone")}, _STYLED),
        "color": thing({"type": anything, "value": string(50)}, _STYLED),
        "team": thing({"type": anything, "team_id": string(255)}, _STYLED),
    }
)
_RICH_PARTS = items(_RICH_PART, most=1000, least=0)
_BORDER: dict[str, Rule] = {"border": integer(0, 1)}
_RICH_SECTION = thing({"type": anything, "elements": _RICH_PARTS})
_RICH = typed(
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_preformatted": thing(
            {"type": anything, "elements": _RICH_PARTS}, _BORDER | {"language": string(50)}
        ),
        "rich_text_quote": thing({"type": anything, "elements": _RICH_PARTS}, _BORDER),
        "rich_text_list": thing(
            {
                "type": anything,
                "style": one_of("bullet", "ordered"),
                "elements": items(typed({"rich_text_section": _RICH_SECTION}), most=1000, least=0),
            },
            _BORDER | {"indent": integer(0, 8), "offset": integer(0, 10_000)},
        ),
    }
)
RICH_TEXT = thing({"type": anything, "elements": items(_RICH, most=1000, least=0)}, _BLOCK)
_CELL = typed(
    {
        "raw_text": thing({"type": anything, "text": string(10_000, 0)}),
        "raw_number": thing({"type": anything, "value": anything}, {"text": string(10_000, 0)}),
        "rich_text": RICH_TEXT,
    }
)
_COLUMN = thing({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _column(value: Any, path: str, complain: Complaints) -> None:
    if value is not None:
        _COLUMN(value, path, complain)


TABLE = thing(
    {"type": anything, "rows": items(items(_CELL, most=20), most=100)},
    _BLOCK | {"column_settings": items(_column, most=20)},
)
VIDEO = thing(
    {
        "type": anything,
        "alt_text": string(2000),
        "title": plain_text(199),
        "thumbnail_url": string(3000),
        "video_url": string(3000),
    },
    _BLOCK
    | {
        "author_name": string(49),
        "description": plain_text(199),
        "provider_icon_url": string(3000),
        "provider_name": string(50),
        "title_url": string(3000),
    },
)

EVERYWHERE: dict[str, Rule] = {
    "section": SECTION,
    "divider": DIVIDER,
    "header": HEADER,
    "image": IMAGE_BLOCK,
    "actions": ACTIONS,
    "context": CONTEXT,
    "input": INPUT,
    "rich_text": RICH_TEXT,
    "video": VIDEO,
}
MESSAGE_ONLY: dict[str, Rule] = {"markdown": MARKDOWN, "table": TABLE, "context_actions": CONTEXT_ACTIONS}
