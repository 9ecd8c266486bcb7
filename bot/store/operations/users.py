"""People: one row each, kept for ever, with every address they are known by."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from bot.model.address import address_key, without_plus
from bot.model.seen import Seen
from bot.model.user import NOT_PEOPLE, Status, UserRecord
from bot.store.engine import Engine
from bot.store.errors import Unknown
from bot.store.operations.requests.request_rows import listed
from bot.store.operations.user_rows import (
    COLUMNS,
    SEEN,
    WRITTEN,
    Spelled,
    as_record,
    as_row,
    mention_key,
    seen_of,
    spelled,
)
from bot.store.spelling import plain, time_text

_SELECT = f"SELECT {', '.join((*(f'users.{column}' for column in COLUMNS), *SEEN))} FROM users"
_PERSON = "lower(trim(type)) NOT IN (" + ", ".join(f"'{one}'" for one in NOT_PEOPLE) + ")"
_ACTIVE_FIRST = "ORDER BY CASE users.status WHEN 'active' THEN 0 ELSE 1 END"
_PAGE = 2000
_AT_ONCE = 500
_REMEMBER = """
    INSERT INTO known_addresses (address, user_id, is_main)
    SELECT emails.address, emails.user_id, emails.is_primary
    FROM emails JOIN users ON users.id = emails.user_id WHERE users.version = :version
    ON CONFLICT (address, user_id) DO UPDATE SET is_main = 1
    WHERE known_addresses.is_main = 0 AND excluded.is_main = 1
