"""The audit log: lines are appended and never change; the database refuses it, and the chain would show it.

Who appends first locks the one row of `audit_head`, so that the chain never forks, whatever number of processes
append. The head also says where the log ends: a tail that was cut off is missed. What can't be seen from inside:
somebody who may write the database and puts an earlier state of the log back, head included. Against that the head
is told elsewhere (the channel, threads, the evidence bundle): `verify(expect=…)`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.model.audit import AuditEntry, AuditHead, ChainReport, LogLine
from bot.policy.requests.seal import Seals
from bot.policy.requests.seal import head as sealed_head
from bot.policy.requests.seal import line as sealed_line
from bot.store.clock import Clock
from bot.store.engine import Engine, Params, Row, Statement
from bot.store.errors import Corrupt, NoKey
from bot.store.operations.audit.chain import GENESIS, details_hash, line_hash, new_salt
from bot.store.operations.audit.verification import expected, lines_of, verify
from bot.store.operations.requests.request_rows import listed
from bot.store.spelling import as_time, json_text, plain, time_text

_LINES = """
    SELECT audit.seq, audit.at, audit.event, audit.actor, audit.request_id, audit.user_id, audit.previous_hash,
           audit.hash, audit.details_hash, audit_details.details
    FROM audit LEFT JOIN audit_details ON audit_details.seq = audit.seq
"""
_PAGE_OF_LINES = f"{_LINES} AND audit_details.seq > :after WHERE audit.seq > :after ORDER BY audit.seq LIMIT :limit"
_INSERT = """
    INSERT INTO audit (seq, at, event, actor, request_id, user_id, details_hash, previous_hash, hash, seal)
    VALUES (:seq, :at, :event, :actor, :request_id, :user_id, :details_hash, :previous_hash, :hash, :seal)
"""
_INSERT_DETAILS = "INSERT INTO audit_details (seq, salt, details) VALUES (:seq, :salt, :details)"
_MOVE_HEAD = (
    "UPDATE audit_head SET seq = :seq, hash = :hash, at = :at, seal = :seal, sealed_from = :sealed_from WHERE id = 1"
)
BROKEN = "broken"
"""The seal of a head that followed one whose seal didn't match: from then on the log is told as cut or forged."""
_PAGE = 2000
_SHORT_PAGE = 100


