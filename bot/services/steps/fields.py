"""Where each field of a Help Scout user lives in SCIM (RFC 7643 §4.1), as PATCH operations."""

from collections.abc import Mapping
from typing import Any

from bot.helpscout.scim.resources import Operation, ScimUser, emails_with, phones_with


def operations(before: ScimUser, wanted: Mapping[str, str]) -> list[Operation]:
    """What makes `before` what is wanted, which names fields as REST does; "" takes a field away.

    SCIM replaces a list whole, so what else is in it goes along: other addresses and numbers stay.
    """
    return [one for name, value in wanted.items() for one in _operations(before, name, value)]


def _operations(before: ScimUser, name: str, value: str) -> list[Operation]:
    match name:
        case "first_name":
            return [Operation(op="replace", path="name.givenName", value=value)]
        case "last_name":
            return [Operation(op="replace", path="name.familyName", value=value)]
        case "job_title":
            return [_set("title", value)]
        case "timezone":
            return [_set("timezone", value)]
        case "phone":
            return [_set("phoneNumbers", phones_with(before, value) if value else None)]
        case "email":
            return [_set("userName", value), _set("emails", emails_with(before, value))]
        case "role":
            return [_set("roles", [{"value": value, "primary": True}])]
    raise ValueError(f"no field of a user: {name}")


def _set(path: str, value: Any) -> Operation:
    return Operation(op="replace", path=path, value=value) if value else Operation(op="remove", path=path)
