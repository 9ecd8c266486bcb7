"""Entra ID: Microsoft Graph's `GET /v1.0/users`, or the transitive members of a group, with client credentials.

Source: learn.microsoft.com, "List users", "List group transitive members", "Get a token" (client credentials). Least
privilege: the application permission `User.Read.All`; with a group `GroupMember.Read.All` besides.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import quote

from bot.model.colleague import Colleague, Employment, Listing
from bot.sources.errors import NotAllowed, NotThere, Refused, SourceError
from bot.sources.waits import Waits, since
from bot.sources.walks import all_of, memberships
from bot.sources.web import Answer, Cures, Web, address, text

NAME, TITLE = "entra", "Entra ID"
PAGE = "999"
_FIELDS = (
    "id,displayName,givenName,surname,mail,userPrincipalName,otherMails,proxyAddresses,accountEnabled,"
    "employeeLeaveDateTime"
)
_MANAGER = "manager($select=id,mail,userPrincipalName)"
MANAGED = 100_000
_GUID = 36
CURES = Cures(
    credentials=(
        "Create a new client secret in Entra under App registrations > Certificates & secrets and set "
        "ENTRA_CLIENT_SECRET; check ENTRA_TENANT_ID and ENTRA_CLIENT_ID."
    ),
    permission=(
        "Give the app the application permission User.Read.All (with ENTRA_GROUP also GroupMember.Read.All) and grant "
        "admin consent."
    ),
    where="Check ENTRA_TENANT_ID, ENTRA_GROUP, and ENTRA_LOGIN_URL and ENTRA_GRAPH_URL where they are set.",
)


class Entra:
    """`group` is an id or a name, "" for everybody; `also` are groups whose members are looked up besides."""

    name, title = NAME, TITLE

    def __init__(
        self,
        tenant: str,
        client_id: str,
        secret: str,
        *,
        group: str = "",
        also: Iterable[str] = (),
        login_url: str = "https://login.microsoftonline.com",
        graph_url: str = "https://graph.microsoft.com",
        waits: Waits | None = None,
    ) -> None:
        self._login = f"{login_url.rstrip('/')}/{quote(tenant, safe='')}/oauth2/v2.0/token"
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": f"{graph_url.rstrip('/')}/.default",
        }
        self._group = group
        self._also = tuple(also)
        self._token = ""
        self._web = Web(NAME, TITLE, graph_url, cures=CURES, authorize=self._bearer, waits=waits, also=(login_url,))

    def read(self) -> Listing:
        lists = [self._everybody, self._managers] if self._group else [self._everybody]
        read = all_of(*lists, *(partial(self._members, group) for group in self._also))
        people, groups = {one["id"]: one for one in read[0]}, memberships(self._also, read[len(lists) :])
        for one in read[1] if self._group else ():
            if one["id"] in people:
                people[one["id"]]["manager"] = one.get("manager")
        found = tuple(_colleague(one, groups) for one in people.values())
        return Listing(source=NAME, title=TITLE, people=found, group=self._group)

    def close(self) -> None:
        self._web.close()

    def probe(self) -> None:
        """Read one person. Raises `SourceError`."""
        self._values(self._web.get("/v1.0/users", {"$select": "id", "$top": "1"}))

    def privileges(self) -> tuple[str, ...]:
        """The application permissions that the token carries (its claim `roles`). Raises `SourceError`."""
        token = self._bearer(True)["Authorization"].removeprefix("Bearer ")
        try:
            part = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (IndexError, ValueError):
            return ()  # no token that shows its claims
        roles = claims.get("roles") if isinstance(claims, dict) else None
        return tuple(text(one) for one in roles) if isinstance(roles, list) else ()

    def _bearer(self, again: bool) -> Mapping[str, str]:
        if again or not self._token:
            try:
                content = self._web.post(self._login, self._form).content
            except SourceError as wrong:
                if "(400)" in wrong.sentence:  # invalid_client, or a tenant that is none
                    raise Refused(NAME, "Entra ID rejected the app's credentials (400).", CURES.credentials) from None
                raise
            self._token = text(content.get("access_token")) if isinstance(content, dict) else ""
            if not self._token:
                raise self._web.doubtful("gave no token")
        return {"Authorization": f"Bearer {self._token}"}

    def _everybody(self) -> Iterator[dict[str, Any]]:
        if self._group:
            return self._members(self._group)
        return self._walk("/v1.0/users", {"$select": _FIELDS, "$expand": _MANAGER, "$top": PAGE})

    def _managers(self) -> Iterator[dict[str, Any]]:
        """Everybody's: members of a group are listed without it. Of a larger directory only the first are asked."""
        return islice(self._walk("/v1.0/users", {"$select": "id", "$expand": _MANAGER, "$top": PAGE}), MANAGED)

    def _values(self, answer: Answer) -> list[dict[str, Any]]:
        content = answer.content
        return self._web.listed(content.get("value") if isinstance(content, dict) else None)

    def _walk(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        for page in self._web.pages(path, params, lambda answer: text(answer.content.get("@odata.nextLink"))):
            for one in self._values(page):
                if not text(one.get("id")):
                    raise self._web.doubtful("listed somebody without an id")
                yield one

    def _members(self, group: str) -> Iterator[dict[str, Any]]:
        path = f"/v1.0/groups/{quote(self._id_of(group), safe='')}/transitiveMembers"
        for one in self._walk(path, {"$select": _FIELDS, "$top": PAGE}):
            if text(one.get("@odata.type")) not in ("", "#microsoft.graph.user"):  # inner groups and devices
                continue
            if not text(one.get("userPrincipalName")) and not text(one.get("mail")):
                # What Graph tells of somebody whom the app may not read: "limited information".
                raise NotAllowed(
                    NAME, "Entra ID lists members of the group without telling who they are.", CURES.permission
                )
            yield one

    def _id_of(self, group: str) -> str:
        if len(group) == _GUID and group.count("-") == 4:
            return group
        named = group.replace("'", "''")
        params = {"$filter": f"displayName eq '{named}'", "$select": "id,displayName"}
        found = self._values(self._web.get("/v1.0/groups", params))
        if len(found) != 1:
            how = "no group" if not found else f"{len(found)} groups"
            raise NotThere(
                NAME, f"Entra ID has {how} with the name “{group}”.", "Set ENTRA_GROUP to the group's id or name."
            )
        return text(found[0].get("id"))


def _colleague(one: dict[str, Any], groups: dict[str, set[str]]) -> Colleague:
    upn = address(one.get("userPrincipalName"))
    upn = "" if "#ext#" in upn.lower() else upn  # a guest's is made from their address, and is none
    mail = address(one.get("mail")) or upn
    proxies = one.get("proxyAddresses") or []
    smtp = [text(a)[5:] for a in proxies if text(a).lower().startswith("smtp:")] if isinstance(proxies, list) else []
    mails = one.get("otherMails") or []
    others = (upn, *smtp, *(address(a) for a in mails if isinstance(mails, list)))
    enabled = one.get("accountEnabled")
    manager = one.get("manager") if isinstance(one.get("manager"), dict) else {}
    assert isinstance(manager, dict)
    full = " ".join(part for part in (text(one.get("givenName")), text(one.get("surname"))) if part)
    return Colleague(
        id=text(one.get("id")),
        email=mail,
        others=tuple(dict.fromkeys(a for a in others if address(a) and a != mail)),
        name=full or text(one.get("displayName")),
        state=Employment.SUSPENDED if enabled is False else Employment.ACTIVE,
        said=since("account disabled", one.get("employeeLeaveDateTime")) if enabled is False else "active",
        groups=frozenset(groups.get(text(one.get("id")), ())),
        manager=address(manager.get("mail")) or address(manager.get("userPrincipalName")),
    )
