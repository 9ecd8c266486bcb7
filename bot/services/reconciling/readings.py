"""Sources read side by side: whole and kept, or a sentence why not. What counts is kept in the record.

Nothing is read before Help Scout was: against an empty record no list makes orphans, and the first one would become the
measure of all later ones without having been judged.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.model.colleague import Colleague, Listing
from bot.model.problem import Problem
from bot.policy.people.source_guard import not_yet, too_many_at_first, why_not
from bot.services.side_by_side import stream
from bot.store.record import Record


class Source(Protocol):
    """The part of `bot.sources.port.Source` that is used here."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def read(self) -> Listing: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One source: `listing` when it counts, else `problem`, a sentence. `held`: an approver may confirm it."""

    source: str
    title: str
    listing: Listing | None = None
    problem: str = ""
    held: Listing | None = None
    read_at: datetime


Orphaned = Callable[[Listing], frozenset[int]]
"""The REST ids of those who would be orphans by this listing alone."""


class Readings:
    """Safe to use from any thread. `share` is the removal guard's; `live` names sources that are cheap to read anew."""

    def __init__(
        self,
        record: Record,
        sources: Sequence[Source],
        *,
        share: float,
        interval: timedelta,
        live: frozenset[str] = frozenset({"slack", "gate"}),
    ) -> None:
        self._record = record
        self._sources = {source.name: source for source in sources}
        self._share = share
        self._interval = interval
        self._live = live
        self._kept: dict[str, Reading] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._sources)

    @property
    def titles(self) -> dict[str, str]:
        return {name: source.title for name, source in self._sources.items()}

    def due(self) -> bool:
        """Whether a source was not read within the interval, and there is a record to compare it with."""
        return any(self._is_due(name) for name in self._sources) and self._measured()

    def known(self) -> list[Reading]:
        """What was read last, without asking anybody; nothing of a source that was not read yet."""
        with self._lock:
            return [self._kept[name] for name in self._sources if name in self._kept]

    def read(
        self, orphaned: Orphaned, seats: int, *, anew: bool = False, accepted_by: str = "", only: str = ""
    ) -> list[Reading]:
        """Every source; those read within the interval are not asked again, unless `anew`.

        `accepted_by`: who says that what would be held back is right. `only`: of the others what is known.
        """
        if not self._measured():
            return self._unmeasured()
        asked = [
            source
            for name, source in self._sources.items()
            if (not only or name == only) and (anew or accepted_by or name in self._live or self._is_due(name))
        ]

        def one(source: Source) -> Reading:
            return self._read(source, orphaned, seats, accepted_by)

        if asked:
            for answer in stream(one, asked, width=len(asked)):
                reading = answer.result()
                with self._lock:
                    self._kept[reading.source] = reading
        return self.known()

    def put_in(self, source: str, changed: Colleague) -> bool:
        """Somebody as they are now, in what was read last; False when nothing of this source counts yet."""
        with self._lock:
            reading = self._kept.get(source)
            if reading is None or reading.listing is None:
                return False
            others = [
                one
                for one in reading.listing.people
                if one.id != changed.id and one.slack_ids.isdisjoint(changed.slack_ids)
            ]
            self._kept[source] = replace(reading, listing=replace(reading.listing, people=(*others, changed)))
        return True

    def has(self, source: str) -> bool:
        """Whether a reading of this source counts now."""
        return any(one.source == source and one.listing is not None for one in self.known())

    def accept(self, source: str, by: str) -> bool:
        """Believe what is held back of this source; False when nothing is."""
        with self._lock:
            reading = self._kept.get(source)
            if reading is None or reading.held is None:
                return False
            listing = reading.held
            self._record.sources.keep(listing, accepted_by=by)
            self._kept[source] = Reading(
                source=source, title=reading.title, listing=listing, read_at=self._record.now()
            )
        return True

    def _measured(self) -> bool:
        """Whether Help Scout was read whole once: then the record knows who has a seat."""
        return self._record.syncs.latest_good() is not None

    def _unmeasured(self) -> list[Reading]:
        now = self._record.now()
        return [
            Reading(source=name, title=title, problem=not_yet(title), read_at=now)
            for name, title in self.titles.items()
        ]

    def _is_due(self, name: str) -> bool:
        with self._lock:
            reading = self._kept.get(name)
        return reading is None or self._record.now() - reading.read_at >= self._interval

    def _read(self, source: Source, orphaned: Orphaned, seats: int, accepted_by: str) -> Reading:
        now = self._record.now()
        made = partial(Reading, source=source.name, title=source.title, read_at=now)
        try:
            listing = source.read()
        except Problem as problem:
            return made(problem=problem.sentence)
        before = self._record.sources.before(listing)
        doubt = why_not(listing, before, share=self._share, now=now)
        if doubt is None and (before is None or before.group != listing.group):
            doubt = too_many_at_first(listing.title, orphaned(listing), seats, self._share)
        if doubt is not None and not (doubt.confirmable and accepted_by):
            return made(problem=doubt.sentence, held=listing if doubt.confirmable else None)
        self._record.sources.keep(listing, accepted_by=accepted_by if doubt else "")
        return made(listing=listing)
