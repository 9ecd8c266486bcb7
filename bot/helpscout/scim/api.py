"""SCIM 2.0 (RFC 7643, 7644): users and groups of Help Scout, which are its seats and its teams.

scim2-models and scim2-client were measured first and left: 410–580 ms to import against 10 for this, and they
validate answers against the RFC's models, where this API's servers send little (no meta, no schemas, booleans as
strings) and anything unknown must come back unchanged with a PUT. What is needed of the RFCs is this file,
scim_types.py and scim_patch.py.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from bot.helpscout.errors import (
    Api,
    Conflict,
    NotFound,
    Rejected,
    ServerFault,
    Unbelievable,
)
from bot.helpscout.scim.lists import ListStyle, NotWhole, ScimLists
from bot.helpscout.scim.patch import patched
from bot.helpscout.scim.resources import (
    Operation,
    ScimGroup,
    ScimUser,
    group_document,
    patch_document,
    quoted,
    scim_group_of,
    scim_user_of,
    user_document,
)
from bot.helpscout.wire.calls import ApiCall
from bot.helpscout.wire.exchange import Exchange
from bot.helpscout.wire.response import ApiResponse
from bot.model.address import address_key, as_written

Resource = TypeVar("Resource", ScimUser, ScimGroup)


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """Whose address it is (userName or primary e-mail), and who else shows it (among their further e-mails, say)."""

    user: ScimUser | None = None
    others: tuple[ScimUser, ...] = ()


class Scim:
    """Typed calls; each raises HelpScoutError and nothing else. Writes are sent once: a lost answer is LostAnswer."""

    api: Api = "SCIM"

    def __init__(self, exchange: Exchange, style: ListStyle | None = None) -> None:
        self._exchange = exchange
        self._lists = ScimLists(exchange, style or ListStyle())

    # Users

    def find_user(self, address: str) -> ScimUser | None:
        """Whose userName or primary e-mail this is, in whatever spelling; None only after reading everybody."""
        return self.search(address).user

    def search(self, address: str) -> AddressMatch:
        """Who has this address, and whose: a further e-mail of somebody's doesn't make it theirs.

        The filter may be unsupported or ignored, so what came back is compared. Conflict when two fit equally well.
        """
        wanted = address_key(address)
        if not wanted:
            return AddressMatch()
        name = as_written(address)
        rows = self._lists.filtered("/Users", scim_user_of, f"userName eq {quoted(name)}", what="the search for a user")
        found = _found(rows or (), wanted)
        if found.user is not None:
            return found
        try:
            return _found(self.users(), wanted)
        except NotWhole as short:
            return self._unseen(name, wanted, rows, short)

    def _unseen(self, name: str, wanted: str, rows: list[ScimUser] | None, short: NotWhole) -> AddressMatch:
        """Who has an address where the list announces more people than it shows: a server may hide some for ever.

        That nobody has it is believed of a filter that was answered, and answers honestly for somebody else.
        """
        by_mail = self._lists.filtered(
            "/Users", scim_user_of, f"emails.value eq {quoted(name)}", what="the search for an e-mail"
        )
        found = _found((*short.seen, *(by_mail or ())), wanted)
        if found.user is None and not (rows == [] and self._lists.finds_by_name(short.seen)):
            raise short
        return found

    def user(self, id: str) -> ScimUser:
        """One user; NotFound when there is none."""
        return self._same(scim_user_of(self._exchange.read(_path("/Users", id), what="a SCIM user")), id)

    def users(self) -> list[ScimUser]:
        """Everybody SCIM knows, in its order."""
        return self._lists.everything("/Users", scim_user_of, what="the list of SCIM users")

    def create_user(self, user: ScimUser) -> ScimUser:
        """POST; Conflict (409 uniqueness) when the userName is taken. After LostAnswer look with `find_user`."""
        answer = self._exchange.send("POST", "/Users", what="creating a user", document=user_document(user))
        created = self._resource(answer, scim_user_of)
        if created is not None:
            return created
        location = answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
        if location:
            return self.user(location)
        found = self.find_user(user.user_name)
        if found is None:
            raise answer.doubt("shows no user")
        return found

    def patch_user(self, id: str, operations: Iterable[Operation]) -> ScimUser | None:
        """PATCH; the user as the server shows them afterwards, None when it answers without a body (204).

        Where the server refuses PATCH (405, 501) the user is read, changed here and sent back whole by PUT.
        """
        return self._patch(_path("/Users", id), tuple(operations), scim_user_of, "changing a user")

    def set_active(self, id: str, active: bool) -> ScimUser | None:
        """PATCH `active`, as Entra writes it; as Okta does where that is refused (400)."""
        try:
            return self.patch_user(id, [Operation(op="replace", path="active", value=active)])
        except Rejected as exc:
            if exc.status != 400:
                raise
            return self.set_active_whole(id, active)

    def set_active_whole(self, id: str, active: bool) -> ScimUser | None:
        """PATCH `active` without a path, as Okta does."""
        return self.patch_user(id, [Operation(op="replace", value={"active": active})])

    def delete_user(self, id: str) -> ApiCall:
        """DELETE, sent once. NotFound: there is none. LostAnswer or ServerFault: settle by reading."""
        return self._exchange.send("DELETE", _path("/Users", id), what="removing a user").call

    # Groups

    def groups(self) -> list[ScimGroup]:
        """All groups that SCIM shows, in its order. A server may leave their members out: see `with_members`."""
        return self._lists.shown("/Groups", scim_group_of, what="the list of SCIM groups")

    def with_members(self, group: ScimGroup) -> ScimGroup:
        """The group with its members, read by itself where the list left them out."""
        return group if group.shows_members else self.group(group.id)

    def group(self, id: str) -> ScimGroup:
        """One group; where the server can't show a single one, it is looked up in the list."""
        try:
            return self._same(scim_group_of(self._exchange.read(_path("/Groups", id), what="a SCIM group")), id)
        except (NotFound, Rejected, ServerFault) as exc:
            if exc.status not in (404, 405, 501):
                raise
            for group in self.groups():
                if group.id == id:
                    return group
            raise NotFound("Help Scout has no team with that SCIM id.", api="SCIM", status=404) from exc

    def create_group(self, name: str, members: Iterable[str] = ()) -> ScimGroup:
        """POST; `members` are SCIM user ids."""
        wanted = ScimGroup(display_name=name, members=frozenset(members))
        answer = self._exchange.send("POST", "/Groups", what="creating a team", document=group_document(wanted))
        created = self._resource(answer, scim_group_of)
        if created is not None:
            return created
        location = answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
        if location:
            return self.group(location)
        raise answer.doubt("shows no team")

    def patch_group(self, id: str, operations: Iterable[Operation]) -> ScimGroup | None:
        """PATCH; None when the server answers without a body (204). PUT where it refuses PATCH."""
        return self._patch(_path("/Groups", id), tuple(operations), scim_group_of, "changing a team")

    def add_member(self, group_id: str, user_id: str) -> ScimGroup | None:
        """Put a user (SCIM id) into a group; nothing changes when they are in it."""
        return self.patch_group(group_id, [Operation(op="add", path="members", value=[{"value": user_id}])])

    def remove_member(self, group_id: str, user_id: str) -> ScimGroup | None:
        """Take a user (SCIM id) out of a group."""
        return self.patch_group(group_id, [Operation(op="remove", path=f"members[value eq {quoted(user_id)}]")])

    def remove_member_listed(self, group_id: str, user_id: str) -> ScimGroup | None:
        """The same in the form that Entra sends: the member to remove as a value."""
        return self.patch_group(group_id, [Operation(op="remove", path="members", value=[{"value": user_id}])])

    def put_member(self, group_id: str, user_id: str, *, inside: bool) -> ScimGroup | None:
        """The same by PUT of the whole group, as it is read right before. Rejected where its members aren't shown."""
        path, what = _path("/Groups", group_id), "changing a team"
        before = self._exchange.read(path, what=f"the read before {what}")
        if not scim_group_of(before).shows_members and not inside:
            raise Rejected("SCIM doesn't show who is in this team, so it can't be written whole.", api="SCIM")
        change = Operation(op="add" if inside else "remove", path="members", value=[{"value": user_id}])
        return self._put(path, patched(before, (change,)), scim_group_of, what)

    def delete_group(self, id: str) -> ApiCall:
        """DELETE, sent once, as `delete_user`."""
        return self._exchange.send("DELETE", _path("/Groups", id), what="deleting a team").call

    # The wire

    def _patch(
        self, path: str, operations: tuple[Operation, ...], shape: Callable[[object], Resource], what: str
    ) -> Resource | None:
        try:
            answer = self._exchange.send("PATCH", path, what=what, document=patch_document(operations))
        except (Rejected, ServerFault) as exc:
            if exc.status not in (405, 501):
                raise
            before = self._exchange.read(path, what=f"the read before {what}")
            return self._put(path, patched(before, operations), shape, what)
        return self._told(answer, shape)

    def _put(
        self, path: str, document: Mapping[str, Any], shape: Callable[[object], Resource], what: str
    ) -> Resource | None:
        return self._told(self._exchange.send("PUT", path, what=what, document=document), shape)

    def _told(self, answer: ApiResponse, shape: Callable[[object], Resource]) -> Resource | None:
        """The resource in an answer to a change; None for any other body under 2xx: what is so now is read."""
        try:
            return self._resource(answer, shape)
        except Unbelievable:
            return None

    @staticmethod
    def _resource(answer: ApiResponse, shape: Callable[[object], Resource]) -> Resource | None:
        """The resource in an answer to a write; None when there is none, which is a server's right (204, RFC 7644
        §3.5.2).
        """
        if answer.whole and not answer.body.strip():
            return None
        document = answer.json_object()
        try:
            return shape(document)
        except Unbelievable as exc:
            raise answer.doubt("has the wrong shape") from exc

    def _same(self, resource: Resource, id: str) -> Resource:
        if resource.id != id:
            raise Unbelievable("SCIM sent another resource than the one asked for, so it was discarded.", api="SCIM")
        return resource


