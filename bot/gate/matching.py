"""Filters (RFC 7644 §3.4.2.2) held against documents. scim2-models parses; what it means for a document is here, so
that twenty thousand people need not become its objects first.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scim2_models import SCIMException, ScimFilter
from scim2_models.path import Comparison, FilterNode, LogicalExpr, LogicalOperator, Not, Present, ValuePath

from bot.gate.faults import Fault
from bot.gate.spelling import ENTERPRISE

LONGEST = 2000
EXACT = frozenset({"id", "externalid", "value.id", "$ref"})
"""Attributes that are compared with their case (RFC 7643 §3.1)."""
_SIMPLE = re.compile(r'\s*(userName|externalId|id|displayName)\s+eq\s+("(?:[^"\\\x00-\x1f]|\\.)*")\s*', re.IGNORECASE)


def parse(text: str) -> FilterNode:
    """Raises `Fault`."""
    if len(text) > LONGEST:
        raise Fault(400, f"The filter is too long: at most {LONGEST:,} characters.", "invalidFilter")
    return _parsed(text)


@lru_cache(maxsize=256)
def _parsed(text: str) -> FilterNode:
    try:
        return ScimFilter(text).ast
    except SCIMException as wrong:
        raise Fault(400, wrong.detail or "The filter can't be read.", "invalidFilter") from None
    except (ValueError, TypeError, RecursionError):
        raise Fault(400, "The filter can't be read.", "invalidFilter") from None


def simple(text: str) -> tuple[str, str] | None:
    """(attribute in lower case, value) of a filter that is one comparison by `eq`: what IdPs ask before each push."""
    found = _SIMPLE.fullmatch(text)
    if found is None or len(text) > LONGEST:
        return None
    try:
        return found[1].lower(), str(json.loads(found[2]))
    except ValueError:
        return None


def matches(node: FilterNode, document: Any) -> bool:
    match node:
        case LogicalExpr(op=op):
            parts = (matches(one, document) for one in node.terms)
            return all(parts) if op is LogicalOperator.and_ else any(parts)
        case Not():
            return not matches(node.expr, document)
        case Present():
            return any(_there(value) for value in _values(document, _path(node.attr_path)))
        case Comparison():
            return _compares(node, document)
        case ValuePath():
            entries = _values(document, _path(node.attr_path))  # one by one
            return any(matches(node.val_filter, entry) for entry in entries)
    return False


def _path(attr: Any) -> list[str]:
    """The names from the document's root, in lower case."""
    names = [attr.attr, *([attr.sub_attr] if attr.sub_attr else [])]
    uri = str(attr.uri or "") or (ENTERPRISE if str(attr.attr).lower() == "manager" else "")
    if uri and not uri.lower().startswith("urn:ietf:params:scim:schemas:core:2.0:"):
        names = [uri.rstrip(":"), *names]
    return [str(name).lower() for name in names]


def _values(document: Any, path: list[str]) -> Iterator[Any]:
    """Every value at a path; the entries of a list one by one."""
    if isinstance(document, list):
        for one in document:
            yield from _values(one, path)
    elif not path:
        yield document
    elif isinstance(document, Mapping):
        for name, value in document.items():
            if name.lower() == path[0]:
                yield from _values(value, path[1:])


def _there(value: Any) -> bool:
    return value not in (None, "", [], {})


def _compares(node: Comparison, document: Any) -> bool:
    path = _path(node.attr_path)
    exact = path[-1] in EXACT
    found = [one.get("value") if isinstance(one, Mapping) else one for one in _values(document, path)]
    op, wanted = node.op.value, node.value
    if op == "ne":
        return not any(_holds("eq", one, wanted, exact) for one in found)
    if wanted is None:
        return op == "eq" and not any(_there(one) for one in found)
    return any(_holds(op, one, wanted, exact) for one in found)


def _holds(op: str, value: Any, wanted: Any, exact: bool) -> bool:
    return bool(_judged(op, value, wanted, exact))


def _judged(op: str, value: Any, wanted: Any, exact: bool) -> Any:
    if isinstance(value, bool) and isinstance(wanted, str):  # Entra ID: active eq "true"
        wanted = {"true": True, "false": False}.get(wanted.lower(), wanted)
    if isinstance(value, str) and isinstance(wanted, str):
        if not exact:
            value, wanted = value.casefold(), wanted.casefold()
        match op:
            case "co":
                return wanted in value
            case "sw":
                return value.startswith(wanted)
            case "ew":
                return value.endswith(wanted)
    elif op in ("co", "sw", "ew"):
        return False
    if op == "eq":
        return type(value) is type(wanted) and value == wanted
    if isinstance(value, bool) or isinstance(wanted, bool):
        return False
    try:
        return {"gt": value > wanted, "ge": value >= wanted, "lt": value < wanted, "le": value <= wanted}[op]
    except (TypeError, KeyError):
        return False
