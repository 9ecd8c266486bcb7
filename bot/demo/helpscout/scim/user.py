"""A person as a SCIM User, and back. Source: RFC 7643 §4.1."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.replies import Json
from bot.demo.helpscout.scim.filter import ScimProblem
from bot.demo.helpscout.world.people import Person

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
NOT_KEPT = frozenset({"schemas", "id", "meta", "groups", "displayName", "password"})
OURS = frozenset({"userName", "name", "emails", "active", "title", "phoneNumbers", "timezone", "roles"})


def user_json(person: Person, groups: list[Json], origin: str, behaviour: Behaviour) -> Json:
    """The resource as it is sent."""
    body = user_document(person)
    body["groups"] = groups
    if behaviour.string_booleans:
        body["active"] = str(person.active).lower()
        body["emails"] = [one | {"primary": str(one["primary"]).lower()} for one in body["emails"]]
    if behaviour.sparse:
        return {name: value for name, value in body.items() if name not in ("schemas", "displayName")}
    body["meta"] = {
        "resourceType": "User",
        "created": person.created_at,
        "lastModified": person.updated_at,
        "location": f"{origin}/v2/scim/Users/{person.scim_id}",
    }
    return body


def user_document(person: Person) -> Json:
    """The resource as it is stored: what PATCH operations work on."""
    body: Json = {
        "schemas": [USER],
        "id": person.scim_id,
        "userName": person.email,
        "name": {"givenName": person.first_name, "familyName": person.last_name, "formatted": person.name},
        "displayName": person.name,
        "emails": [
            {
                "value": address,
                "primary": address == person.email,
                "type": "work" if address == person.email else "other",
            }
            for address in (person.email, *person.alternate_emails)
        ],
        "active": person.active,
        "timezone": person.timezone,
        "roles": [{"value": person.role}],
    }
    if person.job_title:
        body["title"] = person.job_title
    if person.phone:
        body["phoneNumbers"] = [{"value": person.phone, "type": "work"}]
    return body | person.extra


def fields_of(body: Json, current: Person | None, behaviour: Behaviour) -> dict[str, Any]:
    """Fields of `Person` that a resource sets; what it does not name is empty, as PUT has it (RFC 7644 §3.5.1).

    `active` is among them. Raises ScimProblem for values that can't be.
    """
    name = _object(body, "name")
    email = _email(body, current)
    fields: dict[str, Any] = {
        "email": email,
        "first_name": _string(name, "givenName"),
        "last_name": _string(name, "familyName"),
        "job_title": _string(body, "title"),
        "phone": next((_string(one, "value") for one in _list(body, "phoneNumbers")), ""),
        "timezone": _timezone(body),
        "alternate_emails": _alternates(body, email, current),
        "active": _boolean(body.get("active", True)),
        "extra": {key: value for key, value in body.items() if key not in NOT_KEPT | OURS},
    }
    if not fields["first_name"] and not fields["last_name"]:
        raise ScimProblem(400, "name.givenName or name.familyName is required.", "invalidValue")
    role = _role(body, current)
    if not behaviour.role_ignored:
        fields["role"] = role
    return fields


def _email(body: Json, current: Person | None) -> str:
    """`userName`; for somebody who is there, a changed primary address counts too."""
    user_name = _string(body, "userName").strip()
    primary = next((_string(one, "value") for one in _list(body, "emails") if _boolean(one.get("primary", False))), "")
    email = primary if current is not None and user_name == current.email and primary else user_name
    local, at, domain = email.rpartition("@")
    if not (local and at and "." in domain) or any(letter.isspace() for letter in email):
        raise ScimProblem(400, "userName must be an e-mail address.", "invalidValue")
    return email


def _alternates(body: Json, email: str, current: Person | None) -> tuple[str, ...]:
    """What is neither the address nor, as primary, the one it replaces."""
    former = current.email if current is not None else email
    found: dict[str, None] = {}
    for one in _list(body, "emails"):
        address = _string(one, "value")
        replaced = address == former and _boolean(one.get("primary", False))
        if address and address != email and not replaced:
            found[address] = None
    return tuple(found)


def _role(body: Json, current: Person | None) -> str:
    owner = current is not None and current.role == "owner"
    role = next((_string(one, "value") for one in _list(body, "roles")), "owner" if owner else "user")
    if owner and role != "owner":
        raise ScimProblem(400, "The role of the account owner can't be changed.", "mutability")
    if role not in ("admin", "user") and not owner:
        raise ScimProblem(400, f"The role {role} can't be given; use admin or user.", "invalidValue")
    return role


def _timezone(body: Json) -> str:
    timezone = _string(body, "timezone") or "UTC"
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ScimProblem(400, f"The time zone {timezone} does not exist.", "invalidValue") from None
    return timezone


def _boolean(value: object) -> bool:
    """Entra ID sends "True" and "False"."""
    text = str(value).casefold()
    if text not in ("true", "false"):
        raise ScimProblem(400, f"{value} is neither true nor false.", "invalidValue")
    return text == "true"


def _string(body: Json, name: str) -> str:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise ScimProblem(400, f"{name} must be a string.", "invalidValue")
    return value or ""


def _object(body: Json, name: str) -> Json:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise ScimProblem(400, f"{name} must be an object.", "invalidValue")
    return value


def _list(body: Json, name: str) -> list[Json]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ScimProblem(400, f"{name} must be a list of objects.", "invalidValue")
    return value
