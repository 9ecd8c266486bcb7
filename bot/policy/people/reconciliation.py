"""Who should have a seat, compared with who has one: orphan, missing, different, unknown. Pure.

People match by remembered pairs, by the keys of their addresses (main, alias, any they ever had), and by addresses that
differ in a plus part only. A main address proves more than an alias: where both would match, the main address counts.
Of several accounts of one person in one source the living one counts. Sources that contradict each other are shown
with what each says; nobody guesses which is right.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.model.address import address_key, without_plus
from bot.model.colleague import Colleague, Employment, Listing, Manager
from bot.model.user import OWNER, User
from bot.policy.typed.fold import fold


class Kind(StrEnum):
    """In the order in which they are worked through."""

    ORPHAN = "orphan"
    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


RANKS = ("light user", "user", "admin", "owner")
"""Roles of Help Scout, the lightest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody with a seat. `keys` are every address they ever had; `slack_ids` those they are paired with."""

    user: User
    keys: frozenset[str] = frozenset()
    slack_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at. `sources`: name of a source → what it says; `id` is the REST id, None without a seat.

    `sure`: matched by a pair or a main address, and no source says otherwise. `asks` has, for `different`, the field
    (`name`, `email`, `role`) → what the source has. `manager` is an address.
    """

    kind: Kind
    email: str
    id: int | None
    name: str
    sources: Mapping[str, str]
    detail: str
    sure: bool = True
    asks: Mapping[str, str] = field(default_factory=dict)
    manager: str = ""
    user: User | None = None

    @property
    def key(self) -> str:
        """The same for the same thing at every comparison: what a person has said about it stays with it."""
        who = str(self.id) if self.id is not None else f"address:{without_plus(address_key(self.email))}"
        if self.kind in (Kind.ORPHAN, Kind.UNKNOWN):
            return f"seat:{who}"
        if not self.asks:
            return f"{self.kind.value}:{who}"
        what = "\n".join(f"{name}={value}" for name, value in sorted(self.asks.items()))
        return f"{self.kind.value}:{who}:{hashlib.sha256(what.encode()).hexdigest()[:12]}"


@dataclass(slots=True)
class _Match:
    """What one source says of one seat: the account that counts, and how it was found."""

    account: Colleague
    how: str
    strength: int


@dataclass(slots=True)
class Compared:
    """The findings, who was matched (source, id there) → REST id, and each person's manager and groups by REST id.

    Of several sources that name a manager the first one counts; nobody is their own.
    """

    findings: list[Finding]
    pairs: dict[tuple[str, str], int]
    managers: dict[int, Manager]
    groups: dict[int, frozenset[str]]


_SPLITS = str.maketrans("-.,", "   ")
_PAIR, _MAIN, _ALIAS, _PLUS = 4, 3, 2, 1
_HOW = {_PAIR: "a remembered pair", _MAIN: "e-mail", _ALIAS: "another address", _PLUS: "the address without its +tag"}


def reconcile(
    seats: Sequence[Seat],
    listings: Sequence[Listing],
    *,
    remembered: Mapping[tuple[str, str], int] | None = None,
    roles: Mapping[str, str] | None = None,
    all_read: bool = True,
) -> Compared:
    """Compare. `remembered`: (source, id there) → REST id, from earlier comparisons; `roles`: group → role.

    `all_read`: every source that is configured could be used; else nobody is called unknown.
    """
    people = [seat for seat in seats if seat.user.is_person]
    index = _Index(people)
    pairs = remembered or {}
    found: dict[str, dict[int, _Match]] = {}
    loose: list[tuple[Listing, Colleague]] = []
    made: dict[tuple[str, str], int] = {}
    for listing in listings:
        of_source = found.setdefault(listing.source, {})
        for one in listing.people:
            hits = index.of(one, pairs.get((listing.source, one.id)))
            if not hits:
                loose.append((listing, one))
            for id, strength in hits.items():
                _keep(of_source, id, _Match(one, _HOW[strength], strength))
                if strength >= _MAIN:
                    made[listing.source, one.id] = id
    had = _had(pairs)
    names = _names(loose)
    findings: list[Finding] = []
    managers: dict[int, Manager] = {}
    groups: dict[int, frozenset[str]] = {}
    for seat in people:
        findings += _of_seat(seat, listings, found, had, names, roles or {}, all_read)
        for listing in listings:
            match = found[listing.source].get(seat.user.id)
            if match is None:
                continue
            if _is_manager(match.account.manager, seat):
                managers.setdefault(seat.user.id, Manager(match.account.manager, listing.source))
            if match.account.groups:
                groups[seat.user.id] = groups.get(seat.user.id, frozenset()) | match.account.groups
    findings += _missing(loose, listings)
    order = list(Kind)
    findings.sort(key=lambda one: (order.index(one.kind), not one.sure, fold(one.name), one.id or 0, one.email))
    return Compared(findings, made, managers, groups)


