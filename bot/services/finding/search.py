"""Who is meant by a few typed words: the rules, over an index. Whoever calls holds the index's lock.

Every word must match; what it matches, the better first: a whole word of the name, the beginning of one, a short form
of one, a handle, the initials, a whole word of the job title. Only when nobody matches come the nearest.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from heapq import nsmallest

from bot.model.user import Status, User
from bot.policy.typed.fold import fold
from bot.services.finding.index import HANDLE, INITIALS, NAME, TITLE, Index
from bot.services.finding.words import Query, Token, pieces, short_forms, spellings, whole_names

NEAREST = 5
MOST_MISSPELLED = 6
"""Words of a longer text are not searched for slips."""
INITIALS_COST = 4.0
"""What it costs to match the initials; a job title costs more, everything else less."""
_FEW = 50
"""People among whom a search of their own words is quicker than one of everybody's."""
_MANY = 500
"""People whose rows are looked at one by one."""
_AND = frozenset(("and", "or", "und", "y", "et"))
_LINKS = _AND | {"from", "at", "in", "of", "with", "for", "the", "a", "by", "on", "dr", "mr", "mrs", "ms", "prof"}
"""Words that stand between names or before one, and are nobody's."""

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
    some = {id for id in named if " " not in index.order[id]} | _split(index, query.whole) if alone else named
    ways = {id: whole_names(index.user(id)) for id in some}
    for order in (0, 1):
        if whole := {id: 0.0 for id, names in ways.items() if query.whole in names[order]}:
            return whole
    owners = _owners(index, query.handle)
    return {} if named - owners else dict.fromkeys(owners, 0.0)


def matching(index: Index, query: Query, *, typing: bool = False, enough: int | None = None) -> Costs:
    """In whom every word matches. `typing`: the words may be unfinished; `enough` people are enough."""
    if query.local:
        begun = query.address.endswith("@") or typing
        return {
            id: 0.0
            for id in _owners(index, query.local)
            if any(key.startswith(query.address) if begun else key == query.address for key in index.user(id).keys)
        }
    costs = _all_words(index, query.tokens, typing, enough)
    if len(query.tokens) > 1:
        return _apart(index, query, costs)
    for id in _owners(index, query.handle) & costs.keys():
        costs[id] -= 1.0
    return costs


def nearest(index: Index, query: Query, *, typing: bool = False) -> Costs:
    """Who comes nearest when nobody matches."""
    if query.local:
        name = replace(query, local="")
        if owners := _owners(index, query.local):
            return dict.fromkeys(owners, 0.0)
        if len(query.local) < 4:  # too short to tell a slip from another person
            return {}
        return matching(index, name) or _misspelled_handle(index, query.local) or nearest(index, name)
    return (
        _spaced_otherwise(index, query)
        or _misspelled(index, query, typing)
        or _misspelled_handle(index, query.handle)
        or _named_within(index, query)
        or _linked(index, query)
    )


def wholly(index: Index, query: Query) -> bool:
    """Whether somebody has each of these words whole in their name."""
    costs = _all_words(index, query.tokens, False, None)
    return bool(query.tokens) and min(costs.values(), default=1.0) <= 0


# Words


def _all_words(index: Index, tokens: Iterable[Token], typing: bool, enough: int | None) -> Costs:
    """Who has every one of these; the longest first, because the fewest people have it."""
    longest_first = sorted(tokens, key=lambda token: -len(token[0][0]))
    alone = len(longest_first) == 1
    costs: Costs | None = None
    for token in longest_first:
        found = _token(index, token, costs, typing, alone, enough)
        costs = found if costs is None else {id: cost + costs[id] for id, cost in found.items()}
        if not costs:
            return {}
    return costs or {}


