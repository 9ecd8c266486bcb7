"""What each provider answers: path, query and headers in; status, headers and JSON out."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from bot.demo.directories.people import Account, Directory

OKTA_TOKEN = "00simulatedOktaToken"
ENTRA_TENANT, ENTRA_CLIENT, ENTRA_SECRET = (
    "11111111-2222-3333-4444-555555555555",
    "simulated-client",
    "simulated-secret",
)
_OKTA = {"active": "ACTIVE", "suspended": "SUSPENDED", "left": "DEPROVISIONED", "staged": "STAGED"}
Query = Mapping[str, str]


@dataclass
class Said:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)


def _page(items: list[Any], query: Query, key: str, size: int) -> tuple[list[Any], int | None]:
    begin = int(query.get(key) or 0)
    end = begin + size
    return items[begin:end], end if end < len(items) else None


# Okta


def okta(
    directory: Directory, base: str, path: str, query: Query, headers: Mapping[str, str], roles: list[str]
) -> Said:
    if headers.get("authorization") != f"SSWS {OKTA_TOKEN}":
        return Said(401, {"errorCode": "E0000011", "errorSummary": "Invalid token provided", "errorCauses": []})
    groups = directory.group_ids("00g")
    if path == "/api/v1/users/me":
        return Said(body={"id": "00ume", "status": "ACTIVE", "profile": {}})
    if path == "/api/v1/users/00ume/roles":
        return Said(body=[{"id": f"ra{n}", "type": role, "status": "ACTIVE"} for n, role in enumerate(roles)])
    if path == "/api/v1/groups":
        wanted = query.get("q", "").lower()
        found = [(id, name) for id, name in groups.items() if name.lower().startswith(wanted)]
        return Said(body=[{"id": id, "type": "OKTA_GROUP", "profile": {"name": name}} for id, name in found])
    if path == "/api/v1/users":
        gone = "DEPROVISIONED" in query.get("filter", "")
        people = [one for one in directory.accounts if (one.state == "left") == gone]
    elif path.startswith("/api/v1/groups/") and path.endswith("/users") and path.split("/")[4] in groups:
        people = [one for one in directory.inside(groups[path.split("/")[4]]) if one.state != "left"]
    else:
        return Said(404, {"errorCode": "E0000007", "errorSummary": "Not found"})
    size = int(query.get("limit") or 200)
    some, after = _page(people, query, "after", size)
    shown = [_okta_user(one) for one in some]
    links = [f'<{base}{path}?{urlencode(dict(query))}>; rel="self"']
    if after is not None:
        links.append(f'<{base}{path}?{urlencode({**query, "after": str(after)})}>; rel="next"')
    limits = {"X-Rate-Limit-Limit": "600", "X-Rate-Limit-Remaining": "598", "X-Rate-Limit-Reset": "1893456000"}
    return Said(body=shown, links=links, headers=limits)


def _okta_user(one: Account) -> dict[str, Any]:
    first, _, last = one.name.partition(" ")
    profile = {
        "firstName": first,
        "lastName": last,
        "mobilePhone": None,
        "secondEmail": one.aliases[0] if one.aliases else None,
        "login": one.login or one.email,
        "email": one.email,
    }
    if one.manager:
        profile["manager"] = one.manager
    return {
        "id": one.id,
        "status": _OKTA[one.state],
        "created": "2022-04-04T15:56:05.000Z",
        "statusChanged": one.since,
        "lastLogin": None,
        "lastUpdated": one.since,
        "type": {"id": "oty1162QAr8hJjTaq0g4"},
        "profile": profile,
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
    }


# Entra ID


def entra_token(form: Query, roles: list[str]) -> Said:
    if (form.get("client_id"), form.get("client_secret")) != (ENTRA_CLIENT, ENTRA_SECRET):
        return Said(401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"})
    claims = base64.urlsafe_b64encode(json.dumps({"aud": "graph", "roles": roles}).encode()).decode().rstrip("=")
    return Said(body={"token_type": "Bearer", "expires_in": 3599, "access_token": f"e30.{claims}.sig"})


def entra(directory: Directory, base: str, path: str, query: Query, headers: Mapping[str, str]) -> Said:
    if not headers.get("authorization", "").startswith("Bearer e30."):
        return Said(401, {"error": {"code": "InvalidAuthenticationToken", "message": "Access token is empty."}})
    groups = {f"00000000-0000-0000-0000-{number:012d}": name for number, name in enumerate(directory.groups, 1)}
    if path == "/v1.0/groups":
        wanted = query.get("$filter", "").partition("'")[2].rpartition("'")[0].replace("''", "'")
        return Said(body={"value": [{"id": i, "displayName": n} for i, n in groups.items() if n == wanted]})
    parts = path.split("/")
    if path == "/v1.0/users":
        people = [_entra_user(directory, one, expanded="$expand" in query) for one in directory.accounts]
    elif parts[1:3] == ["v1.0", "groups"] and parts[4:] == ["transitiveMembers"] and parts[3] in groups:
        people = [
            {"@odata.type": "#microsoft.graph.user", **_entra_user(directory, one, expanded=False)}
            for one in directory.inside(groups[parts[3]])
        ]
        people.append({"@odata.type": "#microsoft.graph.group", "id": "inner-group", "displayName": "Inner"})
    else:
        return Said(404, {"error": {"code": "Request_ResourceNotFound", "message": "does not exist"}})
    shown, after = _page(people, query, "$skiptoken", min(int(query.get("$top") or 100), 999))
    body: dict[str, Any] = {"@odata.context": f"{base}/v1.0/$metadata#users", "value": shown}
    if after is not None:
        body["@odata.nextLink"] = f"{base}{path}?{urlencode({**query, '$skiptoken': str(after)})}"
    return Said(body=body)


def _entra_user(directory: Directory, one: Account, *, expanded: bool) -> dict[str, Any]:
    first, _, last = one.name.partition(" ")
    user: dict[str, Any] = {
        "id": one.id,
        "displayName": one.name or None,
        "givenName": first or None,
        "surname": last or None,
        "mail": one.email,
        "userPrincipalName": one.login or one.email,
        "otherMails": [],
        "proxyAddresses": [f"SMTP:{one.email}", *(f"smtp:{alias}" for alias in one.aliases)],
        "accountEnabled": one.state in ("active", "staged"),
        "employeeLeaveDateTime": one.since if one.state == "left" else None,
    }
    boss = directory.of_email(one.manager) if one.manager else None
    if expanded and boss is not None:
        user["manager"] = {"@odata.type": "#microsoft.graph.user", "id": boss.id, "mail": boss.email}
    return user


# Google Workspace


def google(directory: Directory, path: str, query: Query, headers: Mapping[str, str]) -> Said:
    if headers.get("authorization") != "Bearer simulated-google":
        return Said(401, {"error": {"code": 401, "message": "Request had invalid authentication credentials."}})
    root = "/admin/directory/v1"
    if path == f"{root}/users":
        what, items = "users", [_google_user(one) for one in directory.accounts if not one.id.startswith("ext")]
    elif path.startswith(f"{root}/groups/") and path.endswith("/members"):
        name = unquote(path.split("/")[5])
        if name not in directory.groups:
            return Said(404, {"error": {"code": 404, "message": "Resource Not Found: groupKey"}})
        what = "members"
        items = [
            {"kind": "admin#directory#member", "id": one.id, "email": one.email, "role": "MEMBER", "type": "USER"}
            | {"status": "SUSPENDED" if one.state == "suspended" else "ACTIVE"}
            for one in directory.inside(name)
        ]
    else:
        return Said(404, {"error": {"code": 404, "message": "Not Found"}})
    shown, after = _page(items, query, "pageToken", int(query.get("maxResults") or 100))
    body: dict[str, Any] = {"kind": f"admin#directory#{what}", "etag": '"x"'}
    if shown:
        body[what] = shown
    if after is not None:
        body["nextPageToken"] = str(after)
    return Said(body=body)


def _google_user(one: Account) -> dict[str, Any]:
    first, _, last = one.name.partition(" ")
    user: dict[str, Any] = {
        "kind": "admin#directory#user",
        "id": one.id,
        "primaryEmail": one.email,
        "name": {"givenName": first, "familyName": last, "fullName": one.name},
        "suspended": one.state == "suspended",
        "archived": one.state == "left",
        "emails": [{"address": one.email, "primary": True}, *({"address": alias} for alias in one.aliases)],
    }
    if one.aliases:
        user["aliases"] = list(one.aliases)
    if one.manager:
        user["relations"] = [{"value": one.manager, "type": "manager"}]
    return user