def _is_manager(address: str, seat: Seat) -> bool:
    """An address, and not the person's own: who has nobody above them is often entered as their own manager."""
    return "@" in address and without_plus(address_key(address)) not in {
        without_plus(key) for key in seat.keys | seat.user.keys
    }


class _Index:
    """Whose address is it? A main address before an address of old or an alias; those only where they are one's own."""

    def __init__(self, seats: Sequence[Seat]) -> None:
        self._ids = {seat.user.id for seat in seats}
        self._slack = {slack: seat.user.id for seat in seats for slack in seat.slack_ids}
        self._mains: dict[str, list[int]] = {}
        self._others: dict[str, list[int]] = {}
        self._plain_mains: dict[str, list[int]] = {}
        self._plain: dict[str, list[int]] = {}
        for seat in seats:
            id, main = seat.user.id, seat.user.key
            if main:
                self._mains.setdefault(main, []).append(id)
                self._plain_mains.setdefault(without_plus(main), []).append(id)
            for key in seat.keys | seat.user.keys:
                if key != main:
                    self._others.setdefault(key, []).append(id)
                    self._plain.setdefault(without_plus(key), []).append(id)

    def of(self, one: Colleague, paired: int | None) -> dict[int, int]:
        """REST id → how strong the match is."""
        hits: dict[int, int] = {}
        ids = {self._slack[slack] for slack in one.slack_ids if slack in self._slack} if one.slack_ids else set()
        if paired is not None and paired in self._ids:
            ids.add(paired)
        for id in ids:
            hits[id] = _PAIR
        main = one.key
        for key in one.keys:
            strength = _MAIN if key == main else _ALIAS
            if (owners := self._mains.get(key)) is None:
                owners, strength = self._others.get(key), _ALIAS
            if owners is None:
                plain = without_plus(key)
                owners, strength = self._plain_mains.get(plain) or self._plain.get(plain), _PLUS
            for id in owners or ():
                hits[id] = max(hits.get(id, 0), strength)
        return hits


def _keep(of_source: dict[int, _Match], id: int, new: _Match) -> None:
    """The living account counts; of two that live, or of two that don't, the stronger match."""
    old = of_source.get(id)
    if old is None or (not new.account.is_gone, new.strength) > (not old.account.is_gone, old.strength):
        of_source[id] = new


def _had(pairs: Mapping[tuple[str, str], int]) -> set[tuple[str, int]]:
    return {(source, id) for (source, _), id in pairs.items()}


def _names(loose: Iterable[tuple[Listing, Colleague]]) -> dict[tuple[str, str], Colleague]:
    """Accounts that matched nobody, by source and name: a hint for a person to judge, and no proof."""
    return {(listing.source, fold(one.name)): one for listing, one in loose if one.name and not one.is_gone}


def _of_seat(
    seat: Seat,
    listings: Sequence[Listing],
    found: Mapping[str, Mapping[int, _Match]],
    had: set[tuple[str, int]],
    names: Mapping[tuple[str, str], Colleague],
    roles: Mapping[str, str],
    all_read: bool,
) -> list[Finding]:
    user = seat.user
    says: dict[str, str] = {}
    gone: list[str] = []
    here: list[tuple[Listing, _Match]] = []
    reasons: list[str] = []
    weak = False
    for listing in listings:
        match = found[listing.source].get(user.id)
        said, is_gone = _said(listing, match, (listing.source, user.id) in had)
        says[listing.source] = said
        if is_gone:
            gone.append(listing.source)
            reason = f"{said} in {listing.title}" if match is not None else f"{said} ({listing.title})"
            if match is not None and match.strength < _MAIN:
                reason += f", matched by {match.how}"
                weak = True
            if match is None and (near := names.get((listing.source, fold(user.name)))) is not None:
                reason += f"; somebody of that name has {near.email or 'no address'} there"
                weak = True
            reasons.append(reason)
        elif match is not None:
            here.append((listing, match))
    if gone:
        for listing, match in here:
            reasons.append(f"but {match.account.said} in {listing.title}")
        return [_finding(Kind.ORPHAN, seat, says, "; ".join(reasons), sure=not here and not weak)]
    if not here:
        if not listings or not all_read:
            return []
        return [_finding(Kind.UNKNOWN, seat, says, "not listed by any source", sure=False)]
    return _different(seat, says, here, roles)


def _said(listing: Listing, match: _Match | None, had: bool) -> tuple[str, bool]:
    """What a source says of somebody with a seat, and whether that means that they are gone."""
    if match is not None:
        return match.account.said, match.account.is_gone
    if listing.group:
        return f"not in the group {listing.group}", True
    if listing.complete:
        return "no account", True
    if had:
        return "not listed anymore", True
    return "not listed", False


