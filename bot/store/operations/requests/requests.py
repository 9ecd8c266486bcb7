"""Requests: the only authority on what may be done. Every change of state is one compare-and-set.

A request's `version` moves with everything its card shows: state and fields, votes' consequences, steps and their
progress. It does not move with a heartbeat, a lease that is handed back, or the card itself.
"""

from collections.abc import Iterable, Set
from datetime import datetime
from typing import Any

from bot.model.request import Kind, Request, State
from bot.store.errors import AlreadyOpen, StoreError, Unknown
from bot.store.operations.requests.claims import Claims
from bot.store.operations.requests.request_rows import (
    COLUMNS,
    as_request,
    conditions,
    listed,
    request_params,
)
from bot.store.operations.requests.votes_and_steps import VotesAndSteps
from bot.store.spelling import time_text

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM requests"
_WRITTEN = (*COLUMNS, "subject", "remind_at")
_INSERT = (
    f"INSERT INTO requests ({', '.join(_WRITTEN)}) VALUES ({', '.join(':' + name for name in _WRITTEN)}) "
    "ON CONFLICT DO NOTHING"
)
_OPEN = "('pending', 'approved', 'running', 'attention', 'waiting')"


class Requests(Claims, VotesAndSteps):
    """Operations on `requests`, `decisions` and `steps`."""

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

    def handing_to(self, assignee_id: int, states: Iterable[State]) -> list[Request]:
        """Offboardings that plan to hand conversations to this person or team, newest first.

        The plan is searched as the text that it is, so that a thousand others are not read for the one.
        """
        where, params = conditions(states, {Kind.OFFBOARD}, None, None)
        rows = self._engine.rows(
            f"{_SELECT} {where} AND plan LIKE :named ORDER BY opened_at DESC, id DESC",
            {**params, "named": f'%"assignee_id":{int(assignee_id)}%'},
        )
        return [one for one in map(as_request, rows) if one.plan.get("assignee_id") == assignee_id]

    def targets(self, states: Iterable[State], kinds: Iterable[Kind]) -> set[int]:
        """REST ids of those about whom there are such requests."""
        where, params = conditions(states, kinds, None, None)
        rows = self._engine.rows(f"SELECT DISTINCT target_id FROM requests {where} AND target_id IS NOT NULL", params)
        return {int(id) for (id,) in rows}

    def of_batch(self, batch_id: str) -> list[Request]:
        """Those that were asked for together, by id."""
        rows = self._engine.rows(f"{_SELECT} WHERE batch_id = :id AND batch_id <> '' ORDER BY id", {"id": batch_id})
        return [as_request(row) for row in rows]

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
