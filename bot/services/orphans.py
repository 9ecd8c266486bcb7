"""Seats of people who are gone, and of people whom no source knows: found, and told to the channel once a week."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.model.outbox import Topic
from bot.policy.people.finding import Finding, Kind
from bot.policy.typed.schedule import WeeklyTime, next_digest
from bot.services.ports import Workspace
from bot.services.reconciling.readings import Readings
from bot.services.reconciling.reconciliation import Comparison, Reconciliation
from bot.sources.slack import Slack
from bot.store.record import Record

DUE = "orphans.digest"
LISTED = (Kind.ORPHAN, Kind.UNKNOWN)


class Orphans:
    """`weekly` (with `zone`, IANA) is when the digest goes to the channel; None: never.

    Without a `reconciliation` of several sources Slack alone says who works here; `guard` is the removal guard's share.
    """

    def __init__(
        self,
        record: Record,
        workspace: Workspace,
        *,
        reconciliation: Reconciliation | None = None,
        weekly: WeeklyTime | None = None,
        zone: str = "UTC",
        guard: float = 0.10,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._record = record
        if reconciliation is None:
            readings = Readings(record, [Slack(workspace.members)], share=guard, interval=timedelta(hours=1))
            reconciliation = Reconciliation(record, readings, wake=wake)
        self.reconciliation = reconciliation
        self._weekly = weekly
        self._zone = zone
        self._wake = wake

    def find(self) -> list[Finding]:
        """Compare the sources with the record now. Raises `WorkspaceAway` when Slack can't be asked."""
        return self.compare().of(*LISTED)

    def compare(self) -> Comparison:
        return self.reconciliation.compare()

    def tick(self, now: datetime | None = None) -> bool:
        """Owe the channel its weekly digest when it is due. True when it was. The first start only sets the time."""
        if self._weekly is None:
            return False
        moment = now or self._record.now()
        due = self._record.notes.get(DUE)
        ahead = next_digest(self._weekly, moment, self._zone)
        # Another time in the configuration counts from now on, not from the time noted before.
        if due is None or not due.startswith(f"{self._weekly} {self._zone} "):
            self._note(ahead)
            return False
        stamp = due.rsplit(" ", 1)[1]
        if moment < datetime.fromisoformat(stamp):
            return False
        with self._record.transaction():
            self._record.outbox.add(f"orphans:{stamp}", Topic.ORPHANS, {"due": stamp})
            self._note(ahead)
        self._wake()
        return True

    def _note(self, ahead: datetime) -> None:
        self._record.notes.set(DUE, f"{self._weekly} {self._zone} {ahead.isoformat()}")
