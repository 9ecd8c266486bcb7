"""What may stand in a message, a modal and a Home tab, and what Slack fills in when the bot left it out."""

import copy
import secrets
from collections.abc import Iterator
from typing import Any

from bot.demo.slack.block_kit.blocks import EVERYWHERE, MESSAGE_ONLY
from bot.demo.slack.block_kit.elements import OPTION, OPTION_GROUP
from bot.demo.slack.block_kit.rules import (
    Complaints,
    Json,
    anything,
    boolean,
    items,
    one_of,
    plain_text,
    string,
    thing,
    typed,
)
from bot.demo.slack.reading import placed_elements

MESSAGE_BLOCKS = 50
HOME_BLOCKS = 100

_IN_MESSAGE = items(typed(EVERYWHERE | MESSAGE_ONLY), most=MESSAGE_BLOCKS, least=0)
_IN_VIEW = items(typed(EVERYWHERE), most=HOME_BLOCKS)
_MODAL = thing(
    {"type": anything, "title": plain_text(24), "blocks": _IN_VIEW},
    {
        "close": plain_text(24),
        "submit": plain_text(24),
        "private_metadata": string(3000, 0),
        "callback_id": string(255, 0),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "external_id": string(255, 0),
        "submit_disabled": boolean,
    },
)
_HOME = thing(
    {"type": anything, "blocks": _IN_VIEW},
    {"private_metadata": string(3000, 0), "callback_id": string(255, 0), "external_id": string(255, 0)},
)


def check_message(blocks: Any) -> tuple[list[Json], list[str]]:
    """The blocks with the ids that Slack fills in, and what is wrong with them."""
    complain = Complaints()
    _IN_MESSAGE(blocks, "/blocks", complain)
    if complain.lines:
        return [], complain.lines
    kept = _with_ids(blocks)
    _unique(kept, "/blocks", complain)
    if sum(block["type"] == "table" for block in kept) > 1:
        complain.add("only_one_table_allowed", "/blocks")
    return kept, complain.lines


def check_view(view: Any, *, kinds: tuple[str, ...] = ("modal", "home")) -> tuple[Json, list[str]]:
    """The view with the ids that Slack fills in, and what is wrong with it."""
    complain = Complaints()
    one_of(*kinds)(view.get("type") if isinstance(view, dict) else None, "/view/type", complain)
    if not complain.lines:
        (_MODAL if view["type"] == "modal" else _HOME)(view, "/view", complain)
    if complain.lines:
        return {}, complain.lines
    kept: Json = {**view, "blocks": _with_ids(view["blocks"])}
    _unique(kept["blocks"], "/view/blocks", complain)
    if kept["type"] == "modal" and not kept.get("submit") and any(b["type"] == "input" for b in kept["blocks"]):
        complain.add("missing required field: submit (a view with input blocks needs it)", "/view")
    if sum(bool(p.element.get("focus_on_load")) for p in placed_elements(kept["blocks"])) > 1:
        complain.add("only one element can have focus_on_load set to true", "/view/blocks")
    return kept, complain.lines


def check_options(answer: Any) -> tuple[list[Json], list[str]]:
    """The options of an answer to a typeahead (groups flattened), and what is wrong with it."""
    complain = Complaints()
    thing(
        {},
        {"options": items(OPTION, most=100, least=0), "option_groups": items(OPTION_GROUP, most=100, least=0)},
    )(answer, "", complain)
    if complain.lines:
        return [], complain.lines
    grouped = [o for g in answer.get("option_groups") or () for o in g["options"]]
    return [*(answer.get("options") or ()), *grouped], []


def _with_ids(blocks: list[Json]) -> list[Json]:
    kept = [copy.deepcopy(block) for block in blocks]
    for block in kept:
        if not block.get("block_id"):
            block["block_id"] = secrets.token_urlsafe(4)
        for element in _holders(block):
            if not element.get("action_id"):
                element["action_id"] = secrets.token_urlsafe(4)
    return kept


def _holders(block: Json) -> Iterator[Json]:
    for placed in placed_elements([block]):
        yield placed.element


def _unique(blocks: list[Json], path: str, complain: Complaints) -> None:
    seen: set[str] = set()
    for position, block in enumerate(blocks):
        block_id = block["block_id"]
        if block_id in seen:
            complain.add(f"block_id {block_id} already exists", f"{path}/{position}/block_id")
        seen.add(block_id)
        actions = [element["action_id"] for element in _holders(block)]
        for action_id in sorted({a for a in actions if actions.count(a) > 1}):
            complain.add(f'`action_id` "{action_id}" already exists for other action', f"{path}/{position}/elements")
