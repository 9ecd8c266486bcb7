"""What an identity provider pushes is written down before it is answered: one row, one transaction, no call to anybody.

Bringing it about is `pursuit.py`'s.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.model.address import address_key, same_address
from bot.model.request import OPEN, Kind
from bot.model.user import Status
from bot.model.wish import Wish, WishKind
from bot.policy.requests.wishing import facts_of, out_of_bounds, still_wanted, team_differs
from bot.policy.typed.names import same_name
from bot.services.credential import Credential
from bot.services.requests.withdrawn import cancel_withdrawn
from bot.services.wishes.refusals import Changed, NotAllowed, NotThere, Taken
from bot.services.wishes.roster import Roster, Shown
from bot.store.record import Record

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
LONGEST_NAME = 100


class Pushes:
    """`protected` are keys of addresses. `wake` is called after each commit."""

    def __init__(
        self, record: Record, roster: Roster, *, protected: frozenset[str], wake: Callable[[], None] = lambda: None
    ) -> None:
        self._record = record
        self._roster = roster
        self._protected = protected
        self._wake = wake

    # People

    def create(
        self, token: str, document: Mapping[str, Any], fields: Mapping[str, Any], named: Mapping[str, Any]
    ) -> Shown:
        """A person who is to have a seat. Raises `Taken` for a userName that this token has pushed already.

        `named` are the fields with both names, for somebody who is not there. Who was to leave, or has left, is wanted
        back: that is the same resource again. So is somebody who was there before anything was pushed about them:
        providers that look for their own ids can't find them otherwise.
        """
        key = address_key(str(fields["email"]))
        with self._record.transaction():
            known = self._roster.by_user_name(token, str(fields["email"]))
            stays = known is not None and (known.fields.get("active") or not fields.get("active", True))
            if known is not None and known.wish is not None and stays:
                raise Taken(f"There is a user with the userName {fields['email']} already.")
            if known is not None:
                shown = self._kept(token, known, document, {"active": True, **fields})
            else:
                shown = self._come(token, key, document, {"active": True, **named})
        self._wake()
        return shown

    def _come(self, token: str, key: str, document: Mapping[str, Any], wanted: dict[str, Any]) -> Shown:
        now = self._record.now()
        rows = [row for row in self._record.users.by_email(str(wanted["email"])) if row.user.key == key]
        subject = rows[0] if rows and rows[0].user.is_person else None
        wish = Wish(
            token=token,
            id=self._new_id(),
            subject_id=subject.id if subject is not None else None,
            since=now,
            created_at=now,
            changed_at=now,
        )
        self._free(str(wanted["email"]), wish.subject_id)
        facts = self._facts(wish.subject_id)
        for left in self._record.wishes.leaving(token, key, wish.subject_id):  # wanted back, by a new id
            self._record.wishes.put(replace(left, open=False, request_id=None, changed_at=now))
            wish = replace(wish, request_id=wish.request_id or left.request_id)
        return self._write(replace(wish, address=key), facts, document, wanted)

    def change(self, token: str, before: Shown, document: Mapping[str, Any], fields: Mapping[str, Any]) -> Shown:
        """What is wanted of a person, whole. Raises `NotAllowed`, `Taken`, `NotThere`, `Changed`."""
        with self._record.transaction():
            now = self._roster.person(token, before.id)
            if now is None:
                raise NotThere("There is no such user.")
            if (now.fields, now.wish and now.wish.document) != (before.fields, before.wish and before.wish.document):
                raise Changed("This user was changed meanwhile.")
            address = str(fields.get("email") or "")
            other = self._roster.by_user_name(token, address) if address else None
            if other is not None and other.id != now.id:
                raise Taken(f"Another user has the userName {address}.")
            if address and not same_address(address, str(now.fields.get("email") or "")):
                self._free(address, now.subject_id)
            shown = self._kept(token, now, document, dict(fields))
        self._wake()
        return shown

    def delete(self, token: str, id: str) -> None:
        """They are to lose their seat; the id is unknown from then on. Raises `NotAllowed`, `NotThere`."""
        with self._record.transaction():
            shown = self._roster.person(token, id)
            if shown is None:
                raise NotThere("There is no such user.")
            self._allow(shown.subject_id, {"active": False})
            wish = shown.wish or self._fresh(token, shown)
            now = self._record.now()
            open = shown.subject_id is not None or wish.request_id is not None or wish.open
            wish = replace(wish, deleted=True, wanted={"active": False}, open=open, since=now, changed_at=now)
            self._record.wishes.put(replace(wish, not_before=None, problem=""))
            self._take_back(wish)
            self._noted(token, shown, "delete", ["active"])
        self._wake()

    def _kept(self, token: str, shown: Shown, document: Mapping[str, Any], wanted: dict[str, Any]) -> Shown:
        wish = shown.wish or self._fresh(token, shown)
        address = address_key(str(wanted["email"])) if wanted.get("email") else wish.address
        return self._write(replace(wish, address=address), shown.facts, document, wanted)

    def _write(self, wish: Wish, facts: dict[str, Any], document: Mapping[str, Any], wanted: dict[str, Any]) -> Shown:
        whole = {name: value for name, value in {**wish.wanted, **wanted}.items() if value is not None}
        left = still_wanted(whole, facts) if facts else whole
        if whole.get("active") is True and self._may_lose_seat(wish):
            left["active"] = True
        self._allow(wish.subject_id, left)
        same = left == dict(wish.wanted) and json.loads(json.dumps(document)) == wish.document
        now = self._record.now()
        external = document.get("externalId")
        open = bool(left) and (bool(facts) or left.get("active") is not False or wish.request_id is not None)
        if wish.request_id is not None:
            open = True  # what was begun for another wish is to be taken back
        wish = replace(
            wish,
            document=document,
            external_id=external if isinstance(external, str) else "",
            wanted=left,
            open=open,
            since=wish.since if left == dict(wish.wanted) else now,
            changed_at=wish.changed_at if same else now,
            not_before=wish.not_before if same else None,
            problem=wish.problem if same else "",
        )
        self._record.wishes.put(wish)
        self._take_back(wish)
        shown = self._roster.person(wish.token, wish.id)
        assert shown is not None
        if not same:
            self._noted(wish.token, shown, "push", sorted(left))
        return shown

    # Teams

    def create_team(self, token: str, document: Mapping[str, Any], fields: Mapping[str, Any]) -> Shown:
        """A team of this name: the one that is there, or one that is to be made. Raises `Taken`.

        Who is in a team already stays in it: providers make a group first, and name its members afterwards.
        """
        name = str(fields["name"])
        with self._record.transaction():
            known = self._roster.team_named(token, name)
            if known is not None and known.wish is not None:
                raise Taken(f"There is a group {name} already.")
            now = self._record.now()
            team = next((one for one in self._record.teams.all() if same_name(one.name, name)), None)
            wish = Wish(
                token=token,
                id=str(team.id) if known is not None and team is not None else self._new_id(),
                kind=WishKind.GROUP,
                subject_id=team.id if team is not None else None,
                since=now,
                created_at=now,
                changed_at=now,
            )
            wanted, facts = dict(fields), {}
            if team is not None:
                inside = self._roster.inside(token, team.id)
                facts = {"name": team.name, "members": inside}
                if "members" in wanted:
                    wanted["members"] = list(dict.fromkeys([*inside, *wanted["members"]]))
            shown = self._write_team(wish, facts, document, wanted)
        self._wake()
        return shown

    def change_team(self, token: str, before: Shown, document: Mapping[str, Any], fields: Mapping[str, Any]) -> Shown:
        with self._record.transaction():
            now = self._roster.team(token, before.id)
            if now is None:
                raise NotThere("There is no such group.")
            if (now.fields, now.wish and now.wish.document) != (before.fields, before.wish and before.wish.document):
                raise Changed("This group was changed meanwhile.")
            other = self._roster.team_named(token, str(fields["name"]))
            if other is not None and other.id != now.id:
                raise Taken(f"Another group is called {fields['name']}.")
            wish = now.wish or self._fresh(token, now)
            shown = self._write_team(wish, now.facts, document, dict(fields))
        self._wake()
        return shown

    def delete_team(self, token: str, id: str) -> None:
        with self._record.transaction():
            shown = self._roster.team(token, id)
            if shown is None:
                raise NotThere("There is no such group.")
            wish, now = shown.wish or self._fresh(token, shown), self._record.now()
            open = shown.subject_id is not None
            wish = replace(wish, deleted=True, wanted={}, open=open, since=now, changed_at=now, not_before=None)
            self._record.wishes.put(wish)
            self._noted(token, shown, "delete", ["group"])
        self._wake()

    def _write_team(
        self, wish: Wish, facts: dict[str, Any], document: Mapping[str, Any], wanted: dict[str, Any]
    ) -> Shown:
        wanted = {**wish.wanted, **wanted}
        left = {name: value for name, value in wanted.items() if team_differs(name, facts.get(name), value)}
        now, external = self._record.now(), document.get("externalId")
        same = left == dict(wish.wanted) and json.loads(json.dumps(document)) == wish.document
        wish = replace(
            wish,
            document=document,
            external_id=external if isinstance(external, str) else "",
            wanted=left,
            open=bool(left),
            since=now if left != dict(wish.wanted) else wish.since,
            changed_at=wish.changed_at if same else now,
            not_before=wish.not_before if same else None,
        )
        self._record.wishes.put(wish)
        self._take_back(wish)
        shown = self._roster.team(wish.token, wish.id)
        assert shown is not None
        if not same:
            self._noted(wish.token, shown, "push", sorted(left))
        return shown

    # What they share

    def _fresh(self, token: str, shown: Shown) -> Wish:
        """The first that is pushed about somebody, or a team, who was there before."""
        now = self._record.now()
        return Wish(
            token=token,
            id=shown.id,
            kind=shown.kind,
            subject_id=shown.subject_id,
            address=address_key(str(shown.facts.get("email") or "")) if shown.kind is WishKind.USER else "",
            since=now,
            created_at=now,
            changed_at=now,
        )

    def _facts(self, user_id: int | None) -> dict[str, Any]:
        row = self._record.users.get(user_id) if user_id is not None else None
        return facts_of(row.user, row.status) if row is not None else {}

    def _allow(self, user_id: int | None, wanted: Mapping[str, Any]) -> None:
        row = self._record.users.get(user_id) if user_id is not None else None
        if row is None:
            return
        if row.status is not Status.ACTIVE and wanted.get("active") is not True:
            return
        about = self._record.identities.about({row.id})
        if refusal := out_of_bounds(row.user, wanted, about, self._protected, own_user(self._record)):
            raise NotAllowed(refusal.reason)

    def _free(self, address: str, own: int | None) -> None:
        """Raises `Taken` for an address of another active person, a further one too: Help Scout would refuse it."""
        for row in self._record.users.by_email(address):
            if row.status is Status.ACTIVE and row.id != own and address_key(address) in row.user.keys:
                raise Taken(f"{address} already belongs to {row.user.name}, who is active in Help Scout.")

    def _may_lose_seat(self, wish: Wish) -> bool:
        """Whether an offboarding is under way, which may end before it is cancelled: then they are wanted back."""
        request = self._record.requests.get(wish.request_id) if wish.request_id else None
        return request is not None and request.kind is Kind.OFFBOARD and request.state in OPEN

    def _take_back(self, wish: Wish) -> None:
        """What was asked for and is wanted no longer doesn't start after this push was answered."""
        request = self._record.requests.get(wish.request_id) if wish.request_id else None
        if request is not None and request.requester == wish.token:
            cancel_withdrawn(self._record, request)

    def _new_id(self) -> str:
        return "p" + "".join(secrets.choice(LETTERS) for _ in range(15))

    def _noted(self, token: str, shown: Shown, what: str, names: list[str]) -> None:
        details = {"resource": shown.id, "what": what, "wanted": names}
        person = shown.subject_id if shown.kind is WishKind.USER else None
        self._record.audit.append("gate.pushed", actor=token, user_id=person, details=details)


def own_user(record: Record) -> int | None:
    """The REST id of the user on whom the bot's credential hangs, as far as the record knows."""
    known = Credential(record).known()
    return known.id if known is not None else None
