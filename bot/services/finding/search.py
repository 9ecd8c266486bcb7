"""Who is meant by a few typed words: the rules of matching and ranking over a segment.

Every word must match. A better match comes first: whole words of the name, then beginnings of them, then handles (local
part of an e-mail, @mention), then job titles; among equals active people first, then by name. Only who finds (nearly)
nobody so gets people whose words are a few typing errors away.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain

from bot.model.address import address_key
from bot.model.user import Status
from bot.policy.typed.fold import fold
from bot.policy.typed.who import BadArgument, parse_who
from bot.services.finding.packing import STATUSES
from bot.services.finding.segment import Segment
from bot.services.finding.words import Words, pieces

MOST_WORDS = 6
MOST_ERRORS = 3
NEAR = 4
"""Ranks from this one on are of people found in spite of typing errors."""
INCOMPLETE = 1000
"""Ranks from this one on are of people who lack one of the words."""


@dataclass(frozen=True, slots=True)
class Query:
    """Folded words; `address`, as far as it was typed, when they were an e-mail."""

    words: tuple[str, ...] = ()
    address: str = ""
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which positions of a segment count: those of these statuses that no newer segment replaces."""

    statuses: Collection[Status] | None = None
    dead: Collection[int] = frozenset()

    def over(self, segment: Segment, positions: Iterable[int]) -> set[int]:
        if self.statuses is None:
            kept = set(positions)
        elif self.statuses == {Status.ACTIVE}:
            active = segment.active
            kept = {at for at in positions if at < active}
        else:
            codes = {STATUSES.index(status) for status in self.statuses}
            statuses = segment.statuses
            kept = {at for at in positions if statuses[at] in codes}
        if self.dead:
            kept.difference_update(self.dead)
        return kept


def read_query(text: str) -> Query:
    """What was typed so far, taken as people paste it; without a letter or digit it is the empty query."""
    try:
        who = parse_who(text)
    except BadArgument:
        return Query()
    if who.kind == "slack":
        return Query()
    if who.kind == "email":
        key = address_key(who.value)
        return Query((fold(key.rpartition("@")[0]),), key, key)
    folded = fold(who.value)
    return Query(tuple(dict.fromkeys(pieces(folded)))[:MOST_WORDS], whole=folded)


def matching(segment: Segment, query: Query, filter: Filter, enough: int | None = None) -> list[tuple[int, int]]:
    """(rank, position) of everybody who matches without typing errors, best first; at least `enough` if there are."""
    if not query.words:
        everybody = range(segment.active if filter.statuses == {Status.ACTIVE} else segment.size)
        return [(0, at) for at in sorted(filter.over(segment, everybody))]
    name, handle, title = segment.fields
    ways: tuple[tuple[Callable[[str], Sequence[int]], ...], ...]
    ways = ((name.exactly,), (name.beginning,), (handle.beginning,), (title.beginning,))
    if query.address:
        ways = ((name.exactly, handle.exactly),)
    per_word: list[list[Sequence[int]]] = [[] for _ in query.words]
    seen: set[int] = set()
    found: list[tuple[int, int]] = []
    for rank, lookups in enumerate(ways):
        for hits, word in zip(per_word, query.words, strict=True):
            hits.extend(look_up(word) for look_up in lookups)
        both = filter.over(segment, _in_all(per_word) - seen)
        if query.address:
            both = {at for at in both if any(a.startswith(query.address) for a in segment.row(at).user.keys)}
        if enough is not None and len(found) + len(both) >= enough:
            return found + [(rank, at) for at in nsmallest(enough - len(found), both)]
        seen |= both
        found += [(rank, at) for at in sorted(both)]
    return found


def _in_all(per_word: Iterable[list[Sequence[int]]]) -> set[int]:
    """Positions that every word has in one of its sequences; a set is made of the rarest word's only."""
    rarest, *others = sorted(per_word, key=lambda hits: sum(map(len, hits)))
    kept = set(chain.from_iterable(rarest))
    for hits in others:
        kept = set().union(*(kept.intersection(positions) for positions in hits))
    return kept


def nearly(segment: Segment, query: Query, filter: Filter, most: int) -> list[tuple[int, int]]:
    """(rank, position) of the `most` people whose words are nearest to what was typed, best first.

    Tried in this order, until somebody is found: one typing error a word, as many as its length allows, an error in a
    handle (only where one word was typed: there are more handles than people), to do without one of the words.
    """
    costs: list[dict[int, int]] = []
    for errors, in_handles in ((1, 0), (MOST_ERRORS, 0), (MOST_ERRORS, 1))[: 2 if len(query.words) > 1 else 3]:
        costs = [_costs(segment, word, min(errors, errors_allowed(word)), in_handles) for word in query.words]
        shared = set.intersection(*(set(cost) for cost in sorted(costs, key=len))) if costs else set()
        if kept := filter.over(segment, shared):
            return nsmallest(most, ((NEAR + sum(cost[at] for cost in costs), at) for at in kept))
    if len(costs) < 2:
        return []
    having = Counter(chain.from_iterable(costs))
    enough = max(having.values(), default=0)
    some = filter.over(segment, (at for at, count in having.items() if count == enough))
    return nsmallest(most, ((INCOMPLETE + sum(cost.get(at, 0) for cost in costs), at) for at in some))


def errors_allowed(word: str) -> int:
    """Typing errors that are forgiven in a word of this length; in a short one each makes another word."""
    return 0 if len(word) < 3 else 1 if len(word) < 5 else 2 if len(word) < 9 else MOST_ERRORS


def _costs(segment: Segment, word: str, errors: int, in_handles: int) -> dict[int, int]:
    """Position → how far the nearest of that person's words is from this one."""
    costs: dict[int, int] = {}
    for penalty, field in enumerate(segment.fields):
        most = min(errors, in_handles) if penalty == 1 else errors
        for distance, positions in _words_near(field, word, most, typing=penalty == 0):
            cost = distance * len(segment.fields) + penalty
            for at in positions:
                if cost < costs.get(at, INCOMPLETE):
                    costs[at] = cost
    return costs


def _words_near(field: Words, word: str, errors: int, *, typing: bool) -> Iterator[tuple[int, Iterable[int]]]:
    yield 0, field.beginning(word)
    if errors:
        yield from field.near(word, errors)
        if typing and len(word) >= 4:  # a name of which only the beginning is there
            yield from field.beginning_near(word, max(1, errors - 1))
