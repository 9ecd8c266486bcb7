"""PATCH operations on a SCIM resource. Source: RFC 7644 §3.5.2."""

import copy
import re
from typing import Any

from bot.demo.helpscout.http.replies import Json
from bot.demo.helpscout.scim.filter import Predicate, ScimProblem, parse_filter

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PATH = re.compile(r"(?:urn:[\w.:-]+:)?(?P<name>[A-Za-z$][\w$-]*)(?:\[(?P<filter>.+)\])?(?:\.(?P<sub>[\w$-]+))?")


def apply_operations(resource: Json, message: Json) -> Json:
    """A changed copy of `resource`. Raises ScimProblem (`invalidSyntax`, `invalidPath`, `noTarget`, `invalidValue`)."""
    if PATCH_OP not in message.get("schemas", ()):
        raise ScimProblem(400, f"A PATCH needs the schema {PATCH_OP}.", "invalidSyntax")
    operations = message.get("Operations")
    if not isinstance(operations, list) or not operations:
        raise ScimProblem(400, "A PATCH needs a list of Operations.", "invalidSyntax")
    changed = copy.deepcopy(resource)
    for operation in operations:
        if not isinstance(operation, dict):
            raise ScimProblem(400, "An operation must be an object.", "invalidSyntax")
        _apply(changed, str(operation.get("op", "")).casefold(), operation.get("path"), operation.get("value"))
    return changed


def _apply(resource: Json, op: str, path: object, value: Any) -> None:
    if op not in ("add", "replace", "remove"):
        raise ScimProblem(400, "An operation must be add, replace or remove.", "invalidSyntax")
    if path is None:
        if op == "remove":
            raise ScimProblem(400, "remove needs a path.", "noTarget")
        if not isinstance(value, dict):
            raise ScimProblem(400, "Without a path the value must be an object.", "invalidValue")
        for name, entry in value.items():
            _apply(resource, op, name, entry)
        return
    parts = PATH.fullmatch(str(path))
    if parts is None:
        raise ScimProblem(400, f"The path {path} is not understood.", "invalidPath")
    name = next((key for key in resource if key.casefold() == parts["name"].casefold()), parts["name"])
    if parts["filter"]:
        _apply_to_chosen(resource, name, parse_filter(parts["filter"]), parts["sub"], op, value)
    elif parts["sub"]:
        _set(resource.setdefault(name, {}), parts["sub"], op, value)
    else:
        _set(resource, name, op, value)


def _apply_to_chosen(resource: Json, name: str, chosen: Predicate, sub: str | None, op: str, value: Any) -> None:
    entries = resource.get(name, [])
    matching = [one for one in entries if isinstance(one, dict) and chosen(one)]
    if not matching and op != "remove":
        raise ScimProblem(400, f"No value of {name} matches.", "noTarget")
    if sub:
        for one in matching:
            _set(one, sub, op, value)
    elif op == "remove":
        resource[name] = [one for one in entries if not any(one is gone for gone in matching)]
    else:
        for one in matching:
            one.update(value if isinstance(value, dict) else {"value": value})


def _set(target: Any, name: str, op: str, value: Any) -> None:
    if not isinstance(target, dict):
        raise ScimProblem(400, f"{name} has no place to go.", "invalidPath")
    current = target.get(name)
    if op == "remove":
        if isinstance(current, list) and value:  # Entra ID names the values to remove this way
            gone = {_value(one) for one in (value if isinstance(value, list) else [value])}
            target[name] = [one for one in current if _value(one) not in gone]
        else:
            target.pop(name, None)
    elif op == "add" and isinstance(current, list):
        added = value if isinstance(value, list) else [value]
        present = {_value(one) for one in current}
        target[name] = current + [one for one in added if _value(one) not in present]
    elif isinstance(current, dict) and isinstance(value, dict):
        current.update(value)
    else:
        target[name] = value


def _value(entry: Any) -> str:
    return str(entry.get("value", entry) if isinstance(entry, dict) else entry)
