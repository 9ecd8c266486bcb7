"""SCIM 2.0 values: users, groups, patch operations. Source: RFC 7643 §4 (resources), RFC 7644 §3.5.2 (PATCH).

Servers differ in what they return; nothing but an id is required, attribute names are compared without case (RFC 7643
§2.1), and what is not known here stays in `raw` and travels back with a PUT.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.helpscout.errors import Unbelievable
from bot.model.address import address_key, same_address

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimUser:
    """A user resource. `id` is SCIM's own ("" before creation), which need not be the REST id.

    `emails` begin with the primary one, which is `primary` too; that is "" where several are shown and none is marked.
    `active` None: the server does not say. `roles` as RFC 7643 §4.1.2
    `roles[].value`; a server may ignore them.
    """

    id: str = ""
    user_name: str = ""
    given_name: str = ""
    family_name: str = ""
    display_name: str = ""
    emails: tuple[str, ...] = ()
    primary: str = ""
    active: bool | None = True
    title: str = ""
    phone: str = ""
    timezone: str = ""
    roles: tuple[str, ...] = ()
    external_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def identifying(self) -> frozenset[str]:
        """The keys of userName and primary e-mail: the only ones that say whose seat it is."""
        return frozenset(key for a in (self.user_name, self.primary) if (key := address_key(a)))

    @property
    def addresses(self) -> frozenset[str]:
        """The keys of userName and every e-mail, for comparison."""
        return frozenset(key for a in (self.user_name, *self.emails) if (key := address_key(a)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimGroup:
    """A group resource: a Help Scout team. `members` are SCIM user ids."""

    id: str = ""
    display_name: str = ""
    members: frozenset[str] = frozenset()
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def shows_members(self) -> bool:
        """Whether the answer had the attribute at all: a list may leave it out, and an empty group may too."""
        return _get(self.raw, "members") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One PATCH operation. Without `path`, `value` is an object of attributes."""

    op: Literal["add", "replace", "remove"]
    path: str = ""
    value: Any = None

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {"op": self.op}
        if self.path:
            document["path"] = self.path
        if self.op != "remove" or self.value is not None:
            document["value"] = self.value
        return document


def scim_user_of(value: object) -> ScimUser:
    """A user resource from JSON; Unbelievable without an id or with attributes of impossible types."""
    row = _resource(value, "user")
    name = _get(row, "name")
    name = name if isinstance(name, Mapping) else {}
    return ScimUser(
        id=_id(row, "user"),
        user_name=_text(row, "userName"),
        given_name=_text(name, "givenName"),
        family_name=_text(name, "familyName"),
        display_name=_text(row, "displayName") or _text(name, "formatted"),
        emails=_values(_get(row, "emails")),
        primary=_primary(_get(row, "emails")),
        active=boolean(_get(row, "active")),
        title=_text(row, "title"),
        phone=next(iter(_values(_get(row, "phoneNumbers"))), ""),
        timezone=_text(row, "timezone"),
        roles=_values(_get(row, "roles")),
        external_id=_text(row, "externalId"),
        raw=row,
    )


def scim_group_of(value: object) -> ScimGroup:
    """A group resource from JSON."""
    row = _resource(value, "group")
    return ScimGroup(
        id=_id(row, "group"),
        display_name=_text(row, "displayName"),
        members=frozenset(_values(_get(row, "members"))),
        raw=row,
    )


def user_document(user: ScimUser) -> dict[str, Any]:
    """The JSON for POST and PUT: `raw` with what is known here laid over it; empty attributes are left out."""
    document = {key: value for key, value in user.raw.items() if key.casefold() not in {"meta", "id", "groups"}}
    schemas = document.get("schemas")
    known = list(schemas) if isinstance(schemas, list) else []
    _set(document, "schemas", known if USER_SCHEMA in known else [USER_SCHEMA, *known])
    if user.id:
        document["id"] = user.id
    for name, text in (
        ("userName", user.user_name),
        ("displayName", user.display_name),
        ("title", user.title),
        ("timezone", user.timezone),
        ("externalId", user.external_id),
    ):
        _set(document, name, text or None)
    if user.active is not None:
        _set(document, "active", user.active)
    name = _get(document, "name")
    merged = dict(name) if isinstance(name, Mapping) else {}
    if (_text(merged, "givenName"), _text(merged, "familyName")) != (user.given_name, user.family_name):
        _set(merged, "formatted", None)  # made of the old names
    _set(merged, "givenName", user.given_name or None)
    _set(merged, "familyName", user.family_name or None)
    _set(document, "name", merged or None)
    _set(document, "emails", _multi(_get(document, "emails"), user.emails, {"type": "work"}) or None)
    _set(document, "roles", _multi(_get(document, "roles"), user.roles, {}, primary=False) or None)
    phones = (user.phone, *_values(_get(document, "phoneNumbers"))[1:]) if user.phone else ()
    _set(
        document,
        "phoneNumbers",
        _multi(_get(document, "phoneNumbers"), phones, {"type": "work"}, primary=False) or None,
    )
    return document


