"""PATCH operations applied here, for servers that take only PUT. Source: RFC 7644 §3.5.2 (operations) and §3.10
(paths).

Paths: `attr`, `attr.sub`, `attr[sub eq "value"]`, `attr[sub eq "value"].sub`, each with or without the schema's URN
before it.
"""

import copy
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.helpscout.errors import Rejected
from bot.helpscout.scim.resources import Operation, boolean

_PATH = re.compile(
    r"""^(?P<attr>[A-Za-z$][\w$-]*)
    (?:\[\s*(?P<key>[A-Za-z$][\w$-]*)\s+(?i:eq)\s+(?P<value>"(?:[^"\\]|\\.)*"|true|false|-?\d+)\s*\])?
    (?:\.(?P<sub>[A-Za-z$][\w$-]*))?$""",
    re.VERBOSE,
)


def patched(resource: Mapping[str, Any], operations: Iterable[Operation]) -> dict[str, Any]:
    """The resource after the operations, everything else as it was. Rejected for a path that is not understood."""
    document = copy.deepcopy(dict(resource))
    for operation in operations:
        if not operation.path:
            if not isinstance(operation.value, Mapping) or operation.op == "remove":
                raise _unclear(operation)
            for name, value in operation.value.items():
                _apply(document, operation.op, name, value)
        else:
            _apply(document, operation.op, operation.path, operation.value)
    return document


def _apply(document: dict[str, Any], op: str, path: str, value: Any) -> None:
    holder, rest = document, path
    if path.casefold().startswith("urn:"):
        urn, _, rest = path.rpartition(":")
        extension = next((key for key in document if key.casefold() == urn.casefold()), None)
        if extension is not None and isinstance(document[extension], dict):
            holder = document[extension]
        elif "core:2.0" not in urn.casefold():
            holder = document.setdefault(urn, {})
    match = _PATH.match(rest)
    if match is None:
        raise _unclear(Operation(op="replace", path=path))
    attribute = _key(holder, match["attr"])
    if match["key"]:
        _apply_to_entries(holder, attribute, op, match["key"], _literal(match["value"]), match["sub"], value)
    elif match["sub"]:
        inner = holder.get(attribute)
        inner = inner if isinstance(inner, dict) else {}
        _write(inner, _key(inner, match["sub"]), op, value)
        holder[attribute] = inner
    else:
        _write(holder, attribute, op, value)


def _write(holder: dict[str, Any], attribute: str, op: str, value: Any) -> None:
    before = holder.get(attribute)
    if op == "remove":
        if isinstance(before, list) and isinstance(value, list):  # Entra: remove these values from the list
            gone = {_value(entry) for entry in value}
            holder[attribute] = [entry for entry in before if _value(entry) not in gone]
        else:
            holder.pop(attribute, None)
    elif op == "add" and isinstance(before, list):
        there = {_value(entry) for entry in before}
        fresh = value if isinstance(value, list) else [value]
        holder[attribute] = [*before, *(entry for entry in fresh if _value(entry) not in there)]
    elif isinstance(before, dict) and isinstance(value, Mapping):
        for name, inner in value.items():
            before[_key(before, name)] = inner
    else:
        holder[attribute] = value


def _apply_to_entries(
    holder: dict[str, Any], attribute: str, op: str, key: str, wanted: Any, sub: str | None, value: Any
) -> None:
    entries = holder.get(attribute)
    entries = entries if isinstance(entries, list) else []
    fits = [entry for entry in entries if isinstance(entry, dict) and _fits(entry.get(_key(entry, key)), wanted)]
    if op == "remove":
        if sub is None:
            holder[attribute] = [entry for entry in entries if not any(entry is fit for fit in fits)]
        for fit in fits if sub else ():
            fit.pop(_key(fit, sub or ""), None)
        return
    if not fits:
        fits = [{key: wanted}]
        entries = [*entries, *fits]
    for fit in fits:
        if sub is not None:
            fit[_key(fit, sub)] = value
        elif isinstance(value, Mapping):
            fit.update(value)
        else:
            raise _unclear(Operation(op="replace", path=attribute))
    holder[attribute] = entries


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return boolean(value) is wanted
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return str(value) == str(wanted)


def _literal(text: str) -> Any:
    """A filter's value, which is one of JSON's; a number is compared by its digits."""
    try:
        return json.loads(text, strict=False) if text[0] in '"tf' else text
    except ValueError:
        raise _unclear(Operation(op="replace", path=text)) from None


def _value(entry: Any) -> str:
    return str(entry.get("value")) if isinstance(entry, Mapping) else str(entry)


def _key(holder: Mapping[str, Any], name: str) -> str:
    """The name an attribute has there already, compared without case (RFC 7643 §2.1)."""
    return next((key for key in holder if key.casefold() == name.casefold()), name)


def _unclear(operation: Operation) -> Rejected:
    return Rejected(
        f"This server takes no PATCH, and {operation.op} at {operation.path or 'no path'} can't be done by PUT.",
        api="SCIM",
    )
