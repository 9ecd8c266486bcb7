"""Google Workspace: the Admin SDK's `users.list`, and the members of a group with inner groups.

Source: developers.google.com, Admin SDK Directory API, `users.list` and `members.list`; a service account with domain-
wide delegation. Least privilege: `admin.directory.user.readonly`; with a group `admin.directory.group.member.readonly`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from google.auth.exceptions import GoogleAuthError
from google.auth.transport import Request, Response
from google.oauth2 import service_account

from bot.model.address import address_key
from bot.model.colleague import Colleague, Employment, Listing
from bot.sources.errors import Refused
from bot.sources.waits import Waits, since
from bot.sources.walks import all_of, memberships
from bot.sources.web import Answer, Cures, Web, address, text

NAME, TITLE = "google", "Google Workspace"
USERS = "https://www.googleapis.com/auth/admin.directory.user.readonly"
MEMBERS = "https://www.googleapis.com/auth/admin.directory.group.member.readonly"
CURES = Cures(
    credentials=(
        "Create a new key for the service account, and set GOOGLE_CREDENTIALS_FILE to its file and GOOGLE_ADMIN to an "
        "administrator's address."
    ),
    permission=(
        "Allow the service account's client id in the Admin console under Security > API controls > Domain-wide "
        f"delegation the scope {USERS} (with GOOGLE_GROUP also {MEMBERS})."
    ),
    where="Check GOOGLE_GROUP, and GOOGLE_DIRECTORY_URL where it is set.",
)


class Google:
    """`credentials` is the path of the service account's file; `admin` whose rights it borrows; `group` an address."""

    name, title = NAME, TITLE

    def __init__(
        self,
        credentials: str,
        admin: str,
        *,
        group: str = "",
        also: Iterable[str] = (),
        url: str = "https://admin.googleapis.com",
        waits: Waits | None = None,
    ) -> None:
        self._file = credentials
        self._admin = admin
        self._group = group
        self._also = tuple(also)
        self._signed: service_account.Credentials | None = None
        self._waits = waits
        self._web = Web(NAME, TITLE, url, cures=CURES, authorize=self._bearer, waits=waits)

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for: nothing that can write."""
        return (USERS, MEMBERS) if self._group or self._also else (USERS,)

    def read(self) -> Listing:
        asked = [*([self._group] if self._group else []), *self._also]
        users, *listed = all_of(self._users, *(partial(self._members, group) for group in asked))
        members = [_with_everybody(inside, users) for inside in listed]
        everybody = {text(one.get("id")): one for one in users}
        inside = {text(one.get("id")): one for one in members.pop(0)} if self._group else {}
        groups = memberships(self._also, members)
        people = [_colleague(one, groups) for id, one in everybody.items() if not self._group or id in inside]
        # Members of other domains are in no list of users: the group alone tells of them.
        people += [_outsider(one, groups) for id, one in inside.items() if id not in everybody]
        return Listing(source=NAME, title=TITLE, people=tuple(people), group=self._group)

    def close(self) -> None:
        self._web.close()

    def probe(self) -> None:
        """Read one person. Raises `SourceError`."""
        params = {"customer": "my_customer", "maxResults": "1"}
        self._values(self._web.get("/admin/directory/v1/users", params), "users")

    def privileges(self) -> tuple[str, ...]:
        """What the token may do: exactly what was asked for."""
        return self.scopes

    def _users(self) -> Iterator[dict[str, Any]]:
        return self._walk("/admin/directory/v1/users", {"customer": "my_customer", "maxResults": "500"}, "users")

    def _members(self, group: str) -> Iterator[dict[str, Any]]:
        path = f"/admin/directory/v1/groups/{quote(group, safe='')}/members"
        for one in self._walk(path, {"includeDerivedMembership": "true", "maxResults": "200"}, "members"):
            if text(one.get("type")).upper() != "GROUP":  # whose members are listed too
                yield one

    def _walk(self, path: str, params: dict[str, str], what: str) -> Iterator[dict[str, Any]]:
        token, seen = "", set[str]()
        while True:
            answer = self._web.get(path, params | ({"pageToken": token} if token else {}), later=bool(token))
            for one in self._values(answer, what):
                if not text(one.get("id")):
                    raise self._web.doubtful("listed somebody without an id")
                yield one
            token = text(answer.content.get("nextPageToken"))
            if not token:
                return
            if token in seen:
                raise self._web.doubtful("names the same next page again and again")
            seen.add(token)

    def _values(self, answer: Answer, what: str) -> list[dict[str, Any]]:
        """An empty list comes without its field; what is no answer of this API has no `kind` either."""
        content = answer.content
        if not isinstance(content, dict) or (what not in content and f"#{what}" not in text(content.get("kind"))):
            raise self._web.doubtful("answered with something that is not its list of people")
        return self._web.listed(content.get(what, []))

    def _bearer(self, again: bool) -> Mapping[str, str]:
        if self._signed is None or again or not self._signed.valid:
            self._signed = self._credentials()
            try:
                self._signed.refresh(_Transport(self._web))
            except GoogleAuthError:
                raise Refused(
                    NAME,
                    f"Google Workspace gave no token to the service account for {self._admin}.",
                    f"{CURES.credentials} {CURES.permission}",
                ) from None
        return {"Authorization": f"Bearer {self._signed.token}"}

    def _credentials(self) -> service_account.Credentials:
        try:
            about = json.loads(Path(self._file).expanduser().read_text("utf-8"))
            made: service_account.Credentials = service_account.Credentials.from_service_account_info(
                about, scopes=list(self.scopes), subject=self._admin
            )
        except (OSError, ValueError, KeyError, TypeError, GoogleAuthError):
            raise Refused(
                NAME, "The file of Google's service account can't be read as one.", CURES.credentials
            ) from None
        return made


class _Answered(Response):
    def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self._parts = (status, headers, data)

    @property
    def status(self) -> int:
        return self._parts[0]

    @property
    def headers(self) -> Mapping[str, str]:
        return self._parts[1]

    @property
    def data(self) -> bytes:
        return self._parts[2]


class _Transport(Request):
    """google-auth's way out, over the client that everything else of this source uses."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the client has its own
        **_: Any,
    ) -> _Answered:
        return _Answered(*self._web.exchange(method, url, body or b"", headers or {}))