class Audit:
    """Operations on `audit` and `audit_details`."""

    def __init__(self, engine: Engine, clock: Clock, seals: Seals | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self._seals = seals

    def append(
        self,
        event: str,
        *,
        actor: str = "",
        request_id: str | None = None,
        user_id: int | None = None,
        details: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> AuditEntry:
        """Write one line, at `at` (default: now). Lines are in order by `seq`, even where a clock was set back.

        Within a transaction every other appender, in whatever process, waits until it has ended.
        """
        with self._engine.joined():
            head = self._engine.row(
                f"SELECT seq, hash, {self._engine.clock_sql}, seal, sealed_from FROM audit_head "
                f"WHERE id = 1{self._engine.row_lock}"
            )
            if head is None:
                raise Corrupt(
                    "The audit log has lost its head (the row of audit_head): nothing was written. Restore a backup."
                )
            last, previous, database, sealed, sealed_from = head
            if sealed and self._seals is None:
                raise NoKey(
                    "The audit log of this record is sealed, and no key is set, so nothing was written. Set "
                    "HELPSCOUT_APP_SECRET or HS_BOT_SEAL_KEY as the bot has it."
                )
            moment = time_text(at) if at is not None else self._clock.reading(database)
            text, salt = (json_text(details), new_salt()) if details else ("", "")
            line = {
                "seq": last + 1,
                "at": moment,
                "event": plain(event),
                "actor": plain(actor),
                "request_id": None if request_id is None else plain(request_id),
                "user_id": user_id,
                "details_hash": details_hash(salt, text) if details else "",
            }
            previous = previous or GENESIS
            hashed = line_hash(previous, **line)
            seal = self._seals.make(*sealed_line(hashed)) if self._seals else ""
            statements: list[Statement] = [(_INSERT, {**line, "previous_hash": previous, "hash": hashed, "seal": seal})]
            if details:
                statements.append((_INSERT_DETAILS, {"seq": line["seq"], "salt": salt, "details": text}))
            moved = {"seq": line["seq"], "hash": hashed, "at": moment, "sealed_from": sealed_from or line["seq"]}
            whole = not sealed or (self._seals and self._seals.holds(sealed, *sealed_head(last, previous, sealed_from)))
            moved["seal"] = self._head_seal(moved) if whole else BROKEN
            statements.append((_MOVE_HEAD, moved))
            self._engine.run_all(statements)
        return AuditEntry(
            seq=line["seq"],
            at=as_time(moment),
            event=line["event"],
            actor=line["actor"],
            request_id=line["request_id"],
            user_id=user_id,
            details=json.loads(text) if details else {},
            previous_hash=previous,
            hash=hashed,
        )

    def entries(
        self,
        *,
        request_id: str | None = None,
        user_id: int | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        offset: int = 0,
        newest_first: bool = True,
    ) -> list[AuditEntry]:
        """Lines that meet every condition given. Details that were erased read `{"erased": True}`."""
        conditions: list[str] = []
        params: dict[str, Any] = {"limit": (1 << 62) if limit is None else limit, "offset": offset}
        if request_id is not None:
            conditions.append("audit.request_id = :request_id")
            params["request_id"] = request_id
        if user_id is not None:
            conditions.append("audit.user_id = :user_id")
            params["user_id"] = user_id
        if since is not None:
            conditions.append("audit.at >= :since")
            params["since"] = time_text(since)
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        order = "DESC" if newest_first else "ASC"
        sql = f"{_LINES} {where} ORDER BY audit.seq {order} LIMIT :limit OFFSET :offset"
        return [_entry(row) for row in self._engine.rows(sql, params)]

    def _head_seal(self, head: Params) -> str:
        return self._seals.make(*sealed_head(head["seq"], head["hash"], head["sealed_from"])) if self._seals else ""

    def lines_of(self, request_id: str) -> tuple[list[LogLine], str]:
        """What the log says of a request, and why it can't be trusted ("" when it can): see `verification.lines_of`."""
        return lines_of(self._engine, self._seals, request_id)

    def last_of_people_since(self, event: str, actors: Iterable[str], since: datetime) -> list[datetime]:
        """When these `actors` have last caused this event of each such person since then, in order."""
        names, params = listed("actor", actors)
        sql = (
            f"SELECT max(at) FROM audit WHERE event = :event AND actor IN ({names}) AND at >= :since "
            "GROUP BY user_id ORDER BY 1"
        )
        return [as_time(at) for (at,) in self._engine.rows(sql, {"event": event, "since": time_text(since), **params})]

    def actors_since(self, event: str, since: datetime) -> list[str]:
        """Who has caused this event since then."""
        sql = "SELECT DISTINCT actor FROM audit WHERE event = :event AND at >= :since"
        return [str(row[0]) for row in self._engine.rows(sql, {"event": event, "since": time_text(since)})]

    def pages(
        self, *, user_id: int | None = None, since: datetime | None = None, leaving_out: Sequence[str] = ()
    ) -> Iterator[list[AuditEntry]]:
        """Lines newest first, page by page as they are asked for, without events that begin with `leaving_out`."""
        conditions = ["audit.seq < :before"]
        params: dict[str, Any] = {"before": 1 << 62, "limit": _SHORT_PAGE}
        if user_id is not None:
            conditions.append("audit.user_id = :user_id")
            params["user_id"] = user_id
        if since is not None:
            conditions.append("audit.at >= :since")
            params["since"] = time_text(since)
        for number, prefix in enumerate(leaving_out):
            conditions.append(f"audit.event NOT LIKE :prefix_{number}")
            params[f"prefix_{number}"] = f"{prefix}%"
        sql = f"{_LINES} WHERE {' AND '.join(conditions)} ORDER BY audit.seq DESC LIMIT :limit"
        while True:
            page = [_entry(row) for row in self._engine.rows(sql, params)]
            yield page
            if len(page) < _SHORT_PAGE:
                return
            params["before"] = page[-1].seq

    def iterate(self) -> Iterator[AuditEntry]:
        """Every line, oldest first; read page by page while it is walked."""
        after = 0
        while True:
            page = self._engine.rows(_PAGE_OF_LINES, {"after": after, "limit": _PAGE})
            yield from map(_entry, page)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def head(self) -> AuditHead | None:
        """The newest line, as it is kept elsewhere; None while there is none."""
        row = self._engine.row("SELECT seq, hash FROM audit_head WHERE id = 1 AND seq > 0")
        return AuditHead(*row) if row else None

    def later_than(self, moment: datetime, *, after: int = 0) -> tuple[int, datetime] | None:
        """Sequence and time of the newest line beyond `after` whose time is later than `moment`."""
        row = self._engine.row(
            # The plus keeps both engines from walking the whole log by its key: nearly always no line is so late.
            "SELECT seq, at FROM audit WHERE at > :moment AND +seq > :after ORDER BY +seq DESC LIMIT 1",
            {"moment": time_text(moment), "after": after},
        )
        return (row[0], as_time(row[1])) if row else None

    def verify(self, expect: AuditHead | None = None) -> ChainReport:
        """Walk the whole chain, in constant memory; the report names the first line that does not fit.

        `expect` is a head that was kept elsewhere: a log without that very line was cut.
        """
        report = verify(self._engine, self._seals)
        return report if expect is None else expected(self._engine, report, expect)


def _entry(row: Row) -> AuditEntry:
    erased = row[8] and row[9] is None
    return AuditEntry(
        seq=row[0],
        at=as_time(row[1]),
        event=row[2],
        actor=row[3],
        request_id=row[4],
        user_id=row[5],
        previous_hash=row[6],
        hash=row[7],
        details={"erased": True} if erased else json.loads(row[9]) if row[9] else {},
    )