def emails_with(user: ScimUser, primary: str) -> list[Any]:
    """`emails` with this address in the place of the primary one; the others stay as they are."""
    others = [address for address in user.emails[1:] if not same_address(address, primary)]
    return _multi(_get(user.raw, "emails"), (primary, *others), {"type": "work"})


def phones_with(user: ScimUser, first: str) -> list[Any]:
    """`phoneNumbers` with this number in the place of the first one; the others stay as they are."""
    before = _get(user.raw, "phoneNumbers")
    return _multi(before, (first, *(one for one in _values(before)[1:] if one != first)), {"type": "work"})


def group_document(group: ScimGroup) -> dict[str, Any]:
    """The JSON for POST and PUT of a group."""
    document = {key: value for key, value in group.raw.items() if key.casefold() not in {"meta", "id"}}
    schemas = document.get("schemas")
    known = list(schemas) if isinstance(schemas, list) else []
    _set(document, "schemas", known if GROUP_SCHEMA in known else [GROUP_SCHEMA, *known])
    if group.id:
        document["id"] = group.id
    _set(document, "displayName", group.display_name)
    _set(document, "members", _multi(_get(document, "members"), tuple(sorted(group.members)), {}, primary=False))
    return document


def patch_document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    return {"schemas": [PATCH_SCHEMA], "Operations": [operation.document() for operation in operations]}


def boolean(value: object) -> bool | None:
    """A boolean that may have come as a string ("True", Entra's habit); None when it is neither."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().casefold() in {"true", "false"}:
        return value.strip().casefold() == "true"
    return None


def quoted(text: str) -> str:
    """A string of a filter, which is one of JSON's (RFC 7644 §3.4.2.2): quotes, backslashes, control signs escaped."""
    return json.dumps(text, ensure_ascii=False)


def _multi(before: object, values: tuple[str, ...], fresh: dict[str, Any], *, primary: bool = True) -> list[Any]:
    """A multi-valued attribute with these values: entries that are there keep what else they say."""
    known: dict[str, Any] = {}
    for entry in before if isinstance(before, list) else ():
        value = _get(entry, "value") if isinstance(entry, Mapping) else entry
        if isinstance(value, str | int):
            known.setdefault(str(value), entry)
    rows: list[Any] = []
    for position, value in enumerate(values):
        entry = known.get(value, {**fresh, "value": value})
        if primary and isinstance(entry, Mapping) and (position == 0 or "primary" in entry):
            entry = {**entry, "primary": position == 0}
        rows.append(dict(entry) if isinstance(entry, Mapping) else entry)
    return rows


def _resource(value: object, kind: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Unbelievable(
            f"SCIM sent something that is no {kind}, so the answer was discarded. Try again.", api="SCIM"
        )
    return value


def _id(row: Mapping[str, Any], kind: str) -> str:
    """An id of any form: a string, or a number that is then its digits."""
    value = _get(row, "id")
    if isinstance(value, str) and value:
        return value
    if type(value) is int:
        return str(value)
    raise Unbelievable(f"SCIM sent a {kind} without an id, so the answer was discarded. Try again.", api="SCIM")


def _get(row: Mapping[str, Any], name: str) -> Any:
    """An attribute by its name in whatever case, also where it is written with its schema's URN."""
    if name in row:
        return row[name]
    folded = name.casefold()
    return next((value for key, value in row.items() if key.casefold().rpartition(":")[2] == folded), None)


def _set(document: dict[str, Any], name: str, value: Any) -> None:
    """Set an attribute under the name it has there already; None removes it."""
    key = next((key for key in document if key.casefold() == name.casefold()), name)
    if value is None:
        document.pop(key, None)
    else:
        document[key] = value


def _text(row: Mapping[str, Any], name: str) -> str:
    value = _get(row, name)
    if value is None or isinstance(value, bool):
        return ""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _primary(entries: object) -> str:
    """The address that is marked as primary, else the only one there is; "" when nothing tells."""
    rows = entries if isinstance(entries, list) else [entries]
    marked = [row for row in rows if isinstance(row, Mapping) and boolean(_get(row, "primary")) is True]
    values = _values(marked) or _values(entries)
    return values[0] if len(values) == 1 else ""


def _values(entries: object) -> tuple[str, ...]:
    """The values of a multi-valued attribute, the primary first; entries may be objects or bare values, or there is
    one only.
    """
    if isinstance(entries, Mapping | str):
        entries = [entries]
    rows: list[tuple[bool, str]] = []
    for entry in entries if isinstance(entries, list) else ():
        value = _get(entry, "value") if isinstance(entry, Mapping) else entry
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            continue
        rows.append((isinstance(entry, Mapping) and boolean(_get(entry, "primary")) is True, str(value)))
    rows.sort(key=lambda row: not row[0])
    return tuple(dict.fromkeys(value for _, value in rows))
