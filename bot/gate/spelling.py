"""How identity providers spell what a schema has: read as what it plainly means, before the schema is asked."""

from collections.abc import Mapping
from typing import Any

from bot.gate.faults import bad_value

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
CORE: Mapping[str, str] = {"User": USER, "Group": GROUP}
_EARLIER = {"urn:scim:schemas:core:1.0": "", "urn:scim:schemas:extension:enterprise:1.0": ENTERPRISE}
"""Names of SCIM 1.1's schemas, which some still send, → what they are called now; "" for the resource's own."""
BOOLEANS = frozenset({"active", "primary"})
LISTS = frozenset({"roles", "entitlements", "members", "emails", "phonenumbers"})
"""Attributes whose entries are objects with a `value`; some send the bare value, or one entry without the list."""


def within_core(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """With what stands under the URN of the resource's own schema as the resource's own. Raises `Fault`."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if path := without_core(kind, name):
            found[path] = value
        elif isinstance(value, Mapping):
            found |= within_core(kind, value)
        elif value is not None:
            raise bad_value(f"{name} must be an object: it is the {kind.lower()} itself.")
    return found


def without_core(kind: str, path: str) -> str:
    """A path or name without the resource's own schema in front; "" for the resource itself."""
    for urn, now in ((CORE[kind], ""), *_EARLIER.items()):
        if path.lower() == urn.lower():
            return now
        if path.lower().startswith(f"{urn.lower()}:"):
            rest = path[len(urn) + 1 :]
            return f"{now}:{rest}" if now else rest
    return path


def of_attribute(name: str, value: Any) -> Any:
    """The value of an attribute at the top of a resource."""
    return cleaned(name, _entries(value) if name.lower() in LISTS else value)


def at_path(path: str, value: Any) -> Any:
    """What an operation of a PATCH writes."""
    last = path.lower().rpartition("]")[2].replace(":", ".").rpartition(".")[2] or path.lower()
    if last == "manager":
        return manager(value)
    if path.lower() == ENTERPRISE.lower():
        return extension(value)
    return of_attribute(last, value)


def cleaned(name: str, value: Any) -> Any:
    """Without nulls, and with booleans that are spelled as text, or stand in a list by themselves."""
    if name.lower() in BOOLEANS and isinstance(value, list) and len(value) == 1:
        value = value[0]
    if name.lower() in BOOLEANS and isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if isinstance(value, Mapping):
        return {key: cleaned(key, one) for key, one in value.items() if one is not None}
    return [cleaned("", one) for one in value] if isinstance(value, list) else value


def _entries(value: Any) -> Any:
    if value is None:
        return None
    return [_entry(one) for one in (value if isinstance(value, list) else [value])]


def _entry(one: Any) -> Any:
    if isinstance(one, str) or _is_number(one):
        return {"value": str(one)}
    if not isinstance(one, Mapping):
        return one
    return {key: str(part) if key.lower() == "value" and _is_number(part) else part for key, part in one.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def extension(value: Any) -> Any:
    """The enterprise extension (RFC 7643 §4.3)."""
    if not isinstance(value, Mapping):
        return value
    return {
        key: manager(one) if key.lower() == "manager" else cleaned(key, one)
        for key, one in value.items()
        if one is not None and not (key.lower() == "manager" and one in ("", [], {}))
    }


def manager(value: Any) -> Any:
    """A manager as a bare text, in a list, or as an object (RFC 7643 §4.3 wants the last, with a reference)."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, str | int) and not isinstance(value, bool):
        value = {"value": str(value)}
    if isinstance(value, Mapping) and isinstance(value.get("value"), str) and "$ref" not in value:
        return {**value, "$ref": f"../Users/{value['value']}"} if value["value"] else None
    return value
