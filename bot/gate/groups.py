"""A team as a SCIM group, and back."""

from collections.abc import Mapping
from typing import Any

from bot.gate.faults import bad_value
from bot.gate.models import schemas_of
from bot.gate.people import with_meta
from bot.policy.typed.clean import visible
from bot.services.wishes.roster import Shown

LONGEST_NAME = 100


def group_document(shown: Shown, base: str) -> dict[str, Any]:
    """The resource as it is shown."""
    pushed = shown.wish.document if shown.wish is not None else {}
    document: dict[str, Any] = {"schemas": [], "id": shown.id, **pushed, "displayName": shown.fields["name"]}
    said = pushed.get("members")
    known = {one.get("value"): one for one in said if isinstance(one, Mapping)} if isinstance(said, list) else {}
    members = [
        {**known.get(id, {}), "value": id, "type": "User", "$ref": f"{base}/Users/{id}"}
        for id in shown.fields["members"]
    ]
    document["members"] = members  # also when there are none: authentik takes a group without the list for unread
    document["schemas"] = schemas_of("Group", document)
    return with_meta(document, "Group", f"{base}/Groups/{shown.id}", shown.created_at, shown.changed_at)


def team_wanted_of(document: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """Name and members (resource ids). Raises `Fault`.

    A document without `members` says nothing of them, unless it is `whole`: what a PATCH has left of a group.
    """
    name = document.get("displayName")
    if not isinstance(name, str) or not visible(name).strip():
        raise bad_value("displayName is missing: it must be the name of the team.")
    if len(name) > LONGEST_NAME:
        raise bad_value(f"displayName is too long: at most {LONGEST_NAME} characters.")
    wanted: dict[str, Any] = {"name": visible(name).strip()}
    if whole or "members" in document:
        wanted["members"] = members_of(document)
    return wanted


def members_of(document: Mapping[str, Any]) -> list[str]:
    """The resource ids of the members, nobody twice."""
    members = document.get("members")
    found: dict[str, None] = {}
    for one in members if isinstance(members, list) else []:
        value = one.get("value") if isinstance(one, Mapping) else one
        if not isinstance(value, str) or not value:
            raise bad_value("A member needs the id of a user as its value.")
        found[value] = None
    return list(found)
