"""A person as a SCIM user, and back: which attribute is which of Help Scout's fields (README, “The gate”)."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.gate.faults import bad_value
from bot.gate.models import schemas_of
from bot.model.address import same_address
from bot.policy.requests.wishing import role_wanted
from bot.services.requests.kinds import NotPossible, address
from bot.services.wishes.roster import Shown

LONGEST = 300
"""Characters of a text that Help Scout takes over."""
_TEXTS = {"title": "job_title", "timezone": "timezone"}


def user_document(shown: Shown, base: str) -> dict[str, Any]:
    """The resource as it is shown: what was pushed, under what Help Scout has or is to have."""
    pushed = shown.wish.document if shown.wish is not None else {}
    fields = shown.fields
    document: dict[str, Any] = {"schemas": [], "id": shown.id, **pushed}
    email, first, last = (str(fields.get(name) or "") for name in ("email", "first_name", "last_name"))
    if not same_address(str(pushed.get("userName") or ""), email):
        document["userName"] = email
    name = pushed.get("name")
    names = {"givenName": first, "familyName": last}
    document["name"] = {
        **(name if isinstance(name, Mapping) else {}),
        **{key: one for key, one in names.items() if one},
    }
    if not pushed and (first or last):
        document["displayName"] = f"{first} {last}".strip()
    document["active"] = bool(fields.get("active"))
    for attribute, field in _TEXTS.items():
        _set(document, attribute, fields.get(field))
    if not pushed and email:
        document["emails"] = [{"value": email, "type": "work", "primary": True}]
    phone = str(fields.get("phone") or "")
    if _phone(pushed.get("phoneNumbers")) != phone:
        _set(document, "phoneNumbers", [{"value": phone, "type": "work"}] if phone else None)
    role = str(fields.get("role") or "")
    said = [one for one in _entries(pushed.get("roles")) if role and role_wanted(_roles([one])) == role.lower()]
    _set(document, "roles", said or ([{"value": role, "primary": True}] if role else None))
    if shown.groups:
        document["groups"] = [
            {"value": id, "display": name, "$ref": f"{base}/Groups/{id}"} for id, name in shown.groups
        ]
    document["schemas"] = schemas_of("User", document)
    return with_meta(document, "User", f"{base}/Users/{shown.id}", shown.created_at, shown.changed_at)


def with_meta(
    document: dict[str, Any], kind: str, location: str, created: datetime | None, changed: datetime | None
) -> dict[str, Any]:
    """With `meta` (RFC 7643 §3.1); its version is a weak ETag over all that is shown."""
    version = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:20]
    meta = {"resourceType": kind, "location": location, "version": f'W/"{version}"'}
    if created is not None:
        meta |= {"created": as_text(created), "lastModified": as_text(changed or created)}
    return {**document, "meta": meta}


def as_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def wanted_of(document: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a pushed document wants of Help Scout's fields. Raises `Fault`.

    What it does not mention is not the IdP's business, but for what a PATCH took away: `before` is what was shown.
    None takes a wish back: `roles` without a role that can be given. Nobody's role is lowered for that.
    """
    user_name = document.get("userName")
    if not isinstance(user_name, str) or not user_name.strip():
        raise bad_value("userName is missing: it must be the person's e-mail address.")
    try:
        wanted: dict[str, Any] = {"email": address({"userName": user_name}, "userName")}
    except NotPossible:
        raise bad_value("userName must be an e-mail address: Help Scout knows people by it.") from None
    name = document.get("name")
    name = name if isinstance(name, Mapping) else {}
    for attribute, field in (("givenName", "first_name"), ("familyName", "last_name")):
        if text := _text(name.get(attribute), f"name.{attribute}"):
            wanted[field] = text
    for attribute, field in _TEXTS.items():
        if attribute in document:
            wanted[field] = _text(document[attribute], attribute)
        elif before is not None and attribute in before:
            wanted[field] = ""
    if "phoneNumbers" in document or (before is not None and "phoneNumbers" in before):
        wanted["phone"] = _text(_phone(document.get("phoneNumbers")), "phoneNumbers")
    if isinstance(document.get("active"), bool):
        wanted["active"] = document["active"]
    if "roles" in document or (before is not None and "roles" in before):
        wanted["role"] = role_wanted(_roles(_entries(document.get("roles"))))
    return wanted


def named(wanted: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """For somebody who is to come: Help Scout needs both names, and not every IdP is set up to send them."""
    if wanted.get("first_name") and wanted.get("last_name"):
        return dict(wanted)
    name = document.get("name")
    whole = (name.get("formatted") if isinstance(name, Mapping) else None) or document.get("displayName")
    parts = whole.split() if isinstance(whole, str) else []
    if len(parts) < 2:
        parts = [part.capitalize() for part in re.split(r"[._+-]+", str(wanted["email"]).partition("@")[0]) if part]
    parts = parts if len(parts) > 1 else [*parts, *parts]
    given = {"first_name": parts[0][:LONGEST], "last_name": " ".join(parts[1:])[:LONGEST]}
    return {**given, **wanted}


def _text(value: object, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise bad_value(f"{where} must be a text.")
    if len(value) > LONGEST:
        raise bad_value(f"{where} is too long: at most {LONGEST} characters.")
    return " ".join(value.split())


def _set(document: dict[str, Any], name: str, value: object) -> None:
    if value:
        document[name] = value
    else:
        document.pop(name, None)


def _phone(entries: object) -> str:
    """The number of the primary entry of a list, else of the first; RFC 7643 §4.1.2 would have it as a `tel:` URI."""
    some = _entries(entries)
    found = next((one for one in some if one.get("primary") is True), some[0] if some else {})
    value = found.get("value")
    return re.sub("^tel:", "", value.strip(), flags=re.IGNORECASE) if isinstance(value, str) else ""


def _entries(entries: object) -> list[Mapping[str, Any]]:
    return [one for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []


def _roles(entries: list[Mapping[str, Any]]) -> list[str]:
    """Names of roles. Entra ID sends an app role as JSON within the text, unless it is mapped otherwise."""
    found = []
    for one in entries:
        value = one.get("value")
        if isinstance(value, str) and value.lstrip().startswith("{"):
            try:
                inner = json.loads(value)
            except (ValueError, RecursionError):
                continue
            value = inner.get("value") or inner.get("displayName")
        if isinstance(value, str):
            found.append(value)
    return found
