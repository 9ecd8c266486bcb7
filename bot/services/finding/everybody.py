"""Everybody as of now: from memory where it has kept up, from the record where that is sure to know better."""

import time
from dataclasses import replace

from bot.model.problem import Problem
from bot.model.user import Status, UserRecord
from bot.policy.typed.who import Who
from bot.services.finding.index import Index
from bot.services.finding.roster import Roster
from bot.store.record import Record

SURE_SECONDS = 1.0
"""How long a record in another place that has answered is taken to be there still."""


class StillReading(Problem):
    """Somebody was asked for by name before everybody was read."""


class Everybody:
    """`patience` is how long (seconds) who asks by name waits for the first reading."""

    def __init__(self, record: Record, roster: Roster, *, patience: float) -> None:
        self._record = record
        self._roster = roster
        self._patience = patience
        self._sure_until = float("-inf")

    def index(self, *, read: bool = True) -> Index | None:
        """Everybody as of now, or as of before a record in another place went away; None: nobody is read yet.

        Such a record is asked by a thread, which costs as much as the answer: while it surely is there, memory knows
        whether anything has changed.
        """
        known, roster = self._roster.index, self._roster
        if (
            known is not None
            and time.monotonic() < self._sure_until
            and not (roster.behind or roster.problem)
            and known.version == self._record.version()
        ):
            return known
        index = roster.current(read=read)
        if self._record.engine != "sqlite" and not roster.problem:
            self._sure_until = time.monotonic() + SURE_SECONDS
        return index

    def all(self) -> Index:
        """Raises `StillReading` before everybody was read."""
        index = self.index()
        if index is None or (self._roster.behind and not len(index)):
            if not self._roster.wait(0 if self._roster.problem else self._patience):
                raise StillReading(
                    self._roster.problem
                    or "Everybody is being read for the first time: try again in a few seconds, or give an e-mail."
                )
            index = self._roster.index
        if index is None:
            raise StillReading(self._roster.problem or "Nobody has been read yet: try again in a few seconds.")
        return index

    def get(self, id: int) -> UserRecord | None:
        """The person, team or bot with this REST id, active or gone."""
        index = self.index(read=False)
        if index is None or (self._roster.behind and not self._roster.problem):
            return self._record.users.get(id)
        row = index.get(id)
        return None if row is None else self.as_seen(row)

    def having(self, who: Who) -> list[UserRecord]:
        """Who has this id, e-mail or @mention."""
        index = self.index(read=False)
        if index is not None and (not self._roster.behind or self._roster.problem):
            return [self.as_seen(row) for row in index.having(who.kind, who.value)]
        users = self._record.users
        if who.kind == "id":
            row = users.get(int(who.value))
            return [row] if row and row.user.is_person else []
        rows = users.by_email(who.value) if who.kind == "email" else users.by_mention(who.value)
        return [row for row in rows if row.user.is_person]

    def as_seen(self, row: UserRecord) -> UserRecord:
        """With when they were last seen: by the last good sync, which moves on without a row being written."""
        if row.status is not Status.ACTIVE:
            return row
        return replace(row, last_seen=self._roster.seen.last_seen(row.id, row.last_seen))