def _found(users: Iterable[ScimUser], wanted: str) -> AddressMatch:
    having = list({user.id: user for user in users if wanted in user.addresses}.values())
    theirs = [user for user in having if wanted in user.identifying]
    best = [user for user in theirs if address_key(user.user_name) == wanted] or theirs
    if len(best) > 1:
        active = [user for user in best if user.active is not False]
        best = active if len(active) == 1 else best
    if len(best) > 1:
        raise Conflict(
            "SCIM shows more than one user with that e-mail address. Merge or rename them in Help Scout first.",
            api="SCIM",
        )
    return AddressMatch(best[0] if best else None, tuple(user for user in having if user not in best))


def is_plain_id(id: str) -> bool:
    """Whether an id names one resource in an address: not empty, and without a dot segment between slashes."""
    return bool(id) and not any(part in (".", "..") for part in re.split(r"[/\\]", id))


def _path(collection: str, id: str) -> str:
    """Raises Unbelievable for an id that would name another path: percent-encoding leaves `.` and `..` (RFC 3986)."""
    if not is_plain_id(id):
        raise Unbelievable("SCIM sent an id that can't be used in an address, so nothing was sent.", api="SCIM")
    return f"{collection}/{quote(id, safe='')}"


__all__ = ["Operation", "Scim", "ScimGroup", "ScimUser"]
