"""What identity providers want: one row a resource and token, written whole."""

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from bot.model.wish import Wish, WishKind
from bot.store.engine import Engine, Row
from bot.store.operations.requests.request_rows import listed
from bot.store.spelling import as_time, as_time_or_none, json_text, plain, time_or_null, time_text

COLUMNS = tuple(field.name for field in fields(Wish))
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM wishes"
_PUT = (
    f"INSERT INTO wishes ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{name}' for name in COLUMNS)}) "
    "ON CONFLICT (token, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in ("token", "id", "created_at"))
)
_BOOLEANS = ("deleted", "open")


class Wishes:
    """Operations on `wishes`. Of one token's resources each, but for `people`, `open_ones` and `superseded`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, token: str, id: str) -> Wish | None:
        """Also one that was deleted."""
        return self._one("token = :token AND id = :id", {"token": token, "id": plain(id)})

    def of_subject(self, token: str, kind: WishKind, subject_id: int) -> Wish | None:
        """The resource that stands for a person or team now; None when nothing was pushed about them, or deleted."""
        condition = "kind = :kind AND subject_id = :subject AND token = :token AND deleted = 0"
        return self._one(condition, {"token": token, "kind": kind.value, "subject": subject_id})

    def hidden(self, token: str, kind: WishKind, subject_id: int) -> bool:
        """Whether this token has deleted the person or team, and not asked for them since."""
        rows = self._engine.rows(
            "SELECT deleted FROM wishes WHERE kind = :kind AND subject_id = :subject AND token = :token",
            {"token": token, "kind": kind.value, "subject": subject_id},
        )
        return bool(rows) and all(deleted for (deleted,) in rows)

    def several(self, token: str, ids: Iterable[str]) -> dict[str, Wish]:
        """Resources by id, deleted ones too."""
        wanted = sorted(set(ids))
        found: dict[str, Wish] = {}
        for at in range(0, len(wanted), 500):
            names, params = listed("id", wanted[at : at + 500])
            rows = self._engine.rows(f"{_SELECT} WHERE token = :token AND id IN ({names})", {**params, "token": token})
            found |= {wish.id: wish for wish in map(as_wish, rows)}
        return found

    def by_address(self, token: str, key: str) -> Wish | None:
        """The person whose pushed userName has this key, and who was not deleted."""
        return self._one("token = :token AND address = :key AND deleted = 0", {"token": token, "key": plain(key)})

    def by_external_id(self, token: str, kind: WishKind, external_id: str) -> list[Wish]:
        params = {"token": token, "kind": kind.value, "external": plain(external_id)}
        sql = f"{_SELECT} WHERE token = :token AND kind = :kind AND external_id = :external AND deleted = 0 ORDER BY id"
        return [as_wish(row) for row in self._engine.rows(sql, params)]

    def leaving(self, token: str, key: str, subject_id: int | None) -> list[Wish]:
        """Those that were deleted, and whose leaving is not brought about yet: of this address or person."""
        rows = self._engine.rows(
            f"{_SELECT} WHERE token = :token AND kind = 'user' AND deleted = 1 AND open = 1 "
            "AND (address = :key OR subject_id = :subject) ORDER BY created_at, id",
            {"token": token, "key": plain(key), "subject": -1 if subject_id is None else subject_id},
        )
        return [as_wish(row) for row in rows]

    def about(self, token: str, kind: WishKind, *, request_id: str, subject_id: int | None, address: str) -> list[Wish]:
        """A token's resources, open or not, deleted ones too: those of this request, person or team, or address."""
        rows = self._engine.rows(
            f"{_SELECT} WHERE token = :token AND kind = :kind AND (request_id = :request OR subject_id = :subject "
            "OR (address = :key AND address <> '')) ORDER BY created_at, id",
            {
                "token": token,
                "kind": kind.value,
                "request": request_id,
                "subject": -1 if subject_id is None else subject_id,
                "key": plain(address),
            },
        )
        return [as_wish(row) for row in rows]

    def index(self, token: str, kind: WishKind) -> list[tuple[str, int | None, bool]]:
        """(id, REST id, deleted) of all of a token's resources, in the order in which they came."""
        rows = self._engine.rows(
            "SELECT id, subject_id, deleted FROM wishes WHERE token = :token AND kind = :kind ORDER BY created_at, id",
            {"token": token, "kind": kind.value},
        )
        return [(id, subject, bool(deleted)) for id, subject, deleted in rows]

    def people(self) -> list[Wish]:
        """Every person of every token, in the order in which they came."""
        rows = self._engine.rows(f"{_SELECT} WHERE kind = :kind ORDER BY created_at, id", {"kind": WishKind.USER.value})
        return [as_wish(row) for row in rows]

    def open_ones(self) -> list[Wish]:
        """All that is to be brought about, whoever pushed it: the longest unchanged first."""
        return [as_wish(row) for row in self._engine.rows(f"{_SELECT} WHERE open = 1 ORDER BY changed_at, id")]

    def superseded(self) -> list[Wish]:
        """What was deleted, is still to be brought about, and was pushed again by another id: that one counts."""
        rows = self._engine.rows(
            f"{_SELECT} AS gone WHERE open = 1 AND deleted = 1 AND (EXISTS ("
            "SELECT 1 FROM wishes AS live WHERE live.kind = gone.kind AND live.subject_id = gone.subject_id "
            "AND live.token = gone.token AND live.deleted = 0) OR EXISTS ("
            "SELECT 1 FROM wishes AS live WHERE live.token = gone.token AND live.address = gone.address "
            "AND live.address <> '' AND live.deleted = 0))"
        )
        return [as_wish(row) for row in rows]

    def loose(self, token: str | None = None) -> list[Wish]:
        """People who stand for nobody active while somebody active has their address; of one token, or of all."""
        rows = self._engine.rows(
            f"{_SELECT} WHERE kind = 'user' AND deleted = 0 AND address <> '' "
            f"{'' if token is None else 'AND token = :token '}"
            "AND (subject_id IS NULL OR subject_id NOT IN (SELECT id FROM users WHERE status = 'active')) "
            "AND address IN (SELECT emails.address FROM emails JOIN users ON users.id = emails.user_id "
            "WHERE users.status = 'active' AND emails.is_primary = 1) ORDER BY created_at, id",
            {} if token is None else {"token": token},
        )
        return [as_wish(row) for row in rows]

    def troubled(self, token: str) -> int:
        """How many of a token's wishes can't be brought about now."""
        sql = "SELECT count(*) FROM wishes WHERE open = 1 AND token = :token AND problem <> ''"
        found: int = self._engine.value(sql, {"token": token})
        return found

    def put(self, wish: Wish) -> None:
        """Insert or overwrite the whole row, but for `created_at`; moves the record's version."""
        with self._engine.joined():
            self._engine.bump()
            self._engine.run(_PUT, _params(wish))

    def _one(self, condition: str, params: dict[str, Any]) -> Wish | None:
        row = self._engine.row(f"{_SELECT} WHERE {condition}", params)
        return as_wish(row) if row else None


def as_wish(row: Row) -> Wish:
    """From the columns `COLUMNS`."""
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    values |= {name: bool(values[name]) for name in _BOOLEANS}
    values |= {name: as_time(values[name]) for name in ("since", "created_at", "changed_at")}
    return Wish(
        **values
        | {
            "kind": WishKind(values["kind"]),
            "document": json.loads(values["document"]),
            "wanted": json.loads(values["wanted"]),
            "not_before": as_time_or_none(values["not_before"]),
        }
    )


def _params(wish: Wish) -> dict[str, Any]:
    values = {name: getattr(wish, name) for name in COLUMNS}
    values |= {name: int(values[name]) for name in _BOOLEANS}
    values |= {name: time_text(values[name]) for name in ("since", "created_at", "changed_at")}
    values |= {name: plain(values[name]) for name in ("token", "id", "address", "external_id", "problem")}
    return values | {
        "kind": wish.kind.value,
        "document": json_text(wish.document),
        "wanted": json_text(wish.wanted),
        "not_before": time_or_null(wish.not_before),
    }
