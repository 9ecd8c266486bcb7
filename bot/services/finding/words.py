"""The words by which people are found, of a person and of what was typed: folded, each way they can be spelled.

`O’Brien` is `o`, `brien` and `obrien`; `Müller` is `muller` and `mueller`; `van Buren` is also `vanburen`. Short forms
of English first names come from the package `nicknames` (Apache-2.0, a hand-curated list).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.model.address import address_key, without_plus
from bot.model.user import User
from bot.policy.typed.fold import fold
from bot.policy.typed.names import loose_key
from bot.policy.typed.who import BadArgument, parse_who

if TYPE_CHECKING:
    from nicknames import NickNamer

MOST_TOKENS = 12
_WORD = re.compile(r"[a-z0-9]+")
_DIGRAPHS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa"}
)
"""As German and Nordic names are written without the letters."""

Option = tuple[str, ...]
"""Words that must all match."""
Token = tuple[Option, ...]
"""A typed word: the ways in which it can match, the first without anything but letters and digits."""


@dataclass(frozen=True, slots=True)
class Query:
    """`whole`: all of it, squashed. `handle`: the one word that it is. `address`, `local`: of an address, or of its
    beginning; then without `whole` and `handle`.
    """

    tokens: tuple[Token, ...] = ()
    whole: str = ""
    handle: str = ""
    address: str = ""
    local: str = ""


def read_query(text: str) -> Query:
    """What was typed, taken as people paste it; without a letter or digit it is the empty query."""
    try:
        who = parse_who(text)
    except BadArgument:
        return Query()
    if who.kind == "slack":
        return Query()
    typed = who.value
    if who.kind == "email" or (typed.endswith("@") and " " not in typed):
        key = without_plus(address_key(typed))
        local = fold(key.rpartition("@")[0])
        return Query(tokens_of(re.sub(r"[\W\d_]+", " ", local)), address=key, local=local)
    last, comma, first = typed.partition(",")
    if comma and first.strip():
        typed = f"{first} {last}"
    typed = re.sub(r"\s[&+/]\s", " and ", typed)
    tokens = tokens_of(typed)
    return Query(tokens, whole=squashed(typed), handle=fold(typed) if len(tokens) == 1 else "") if tokens else Query()


def tokens_of(text: str) -> tuple[Token, ...]:
    """The blank-separated words of a text, each with the ways it can match."""
    tokens = []
    for token in _spaced(text)[:MOST_TOKENS]:
        options: dict[Option, None] = {}
        for spelled in spellings(token):
            if parts := pieces(spelled):
                options[("".join(parts),)] = None
                options[tuple(dict.fromkeys(parts))] = None
        if options:
            tokens.append(tuple(options))
    return tuple(dict.fromkeys(tokens))


def spellings(text: str) -> Iterable[str]:
    """The text folded, and with two letters for an umlaut where that is another word."""
    plain = loose_key(text)
    return (plain,) if text.isascii() else dict.fromkeys((plain, loose_key(text.translate(_DIGRAPHS))))


def pieces(folded: str) -> list[str]:
    """Runs of letters (with their marks) and digits."""
    if folded.isascii():
        return _WORD.findall(folded)
    return "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded).split()


def squashed(text: str) -> str:
    """Nothing but letters and digits: `Jane d’Arcy` and `jane darcy` are one name."""
    return "".join(pieces(loose_key(text)))


def whole_names(user: User) -> tuple[set[str], set[str]]:
    """Every way to write the whole name, squashed: first name first, last name first."""
    first, last = user.first_name, user.last_name
    one, other = ({"".join(pieces(way)) for way in spellings(both)} for both in (f"{first} {last}", f"{last} {first}"))
    return one, other


def words_of(user: User) -> tuple[set[str], set[str], set[str]]:
    """The words of a person's name, handles (local parts, @mention; whole and in pieces) and job title."""
    name = {*_name_words(user.first_name), *_name_words(user.last_name)}
    handle: set[str] = set()
    for key in (*(key.rpartition("@")[0] for key in user.keys), user.mention.strip().lstrip("@")):
        if folded := fold(key):
            handle |= {folded, *(set(pieces(folded)) - name)}
    return name, handle, set(_title_words(user.job_title))


def initials_of(user: User) -> set[str]:
    """`jd`, and of Mary Jane Watson `mjw` and `mw`."""
    letters = [letter for part in (user.first_name, user.last_name) for letter in _letters(part)]
    found = {"".join(letters), letters[0] + letters[-1]} if len(letters) > 1 else set[str]()
    return found | {fold(user.initials)} if user.initials.strip() else found


@lru_cache(maxsize=8192)
def _name_words(part: str) -> frozenset[str]:
    words: set[str] = set()
    for spelled in spellings(part):
        tokens = [pieces(token) for token in spelled.split()]
        words.update("".join(found) for found in tokens)
        words.update(piece for found in tokens for piece in found)
        words.add("".join(map("".join, tokens)))
    return frozenset(words - {""})


@lru_cache(maxsize=8192)
def _letters(part: str) -> tuple[str, ...]:
    return tuple(found[0][0] for token in loose_key(part).split() if (found := pieces(token)))


@lru_cache(maxsize=8192)
def _title_words(title: str) -> frozenset[str]:
    return frozenset(pieces(loose_key(title)))


@lru_cache(maxsize=4096)
def short_forms(word: str) -> tuple[frozenset[str], frozenset[str]]:
    """Of a first name: the longer names that it is short for; other names that mean the same."""
    names = _nicknames()
    full, other = set(names.canonicals_of(word)), set(names.nicknames_of(word))
    longer = {name for name in full if len(name) > len(word)}
    return frozenset(longer), frozenset((full | other) - longer - {word})


@lru_cache(maxsize=1)
def _nicknames() -> "NickNamer":
    from nicknames import NickNamer  # a process that is only asked for addresses need not read the list

    return NickNamer()


def _spaced(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).split()
