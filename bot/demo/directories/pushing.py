"""An identity provider that pushes over SCIM, in Okta's order and with its bodies (its SCIM 2.0 reference).

It looks for somebody before it creates them, remembers the id that it was given, and sends whole profiles by PUT.
"""

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from bot.demo.directories.people import Account, Directory
from bot.model.problem import Problem

CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MOST = 200
"""Pushes that are remembered."""


class NotPushed(Problem):
    """The other side refused it, or was not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One HTTP request; `status` is 0 when there was no answer."""

    at: datetime
    method: str
    path: str
    body: Any
    status: int
    said: str = ""  # why it was refused


class Provider:
    """`group` names those who are assigned to the application. Methods raise `NotPushed`. Safe between threads."""

    name = "Okta"

    def __init__(self, directory: Directory, client: httpx.Client, *, group: str) -> None:
        """`client` has the gate's address and the token."""
        self.directory = directory
        self.group = group
        self.pushes: deque[Push] = deque(maxlen=MOST)
        self.version = 0
        self._ids: dict[str, str] = {}  # account id, or name of a group → resource id
        self._lock = threading.Lock()
        self._client = client

    def assigned(self, account: Account) -> bool:
        return account.id in self.directory.groups[self.group]

    def assign(self, account: Account) -> None:
        with self._lock:
            if not self.assigned(account):
                self.directory.groups[self.group].append(account.id)
            id = self._known(account)
            if id is None:
                made = self._send("POST", "/Users", {"schemas": [f"{CORE}:User"], **self._profile(account)})
                self._ids[account.id] = str(made["id"])
            else:
                self._replace(id, account)

    def unassign(self, account: Account) -> None:
        """The resource stays and becomes inactive: Okta never deletes anybody.

        Whom it has not met there before gets their profile first, as when they were assigned.
        """
        with self._lock:
            met = account.id in self._ids
            id = self._known(account)
            if id is not None and not met:
                self._replace(id, account)
            if self.assigned(account):
                self.directory.groups[self.group].remove(account.id)
            if id is not None:
                operation = {"op": "replace", "value": {"active": False}}
                self._send("PATCH", f"/Users/{id}", {"schemas": [PATCH], "Operations": [operation]})

    def rename(self, account: Account, *, name: str, email: str) -> None:
        """Another name, or another address: the whole profile anew."""
        with self._lock:
            id = self._known(account)  # by the address that the other side knows
            account.name, account.email, account.login = name, email, email
            if id is not None:
                self._replace(id, account)

    def push_group(self, name: str) -> None:
        """A group with those of its members whom the other side knows."""
        with self._lock:
            inside = [(id, one) for one in self.directory.inside(name) if (id := self._known(one)) is not None]
            members = [{"value": id, "display": one.login or one.email} for id, one in inside]
            id = self._known_group(name)
            if id is None:
                body = {"schemas": [f"{CORE}:Group"], "displayName": name, "members": members}
                self._ids[name] = str(self._send("POST", "/Groups", body)["id"])
            else:
                operation = {"op": "replace", "path": "members", "value": members}
                self._send("PATCH", f"/Groups/{id}", {"schemas": [PATCH], "Operations": [operation]})

    def delete_group(self, name: str) -> None:
        with self._lock:
            id = self._known_group(name)
            if id is not None:
                self._send("DELETE", f"/Groups/{id}")
            self._ids.pop(name, None)

    def _replace(self, id: str, account: Account) -> None:
        self._send("PUT", f"/Users/{id}", {"schemas": [f"{CORE}:User"], "id": id, **self._profile(account)})

    def _profile(self, account: Account) -> dict[str, Any]:
        first, _, last = account.name.partition(" ")
        profile: dict[str, Any] = {
            "userName": account.login or account.email,
            "name": {"givenName": first, "familyName": last or first},
            "emails": [{"primary": True, "value": account.email, "type": "work"}],
            "displayName": account.name,
            "externalId": account.id,
            "active": self.assigned(account),
        }
        if account.manager:
            profile[ENTERPRISE] = {"manager": {"value": account.manager}}
        return profile

    def _known(self, account: Account) -> str | None:
        return self._ids.get(account.id) or self._found(account.id, "Users", "userName", account.login or account.email)

    def _known_group(self, name: str) -> str | None:
        return self._ids.get(name) or self._found(name, "Groups", "displayName", name)

    def _found(self, key: str, kind: str, attribute: str, value: str) -> str | None:
        query = {"filter": f"{attribute} eq {json.dumps(value)}", "startIndex": "1", "count": "100"}
        there = self._send("GET", f"/{kind}", query=query).get("Resources") or []
        if there:
            self._ids[key] = str(there[0]["id"])
        return self._ids.get(key)

    def _send(self, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None) -> Any:
        shown = path + (f"?filter={query['filter']}" if query else "")
        try:
            content = None if body is None else json.dumps(body)
            headers = {} if body is None else {"Content-Type": "application/scim+json"}
            answer = self._client.request(method, path, params=query, content=content, headers=headers)
        except httpx.HTTPError:
            self._note(method, shown, body, 0, "no answer")
            raise NotPushed("hs-bot didn't answer. Start it under Faults, then try again.") from None
        read = answer.json() if answer.content else {}
        said = "" if answer.is_success else str(read.get("detail", ""))
        self._note(method, shown, body, answer.status_code, said)
        if said or not answer.is_success:
            raise NotPushed(said or f"hs-bot answered {answer.status_code}.")
        return read

    def _note(self, method: str, path: str, body: Any, status: int, said: str) -> None:
        at = datetime.now(UTC)
        self.pushes.append(Push(at=at, method=method, path=path, body=body, status=status, said=said))
        self.version += 1
