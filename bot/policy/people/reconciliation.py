"""Who should have a seat, compared with who has one: orphan, missing, different, unknown. Pure.

Of several accounts of one person in one source the living one counts (`matching` says whose an account is). Sources
that contradict each other are shown with what each says; nobody guesses which is right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.model.address import address_key, without_plus
from bot.model.colleague import Colleague, Employment, Listing, Manager
from bot.model.user import OWNER
from bot.policy.people.finding import Finding, Kind
from bot.policy.people.matching import MAIN, Index, Match, Matched, Seat
from bot.policy.typed.clean import visible
from bot.policy.typed.fold import fold
from bot.policy.typed.listed import in_a_row

RANKS = ("light user", "user", "admin", OWNER)
"""Roles of Help Scout, the lightest first."""
NO_OWNER = "hs-bot can't make anyone the owner: only the owner can hand that over, in Help Scout"
_SPLITS = str.maketrans("-.,", "   ")


@dataclass(slots=True)
class Compared:
    """The findings, who was matched (source, id there) → REST id, and each person's manager and groups by REST id.

    Of several sources that name a manager the first one counts; nobody is their own.
    """

    findings: list[Finding]
    pairs: dict[tuple[str, str], int]
    managers: dict[int, Manager]
    groups: dict[int, frozenset[str]]


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
    index, pairs = Index(people), remembered or {}
    sources = [_Source(index.match(listing, pairs), people, pairs) for listing in listings]
    findings: list[Finding] = []
    managers: dict[int, Manager] = {}
    groups: dict[int, frozenset[str]] = {}
    for seat in people:
        id = seat.user.id
        findings += _of_seat(seat, sources, roles or {}, all_read)
        for source in sources:
            if (match := source.found.get(id)) is None:
                continue
            if _is_manager(match.account.manager, seat):
                managers.setdefault(id, Manager(match.account.manager, source.listing.source))
            if match.account.groups:
                groups[id] = groups.get(id, frozenset()) | match.account.groups
    findings += _missing(sources)
    order = list(Kind)
    findings.sort(key=lambda one: (order.index(one.kind), not one.sure, fold(one.name), one.id or 0, one.email))
    made = {(source.listing.source, one): id for source in sources for one, id in source.pairs.items()}
    return Compared(findings, made, managers, groups)


def _is_manager(address: str, seat: Seat) -> bool:
    """An address, and not the person's own: who has nobody above them is often entered as their own manager."""
    return "@" in address and without_plus(address_key(address)) not in {
        without_plus(key) for key in seat.keys | seat.user.keys
    }


class _Source:
    """One source as far as it says something of seats. `had`: whose account it has had, by REST id."""

    def __init__(self, matched: Matched, seats: Sequence[Seat], pairs: Mapping[tuple[str, str], int]) -> None:
        self.listing, self.found = matched.listing, matched.found
        self.loose, self.pairs = matched.loose, matched.pairs
        self._had = {id for (source, _), id in pairs.items() if source == self.listing.source}
        absent = [seat.user for seat in seats if seat.user.id not in self.found and self.says(seat.user.id)[1]]
        wanted = {fold(user.name) for user in absent} - {""}
        living = (one for one in self.loose if not one.is_gone) if wanted else ()
        self._namesakes = {name: one for one in living if (name := fold(one.name)) in wanted}

    def says(self, id: int) -> tuple[str, bool]:
        """What it says of somebody with a seat, and whether that means that they are gone."""
        if (match := self.found.get(id)) is not None:
            return match.account.said, match.account.is_gone
        if self.listing.group:
            return f"not in the group {self.listing.group}", True
        if self.listing.complete:
            return "no account", True
        if id in self._had:
            return "not listed anymore", True
        return "not listed", False

    def namesake(self, name: str) -> Colleague | None:
        """A living account that matched nobody and has this name: a hint for a person to judge, and no proof."""
        return self._namesakes.get(fold(name))


def _of_seat(seat: Seat, sources: Sequence[_Source], roles: Mapping[str, str], all_read: bool) -> list[Finding]:
    user = seat.user
    says: dict[str, str] = {}
    gone: list[str] = []
    here: list[tuple[Listing, Match]] = []
    reasons: list[str] = []
    weak = False
    for source in sources:
        listing, match = source.listing, source.found.get(user.id)
        said, is_gone = source.says(user.id)
        says[listing.source] = said
        if is_gone:
            gone.append(listing.source)
            reason = _told_by(said, listing.title)
            if match is not None and match.strength < MAIN:
                reason += f", matched by {match.how}"
                weak = True
            if match is None and (near := source.namesake(user.name)) is not None:
                reason += f"; somebody of that name has {near.email or 'no address'} there"
                weak = True
            reasons.append(reason)
        elif match is not None:
            here.append((listing, match))
    if gone:
        living: dict[str, list[str]] = {}
        for listing, match in here:
            living.setdefault(match.account.said, []).append(listing.title)
        against = [_told_by(f"but {said}", in_a_row(titles)) for said, titles in living.items()]
        detail = ", ".join(["; ".join(reasons) if weak else ", ".join(reasons), *against])
        return [_finding(Kind.ORPHAN, seat, says, detail, by=gone, sure=not here and not weak)]
    if not here:
        if not sources or not all_read:
            return []
        return [_finding(Kind.UNKNOWN, seat, says, "not listed by any source", sure=False)]
    return _different(seat, says, here, roles)


