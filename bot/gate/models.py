"""SCIM's resource models, as scim2-models has them: what is accepted, patched and described (RFC 7643 §4, §7).

Unknown attributes are kept; a path filter that meets nothing makes the entry that it describes, and a removal may name
its members in its value, as Entra ID sends them.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from pydantic import ValidationError
from scim2_models import (
    EnterpriseUser,
    Group,
    PatchOp,
    Resource,
    ResourceType,
    SCIMException,
    ScimPolicy,
    ServiceProviderConfig,
    User,
)

from bot.gate.faults import Fault, bad_syntax, bad_value
from bot.gate.refusals import as_fault
from bot.gate.spelling import BOOLEANS, CORE, ENTERPRISE, at_path, extension, of_attribute, within_core, without_core

MANAGER = f"{ENTERPRISE}:manager"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MOST_OPERATIONS = 1000

Person: TypeAlias = User[EnterpriseUser]
MESSAGES: Mapping[Any, Any] = {Person: PatchOp[Person], Group: PatchOp[Group]}
"""Kept: pydantic forgets a class that nobody holds, and making it takes longer than what it is for."""
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.keep,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
OURS_TO_SAY = frozenset({"id", "meta", "schemas", "groups"})
"""What is ours to say: sent along by IdPs with everything else, and not taken over."""
SECRET = frozenset({"password"})
EMPTIED = frozenset({"members", "roles"})
"""Lists that say something when they are empty, which the library leaves out."""


def _names(model: type[Resource[Any]]) -> dict[str, str]:
    found = {str(field.serialization_alias or name): name for name, field in model.model_fields.items()}
    return {alias.lower(): alias for alias in found}


KNOWN: Mapping[str, Mapping[str, str]] = {"User": _names(User), "Group": _names(Group)}
"""Resource type → attribute in lower case → as it is written."""


def accepted(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """A resource as it was pushed, its attributes spelled as in the schema, without what is not the IdP's to say.

    Raises `Fault` for values of impossible types.
    """
    known = KNOWN[kind]
    cleaned = {
        known.get(name.lower(), name): of_attribute(name, value)
        for name, value in within_core(kind, document).items()
        if name.lower() not in OURS_TO_SAY | SECRET
    }
    cleaned = {_whole(kind, name): value for name, value in cleaned.items() if value is not None}
    if MANAGER in cleaned:
        cleaned[ENTERPRISE] = {"manager": cleaned.pop(MANAGER), **(cleaned.get(ENTERPRISE) or {})}
    for name in [name for name in cleaned if name.lower() == ENTERPRISE.lower()]:
        cleaned[ENTERPRISE] = extension(cleaned.pop(name))
    model = Person if kind == "User" else Group
    empty = {name: value for name, value in cleaned.items() if name in EMPTIED and value == []}
    return _dumped(_validated(model, {**cleaned, "schemas": schemas_of(kind, cleaned)})) | empty


def schemas_of(kind: str, document: Mapping[str, Any]) -> list[str]:
    return [CORE[kind], *(name for name in document if name.startswith("urn:") and name != CORE[kind])]


def patched(kind: str, document: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """`document` after the operations of a PATCH (RFC 7644 §3.5.2). Raises `Fault`: then none of them counts."""
    operations = next((value for name, value in body.items() if name.lower() == "operations"), None)
    if not isinstance(operations, list) or not operations:
        raise bad_syntax("A PATCH needs a list of Operations.")
    if len(operations) > MOST_OPERATIONS:
        raise Fault(413, f"A PATCH may have at most {MOST_OPERATIONS:,} operations.", "tooMany")
    model = Person if kind == "User" else Group
    now: dict[str, Any] = {**document, "schemas": schemas_of(kind, document)}
    resource = _validated(model, now)
    beside: dict[str, Any] = {}  # attributes that no schema has: kept as they come
    gone: set[str] = set()
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise bad_syntax("An operation must be an object.")
        for one in _operations(kind, operation, beside, gone):
            resource = _apply(model, resource, one)
    after = _dumped(resource)
    after = {name: value for name, value in after.items() if name not in gone} | beside
    return accepted(kind, after)


def _apply(model: Any, resource: Any, operation: Mapping[str, Any]) -> Any:
    message = {"schemas": [PATCH], "Operations": [operation]}
    try:
        with POLICY:
            MESSAGES[model].model_validate(message).patch(resource)
    except (SCIMException, ValidationError) as refused:
        raise as_fault(refused, str(operation.get("path", ""))) from None
    except (TypeError, ValueError, RecursionError, AttributeError, KeyError):
        raise bad_value("An operation can't be applied to this resource.") from None
    return resource


def _operations(
    kind: str, operation: Mapping[str, Any], beside: dict[str, Any], gone: set[str]
) -> Iterator[dict[str, Any]]:
    """What the library is to do of one operation; what no schema knows is done here."""
    given = {name.lower(): value for name, value in operation.items()}
    op, path, value = given.get("op"), given.get("path"), given.get("value")
    if not isinstance(op, str) or op.strip().lower() not in ("add", "replace", "remove"):
        raise bad_syntax("op must be add, replace or remove.")
    op = op.strip().lower()
    if path is not None and not isinstance(path, str):
        raise Fault(400, "path must be a text.", "invalidPath")
    path = without_core(kind, path.strip()) if path else path
    if path:
        path = _whole(kind, path)
        top = _top(kind, path)
        if top is None:
            _aside(op, path, value, beside, gone)
        elif top not in OURS_TO_SAY | SECRET:
            sent: dict[str, Any] = {"op": op, "path": path}
            if "value" in given:
                sent["value"] = at_path(path, value)
            elif op == "add" and path.endswith("]"):
                sent["value"] = {}  # the filter describes the entry, and that is all there is of it
            yield sent
        return
    if op == "remove":
        raise Fault(400, "A removal needs a path.", "noTarget")
    if not isinstance(value, Mapping):
        raise bad_value("An operation without a path needs an object as its value.")
    ours: dict[str, Any] = {}
    for name, one in ((_whole(kind, name), one) for name, one in within_core(kind, value).items()):
        top = _top(kind, name)
        if top is None:
            _aside(op, name, one, beside, gone)
        elif "[" in name:  # a path where a name belongs, as Entra ID sends it
            yield {"op": op, "path": name, "value": at_path(name, one)}
        elif top == "members" and one is None:
            continue  # as in a PUT: nothing is said of them
        elif top not in OURS_TO_SAY | SECRET:
            ours[name] = at_path(name, one)
    if ours:
        yield {"op": op, "value": ours}


def _whole(kind: str, path: str) -> str:
    """A manager by their bare name is the one of the enterprise extension: so Entra ID's own documentation has it."""
    return f"{ENTERPRISE}:{path}" if kind == "User" and path.lower() in ("manager", "manager.value") else path


