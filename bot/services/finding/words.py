"""Which words of a person can be searched for, and an index from words to people that is small and quick.

A person's words come in three fields, the better matches first: their name, their handle (local parts of e-mails, the
@mention), their job title. Words are folded: `José O’Brien` gives `jose`, `o`, `brien`, `obrien`.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge

from bot.model.user import User
from bot.policy.typed.fold import fold

FIELDS = ("name", "handle", "title")

_PIECES = re.compile(r"[^\W_]+")
_SORTED_AT_ONCE = 4096
_COMPARED_AT_ONCE = 4096
_ABOVE_ALL = chr(0x10FFFF)

Breathe = Callable[[], None]
"""Called between two pieces of long work, so that other threads get their turn."""


def pieces(text: str) -> list[str]:
    """Runs of letters and digits of a folded text: `o'brien-smith` → `o`, `brien`, `smith`."""
    return _PIECES.findall(text)


def words_of(user: User) -> tuple[set[str], set[str], set[str]]:
    """The words of a person by field; a word stands in the best of its fields only."""
    name: set[str] = set()
    for word in fold(f"{user.first_name} {user.last_name}").split():
        parts = pieces(word)
        name.update(parts)
        if len(parts) > 1:
            name.add("".join(parts))
    handle: set[str] = set()
    for address in (user.email, *user.alternate_emails):
        local = fold(address.partition("@")[0])
        handle.add(local)
        handle.update(pieces(local))
    if user.mention:
        mention = fold(user.mention.lstrip("@"))
        handle.add(mention)
        handle.update(pieces(mention))
    handle -= name
    handle.discard("")
    return name, handle, set(pieces(fold(user.job_title))) - name - handle


class WordsBuilder:
    """Collects (word, person) pairs; `finish` makes the index. People are numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words = array("I")
        self._starts = array("I", [0])

    def add(self, words: Iterable[str]) -> None:
        """The words of the next person."""
        numbers = self._numbers
        for word in words:
            self._words.append(numbers.setdefault(word, len(numbers)))
        self._starts.append(len(self._words))

    def finish(self, order: Sequence[int], breathe: Breathe) -> "Words":
        """The index; the person numbered `order[n]` gets position `n` in it."""
        numbers, words, starts = self._numbers, self._words, self._starts
        vocabulary = sorted_gently(numbers, breathe)
        place = array("I", bytes(4 * len(numbers)))
        for position, word in enumerate(vocabulary):
            place[numbers[word]] = position
            if not position % _SORTED_AT_ONCE:
                breathe()
        numbers.clear()
        fill = array("I", bytes(4 * (len(vocabulary) + 1)))
        for count, number in enumerate(words):
            fill[place[number] + 1] += 1
            if not count % _SORTED_AT_ONCE:
                breathe()
        for position in range(1, len(fill)):
            fill[position] += fill[position - 1]
        ends = fill[:]
        people = array("I", bytes(4 * len(words)))
        for position, person in enumerate(order):
            for number in words[starts[person] : starts[person + 1]]:
                word_place = place[number]
                people[ends[word_place]] = position
                ends[word_place] += 1
            if not position % 256:
                breathe()
        return Words(vocabulary, fill, people, breathe)


class Words:
    """Sorted words, and for each the positions of the people who have it, ascending."""

    __slots__ = ("_by_length", "_people", "_starts", "vocabulary")

    def __init__(self, vocabulary: list[str], starts: "array[int]", people: "array[int]", breathe: Breathe) -> None:
        self.vocabulary = vocabulary
        self._starts = starts
        self._people = people
        self._by_length: dict[int, list[str]] = {}
        for number, word in enumerate(vocabulary):
            if not word.isdigit():  # nobody misspells a number in a way that a search could guess
                self._by_length.setdefault(len(word), []).append(word)
            if not number % _SORTED_AT_ONCE:
                breathe()

    def exactly(self, word: str) -> "array[int]":
        """Positions of those who have this very word."""
        at = bisect_left(self.vocabulary, word)
        if at == len(self.vocabulary) or self.vocabulary[at] != word:
            return array("I")
        return self.span(at, at + 1)

    def beginning(self, prefix: str) -> "array[int]":
        """Positions of those who have a word that begins so; one person may come more than once."""
        low = bisect_left(self.vocabulary, prefix)
        high = bisect_left(self.vocabulary, prefix + _ABOVE_ALL, low)
        return self.span(low, high)

    def span(self, low: int, high: int) -> "array[int]":
        """Positions of those who have a word between two places of the vocabulary; some may come more than once."""
        return self._people[self._starts[low] : self._starts[high]]

    def near(self, word: str, most: int) -> Iterator[tuple[int, "array[int]"]]:
        """(distance, positions) for each word within `most` typing errors: letters changed, missing, added, swapped."""
        # Imported here: 60 ms that a process which never meets a misspelt name need not pay.
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        for length in range(max(1, len(word) - most), len(word) + most + 1):
            choices = self._by_length.get(length, [])
            for start in range(0, len(choices), _COMPARED_AT_ONCE):
                some = choices[start : start + _COMPARED_AT_ONCE]
                for found, distance, _ in extract(word, some, scorer=OSA.distance, score_cutoff=most, limit=None):
                    yield int(distance), self.exactly(found)

    def beginning_near(self, prefix: str, most: int) -> Iterator[tuple[int, "array[int]"]]:
        """(distance, positions) for words that share their first letter with `prefix` and nearly begin with it."""
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        low = bisect_left(self.vocabulary, prefix[:1])
        high = bisect_left(self.vocabulary, prefix[:1] + _ABOVE_ALL, low)
        heads: dict[str, int] = {}  # in order: each stands for the words up to the next
        for at in range(low, high):
            heads.setdefault(self.vocabulary[at][: len(prefix)], at)
        places = [*heads.values(), high]
        choices = list(heads)
        for start in range(0, len(choices), _COMPARED_AT_ONCE):
            some = choices[start : start + _COMPARED_AT_ONCE]
            for _, distance, index in extract(prefix, some, scorer=OSA.distance, score_cutoff=most, limit=None):
                yield int(distance), self.span(places[start + index], places[start + index + 1])


def sorted_gently(words: Iterable[str], breathe: Breathe) -> list[str]:
    """Sorted, in pieces: one sort of 250,000 words would keep every other thread waiting for a fifth of a second."""
    runs: list[list[str]] = []
    run: list[str] = []
    for word in words:
        run.append(word)
        if len(run) == _SORTED_AT_ONCE:
            run.sort()
            runs.append(run)
            run = []
            breathe()
    run.sort()
    runs.append(run)
    result: list[str] = []
    for word in merge(*runs):
        result.append(word)
        if not len(result) % _SORTED_AT_ONCE:
            breathe()
    return result
