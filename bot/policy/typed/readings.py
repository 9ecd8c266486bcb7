"""Names of several words that something else follows: every way to split a text into a person and the rest.

A name of several words needs no quotes where nothing follows it. Where something may follow (a reason, a team):

- an e-mail, an id, an @mention and a Slack mention are one word each; an address counts before the name beside it,
  however mail clients write the two, and what else was typed stays in what follows;
- quoted text is the name, whatever follows; so is all that stands before the first comma;
- else the text can be split in several ways. `readings` has them all, the longest name first (at most five words), so
  that the directory can choose the first one that it knows. Who has no directory takes `likely`: the run of capitalised
  words at the beginning, at least one word: `Jane Doe left us` is `Jane Doe`, `left us`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.policy.typed.clean import QUOTES, plain, unescape, visible
from bot.policy.typed.names import as_typed
from bot.policy.typed.who import WHO_WANTED, BadArgument, Pasted, Who, address_within, is_one_word, parse_who

LONGEST_NAME = 5  # words of a name that something else follows
LONGEST_DISPLAY = 8  # words of a name that mail clients write before an address in angle brackets

_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "da",
        "di",
        "do",
        "dos",
        "du",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "y",
        "und",
        "zu",
        "ter",
        "ten",
    ]
)
_ANY_QUOTE = re.escape("".join(sorted(QUOTES)))
_WORD = re.compile(
    rf'(?:[A-Za-z]+:)?(?:"[^"]*"|[{_ANY_QUOTE}][^{_ANY_QUOTE}]*[{_ANY_QUOTE}])[,;]?|(?:<[^<>]*>|[^\s<]|<)+'
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to split a text into a person and what follows.

    `beside` is the name that stands beside an address: this way is right when somebody has that name.
    """

    who: Who
    rest: str
    beside: str = ""


def split_words(text: str) -> list[str]:
    """Words of a command; quoted text (with its quotes) and Slack's `<…|…>` stay whole, also behind `key:`."""
    return _WORD.findall(visible(text))


def readings(text: str) -> tuple[Reading, ...]:
    """Every way to split `WHO REST`, longest name first, as the module's docstring says; never empty."""
    return split_readings(split_words(text))


def likely(ways: Sequence[Reading]) -> Reading:
    """The way a reader without the directory would take: the longest name of capitalised words, else the shortest."""
    if ways[-1].who.kind == "email":
        return ways[-1]
    return next((way for way in ways if all(word[:1].isupper() for word in way.who.value.split())), ways[-1])


def split_readings(words: Sequence[str]) -> tuple[Reading, ...]:
    if not words:
        raise BadArgument(WHO_WANTED)
    if ways := _beside_an_address(words):
        return ways
    alone = next((i for i, word in enumerate(words) if is_one_word(word)), len(words))
    comma = next((i for i, word in enumerate(words) if unescape(word).endswith((",", ";"))), len(words))
    if alone == 0:
        sizes: Iterable[int] = (1,)
    elif comma < min(alone, LONGEST_NAME):
        sizes = (comma + 1,)
    else:
        sizes = range(min(alone, LONGEST_NAME), 0, -1)
    if not (ways := _named(words, sizes)):
        raise BadArgument(WHO_WANTED)
    return ways


def _named(words: Sequence[str], sizes: Iterable[int]) -> tuple[Reading, ...]:
    """The ways to take so many of the first words for a name; what has no letter or digit is none."""
    split = ((" ".join(words[:size]), " ".join(words[size:])) for size in sizes)
    return tuple(Reading(parse_who(name), as_typed(rest)) for name, rest in split if any(map(str.isalnum, name)))


def _beside_an_address(words: Sequence[str]) -> tuple[Reading, ...]:
    """The ways to read words of which one is an address; () when that is no matter of the person."""
    at, pasted = first_address(words)
    if pasted is None:
        return ()
    named = [*words[:at], *([pasted.before] if pasted.before else [])]
    follows = [*([pasted.after] if pasted.after else []), *words[at + 1 :]]
    who = Who("email", pasted.address)
    if _is_display_name(named, pasted):
        return (Reading(who, as_typed(" ".join(follows))),)
    if len(named) > LONGEST_NAME:
        return ()
    return (
        Reading(who, as_typed(" ".join(follows)), beside=plain(" ".join(named))),
        *_named(words, range(len(named) - 1, 0, -1)),
        Reading(who, as_typed(" ".join((*named, *follows)))),
    )


def first_address(words: Sequence[str]) -> tuple[int, Pasted | None]:
    """Where it stands, and what it is; none when somebody is named in another way before it."""
    for at, word in enumerate(words[: LONGEST_DISPLAY + 1]):
        if pasted := address_within(word):
            return at, pasted
        if _names_somebody(word):
            break
    return 0, None


def _names_somebody(word: str) -> bool:
    """Whether this word is an id, an @mention or a Slack mention."""
    try:
        return parse_who(word).kind != "name"
    except BadArgument:
        return False


def _is_display_name(named: Sequence[str], pasted: Pasted) -> bool:
    """Whether the words before an address are a name and no sentence: `Jane van Doe`, `Doe, Jane -`."""
    most = LONGEST_DISPLAY if pasted.angled else 3 if pasted.bracketed else 0
    return len(named) <= most or all(is_name_like(word) for word in named)


def is_name_like(word: str) -> bool:
    bare = word.strip(" ,;.'")
    return bare[:1] in QUOTES or not bare[:1].islower() or bare.lower() in _PARTICLES
