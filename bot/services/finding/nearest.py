"""Who comes nearest to a few typed words when nobody matches: blanks elsewhere, slips, part of a name."""

from collections import Counter
from dataclasses import replace

from bot.services.finding.index import HANDLE, NAME, TITLE, Index
from bot.services.finding.search import FEW, MANY, Costs, all_words, best, matching, one_token, owners, split
from bot.services.finding.words import Query, Token, pieces, short_forms, spellings

NEAREST = 5
"""So many come nearest."""
MOST_MISSPELLED = 6
"""Words of a longer text are not searched for slips."""
_AND = frozenset(("and", "or", "und", "y", "et"))
_LINKS = _AND | {"from", "at", "in", "of", "with", "for", "the", "a", "by", "on", "dr", "mr", "mrs", "ms", "prof"}
"""Words that stand between names or before one, and are nobody's."""


def nearest(index: Index, query: Query, *, typing: bool = False) -> Costs:
    """Who comes nearest when nobody matches."""
    if query.local:
        name = replace(query, local="")
        if same := owners(index, query.local):
            return dict.fromkeys(same, 0.0)
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


def _spaced_otherwise(index: Index, query: Query) -> Costs:
    """`janedarcy`, `jdarcy`, `mac donald`: the same letters with the blanks elsewhere."""
    words = [token[0][0] for token in query.tokens]
    if len(words) == 1:
        name, word = index.fields[NAME], words[0]
        last = set(name.exactly(word[1:])) if len(word) > 2 else set()
        initial = last and last & name.people(name.beginning(word[0]))
        return dict.fromkeys(split(index, word) or initial, 0.0)
    for at in range(min(len(words), MOST_MISSPELLED) - 1):
        joined = ((words[at] + words[at + 1],),)
        if found := all_words(index, (*query.tokens[:at], joined, *query.tokens[at + 2 :]), False, None):
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
    if among is not None and len(among) <= FEW:
        index = index.only(among)
    costs = dict.fromkeys(one_token(index, token, among, typing, alone), 0.0)
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
            having.update(one_token(index, token, None, False, False).keys())
    words = {word for token in query.tokens for option in token for word in option}
    some = [id for id, count in having.items() if count > 1]
    if len(some) <= MANY:
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
        for id in best(index, all_words(index, part, False, None), limit=NEAREST):
            found.setdefault(id, float(number))
    return found
