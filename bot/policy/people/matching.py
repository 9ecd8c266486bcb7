"""Whose account is it? The people of one source matched with those who have a seat. Pure.

By remembered pairs, by the keys of addresses (main, alias, any they ever had), and by addresses that differ in a plus
part only. A main address proves more than an alias: where both would match, the main address counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.model.address import without_plus
from bot.model.colleague import Colleague, Listing
from bot.model.user import User

PAIR, MAIN, ALIAS, PLUS = 4, 3, 2, 1
"""How strong a match is."""
_HOW = {PAIR: "a remembered pair", MAIN: "e-mail", ALIAS: "another address", PLUS: "the address without its +tag"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody with a seat. `keys` are every address they ever had; `slack_ids` those they are paired with."""

    user: User
    keys: frozenset[str] = frozenset()
    slack_ids: frozenset[str] = frozenset()


@dataclass(slots=True)
class Match:
    """What one source says of one seat: the account that counts, and how strong the match is."""

    account: Colleague
    strength: int

    @property
    def how(self) -> str:
        return _HOW[self.strength]


@dataclass(slots=True)
class Matched:
    """One source: REST id → match, who matched nobody, and whose accounts are to be remembered (id there → REST id)."""

    listing: Listing
    found: dict[int, Match] = field(default_factory=dict)
    loose: list[Colleague] = field(default_factory=list)
    pairs: dict[str, int] = field(default_factory=dict)


class Index:
    """Whose address is it? A main address before an address of old or an alias; those only where they are one's own."""

    def __init__(self, seats: Sequence[Seat]) -> None:
        self._main_of = {seat.user.id: seat.user.key for seat in seats}
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

    def match(self, listing: Listing, paired: Mapping[tuple[str, str], int]) -> Matched:
        """`paired`: (source, id there) → REST id, from earlier comparisons."""
        matched, by_plus, accounts = Matched(listing), dict[int, Colleague](), Counter[int]()
        for one in listing.people:
            hits = self._of(one, paired.get((listing.source, one.id)))
            if not hits:
                matched.loose.append(one)
            for id, strength in hits.items():
                accounts[id] += 1
                _keep(matched.found, id, Match(one, strength))
                if strength >= MAIN:
                    matched.pairs[one.id] = id
                elif strength == PLUS and len(hits) == 1 and self._same_but_for_plus(one, id):
                    by_plus[id] = one
        # Another account of the same mailbox could be theirs as well: then nobody knows which to follow.
        matched.pairs |= {one.id: id for id, one in by_plus.items() if accounts[id] == 1}
        return matched

    def _same_but_for_plus(self, one: Colleague, id: int) -> bool:
        return without_plus(one.key) == without_plus(self._main_of[id])

    def _of(self, one: Colleague, paired: int | None) -> dict[int, int]:
        """REST id → how strong the match is."""
        hits: dict[int, int] = {}
        ids = {self._slack[slack] for slack in one.slack_ids if slack in self._slack} if one.slack_ids else set()
        if paired is not None and paired in self._main_of:
            ids.add(paired)
        for id in ids:
            hits[id] = PAIR
        main = one.key
        for key in one.keys:
            strength = MAIN if key == main else ALIAS
            if (owners := self._mains.get(key)) is None:
                owners, strength = self._others.get(key), ALIAS
            if owners is None:
                plain = without_plus(key)
                owners, strength = self._plain_mains.get(plain) or self._plain.get(plain), PLUS
            for id in owners or ():
                hits[id] = max(hits.get(id, 0), strength)
        return hits


def _keep(found: dict[int, Match], id: int, new: Match) -> None:
    """The living account counts; of two that live, or of two that don't, the stronger match."""
    old = found.get(id)
    if old is None or (not new.account.is_gone, new.strength) > (not old.account.is_gone, old.strength):
        found[id] = new
