"""From an exact key (id, e-mail, @mention) to positions of people, in six bytes a key or so.

An open-addressing table of positions with sixteen bits of each key's hash beside them. The keys themselves are not
kept: an answer is a candidate that the caller holds against the person.
"""

from array import array
from collections.abc import Iterable, Iterator

_PROBE = 0xFFFF


class Keys:
    """`hashes` are (hash of a key, position); a key may have several positions."""

    __slots__ = ("_marks", "_mask", "_places")

    def __init__(self, count: int, hashes: Iterable[tuple[int, int]]) -> None:
        size = 8
        while size < count * 3 // 2:
            size *= 2
        self._mask = mask = size - 1
        self._places = places = array("I", bytes(4 * size))
        self._marks = marks = array("H", bytes(2 * size))
        for hashed, position in hashes:
            at = hashed & mask
            while places[at]:
                at = (at + 1) & mask
            places[at] = position + 1
            marks[at] = hashed >> 32 & _PROBE

    def candidates(self, key: str) -> Iterator[int]:
        """Positions that may have this key; nobody who has it is missing."""
        hashed = hash(key)
        mark, mask, at = hashed >> 32 & _PROBE, self._mask, hashed & self._mask
        while place := self._places[at]:
            if self._marks[at] == mark:
                yield place - 1
            at = (at + 1) & mask
