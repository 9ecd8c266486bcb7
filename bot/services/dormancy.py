"""Seats that look dormant: everybody's status, read now and then, and what follows from it. A hint, no more."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.helpscout.client import HelpScout
from bot.helpscout.duty import withheld
from bot.helpscout.errors import HelpScoutError
from bot.model.user import Status, UserRecord
from bot.policy.people.dormant import Dormant, dormant
from bot.services.side_by_side import begun
from bot.services.syncing.account import RequestCount, background
from bot.store.record import Record

EVERY = timedelta(hours=6)
"""Between two readings: days are counted, and the list is long."""


class Dormancy:
    """`after`: how long without a change of status. `begin` runs a reading beside everything else."""

    def __init__(
        self,
        record: Record,
        helpscout: HelpScout,
        *,
        after: timedelta,
        begin: Callable[[Callable[[], None]], object] = begun,
    ) -> None:
        self._record = record
        self._helpscout = helpscout
        self.after = after
        self._begin = begin
        self._read_at: datetime | None = None
        self._log = structlog.get_logger("dormancy")

    def of(self, row: UserRecord) -> Dormant | None:
        """By what was read last, asking nobody."""
        if row.status is not Status.ACTIVE or not row.user.is_person:
            return None
        seen = self._record.statuses.of(row.id)
        return self._dormant(row, *seen) if seen is not None else None

    def listed(self) -> list[tuple[UserRecord, Dormant]]:
        """Everybody whose seat looks dormant, the longest first."""
        known = self._record.statuses.all()
        rows = self._record.users.by_status(Status.ACTIVE) if known else []
        pairs = [
            (row, found)
            for row in rows
            if row.user.is_person and row.id in known and (found := self._dormant(row, *known[row.id])) is not None
        ]
        return sorted(pairs, key=lambda pair: (pair[1].since, pair[0].id))

    def _dormant(self, row: UserRecord, status: str, changed_at: datetime | None) -> Dormant | None:
        return dormant(status, changed_at, as_moment(row.user.created_at), now=self._record.now(), after=self.after)

    def tick(self) -> bool:
        """Begin a reading when one is due."""
        now = self._record.now()
        if self._read_at is not None and now - self._read_at < min(EVERY, self.after):
            return False
        self._read_at = now
        self._begin(self.refresh)
        return True

    def read(self) -> None:
        """Everybody's status, now. Raises a `HelpScoutError`; an API without the call tells nothing, and is none."""
        try:
            everybody = background(self._helpscout, RequestCount()).duty.statuses()
        except HelpScoutError as problem:
            if not withheld(problem):
                raise
            self._log.info("Help Scout doesn't tell statuses here", problem=problem.sentence)
            return
        self._record.statuses.keep(
            {id: (one.status, as_moment(one.updated_at)) for id, one in everybody.items() if one is not None}
        )

    def refresh(self) -> None:
        """Read, as far as Help Scout lets us: a hint must not keep anything else from being done."""
        try:
            self.read()
        except HelpScoutError as problem:
            self._log.warning("the statuses were not read", problem=problem.sentence)


def as_moment(text: str) -> datetime | None:
    """A time as Help Scout writes it; None when it is none."""
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