def _finding(
    kind: Kind,
    seat: Seat,
    says: Mapping[str, str],
    detail: str,
    *,
    sure: bool = True,
    asks: Mapping[str, str] | None = None,
) -> Finding:
    user = seat.user
    return Finding(
        kind=kind,
        email=user.email,
        id=user.id,
        name=user.name,
        sources=dict(says),
        detail=detail,
        sure=sure,
        asks=asks or {},
        user=user,
    )


def _different(
    seat: Seat, says: Mapping[str, str], here: Sequence[tuple[Listing, _Match]], roles: Mapping[str, str]
) -> list[Finding]:
    """Name, e-mail or role, as far as no source agrees with Help Scout; all that differs is one finding."""
    user, asks, details = seat.user, dict[str, str](), list[str]()
    mails = [(listing, m.account) for listing, m in here if m.account.email]
    own = {without_plus(key) for key in user.keys}
    if mails and user.key and not any(_shares(account, user.key, own) for _, account in mails):
        asks["email"] = mails[0][1].email
        details += [f"{listing.title} has {account.email}" for listing, account in mails]
    named = [(listing, m.account) for listing, m in here if m.account.name and not listing.own_names]
    if named and not any(same_name(user.name, account.name) for _, account in named):
        asks["name"] = named[0][1].name
        details += [f"{listing.title} calls them {account.name}" for listing, account in named]
    wanted = {role for _, match in here if (role := _role(match.account, roles))}
    if wanted and user.role != OWNER and user.role not in wanted:
        asks["role"] = max(wanted, key=_rank)
        details.append(f"role {user.role or 'unknown'}, and by their groups {' or '.join(sorted(wanted))}")
    if not asks:
        return []
    return [
        _finding(Kind.DIFFERENT, seat, says, "; ".join(details), sure=len(here) == 1 or len(details) == 1, asks=asks)
    ]


def _shares(account: Colleague, main: str, own: set[str]) -> bool:
    """Whether mail to one of them reaches the other: the account's main address is the seat's, or the reverse."""
    plain = {without_plus(key) for key in account.keys}
    return without_plus(main) in plain or without_plus(account.key) in own


def same_name(one: str, other: str) -> bool:
    """Whether two names may be one person's: the same words, or all words of the shorter one in the longer."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return True
    return first <= second or second <= first


def _words(name: str) -> set[str]:
    plain = fold(name.replace("'", "").replace("’", "")).translate(_SPLITS)
    return set(plain.split())


def _rank(role: str) -> int:
    return RANKS.index(role) if role in RANKS else -1


def _role(account: Colleague, roles: Mapping[str, str]) -> str:
    """The role that somebody's groups give them: the heaviest of several; what a CSV says itself counts first."""
    if account.role.lower() in RANKS:
        return account.role.lower()
    found = [roles[group] for group in account.groups if group in roles]
    return max(found, key=_rank, default="")


def _missing(loose: Sequence[tuple[Listing, Colleague]], listings: Sequence[Listing]) -> list[Finding]:
    """Who is in a group that is set, works here, and has no seat; what every source says of them is shown."""
    grouped = {listing.source for listing in listings if listing.group}
    if not grouped:
        return []
    by_key: dict[str, dict[str, Colleague]] = {}
    for listing, one in loose:
        for key in one.keys:
            accounts = by_key.setdefault(without_plus(key), {})
            old = accounts.get(listing.source)
            if old is None or (old.is_gone and not one.is_gone):
                accounts[listing.source] = one
    titles = {listing.source: listing for listing in listings}
    found: dict[str, Finding] = {}
    told: set[tuple[str, str]] = set()
    for listing, one in loose:
        if listing.source not in grouped or one.state is not Employment.ACTIVE or not one.key:
            continue
        if (listing.source, one.id) in told:
            continue
        accounts = {name: a for key in one.keys for name, a in by_key.get(without_plus(key), {}).items()}
        told.update((name, account.id) for name, account in accounts.items())
        against = [f"but {a.said} in {titles[name].title}" for name, a in accounts.items() if a.is_gone]
        absent = {other.source: other.title for other in listings if other.complete and other.source not in accounts}
        against += [f"but no account in {title}" for title in absent.values()]
        detail = "; ".join([f"in the group {listing.group} of {listing.title}, and has no seat", *against])
        found[without_plus(one.key)] = Finding(
            kind=Kind.MISSING,
            email=one.email,
            id=None,
            name=one.name or one.email,
            sources={name: account.said for name, account in accounts.items()} | dict.fromkeys(absent, "no account"),
            detail=detail,
            sure=not against,
            manager=one.manager,
        )
    return list(found.values())
