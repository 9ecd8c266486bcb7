"""Requests: the only authority on what may be done. Every change of state is one compare-and-set.

A request's `version` moves with everything its card shows: state and fields, votes' consequences, steps and their
progress. It does not move with a heartbeat, a lease that is handed back, or the card itself.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.model.request import Decision, Kind, Request, State, Step
from bot.store.engine import Engine
from bot.store.errors import AlreadyOpen, StoreError, Unknown
from bot.store.operations.leases import overlong
from bot.store.operations.request_rows import (
    COLUMNS,
    DECISION_COLUMNS,
    FIXED,
    STEP_COLUMNS,
    as_decision,
    as_request,
    as_step,
    conditions,
    decision_params,
    listed,
    remind_at,
    request_params,
    step_params,
    stored,
)
from bot.store.spelling import as_time, time_text

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM requests"
_RETURNING = f"RETURNING {', '.join(COLUMNS)}"
_WRITTEN = (*COLUMNS, "subject", "remind_at")
_INSERT = (
    f"INSERT INTO requests ({', '.join(_WRITTEN)}) VALUES ({', '.join(':' + name for name in _WRITTEN)}) "
    "ON CONFLICT DO NOTHING"
)
_OPEN = "('pending', 'approved', 'running', 'attention', 'waiting')"
_STEP_VALUES = ", ".join(f":{name}" for name in STEP_COLUMNS)
_STEP_SETS = ", ".join(f"{name} = excluded.{name}" for name in STEP_COLUMNS if name not in ("request_id", "position"))
_NO_LEASE = timedelta(days=365)
_MOVES_REMINDER = frozenset({"reminded", "expires_at"})


@dataclass(frozen=True, slots=True)
class Due:
    """Ids of requests that want something done, the longest waiting first; what can start, those of batches last."""

    expired: tuple[str, ...] = ()  # pending or approved, their clock has run out
    startable: tuple[str, ...] = ()  # approved, their time has come and has not run out
    remindable: tuple[str, ...] = ()  # pending, a reminder is due
    orphaned_leases: tuple[str, ...] = ()  # running, and nobody holds a lease that still runs
    overlong_leases: tuple[str, ...] = ()  # running, the lease was taken while the clock was ahead
    of_batches: frozenset[str] = frozenset()  # of those that can start or have no lease: asked for in a batch


class Requests:
    """Operations on `requests`, `decisions` and `steps`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def insert(self, request: Request) -> None:
        """Write a new row. Raises `AlreadyOpen` when its target has an open one (then nothing is written)."""
        params = request_params(request)
        if self._engine.run(_INSERT, params):
            return
        other = self._engine.value(
            f"SELECT id FROM requests WHERE subject = :subject AND state IN {_OPEN}", {"subject": params["subject"]}
        )
        if other is None or other == request.id:
            raise StoreError(f"There is a request {request.id} already.")
        raise AlreadyOpen(other)

    def get(self, id: str) -> Request | None:
        row = self._engine.row(f"{_SELECT} WHERE id = :id", {"id": id})
        return as_request(row) if row else None

    def find(
        self,
        *,
        states: Iterable[State] | None = None,
        kinds: Iterable[Kind] | None = None,
        target_id: int | None = None,
        requester: str | None = None,
        limit: int | None = 50,
        offset: int = 0,
    ) -> list[Request]:
        """Those that meet every condition given, newest first. `limit` None: all of them."""
        where, params = conditions(states, kinds, target_id, requester)
        params |= {"limit": (1 << 62) if limit is None else limit, "offset": offset}
        sql = f"{_SELECT} {where} ORDER BY opened_at DESC, id DESC LIMIT :limit OFFSET :offset"
        return [as_request(row) for row in self._engine.rows(sql, params)]

    def of_batch(self, batch_id: str) -> list[Request]:
        """Those that were asked for together, by id."""
        rows = self._engine.rows(f"{_SELECT} WHERE batch_id = :id AND batch_id <> '' ORDER BY id", {"id": batch_id})
        return [as_request(row) for row in rows]

    def votes_of_batch(self, batch_id: str) -> int:
        """How many valid votes its pending requests have, all together."""
        sql = (
            "SELECT count(*) FROM decisions JOIN requests ON requests.id = decisions.request_id "
            "WHERE requests.batch_id = :id AND requests.state = 'pending' AND decisions.void = 0"
        )
        count: int = self._engine.value(sql, {"id": batch_id})
        return count

    def count(
        self,
        *,
        states: Iterable[State] | None = None,
        kinds: Iterable[Kind] | None = None,
        target_id: int | None = None,
        requester: str | None = None,
    ) -> int:
        where, params = conditions(states, kinds, target_id, requester)
        count: int = self._engine.value(f"SELECT count(*) FROM requests {where}", params)
        return count

    def requesters(self, states: Iterable[State], since: datetime | None = None) -> list[str]:
        """Who asked for those that are in one of `states`; with `since`, of those that ended then or later."""
        where, params = conditions(states, None, None, None)
        ended = "" if since is None else " AND finished_at >= :since"
        rows = self._engine.rows(
            f"SELECT DISTINCT requester FROM requests {where}{ended}",
            params | ({} if since is None else {"since": time_text(since)}),
        )
        return [str(row[0]) for row in rows]

    def transition(
        self, id: str, *, from_states: Set[State], to: State, version: int | None = None, **fields: Any
    ) -> Request | None:
        """Move the row, if it is in one of `from_states` (and has `version`, when given), and set `fields` with it.

        None: somebody else was first, and nothing was written.
        """
        states, params = listed("state", from_states)
        condition = f"state IN ({states})"
        if version is not None:
            condition += " AND version = :expected"
            params["expected"] = version
        return self._write(id, {**fields, "state": to}, condition, params, touch=True)

    def update(self, id: str, *, touch: bool = True, **fields: Any) -> Request:
        """Set fields other than the state; returns the row as it is now. Raises `Unknown`.

        `touch=False` leaves `version` alone. With no field at all it still takes the row: until the end of the
        transaction nobody else can move it.
        """
        if "state" in fields:
            raise ValueError("a state is changed by transition()")
        row = self._write(id, fields, "1 = 1", {}, touch=touch)
        if row is None:
            raise Unknown(f"There is no request {id}.")
        return row

    def decide(self, decision: Decision) -> bool:
        """Write a vote down; False when this person has a valid one already."""
        columns = (*DECISION_COLUMNS, "void")
        written = self._engine.run(
            f"INSERT INTO decisions ({', '.join(columns)}) VALUES ({', '.join(':' + c for c in columns)}) "
            "ON CONFLICT DO NOTHING",
            {**decision_params(decision), "void": 0},
        )
        return written > 0

    def decisions(self, id: str) -> list[Decision]:
        """The valid votes, in the order in which they were given."""
        sql = f"SELECT {', '.join(DECISION_COLUMNS)} FROM decisions WHERE request_id = :id AND void = 0 ORDER BY id"
        return [as_decision(row) for row in self._engine.rows(sql, {"id": id})]

    def void_decisions(self, id: str) -> int:
        """Take the votes so far for void (the plan has changed); everybody may vote again. Returns how many."""
        return self._engine.run("UPDATE decisions SET void = 1 WHERE request_id = :id AND void = 0", {"id": id})

    def claim(self, id: str, *, owner: str, now: datetime, until: datetime, from_states: Set[State]) -> Request | None:
        """Take the request for `owner` to run: one of `from_states`, and no lease on it that still runs at `now`.

        The row is RUNNING then, with the lease until `until`. None: it is not to be had; of two claimers one gets it.
        """
        states, params = listed("state", from_states)
        condition = f"state IN ({states}) AND (lease_owner IS NULL OR lease_until IS NULL OR lease_until <= :now)"
        params["now"] = time_text(now)
        fields = {"state": State.RUNNING, "lease_owner": owner, "lease_until": until}
        return self._write(id, fields, condition, params, touch=True)

    def heartbeat(self, id: str, *, owner: str, until: datetime) -> bool:
        """Renew one's lease on a running request; False when it is no longer one's own."""
        return (
            self._engine.run(
                "UPDATE requests SET lease_until = :until "
                "WHERE id = :id AND lease_owner = :owner AND state = 'running'",
                {"id": id, "owner": owner, "until": time_text(until)},
            )
            > 0
        )

    def release(self, id: str, owner: str) -> bool:
        """Hand one's lease back; a request that is still RUNNING is anybody's then. False: it was not one's own."""
        return (
            self._engine.run(
                "UPDATE requests SET lease_owner = NULL, lease_until = NULL WHERE id = :id AND lease_owner = :owner",
                {"id": id, "owner": owner},
            )
            > 0
        )

    def step_started(self, step: Step) -> None:
        """Journal a step before it starts, or again with what it has so far. Raises `Unknown`."""
        self._write_step(step)

    def step_progress(self, id: str, position: int, done: int, total: int) -> None:
        """How far a step is. Raises `Unknown`."""
        with self._engine.joined():
            self._touch(id)
            sql = "UPDATE steps SET done = :done, total = :total WHERE request_id = :id AND position = :position"
            if not self._engine.run(sql, {"id": id, "position": position, "done": done, "total": total}):
                raise Unknown(f"The request {id} has no step {position}.")

    def step_finished(self, step: Step) -> None:
        """Journal a step with what came of it. Raises `Unknown`."""
        self._write_step(step)

    def steps(self, id: str) -> list[Step]:
        """By position."""
        sql = f"SELECT {', '.join(STEP_COLUMNS)} FROM steps WHERE request_id = :id ORDER BY position"
        return [as_step(row) for row in self._engine.rows(sql, {"id": id})]

    def cut_lease(self, id: str, now: datetime, lease: timedelta) -> bool:
        """Have an overlong lease run for `lease` from now: its owner, if alive, renews it. False: it is none."""
        return (
            self._engine.run(
                "UPDATE requests SET lease_until = :until "
                "WHERE id = :id AND state = 'running' AND lease_until > :overlong",
                {"id": id, "until": time_text(now + lease), "overlong": time_text(overlong(now, lease))},
            )
            > 0
        )

    def due(self, now: datetime, *, lease: timedelta = _NO_LEASE) -> Due:
        """What wants to be done at `now`: one statement, every part of it by an index.

        `lease` is how long a claim holds; one that is far longer is overlong.
        """
        rows = self._engine.rows(
            """
            SELECT 'expired', id, expires_at AS since, 0 AS later
            FROM requests WHERE state = 'pending' AND expires_at <= :now
            UNION ALL
            SELECT 'expired', id, start_by, 0 FROM requests WHERE state = 'approved' AND start_by <= :now
            UNION ALL
            SELECT 'startable', id, COALESCE(run_at, approved_at, opened_at), CASE batch_id WHEN '' THEN 0 ELSE 1 END
            FROM requests
            WHERE state = 'approved' AND (run_at IS NULL OR run_at <= :now) AND (start_by IS NULL OR start_by > :now)
            UNION ALL
            SELECT 'remindable', id, remind_at, 0 FROM requests
            WHERE state = 'pending' AND remind_at <= :now AND expires_at > :now
            UNION ALL
            SELECT 'orphaned', id, COALESCE(lease_until, opened_at), CASE batch_id WHEN '' THEN 0 ELSE 1 END
            FROM requests
            WHERE state = 'running' AND (lease_until IS NULL OR lease_until <= :now)
            UNION ALL
            SELECT 'overlong', id, lease_until, 0 FROM requests WHERE state = 'running' AND lease_until > :overlong
            ORDER BY later, since, id
            """,
            {"now": time_text(now), "overlong": time_text(overlong(now, lease))},
        )

        def ids(what: str) -> tuple[str, ...]:
            return tuple(id for name, id, *_ in rows if name == what)

        of_batches = frozenset(id for _, id, _, later in rows if later)
        return Due(ids("expired"), ids("startable"), ids("remindable"), ids("orphaned"), ids("overlong"), of_batches)

    def started_since(self, at: datetime) -> list[datetime]:
        """When removals (kind `offboard`) started, at `at` or later: what the hourly limit counts. Oldest first."""
        sql = "SELECT started_at FROM requests WHERE kind = 'offboard' AND started_at >= :at ORDER BY started_at"
        return [as_time(row[0]) for row in self._engine.rows(sql, {"at": time_text(at)})]

    def starts_of_batches_since(self, at: datetime) -> int:
        """Of the removals that started at `at` or later, those that were asked for in a batch."""
        sql = "SELECT count(*) FROM requests WHERE kind = 'offboard' AND started_at >= :at AND batch_id <> ''"
        count: int = self._engine.value(sql, {"at": time_text(at)})
        return count

    def cards_out_of_date(self) -> list[Request]:
        """Those whose card in Slack shows an older version of the row (or was never posted), oldest first.

        Without those of a batch, which has one card for all; but for a card that was posted before the batch was made.
        """
        rows = self._engine.rows(
            f"{_SELECT} WHERE card_version < version AND (batch_id = '' OR message_ts <> '') ORDER BY opened_at, id"
        )
        return [as_request(row) for row in rows]

    def card_shown(self, id: str, *, version: int, channel: str, message_ts: str) -> bool:
        """The card in `channel` shows `version` now; False when a newer version is known to be shown."""
        return (
            self._engine.run(
                "UPDATE requests SET card_version = :version, channel = :channel, message_ts = :message_ts "
                "WHERE id = :id AND card_version <= :version",
                {"id": id, "version": version, "channel": channel, "message_ts": message_ts},
            )
            > 0
        )

    def _write(
        self, id: str, fields: dict[str, Any], condition: str, params: dict[str, Any], *, touch: bool
    ) -> Request | None:
        if fixed := FIXED & fields.keys():
            raise ValueError(f"the field {min(fixed)!r} of a request never changes")
        sets = [f"{name} = :{name}" for name in fields]
        sets.append("version = version + 1" if touch else "version = version")
        params |= {name: stored(name, value) for name, value in fields.items()} | {"id": id}
        sql = f"UPDATE requests SET {', '.join(sets)} WHERE id = :id AND {condition} {_RETURNING}"
        if not _MOVES_REMINDER & fields.keys():
            row = self._engine.row(sql, params)
            return as_request(row) if row else None
        with self._engine.joined():
            row = self._engine.row(sql, params)
            if row is None:
                return None
            request = as_request(row)
            self._engine.run("UPDATE requests SET remind_at = :at WHERE id = :id", {"id": id, "at": remind_at(request)})
            return request

    def _write_step(self, step: Step) -> None:
        with self._engine.joined():
            self._touch(step.request_id)
            self._engine.run(
                f"INSERT INTO steps ({', '.join(STEP_COLUMNS)}) VALUES ({_STEP_VALUES}) "
                f"ON CONFLICT (request_id, position) DO UPDATE SET {_STEP_SETS}",
                step_params(step),
            )

    def _touch(self, id: str) -> None:
        if not self._engine.run("UPDATE requests SET version = version + 1 WHERE id = :id", {"id": id}):
            raise Unknown(f"There is no request {id}.")
