"""Okta: `GET /api/v1/users` (all but the deprovisioned), the deprovisioned besides, or the members of a group.

Source: developer.okta.com, "Users" and "Groups" of the management API; paging by `Link: rel="next"`. An API token
(`SSWS`) acts with the rights of who made it: a read-only administrator is enough (scope `okta.users.read`).
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from bot.model.colleague import Colleague, Employment, Listing
from bot.sources.errors import NotThere
from bot.sources.waits import Waits, since
from bot.sources.walks import all_of, memberships
from bot.sources.web import Cures, Web, address, text

NAME, TITLE = "okta", "Okta"
PAGE = "200"
_STATES = {
    "STAGED": Employment.COMING,
    "PROVISIONED": Employment.COMING,
    "SUSPENDED": Employment.SUSPENDED,
    "DEPROVISIONED": Employment.LEFT,
}
"""Statuses in which somebody does not work here; ACTIVE, RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT are people who do."""
CURES = Cures(
    credentials="Create a new API token in Okta under Security > API > Tokens and set OKTA_TOKEN.",
    permission="Give whoever the token belongs to the role Read-only Administrator (scope okta.users.read).",
    where="Check OKTA_URL (like https://acme.okta.com) and OKTA_GROUP.",
)


class Okta:
    """`group` is an id or a name, "" for everybody; `also` are names of groups whose members are looked up besides."""

    name, title = NAME, TITLE

    def __init__(
        self, url: str, token: str, *, group: str = "", also: Iterable[str] = (), waits: Waits | None = None
    ) -> None:
        self._group = group
        self._also = tuple(also)
        self._web = Web(
            NAME, TITLE, url, cures=CURES, authorize=lambda _: {"Authorization": f"SSWS {token}"}, waits=waits
        )

    def read(self) -> Listing:
        lists: list[Callable[[], Iterator[dict[str, Any]]]]
        if self._group:
            lists = [lambda: self._members(self._group)]
        else:
            gone = {"limit": PAGE, "filter": 'status eq "DEPROVISIONED"'}
            lists = [lambda: self._users({"limit": PAGE}), lambda: self._users(gone)]
        read = all_of(*lists, *(partial(self._members, group) for group in self._also))
        people = {one["id"]: one for some in read[: len(lists)] for one in some}
        groups = memberships(self._also, read[len(lists) :])
        found = tuple(_colleague(one, groups) for one in people.values())
        return Listing(source=NAME, title=TITLE, people=found, group=self._group)

    def close(self) -> None:
        self._web.close()

    def privileges(self) -> tuple[str, ...]:
        """The administrator roles of whose token it is, as far as the token may read them. Raises `SourceError`."""
        me = self._web.get("/api/v1/users/me").content
        id = text(me.get("id")) if isinstance(me, dict) else ""
        roles = self._web.listed(self._web.get(f"/api/v1/users/{quote(id, safe='')}/roles").content, "a list of roles")
        return tuple(text(one.get("type")) for one in roles)

    def probe(self) -> None:
        """Read one person. Raises `SourceError`."""
        self._web.listed(self._web.get("/api/v1/users", {"limit": "1"}).content)

    def _users(self, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        return self._walk("/api/v1/users", params)

    def _walk(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        for page in self._web.pages(path, params, lambda answer: answer.next):
            for one in self._web.listed(page.content):
                if not text(one.get("id")) or not isinstance(one.get("profile"), dict):
                    raise self._web.doubtful("listed somebody without an id or a profile")
                yield one

    def _members(self, group: str) -> Iterator[dict[str, Any]]:
        return self._walk(f"/api/v1/groups/{quote(self._id_of(group), safe='')}/users", {"limit": PAGE})

    def _id_of(self, group: str) -> str:
        if group.startswith("00g") and len(group) == 20 and group.isalnum():
            return group
        found = self._web.listed(
            self._web.get("/api/v1/groups", {"q": group, "limit": PAGE}).content, "a list of groups"
        )
        ids = [text(one.get("id")) for one in found if text((one.get("profile") or {}).get("name")) == group]
        if len(ids) != 1:
            how = "no group" if not ids else f"{len(ids)} groups"
            raise NotThere(
                NAME, f"Okta has {how} with the name “{group}”.", "Set OKTA_GROUP to the group's id or name."
            )
        return ids[0]


def _colleague(one: dict[str, Any], groups: dict[str, set[str]]) -> Colleague:
    profile, status = one["profile"], text(one.get("status")).upper()
    state = _STATES.get(status, Employment.ACTIVE)
    mail, login = address(profile.get("email")), address(profile.get("login"))
    others = (login, address(profile.get("secondEmail")))
    word = "active" if state is Employment.ACTIVE else since(status.lower(), one.get("statusChanged"))
    manager = (
        address(profile.get("managerEmail")) or address(profile.get("manager")) or address(profile.get("managerId"))
    )
    full = " ".join(part for part in (text(profile.get("firstName")), text(profile.get("lastName"))) if part)
    return Colleague(
        id=one["id"],
        email=mail or login,
        others=tuple(dict.fromkeys(a for a in others if a and a != mail)),
        name=full or text(profile.get("displayName")),
        state=state,
        said=word,
        groups=frozenset(groups.get(one["id"], ())),
        manager=manager,
    )
