"""Search over a whole snapshot: what each segment finds, brought into one order; found once per version."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Literal

from cachetools import LRUCache

from bot.model.user import Status, UserRecord
from bot.services.finding.roster import Layer, Snapshot
from bot.services.finding.search import Filter, Query, matching, nearly
from bot.services.finding.segment import id_key, order_of

KEPT = 200_000
"""Hits that are kept, all searches together."""

Manner = Literal["fitting", "near"]
Ranked = tuple[int, UserRecord]
_Hits = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Hits:
    """People found, best first; rows are made as they are looked at. `total` of them, when all were looked for."""

    total: int
    _layers: tuple[tuple[Layer, _Hits], ...]

    def ranked(self) -> Iterator[Ranked]:
        """(rank of the match, person)."""
        if len(self._layers) == 1:
            return _rows(*self._layers[0])
        return merge(*(_rows(layer, hits) for layer, hits in self._layers), key=lambda one: (one[0], order_of(one[1])))

    def first(self, count: int) -> list[Ranked]:
        return list(islice(self.ranked(), count))

    def better_than(self, rank: int) -> int:
        """How many of them have a better (lower) rank than this."""
        return sum(1 for _, hits in self._layers for found, _ in hits if found < rank)

    def page(self, limit: int, offset: int = 0) -> tuple[UserRecord, ...]:
        return tuple(row for _, row in islice(self.ranked(), offset, offset + limit))


class Finder:
    """Searches, and remembers what the last ones found for as long as the snapshot is the same."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._kept: LRUCache[object, _Hits] = LRUCache(KEPT, getsizeof=lambda hits: len(hits) + 1)
        self._lock = threading.Lock()

    def fitting(
        self, snapshot: Snapshot, query: Query, statuses: frozenset[Status] | None = None, enough: int | None = None
    ) -> Hits:
        """Everybody in whom every word fits; with `enough`, that many of the best, or somewhat more."""
        return self._all_layers(snapshot, query, statuses, "fitting", enough)

    def near(self, snapshot: Snapshot, query: Query, statuses: frozenset[Status] | None = None, most: int = 20) -> Hits:
        """At most `most` people of each layer, with typing errors forgiven; who fits is among them."""
        return self._all_layers(snapshot, query, statuses, "near", most)

    def listed(
        self, snapshot: Snapshot, role: str, members: frozenset[int] | None, statuses: frozenset[Status] | None
    ) -> Hits:
        """People of a role ("": of any), among these ids (None: among all), in order; see `User.is_person`."""
        found = []
        for layer in snapshot.layers:
            segment = layer.segment
            if members is not None:
                positions = [at for id in members for at in segment.having(id_key(id))]
            else:
                positions = list(range(segment.size))
            if role:
                codes = segment.role_codes
                wanted = segment.roles.index(role) if role in segment.roles else -1
                positions = [at for at in positions if codes[at] == wanted]
            kept = sorted(Filter(statuses, layer.dead | segment.nobodies).over(segment, positions))
            if kept:
                found.append((layer, [(0, at) for at in kept]))
        return Hits(sum(len(hits) for _, hits in found), tuple(found))

    def _all_layers(
        self, snapshot: Snapshot, query: Query, statuses: frozenset[Status] | None, manner: Manner, most: int | None
    ) -> Hits:
        found: list[tuple[Layer, _Hits]] = []
        for number, layer in enumerate(snapshot.layers):
            hits = self._one_layer(snapshot, number, query, statuses, manner, most)
            if hits:
                found.append((layer, hits))
        return Hits(sum(len(hits) for _, hits in found), tuple(found))

    def _one_layer(
        self,
        snapshot: Snapshot,
        number: int,
        query: Query,
        statuses: frozenset[Status] | None,
        manner: Manner,
        most: int | None,
    ) -> _Hits:
        key = (number, query, statuses, manner, most)
        with self._lock:
            if self._snapshot is not snapshot:
                self._kept.clear()
                self._snapshot = snapshot
            if (kept := self._kept.get(key)) is not None:
                return kept
        layer = snapshot.layers[number]
        filter = Filter(statuses, layer.dead)
        if manner == "fitting":
            hits = matching(layer.segment, query, filter, most)
        else:
            hits = nearly(layer.segment, query, filter, most or 20)
        with self._lock:
            if self._snapshot is snapshot and len(hits) < KEPT // 4:
                self._kept[key] = hits
        return hits


def _rows(layer: Layer, hits: Sequence[tuple[int, int]]) -> Iterator[Ranked]:
    return ((rank, layer.segment.row(at)) for rank, at in hits)
