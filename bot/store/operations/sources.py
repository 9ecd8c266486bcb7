"""What is remembered of sources: the last whole reading of each, whose accounts are whose, and who manages whom."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from bot.model.colleague import Listing, Manager
from bot.policy.people.source_guard import Before
from bot.store.engine import Engine, Row, Statement
from bot.store.spelling import as_time, plain, time_text

_COLUMNS = ("source", "person", "user_id", "active", "listed")
_FORGET = "DELETE FROM source_people WHERE source = :source AND person = :person"


class Sources:
    """Operations on `source_readings` and `source_people`. Of people without a seat only the source's id is kept."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def before(self, listing: Listing) -> Before | None:
        """The last whole reading of its source that was kept, against this one; None before the first."""
        row = self._engine.row(
            "SELECT as_of, group_name FROM source_readings WHERE source = :source", {"source": listing.source}
        )
        if row is None:
            return None
        works = sorted(plain(one.id) for one in listing.people if not one.is_gone)  # a set takes eight times as much
        before = gone = 0
        with self._engine.snapshot():
            for source, person, _, active, listed in self._engine.stream("source_people", _COLUMNS):
                if source == listing.source and active and listed:
                    before += 1
                    place = bisect_left(works, person)
                    gone += place == len(works) or works[place] != person
        return Before(active=before, gone=gone, as_of=as_time(row[0]) if row[0] else None, group=row[1])

    def read_at(self) -> dict[str, datetime]:
        """Source → when it was last read whole."""
        rows = self._engine.rows("SELECT source, read_at FROM source_readings ORDER BY source")
        return {source: as_time(at) for source, at in rows}

    def pairs(self) -> dict[tuple[str, str], int]:
        """(source, id there) → REST id of the person whose account it is."""
        rows = self._engine.rows("SELECT source, person, user_id FROM source_people WHERE user_id IS NOT NULL")
        return {(source, person): id for source, person, id in rows}

    def pair(self, pairs: Mapping[tuple[str, str], int]) -> None:
        """Whose accounts are whose: (source, id there) → REST id. Once paired, always paired."""
        sql = (
            "UPDATE source_people SET user_id = :user_id "
            "WHERE source = :source AND person = :person AND user_id IS NULL"
        )
        with self._engine.transaction():
            self._engine.run_all(
                [
                    (sql, {"source": source, "person": plain(person), "user_id": id})
                    for (source, person), id in sorted(pairs.items())
                ]
            )

    def keep(self, listing: Listing, *, accepted_by: str = "") -> None:
        """This reading counts: who is in it, and who of them works here."""
        source = listing.source
        with self._engine.transaction():
            # Of a long list all that is held twice is who is in it; what is known of it is streamed past.
            now = {plain(one.id): int(not one.is_gone) for one in listing.people}
            changed: list[Row] = []
            lost: list[Statement] = []
            for other, person, user_id, active, listed in self._engine.stream("source_people", _COLUMNS):
                if other != source:
                    continue
                works = now.pop(person, None)
                if works is not None:
                    changed += [] if (active, listed) == (works, 1) else [(source, person, user_id, works, 1)]
                elif user_id is None:
                    lost.append((_FORGET, {"source": source, "person": person}))
                elif listed:  # who has had a seat is remembered: "had them, and has them no more" is a finding
                    changed.append((source, person, user_id, active, 0))
            self._engine.put("source_people", _COLUMNS, ("source", "person"), changed)
            self._engine.put(
                "source_people",
                _COLUMNS,
                ("source", "person"),
                ((source, person, None, works, 1) for person, works in now.items()),
            )
            self._engine.run_all(lost)
            params = {
                "source": source,
                "read_at": time_text(self._now()),
                "as_of": time_text(listing.as_of) if listing.as_of else None,
                "group_name": plain(listing.group),
                "people": len(listing.people),
                "active": sum(not one.is_gone for one in listing.people),
                "accepted_by": accepted_by,
            }
            self._engine.run(
                "INSERT INTO source_readings (source, read_at, as_of, group_name, people, active, accepted_by) VALUES "
                "(:source, :read_at, :as_of, :group_name, :people, :active, :accepted_by) ON CONFLICT (source) DO "
                "UPDATE SET read_at = excluded.read_at, as_of = excluded.as_of, group_name = excluded.group_name, "
                "people = excluded.people, active = excluded.active, accepted_by = excluded.accepted_by",
                params,
            )


class Managers:
    """Operations on `managers`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, user_id: int | None) -> Manager | None:
        """None when no source has named one."""
        row = self._engine.row("SELECT email, source FROM managers WHERE user_id = :id", {"id": user_id})
        return Manager(row[0], row[1]) if row is not None else None

    def keep(self, found: Mapping[int, Manager], gone: Iterable[int]) -> None:
        """REST id → manager, as far as that is new; of those in `gone` no source names one now."""
        rows = self._engine.rows("SELECT user_id, email, source FROM managers")
        known = {id: Manager(email, source) for id, email, source in rows}
        new = [(id, plain(one.email), one.source) for id, one in found.items() if known.get(id) != one]
        lost = [id for id in gone if id in known and id not in found]
        if not new and not lost:
            return
        with self._engine.transaction():
            self._engine.put("managers", ("user_id", "email", "source"), ("user_id",), new)
            self._engine.run_all([("DELETE FROM managers WHERE user_id = :id", {"id": id}) for id in lost])
