"""What wants to be done, and who has the right to do it: requests are claimed, and leases renewed and handed back."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.request import Request, State
from bot.store.operations.leases import overlong
from bot.store.operations.requests.request_rows import listed
from bot.store.operations.requests.writing import RequestWriting
from bot.store.spelling import as_time, time_text

_NO_LEASE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Due:
    """Ids of requests that want something done, the longest waiting first; what can start, those of batches last."""

    expired: tuple[str, ...] = ()  # pending or approved, their clock has run out
    startable: tuple[str, ...] = ()  # approved, their time has come and has not run out
    remindable: tuple[str, ...] = ()  # pending, a reminder is due
    orphaned_leases: tuple[str, ...] = ()  # running, and nobody holds a lease that still runs
    overlong_leases: tuple[str, ...] = ()  # running, the lease was taken while the clock was ahead
    of_batches: frozenset[str] = frozenset()  # of those that can start or have no lease: asked for in a batch


class Claims(RequestWriting):
    """Operations on the leases of `requests`."""

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

    def started_since(self, at: datetime) -> list[datetime]:
        """When removals (kind `offboard`) started, at `at` or later: what the hourly limit counts. Oldest first."""
        sql = "SELECT started_at FROM requests WHERE kind = 'offboard' AND started_at >= :at ORDER BY started_at"
        return [as_time(row[0]) for row in self._engine.rows(sql, {"at": time_text(at)})]

    def starts_of_batches_since(self, at: datetime) -> int:
        """Of the removals that started at `at` or later, those that were asked for in a batch."""
        sql = "SELECT count(*) FROM requests WHERE kind = 'offboard' AND started_at >= :at AND batch_id <> ''"
        count: int = self._engine.value(sql, {"at": time_text(at)})
        return count
