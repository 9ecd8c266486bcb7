"""One answer of a REST list: its rows, its page block, its link to the next page. Source: helpscout.md, "pages".

Help Scout is written in PHP, whose empty object comes as `[]` and whose list with holes comes as an object by position:
both are read for what they mean.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from bot.helpscout.errors import Unbelievable

BLOCK = ("size", "totalElements", "totalPages", "number")
_SHAPE = "Help Scout's list has rows of the wrong shape, so it was discarded. Try again."


def rows_of(document: Mapping[str, Any], keys: Iterable[str]) -> list[object]:
    """The rows under whichever key holds some; an empty list may come without `_embedded`, or with an empty one."""
    embedded = object_or_empty(document.get("_embedded"))
    if embedded is None:
        raise Unbelievable(_SHAPE)
    for key in keys:
        rows = embedded.get(key)
        if rows is not None:
            found = list_of(rows)
            if found is None:
                raise Unbelievable(_SHAPE)
            return found
    return []


def block_of(document: Mapping[str, Any]) -> tuple[int, int, int, int] | None:
    """The page block as `BLOCK`, None when there is none: then the answer is the whole list, or names the next page."""
    block = document.get("page")
    if block is None:
        return None
    numbers = [block.get(name) for name in BLOCK] if isinstance(block, Mapping) else []
    whole = [number for number in numbers if isinstance(number, int) and not isinstance(number, bool)]
    if len(whole) != len(BLOCK):
        raise Unbelievable("Help Scout's list has a page block of the wrong shape, so it was discarded. Try again.")
    size, total, pages, number = whole
    return size, total, pages, number


def next_of(document: Mapping[str, Any]) -> dict[str, str] | None:
    """The query of `_links.next`, None when there is no such link.

    Only the query is taken from it: wherever the link points, the token goes to the address that was configured.
    """
    links = object_or_empty(document.get("_links"))
    link = links.get("next") if links else None
    href = link.get("href") if isinstance(link, Mapping) else link
    if not href:
        return None
    try:
        query = dict(httpx.URL(href).params) if isinstance(href, str) else {}
    except httpx.InvalidURL:
        query = {}
    if not query:
        raise Unbelievable("Help Scout's list has a next page without saying where, so it was discarded. Try again.")
    return query


def object_or_empty(value: object) -> Mapping[str, Any] | None:
    """An object; a missing one and PHP's empty one are empty. None when it is something else."""
    if value is None or value == []:
        return {}
    return value if isinstance(value, Mapping) else None


def list_of(value: object) -> list[object] | None:
    """A list; a missing one is empty, and one with holes comes by position. None when it is something else."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and all(isinstance(key, str) and key.isdecimal() for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return None
