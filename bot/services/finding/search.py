"""Who is meant by a few typed words: the rules, over an index. Whoever calls holds the index's lock.

Every word must match; what it matches, the better first: a whole word of the name, the beginning of one, a short form
of one, a handle, the initials, a whole word of the job title. Only when nobody matches come the nearest.
"""

from collections.abc import Iterable, Iterator
from heapq import nsmallest

from bot.model.user import Status, User
from bot.policy.typed.fold import fold
from bot.services.finding.index import HANDLE, INITIALS, NAME, TITLE, Index
from bot.services.finding.words import Query, Token, pieces, short_forms, spellings, whole_names

INITIALS_COST = 4.0
"""What it costs to match the initials; a job title costs more, everything else less."""
FEW = 50
"""People among whom a search of their own words is quicker than one of everybody's."""
MANY = 500
"""People whose rows are looked at one by one."""

Costs = dict[int, float]
"""From ids of people to how badly they match: the least is best."""


def best(index: Index, costs: Costs, statuses: Iterable[Status] | None = None, limit: int | None = None) -> list[int]:
    """Ids, best first: active people, then those who left; a list's order among equals."""
    if statuses is not None:
        kept = set[int]().union(*(index.of_status(status, costs.keys()) for status in statuses))
        costs = {id: cost for id, cost in costs.items() if id in kept}
    active = costs.keys() & index.active
    found: list[int] = []
    for group in (active, costs.keys() - active):
        by_cost: dict[float, list[int]] = {}
        for id in group:
            by_cost.setdefault(costs[id], []).append(id)
        for cost in sorted(by_cost):
            if limit is None:
                found += sorted(by_cost[cost], key=index.order.__getitem__)
            elif len(found) < limit:
                found += nsmallest(limit - len(found), by_cost[cost], key=index.order.__getitem__)
    return found


def exact(index: Index, query: Query) -> Costs:
    """Who has this whole name, either name first; else who has this handle, when it is nobody else's name."""
    if not query.whole:
        return {}
    named = set.intersection(*(_whole_words(index, token) for token in query.tokens))
    alone = len(query.tokens) == 1
    some = {id for id in named if " " not in index.order[id]} | split(index, query.whole) if alone else named
    ways = {id: whole_names(index.user(id)) for id in some}
    for order in (0, 1):
        if whole := {id: 0.0 for id, names in ways.items() if query.whole in names[order]}:
            return whole
    having = owners(index, query.handle)
    return {} if named - having else dict.fromkeys(having, 0.0)


def matching(index: Index, query: Query, *, typing: bool = False, enough: int | None = None) -> Costs:
    """In whom every word matches. `typing`: the words may be unfinished; `enough` people are enough."""
    if query.local:
        begun = query.address.endswith("@") or typing
        return {
            id: 0.0
            for id in owners(index, query.local)
            if any(key.startswith(query.address) if begun else key == query.address for key in index.user(id).keys)
        }
    costs = all_words(index, query.tokens, typing, enough)
    if len(query.tokens) > 1:
        return _apart(index, query, costs)
    for id in owners(index, query.handle) & costs.keys():
        costs[id] -= 1.0
    return costs


def wholly(index: Index, query: Query) -> bool:
    """Whether somebody has each of these words whole in their name."""
    costs = all_words(index, query.tokens, False, None)
    return bool(query.tokens) and min(costs.values(), default=1.0) <= 0


# Words


def all_words(index: Index, tokens: Iterable[Token], typing: bool, enough: int | None) -> Costs:
    """Who has every one of these; the longest first, because the fewest people have it."""
    longest_first = sorted(tokens, key=lambda token: -len(token[0][0]))
    alone = len(longest_first) == 1
    costs: Costs | None = None
    for token in longest_first:
        found = one_token(index, token, costs, typing, alone, enough)
        costs = found if costs is None else {id: cost + costs[id] for id, cost in found.items()}
        if not costs:
            return {}
    return costs or {}


def one_token(
    index: Index, token: Token, among: Costs | None, typing: bool, alone: bool, enough: int | None = None
) -> Costs:
    """Who has one token in any of its ways; `alone`: there is no other."""
    found: Costs = {}
    for option in token:
        costs: Costs | None = None
        for word in option:
            one = _word(
                index, word, among if costs is None else costs, typing, alone, enough if len(option) == 1 else None
            )
            costs = one if costs is None else {id: max(cost, costs[id]) for id, cost in one.items()}
        for id, cost in (costs or {}).items():
            found[id] = min(cost, found.get(id, cost))
    return found


def _word(index: Index, word: str, among: Costs | None, typing: bool, alone: bool, enough: int | None) -> Costs:
    """Who has one word, by the best thing it matches."""
    if among is not None and len(among) <= FEW:
        index = index.only(among)
    most = len(among) if among is not None else enough if alone and enough is not None else len(index)
    costs: Costs = {}
    for cost, ids in _ways(index, word, typing, alone):
        for id in ids if among is None else among.keys() & ids:
            costs.setdefault(id, cost)
        if len(costs) >= most:
            break
    return costs


def _ways(index: Index, word: str, typing: bool, alone: bool) -> Iterator[tuple[float, set[int]]]:
    name, handle, title = index.fields[NAME], index.fields[HANDLE], index.fields[TITLE]
    whole = set(name.exactly(word))
    yield 0.0, whole
    yield 1.0, name.people(name.beginning(word))
    longer, others = short_forms(word)
    yield 2.0, name.people(longer if whole and alone else longer | others)
    if len(word) > 1:
        yield 3.0, handle.people(handle.beginning(word))
        yield INITIALS_COST, set(index.fields[INITIALS].exactly(word))
        yield 5.0, title.people(title.beginning(word)) if typing else set(title.exactly(word))


def _apart(index: Index, query: Query, costs: Costs) -> Costs:
    """Without those in whom one word of the name is all that an initial and another word match: `m mueller`."""
    first = [token[0][0] for token in query.tokens]
    twice = {word for word in first if len(word) == 1 and sum(other.startswith(word) for other in first) > 1}
    if not twice or len(costs) > MANY:
        return costs
    return {
        id: cost
        for id, cost in costs.items()
        if all(
            sum(part.startswith(one) for part in pieces(next(iter(spellings(index.user(id).name)))))
            >= sum(other.startswith(one) for other in first)
            for one in twice
        )
    }


def split(index: Index, word: str) -> set[int]:
    """Who has two names that this is, written without a blank."""
    name = index.fields[NAME]
    parts = ((word[:at], word[at:]) for at in range(1, len(word)) if len(word) > 4 or not word.isascii())
    return set[int]().union(*({*name.exactly(first)}.intersection(name.exactly(last)) for first, last in parts))


def _whole_words(index: Index, token: Token) -> set[int]:
    name = index.fields[NAME]
    return set[int]().union(*(set.intersection(*(set(name.exactly(word)) for word in option)) for option in token))


def owners(index: Index, handle: str) -> set[int]:
    """Whose handle, or local part of an address, this is."""
    ids = index.fields[HANDLE].exactly(handle) if handle else ()
    return {id for id in ids if handle in _handles(index.user(id))} if len(ids) <= MANY else set()


def _handles(user: User) -> set[str]:
    return {fold(user.mention.lstrip("@")), *(fold(key.rpartition("@")[0]) for key in user.keys)}
