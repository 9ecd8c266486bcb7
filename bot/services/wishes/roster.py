"""Who is there as one token's identity provider sees it: its wish where one is open, else the fact. From the record."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.model.address import address_key
from bot.model.team import Team
from bot.model.user import Status, UserRecord
from bot.model.wish import Wish, WishKind
from bot.policy.requests.wishing import facts_of
from bot.policy.typed.names import same_name
from bot.services.wishes.binding import bind_all, bound
from bot.store.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One resource. `facts` are what Help Scout has (empty for who is to come), `fields` what is shown."""

    id: str
    kind: WishKind
    wish: Wish | None = None
    subject_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    changed_at: datetime | None = None
    groups: tuple[tuple[str, str], ...] = ()  # of a person: (resource id, name) of each of their teams


@dataclass(frozen=True, slots=True)
class _Index:
    version: int
    order: tuple[tuple[str, int | None], ...]  # (resource id, REST id)
    ids: dict[int, str]  # REST id → resource id, of those whose id is not their REST id
    hidden: frozenset[int]  # REST ids of those whom the token has deleted

    def members(self, some: Iterable[int]) -> list[str]:
        """Resource ids of people, in the order of their REST ids; who was deleted is in no team."""
        return [self.ids.get(id, str(id)) for id in sorted(some) if id not in self.hidden]