def _finding(
    kind: Kind,
    seat: Seat,
    says: Mapping[str, str],
    detail: str,
    *,
    by: Iterable[str] = (),
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
        by=frozenset(by),
        sure=sure,
        asks=asks or {},
        user=user,
    )


def _different(
    seat: Seat, says: Mapping[str, str], here: Sequence[tuple[Listing, Match]], roles: Mapping[str, str]
) -> list[Finding]:
    """Name, e-mail or role, as far as no source agrees with Help Scout; all that differs is one finding."""
    user, asks, details = seat.user, dict[str, str](), list[str]()
    mails = [(listing, m.account) for listing, m in here if m.account.email]
    own = {without_plus(key) for key in user.keys}
    if mails and user.key and not any(_shares(account, user.key, own) for _, account in mails):
        asks["email"] = mails[0][1].email
        details += [f"{listing.title} has {account.email}" for listing, account in mails]
    named = [(listing, name) for listing, m in here if (name := visible(m.account.name)) and not listing.own_names]
    if named and not any(same_name(user.name, name) for _, name in named):
        asks["name"] = named[0][1]
        details += [f"{listing.title} calls them {name}" for listing, name in named]
    given = [(role, why) for listing, m in here for role, why in _role(listing, m.account, roles)]
    wanted = {role for role, _ in given}
    if wanted and user.role != OWNER and user.role not in wanted:
        whys = [*dict.fromkeys(why for _, why in given), *([NO_OWNER] if OWNER in wanted else [])]
        details.append("; ".join((f"role {user.role or 'unknown'}", *whys)))
        if wanted - {OWNER}:
            asks["role"] = max(wanted - {OWNER}, key=_rank)
    if not details:
        return []
    return [
        _finding(Kind.DIFFERENT, seat, says, "; ".join(details), sure=len(here) == 1 or len(details) == 1, asks=asks)
    ]


def _shares(account: Colleague, main: str, own: set[str]) -> bool:
    """Whether mail to one of them reaches the other: the account's main address is the seat's, or the reverse."""
    plain = {without_plus(key) for key in account.keys}
    return without_plus(main) in plain or without_plus(account.key) in own


def same_name(one: str, other: str) -> bool:
    """Whether two names may be one person's: the same words as people see them, or all of the shorter's in the longer.

    Characters that nobody sees make no difference.
    """
    first, second = _words(one), _words(other)
    if not first or not second:
        return True
    return first <= second or second <= first


def _words(name: str) -> set[str]:
    plain = fold(visible(name).replace("'", "").replace("’", "")).translate(_SPLITS)
    return set(plain.split())


def _told_by(said: str, title: str) -> str:
    """`suspended in Okta since 2026-11-02`."""
    what, since, when = said.partition(" since ")
    return f"{what} in {title}{since}{when}"


def _rank(role: str) -> int:
    return RANKS.index(role) if role in RANKS else -1


def _role(listing: Listing, account: Colleague, roles: Mapping[str, str]) -> list[tuple[str, str]]:
    """The role that a source gives somebody, and how it does; none where it doesn't say.

    What a CSV says itself counts first; of several groups the heaviest role.
    """
    own = account.role.lower()
    if own in RANKS:
        return [(own, f"{listing.title} says {own}")]
    found = [roles[group] for group in account.groups if group in roles]
    role = max(found, key=_rank, default="")
    return [(role, f"their groups in {listing.title} give {role}")] if role else []


def _missing(sources: Sequence[_Source]) -> list[Finding]:
    """Who is in a group that is set, works here, and has no seat; what every source says of them is shown."""
    grouped = [source for source in sources if source.listing.group]
    if not grouped:
        return []
    by_key: dict[str, dict[str, Colleague]] = {}
    for source in sources:
        name = source.listing.source
        for one in source.loose:
            for key in one.keys:
                accounts = by_key.setdefault(without_plus(key), {})
                old = accounts.get(name)
                if old is None or (old.is_gone and not one.is_gone):
                    accounts[name] = one
    listings = {source.listing.source: source.listing for source in sources}
    found: dict[str, Finding] = {}
    told: set[tuple[str, str]] = set()
    for listing, one in ((source.listing, one) for source in grouped for one in source.loose):
        if one.state is not Employment.ACTIVE or not one.key or (listing.source, one.id) in told:
            continue
        accounts = {name: a for key in one.keys for name, a in by_key.get(without_plus(key), {}).items()}
        told.update((name, account.id) for name, account in accounts.items())
        against = [_told_by(f"but {a.said}", listings[name].title) for name, a in accounts.items() if a.is_gone]
        absent = {name: other.title for name, other in listings.items() if other.complete and name not in accounts}
        against += [f"but no account in {in_a_row(list(absent.values()))}"] if absent else []
        detail = ", ".join([f"in the group {listing.group} of {listing.title}, and has no seat", *against])
        found[without_plus(one.key)] = Finding(
            kind=Kind.MISSING,
            email=one.email,
            id=None,
            name=visible(one.name) or one.email,
            sources={name: account.said for name, account in accounts.items()} | dict.fromkeys(absent, "no account"),
            detail=detail,
            by=frozenset(name for name, a in accounts.items() if listings[name].group and not a.is_gone),
            sure=not against,
            manager=one.manager,
        )
    return list(found.values())
