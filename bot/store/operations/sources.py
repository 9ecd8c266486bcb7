"""What is remembered of sources: the last whole reading of each, whose accounts are whose, and who manages whom."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from bot.model.colleague import Listing, Manager
from bot.policy.people.source_guard import Before
from bot.store.engine import Engine
from bot.store.spelling import as_time, plain, time_text


class Sources:
    """Operations on `source_readings` and `source_people`. Of people without a seat only the source's id is kept."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def before(self, source: str) -> Before | None:
        """The last whole reading that was kept; None before the first."""
        row = self._engine.row(
            "SELECT as_of, group_name FROM source_readings WHERE source = :source", {"source": source}
        )
        if row is None:
            return None
        active = self._engine.rows(
            "SELECT person FROM source_people WHERE source = :source AND active = 1 AND listed = 1", {"source": source}
        )
        return Before(frozenset(one for (one,) in active), as_time(row[0]) if row[0] else None, row[1])

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
            rows = self._engine.rows(
                "SELECT person, user_id, active, listed FROM source_people WHERE source = :source", {"source": source}
            )
            known = {person: (user_id, active, listed) for person, user_id, active, listed in rows}
            now: dict[str, tuple[int | None, int, int]] = {}
            for one in listing.people:
                person = plain(one.id)
                now[person] = (known[person][0] if person in known else None, int(not one.is_gone), 1)
            # Who has had a seat is remembered for ever: "had them, and has them no more" is a finding.
            now |= {p: (id, active, 0) for p, (id, active, _) in known.items() if p not in now and id is not None}
            changed = [(source, person, *values) for person, values in now.items() if known.get(person) != values]
            self._engine.put(
                "source_people", ("source", "person", "user_id", "active", "listed"), ("source", "person"), changed
            )
            for person in known.keys() - now.keys():
                self._engine.run(
                    "DELETE FROM source_people WHERE source = :source AND person = :person",
                    {"source": source, "person": person},
                )
            params = {
                "source": source,
                "read_at": time_text(self._now()),
                "as_of": time_text(listing.as_of) if listing.as_of else None,
                "group_name": plain(listing.group),
                "people": len(listing.people),
                "active": len(listing.active),
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