class Roster:
    """Every method is of one token. Safe between threads."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, WishKind], _Index] = {}

    # One

    def person(self, token: str, id: str) -> Shown | None:
        """By resource id; None for what was deleted, is another token's, or was never there."""
        wish = self._record.wishes.get(token, id)
        if wish is not None:
            return None if wish.deleted or wish.kind is not WishKind.USER else self._of_wish(wish)
        row = self._record.users.get(_number(id))
        if row is None or row.status is not Status.ACTIVE or not row.user.is_person:
            return None
        known = self._record.wishes.of_subject(token, WishKind.USER, row.id)
        if known is None and (loose := self._record.wishes.by_address(token, row.user.key)) is not None:
            known = bound(self._record, loose)
            known = known if known.subject_id == row.id else None
        if known is not None:  # pushed since it was looked for, or known to this token by another id
            return self._of_wish(known) if known.id == id else None
        if self._record.wishes.hidden(token, WishKind.USER, row.id):
            return None
        return self._people(token, [(id, row.id)])[0]

    def by_user_name(self, token: str, address: str) -> Shown | None:
        """Who has this userName, as shown."""
        key = address_key(address)
        if not key:
            return None
        wish = self._record.wishes.by_address(token, key)
        if wish is not None:
            shown = self._of_wish(wish)
            return shown if address_key(str(shown.fields.get("email") or "")) == key else None
        for row in self._record.users.by_email(address):
            if row.status is Status.ACTIVE and row.user.key == key and row.user.is_person:
                known = self._record.wishes.of_subject(token, WishKind.USER, row.id)
                if known is not None:
                    shown = self._of_wish(known)
                    return shown if address_key(str(shown.fields.get("email") or "")) == key else None
                return self.person(token, str(row.id))
        return None

    def by_external_id(self, token: str, kind: WishKind, external_id: str) -> list[Shown]:
        return [self._of_wish(wish) for wish in self._record.wishes.by_external_id(token, kind, external_id)]

    def team(self, token: str, id: str) -> Shown | None:
        return next((one for one in self.teams(token) if one.id == id), None)

    def team_named(self, token: str, name: str) -> Shown | None:
        return next((one for one in self.teams(token) if same_name(str(one.fields["name"]), name)), None)

    # Many

    def count(self, token: str) -> int:
        return len(self._index(token).order)

    def people(self, token: str, start: int = 0, count: int | None = None) -> list[Shown]:
        """A page of them, those of the record first, by id; then who is to come, in the order in which they came."""
        order = self._index(token).order
        return self._people(token, order[start : None if count is None else start + count])

    def teams(self, token: str) -> list[Shown]:
        """All teams with their members, by id; there are few."""
        teams, members = self._record.teams.all(), self._record.teams.members()
        index = self._record.wishes.index(token, WishKind.GROUP)
        wishes = self._record.wishes.several(token, [id for id, _, _ in index]) if index else {}
        live = {wish.subject_id: wish for wish in wishes.values() if not wish.deleted and wish.subject_id is not None}
        dead = {wish.subject_id for wish in wishes.values() if wish.deleted} - set(live)
        inside: dict[int, list[int]] = {}
        for one in members:
            inside.setdefault(one.team_id, []).append(one.user_id)
        people = self._index(token)
        shown = [
            self._team(live.get(team.id), team, people.members(inside.get(team.id, ())))
            for team in teams
            if team.id not in dead
        ]
        come = [wish for wish in wishes.values() if wish.subject_id is None and not wish.deleted]
        come.sort(key=lambda wish: (wish.created_at, wish.id))
        return shown + [self._team(wish, None, []) for wish in come]

    def inside(self, token: str, team_id: int) -> list[str]:
        """Resource ids of who is in a team."""
        return self._index(token).members(one.user_id for one in self._record.teams.members() if one.team_id == team_id)

    def user_id(self, token: str, id: str) -> int | None:
        """The REST id behind a resource id; None while there is none."""
        wish = self._record.wishes.get(token, id)
        if wish is not None:
            return bound(self._record, wish).subject_id if wish.kind is WishKind.USER and not wish.deleted else None
        row = self._record.users.get(_number(id))
        return row.id if row is not None and row.status is Status.ACTIVE else None

    # How

    def _index(self, token: str) -> _Index:
        version = self._record.version()
        with self._lock:
            kept = self._kept.get((token, WishKind.USER))
        if kept is not None and kept.version == version:
            return kept
        if bind_all(self._record, token):
            version = self._record.version()
        wishes = self._record.wishes.index(token, WishKind.USER)
        live = {subject: id for id, subject, deleted in wishes if subject is not None and not deleted}
        dead = {subject for _, subject, deleted in wishes if subject is not None and deleted} - set(live)
        active = self._record.users.active_ids()
        order: list[tuple[str, int | None]] = [(live.get(id, str(id)), id) for id in active if id not in dead]
        here = set(active)
        order += [(id, subject) for id, subject, deleted in wishes if not deleted and subject not in here]
        ids = {id: name for id, name in live.items() if name != str(id)}
        made = _Index(version, tuple(order), ids, frozenset(dead))
        with self._lock:
            self._kept[token, WishKind.USER] = made
        return made

    def _people(self, token: str, some: Sequence[tuple[str, int | None]]) -> list[Shown]:
        ids = [subject for _, subject in some if subject is not None]
        rows = {row.id: row for row in self._record.users.several(ids)}
        wishes = self._record.wishes.several(token, [id for id, _ in some])
        teams = self._record.teams.of_users(ids)
        return [
            self._person(id, wishes.get(id), rows.get(subject) if subject is not None else None, teams)
            for id, subject in some
        ]

    def _of_wish(self, wish: Wish) -> Shown:
        if wish.kind is WishKind.GROUP:
            found = self.team(wish.token, wish.id)
            assert found is not None
            return found
        wish = bound(self._record, wish)
        row = self._record.users.get(wish.subject_id) if wish.subject_id is not None else None
        teams = self._record.teams.of_users([row.id]) if row is not None else {}
        return self._person(wish.id, wish, row, teams)

    def _person(
        self, id: str, wish: Wish | None, row: UserRecord | None, teams: dict[int, list[tuple[int, str]]]
    ) -> Shown:
        facts = facts_of(row.user, row.status) if row is not None else {}
        wanted = dict(wish.wanted) if wish is not None else {}
        there = row is not None and row.status is Status.ACTIVE
        return Shown(
            id=id,
            kind=WishKind.USER,
            wish=wish,
            subject_id=row.id if row is not None else None,
            facts=facts,
            fields={"active": row is None, **facts, **wanted},
            created_at=wish.created_at if wish is not None and row is None else row.first_seen if row else None,
            changed_at=wish.changed_at if wish is not None else row.first_seen if row is not None else None,
            groups=tuple((str(team), name) for team, name in teams.get(row.id, ()))
            if row is not None and there
            else (),
        )

    def _team(self, wish: Wish | None, team: Team | None, members: Iterable[str]) -> Shown:
        facts: dict[str, Any] = {"name": team.name, "members": list(members)} if team is not None else {}
        wanted = dict(wish.wanted) if wish is not None else {}
        return Shown(
            id=wish.id if wish is not None else str(team.id if team else ""),
            kind=WishKind.GROUP,
            wish=wish,
            subject_id=team.id if team is not None else None,
            facts=facts,
            fields={"name": "", "members": [], **facts, **wanted},
            created_at=wish.created_at if wish is not None else None,
            changed_at=wish.changed_at if wish is not None else None,
        )


def _number(id: str) -> int:
    """A REST id, or one that nobody has."""
    return int(id) if id.isascii() and id.isdigit() and len(id) < 19 and id == str(int(id)) else -1