def _colleague(one: dict[str, Any], groups: dict[str, set[str]]) -> Colleague:
    named, mail = one.get("name"), address(one.get("primaryEmail"))
    aliases = [
        *_texts(one.get("aliases")),
        *_texts(one.get("nonEditableAliases")),
        *(text(e.get("address")) for e in _objects(one.get("emails"))),
    ]
    if one.get("suspended") is True:
        state, said = Employment.SUSPENDED, "suspended"
    elif one.get("archived") is True:
        state, said = Employment.LEFT, "archived"
    else:
        state, said = Employment.ACTIVE, "active"
    managers = [text(r.get("value")) for r in _objects(one.get("relations")) if text(r.get("type")) == "manager"]
    return Colleague(
        id=text(one.get("id")),
        email=mail,
        others=tuple(dict.fromkeys(a for a in aliases if address(a) and a != mail)),
        name=text(named.get("fullName")) if isinstance(named, dict) else "",
        state=state,
        said=since(said, one.get("suspensionTime")) if state is Employment.SUSPENDED else said,
        groups=frozenset(groups.get(text(one.get("id")), ())),
        manager=next((m for m in managers if address(m)), ""),
    )


def _with_everybody(members: list[dict[str, Any]], users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A group's members; one of the type `CUSTOMER` stands for everybody in the account, and has no address."""
    named = [one for one in members if text(one.get("type")).upper() != "CUSTOMER"]
    return named if len(named) == len(members) else [*named, *users]


def _outsider(one: dict[str, Any], groups: dict[str, set[str]]) -> Colleague:
    suspended = text(one.get("status")).upper() == "SUSPENDED"
    return Colleague(
        id=text(one.get("id")) or address_key(text(one.get("email"))),
        email=address(one.get("email")),
        state=Employment.SUSPENDED if suspended else Employment.ACTIVE,
        said="suspended" if suspended else "active",
        groups=frozenset(groups.get(text(one.get("id")), ())),
    )


def _texts(value: object) -> list[str]:
    return [text(one) for one in value] if isinstance(value, list) else []


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def host_of(url: str) -> str:
    """For doctor's line."""
    return urlsplit(url).hostname or url
