"""Lists (RFC 7644 §3.4.2): filtered, sorted, paged; and of each resource the attributes that are asked for (§3.9)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.gate.faults import Fault, bad_value
from bot.gate.matching import matches, parse, simple
from bot.model.wish import WishKind
from bot.policy.typed.names import name_key
from bot.services.wishes.roster import Roster, Shown

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PAGE, LONGEST_PAGE = 100, 1000
ALWAYS = frozenset({"id", "schemas"})
Draw = Callable[[Shown], dict[str, Any]]


def listed(roster: Roster, token: str, kind: WishKind, query: Mapping[str, Any], draw: Draw) -> dict[str, Any]:
    """A ListResponse. `query` has the parameters as text, or a SearchRequest's members. Raises `Fault`."""
    start = max(1, _number(query, "startIndex", 1))
    count = max(0, min(LONGEST_PAGE, _number(query, "count", PAGE)))
    text, sort = query.get("filter"), query.get("sortBy")
    if text is not None and not isinstance(text, str):
        raise Fault(400, "filter must be a text.", "invalidFilter")
    if sort is not None and not isinstance(sort, str):
        raise bad_value("sortBy must be the name of an attribute.")
    if not (text or "").strip() and not sort:
        total, page = _plain(roster, token, kind, start, count)
    else:
        found = _found(roster, token, kind, text or "", draw)
        if sort:
            found.sort(
                key=lambda one: _sort_key(one, sort), reverse=str(query.get("sortOrder")).lower() == "descending"
            )
        total, drawn = len(found), found[start - 1 : start - 1 + count]
        return _response(total, start, [projected(one, query) for one in drawn])
    return _response(total, start, [projected(draw(one), query) for one in page])


def listed_both(roster: Roster, token: str, query: Mapping[str, Any], draws: Mapping[WishKind, Draw]) -> dict[str, Any]:
    """Users, then groups (RFC 7644 §3.4.2.1)."""
    start = max(1, _number(query, "startIndex", 1))
    count = max(0, min(LONGEST_PAGE, _number(query, "count", PAGE)))
    users = listed(roster, token, WishKind.USER, {**query, "startIndex": start, "count": count}, draws[WishKind.USER])
    there = int(users["totalResults"])
    left = {"startIndex": max(1, start - there), "count": count - len(users["Resources"])}
    others = listed(roster, token, WishKind.GROUP, {**query, **left}, draws[WishKind.GROUP])
    resources = [*users["Resources"], *others["Resources"]]
    return _response(there + int(others["totalResults"]), start, resources)


def _plain(roster: Roster, token: str, kind: WishKind, start: int, count: int) -> tuple[int, Sequence[Shown]]:
    if kind is WishKind.GROUP:
        teams = roster.teams(token)
        return len(teams), teams[start - 1 : start - 1 + count]
    return roster.count(token), roster.people(token, start - 1, count) if count else []


def _found(roster: Roster, token: str, kind: WishKind, text: str, draw: Draw) -> list[dict[str, Any]]:
    if (asked := simple(text)) is not None:
        known = _by_index(roster, token, kind, *asked)
        if known is not None:
            return [draw(one) for one in known]
    node = parse(text) if text.strip() else None
    some = roster.teams(token) if kind is WishKind.GROUP else roster.people(token)
    drawn = (draw(one) for one in some)
    return [one for one in drawn if node is None or matches(node, one)]


def _by_index(roster: Roster, token: str, kind: WishKind, name: str, value: str) -> list[Shown] | None:
    """What the record finds without a walk; None where it can't."""
    people = kind is WishKind.USER
    if name == "username" and people:
        one = roster.by_user_name(token, value)
        return [one] if one is not None else []
    if name == "externalid":
        return roster.by_external_id(token, kind, value)
    if name == "id":
        one = roster.person(token, value) if people else roster.team(token, value)
        return [one] if one is not None else []
    if name == "displayname" and not people:
        return [one for one in roster.teams(token) if name_key(str(one.fields["name"])) == name_key(value)]
    return None


def _response(total: int, start: int, resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def projected(document: dict[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """With the attributes of `attributes`, or without those of `excludedAttributes`."""
    only, but = _names(query, "attributes"), _names(query, "excludedAttributes")
    if only:
        kept = {name: _only(name, value, only) for name, value in document.items()}
        return {name: value for name, value in kept.items() if value is not None}
    if but:
        kept = {name: _but(name, value, but) for name, value in document.items()}
        return {name: value for name, value in kept.items() if value is not None}
    return document


def _names(query: Mapping[str, Any], name: str) -> list[str]:
    value = query.get(name)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = ",".join(value)
    if value is not None and not isinstance(value, str):
        raise bad_value(f"{name} must be a list of attributes.")
    core = "urn:ietf:params:scim:schemas:core:2.0:"
    asked = [one.strip().lower() for one in (value or "").split(",") if one.strip()]
    return [one[len(core) :].partition(":")[2] if one.startswith(core) else one for one in asked]


def _below(name: str, asked: list[str]) -> list[str] | None:
    """The names below an attribute; None when it is asked for as a whole; empty when not at all."""
    lower = name.lower()
    if lower in asked:
        return None
    return [one[len(lower) + 1 :] for one in asked if one.startswith((f"{lower}.", f"{lower}:"))]


def _only(name: str, value: Any, asked: list[str]) -> Any:
    below = _below(name, asked)
    if name in ALWAYS or below is None:
        return value
    if not below:
        return None
    return _parts(value, lambda key: key.lower() in below)


def _but(name: str, value: Any, asked: list[str]) -> Any:
    below = _below(name, asked)
    if name in ALWAYS:
        return value
    if below is None:
        return None
    return _parts(value, lambda key: key.lower() not in below) if below else value


def _parts(value: Any, keep: Callable[[str], bool]) -> Any:
    if isinstance(value, list):
        return [_parts(one, keep) for one in value]
    return {key: one for key, one in value.items() if keep(key)} if isinstance(value, Mapping) else value


def _sort_key(document: dict[str, Any], path: str) -> tuple[bool, str]:
    value: Any = document
    for name in path.lower().rpartition("2.0:user:")[2].split("."):
        if isinstance(value, list):
            value = next(
                (one for one in value if isinstance(one, Mapping) and one.get("primary")), value[0] if value else None
            )
        value = (
            next((one for key, one in value.items() if key.lower() == name), None)
            if isinstance(value, Mapping)
            else None
        )
    if isinstance(value, list | Mapping):
        value = None
    return value is None, str(value if value is not None else "").casefold()


def _number(query: Mapping[str, Any], name: str, default: int) -> int:
    value = query.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    digits = str(value).strip()
    if not (digits.lstrip("-").isascii() and digits.lstrip("-").isdigit() and len(digits) < 16):
        raise bad_value(f"{name} must be a whole number.")
    return int(digits)