"""


class Users:
    """Operations on `users`, `emails` and `known_addresses`; each moves the record's version when it writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, id: int) -> UserRecord | None:
        """None for an id that nobody has, however long the number is that somebody typed."""
        if not -(1 << 63) <= id < 1 << 63:
            return None
        row = self._engine.row(f"{_SELECT} WHERE id = :id", {"id": id})
        return as_record(row) if row else None

    def several(self, ids: Iterable[int]) -> list[UserRecord]:
        """Those of these ids that the record has, by id."""
        wanted = sorted({id for id in ids if -(1 << 63) <= id < 1 << 63})
        found: list[UserRecord] = []
        for at in range(0, len(wanted), _AT_ONCE):
            names, params = listed("id", wanted[at : at + _AT_ONCE])
            params = {name: int(value) for name, value in params.items()}
            rows = self._engine.rows(f"{_SELECT} WHERE id IN ({names}) ORDER BY id", params)
            found += [as_record(row) for row in rows]
        return found

    def active_ids(self) -> list[int]:
        """The REST ids of everybody who is there (`User.is_person`), in order."""
        rows = self._engine.rows(f"SELECT id FROM users WHERE status = 'active' AND {_PERSON} ORDER BY id")
        return [id for (id,) in rows]

    def by_email(self, address: str) -> list[UserRecord]:
        """Everybody who has or had this address (primary or alternate): active first, then who left last."""
        rows = self._engine.rows(
            f"{_SELECT} JOIN emails ON emails.user_id = users.id WHERE emails.address = :address {_ACTIVE_FIRST}, "
            "emails.is_primary DESC, users.last_seen DESC, users.id DESC",
            {"address": plain(address_key(address))},
        )
        return [as_record(row) for row in rows]

    def by_known_address(self, address: str) -> list[UserRecord]:
        """Everybody who ever had this address, or one that differs by a plus part: active first, then who left last."""
        key = plain(without_plus(address_key(address)))
        local, at, domain = key.rpartition("@")
        rows = self._engine.rows(
            f"{_SELECT} WHERE users.id IN (SELECT user_id FROM known_addresses WHERE address = :address "
            f"OR address LIKE :like ESCAPE '!') {_ACTIVE_FIRST}, users.removed_at DESC, users.id DESC",
            {"address": key, "like": f"{_literal(local)}+%@{_literal(domain)}" if at else key},
        )
        return [as_record(row) for row in rows]

    def has_domain(self, domain: str) -> bool:
        """Whether an active person's main address is at this domain (a key)."""
        like = f"%@{_literal(domain)}"
        sql = (
            "SELECT 1 FROM emails JOIN users ON users.id = emails.user_id WHERE emails.is_primary = 1 "
            "AND users.status = 'active' AND emails.address LIKE :like ESCAPE '!' LIMIT 1"
        )
        return self._engine.value(sql, {"like": like}) is not None

    def by_mention(self, handle: str) -> list[UserRecord]:
        """Everybody with this @mention handle, with or without the @, in any case: active first."""
        key = mention_key(handle)
        if not key:
            return []
        sql = (
            f"{_SELECT} WHERE mention_key = :key AND mention_key <> '' {_ACTIVE_FIRST}, "
            "users.last_seen DESC, users.id DESC"
        )
        return [as_record(row) for row in self._engine.rows(sql, {"key": key})]

    def by_status(self, status: Status | None = None) -> Iterator[UserRecord]:
        """Everybody, or everybody of one status, by id; read page by page while it is walked."""
        where = "" if status is None else "status = :status AND"
        params = {"status": str(status), "limit": _PAGE}
        after = -(1 << 63)
        while True:
            sql = f"{_SELECT} WHERE {where} id > :after ORDER BY id LIMIT :limit"
            page = self._engine.rows(sql, {**params, "after": after})
            yield from map(as_record, page)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def changed_since(self, version: int) -> tuple[int, list[UserRecord]]:
        """The version now, and the rows written after `version` (0: all of them), by id."""
        now: int = self._engine.value("SELECT number FROM record_version")
        # Sorted here: asked to sort, SQLite walks everybody by id instead of the few by their version.
        rows = self._engine.rows(f"{_SELECT} WHERE version > :version", {"version": version})
        return now, [as_record(row) for row in sorted(rows, key=lambda row: row[0])]

    def put(self, rows: Iterable[UserRecord], ahead: Mapping[int, Spelled] | None = None) -> int:
        """Insert or overwrite whole rows; returns how many. Thousands at once are one transaction, quickly.

        `ahead` has what was `spelled` before, by id.
        """
        people = [(row, _of(row, ahead or {})) for row in {row.id: row for row in rows}.values()]
        if not people:
            return 0
        with self._engine.joined():
            version = self._engine.bump()
            self._engine.put("users", WRITTEN, ("id",), (as_row(person, version, made) for person, made in people))
            self._engine.run(
                "DELETE FROM emails WHERE user_id IN (SELECT id FROM users WHERE version = :version)",
                {"version": version},
            )
            self._engine.fill(
                "emails",
                ("address", "user_id", "is_primary"),
                (
                    (address, person.id, int(primary))
                    for person, made in people
                    for address, primary in made.addresses.items()
                ),
            )
            self._engine.run(_REMEMBER, {"version": version})
        return len(people)

    def set_scim_id(self, id: int, scim_id: str | None) -> None:
        """Remember the SCIM id of a person. Raises `Unknown`."""
        self._change(id, "scim_id = :scim_id", {"scim_id": scim_id})

    def mark_gone(self, id: int, status: Status, at: datetime, request_id: str | None) -> None:
        """Make the row a tombstone: the person left at `at`, by that request of ours (None: without one)."""
        self._change(
            id,
            "status = :status, removed_at = :at, request_id = :request_id",
            {"status": status.value, "at": time_text(at), "request_id": request_id},
        )

    def seen(self) -> Seen:
        """When the last good sync began, and whom of the active people it did not see."""
        row = self._engine.row(f"SELECT {', '.join(SEEN)}")
        return seen_of(*row) if row else Seen()

    def counts(self) -> dict[Status, int]:
        """People of each status (`User.is_person`), with 0 for a status that nobody has."""
        sql = f"SELECT status, count(*) FROM users WHERE {_PERSON} GROUP BY status"
        found: dict[str, int] = dict(self._engine.rows(sql))
        return {status: found.get(status.value, 0) for status in Status}

    def size(self) -> int:
        """Rows, whatever they are."""
        number: int = self._engine.value("SELECT count(*) FROM users")
        return number

    def _change(self, id: int, sets: str, params: dict[str, object]) -> None:
        with self._engine.joined():
            params |= {"id": id, "version": self._engine.bump()}
            if not self._engine.run(f"UPDATE users SET {sets}, version = :version WHERE id = :id", params):
                raise Unknown(f"The record knows nobody with the id {id}.")


def _literal(text: str) -> str:
    """Part of a LIKE pattern that means itself; `!` escapes."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _of(row: UserRecord, ahead: Mapping[int, Spelled]) -> Spelled:
    made = ahead.get(row.id)
    return made if made is not None and made.user is row.user else spelled(row.user)
