"""A request of Slack's over HTTP, read for Bolt.

Bolt takes every form that has the word "payload" anywhere in it for an interaction, finds no such field in a slash
command, and hands on nothing: `/hs-user jane@payload.example` would be answered by nobody. Here it is read as what
it is. Source: slack_bolt/request/internals.py, `parse_body`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from slack_bolt import BoltRequest

DEEPEST = 60
"""Levels of a payload: a form of Slack's has about a dozen."""
_OPENING = re.compile(r"[\[{]|%5B|%7B", re.IGNORECASE)
Headers = Mapping[str, str | Sequence[str]]


class NotSlacks(ValueError):
    """The body has another shape than Slack's requests have, so that nothing in it can be read."""


def read_request(
    body: str, headers: Headers, *, query: str = "", context: Mapping[str, Any] | None = None
) -> BoltRequest:
    """The request, to be read only when its signature is Slack's. Raises NotSlacks."""
    more: dict[str, Any] = {"query": query, "headers": dict(headers), "context": dict(context or {})}
    try:
        request = BoltRequest(body=body, **more)
        if not request.body and "payload" in body and "payload" not in (fields := dict(parse_qsl(body, True))):
            request = BoltRequest(body=fields, mode="socket_mode", **more)
            request.raw_body, request.mode = body, "http"  # the signature is over the body as it came
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as fault:  # Bolt expects Slack's shapes
        raise NotSlacks("Not a payload of Slack's.") from fault
    if _deep(request.body, body) or not _routable(request.body):
        raise NotSlacks("Not a payload of Slack's.")
    return request


def _deep(read: Any, body: str) -> bool:
    """Whether it is nested deeper than whatever walks over it later can follow."""
    if len(_OPENING.findall(body)) <= DEEPEST:
        return False
    level = [read]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _has_values(view: Mapping[str, Any]) -> bool:
    """Whether what was filled in is where it should be: block → action → value; nothing at all will do."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, dict) else state
    if values is None:
        return True
    return isinstance(values, dict) and all(
        isinstance(block, dict) and all(isinstance(value, dict) for value in block.values())
        for block in values.values()
    )


def _routable(body: Mapping[str, Any]) -> bool:
    """Whether what Bolt looks at to find a listener is there."""
    match body.get("type"):
        case "block_actions":
            match body.get("actions"):
                case [dict(first), *_]:
                    return isinstance(first.get("action_id"), str)
            return False
        case "view_submission" | "view_closed":
            view = body.get("view")
            return (
                isinstance(view, dict)
                and all(isinstance(view.get(key), str) for key in ("callback_id", "type"))
                and _has_values(view)
            )
        case "block_suggestion":
            return isinstance(body.get("action_id"), str)
        case "shortcut" | "message_action":
            return isinstance(body.get("callback_id"), str)
        case "event_callback":
            event = body.get("event")
            return isinstance(event, dict) and isinstance(event.get("type"), str)
    return True