def _top(kind: str, path: str) -> str | None:
    """The attribute at which a path begins, in lower case; the extension's URN for its attributes; None: unknown."""
    lower = path.lower()
    if kind == "User" and (lower == ENTERPRISE.lower() or lower.startswith(ENTERPRISE.lower() + ":")):
        return ENTERPRISE.lower()
    if lower.startswith("urn:"):
        return None
    name = lower
    for mark in "[.":
        name = name.partition(mark)[0]
    if not name or not name[0].isalpha():
        return name  # the library says what is wrong with it
    name = name.strip()
    if name in BOOLEANS and lower != name:
        raise Fault(400, f"{name} is true or false, and has no parts.", "invalidPath")
    return name if name in KNOWN[kind] else None


def _aside(op: str, path: str, value: object, beside: dict[str, Any], gone: set[str]) -> None:
    if op == "remove" or value is None:
        gone.add(path)
        beside.pop(path, None)
    else:
        beside[path] = value


def _validated(model: Any, document: Mapping[str, Any]) -> Any:
    try:
        with POLICY:
            return model.model_validate(document)
    except (SCIMException, ValidationError) as refused:
        raise as_fault(refused) from None
    except (TypeError, ValueError, RecursionError, AttributeError, KeyError):
        raise bad_value("The resource can't be read.") from None


def _dumped(resource: Any) -> dict[str, Any]:
    with POLICY:
        dumped: dict[str, Any] = resource.model_dump()
    return {name: value for name, value in dumped.items() if name not in OURS_TO_SAY | SECRET}


@lru_cache(maxsize=8)
def discovery(base: str) -> dict[str, Any]:
    """`ServiceProviderConfig`, `ResourceTypes` and `Schemas` (RFC 7643 §5 to 7), by their path."""
    config = ServiceProviderConfig.model_validate(
        {
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": True, "maxResults": 1000},
            "changePassword": {"supported": False},
            "sort": {"supported": True},
            "etag": {"supported": True},
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "Bearer token",
                    "description": "A token of HS_BOT_GATE_TOKENS in the Authorization header.",
                    "specUri": "https://www.rfc-editor.org/info/rfc6750",
                    "primary": True,
                }
            ],
        }
    )
    found = {"ServiceProviderConfig": _described(config, f"{base}/ServiceProviderConfig", "ServiceProviderConfig")}
    for model, name in ((Person, "User"), (Group, "Group")):
        kind = ResourceType.from_resource(model)
        found[f"ResourceTypes/{name}"] = _described(kind, f"{base}/ResourceTypes/{name}", "ResourceType")
    for schema in (User.to_schema(), Group.to_schema(), EnterpriseUser.to_schema()):
        found[f"Schemas/{schema.id}"] = _described(schema, f"{base}/Schemas/{schema.id}", "Schema")
    return found


def _described(resource: Any, location: str, kind: str) -> dict[str, Any]:
    document: dict[str, Any] = resource.model_dump()
    return {**document, "meta": {"resourceType": kind, "location": location}}