def _token(
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
    if among is not None and len(among) <= _FEW:
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
    if not twice or len(costs) > _MANY:
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


def _split(index: Index, word: str) -> set[int]:
    """Who has two names that this is, written without a blank."""
    name = index.fields[NAME]
    parts = ((word[:at], word[at:]) for at in range(1, len(word)) if len(word) > 4 or not word.isascii())
    return set[int]().union(*({*name.exactly(first)}.intersection(name.exactly(last)) for first, last in parts))


def _whole_words(index: Index, token: Token) -> set[int]:
    name = index.fields[NAME]
    return set[int]().union(*(set.intersection(*(set(name.exactly(word)) for word in option)) for option in token))


def _owners(index: Index, handle: str) -> set[int]:
    """Whose handle, or local part of an address, this is."""
    ids = index.fields[HANDLE].exactly(handle) if handle else ()
    return {id for id in ids if handle in _handles(index.user(id))} if len(ids) <= _MANY else set()


def _handles(user: User) -> set[str]:
    return {fold(user.mention.lstrip("@")), *(fold(key.rpartition("@")[0]) for key in user.keys)}


# The nearest


def _spaced_otherwise(index: Index, query: Query) -> Costs:
    """`janedarcy`, `jdarcy`, `mac donald`: the same letters with the blanks elsewhere."""
    words = [token[0][0] for token in query.tokens]
    if len(words) == 1:
        name, word = index.fields[NAME], words[0]
        last = set(name.exactly(word[1:])) if len(word) > 2 else set()
        initial = last and last & name.people(name.beginning(word[0]))
        return dict.fromkeys(_split(index, word) or initial, 0.0)
    for at in range(min(len(words), MOST_MISSPELLED) - 1):
        joined = ((words[at] + words[at + 1],),)
        if found := _all_words(index, (*query.tokens[:at], joined, *query.tokens[at + 2 :]), False, None):
            return found
    return {}


def slips_forgiven(word: str) -> int:
    """Slips that are forgiven in a word of this length; in a short one each makes another word."""
    return 0 if len(word) < 3 or word.isdigit() else 1 if len(word) < 7 else 2


def _misspelled(index: Index, query: Query, typing: bool) -> Costs:
    """Who has every word with the fewest slips; a wrong first letter only when nobody has it right."""
    tokens = sorted(query.tokens, key=lambda token: -len(token[0][0]))
    if len(tokens) > MOST_MISSPELLED:
        return {}
    for any_first in (False, True):
        costs: Costs | None = None
        for token in tokens:
            one = _nearly(index, token, costs, any_first, typing, alone=len(tokens) == 1)
            costs = one if costs is None else {id: cost + costs[id] for id, cost in one.items() if id in costs}
            if not costs:
                break
        if costs:
            least = min(costs.values())
            return {id: cost for id, cost in costs.items() if cost == least}
    return {}


def _nearly(index: Index, token: Token, among: Costs | None, any_first: bool, typing: bool, alone: bool) -> Costs:
    if among is not None and len(among) <= _FEW:
        index = index.only(among)
    costs = dict.fromkeys(_token(index, token, among, typing, alone), 0.0)
    for word in dict.fromkeys("".join(option) for option in token):
        slips = slips_forgiven(word)
        for number, penalty in ((NAME, 0.0), (TITLE, 0.25)) if slips else ():
            field = index.fields[number]
            if len(word) > 4 or number == NAME:
                most = 1 if any_first or number != NAME else slips
                for found, distance in field.near(word, most, any_first=any_first and len(word) > 4):
                    if len(word) > 3 or len(found) != 3 or sorted(found) == sorted(word):
                        for id in field.exactly(found):
                            costs[id] = min(distance + penalty, costs.get(id, distance + penalty))
            for longer in short_forms(word)[0] if number == NAME else ():  # the list has Maddison, not Madison
                for found, distance in field.near(longer, 1, any_first=False) if len(longer) > 5 else ():
                    for id in field.exactly(found):
                        costs[id] = min(distance + 0.25, costs.get(id, 2.0))
            if typing and number == NAME and len(word) > 3:
                for found in field.beginning_near(word):
                    for id in field.exactly(found):
                        costs[id] = min(1.5, costs.get(id, 1.5))
    return costs


def _misspelled_handle(index: Index, handle: str) -> Costs:
    """Whose handle, or local part, this nearly is, with its punctuation."""
    slips = slips_forgiven(handle) if len(handle) > 4 else 0
    for any_first in (False, True) if slips else ():
        field = index.fields[HANDLE]
        near = dict(field.near(handle, 1 if any_first else slips, any_first=any_first))
        if near:
            least = min(near.values())
            return dict.fromkeys(field.people(word for word, slip in near.items() if slip == least), 0.0)
    return {}


def _named_within(index: Index, query: Query) -> Costs:
    """Whose whole name is among the words (a signature, a second name), else who has more than half of them."""
    having: Counter[int] = Counter()
    for token in query.tokens:
        if len(token[0][0]) > 1 or not token[0][0].isascii():
            having.update(_token(index, token, None, False, False).keys())
    words = {word for token in query.tokens for option in token for word in option}
    some = [id for id, count in having.items() if count > 1]
    if len(some) <= _MANY:
        names = {id: set(pieces(next(iter(spellings(index.user(id).name))))) for id in some}
        whole = {id: -float(len(name)) for id, name in names.items() if len(name) > 1 and name <= words}
        if whole:
            return {id: cost for id, cost in whole.items() if cost == min(whole.values())}
    meant = sum(token[0][0] not in _LINKS for token in query.tokens)
    most = max(having.values(), default=0)
    return {id: 0.0 for id, count in having.items() if count == most} if most > 1 and most * 2 > meant else {}


def _linked(index: Index, query: Query) -> Costs:
    """`jane and rita`: the one, then the other; `jane from support`, `dr jane`: who is named."""
    parts: list[list[Token]] = [[]]
    for token in query.tokens:
        word = token[0][0]
        if word in _LINKS:
            if parts[0] and word not in _AND:
                break
            parts.append([])
        else:
            parts[-1].append(token)
    found: Costs = {}
    for number, part in enumerate(parts) if len(query.tokens) > sum(map(len, parts)) else ():
        for id in best(index, _all_words(index, part, False, None), limit=NEAREST):
            found.setdefault(id, float(number))
    return found
