"""Help Scout seats without a Slack account: found, exempted by people ("Not an orphan"), told once a week.

An exemption is a note in the record with who made it and why; it is in the audit log too.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.model.outbox import Topic
from bot.model.user import Status
from bot.policy.people.orphans import Orphan, find_orphans
from bot.policy.typed.schedule import WeeklyTime, next_digest
from bot.services.ports import Workspace
from bot.store.record import Record

NOTE = "orphans.exempt"
DUE = "orphans.digest"


@dataclass(frozen=True, slots=True)
class Exemption:
    """Somebody said that this person is no orphan: `by` is a Slack id, `at` ISO 8601."""

    user_id: int
    by: str
    why: str
    at: str


class Orphans:
    """`weekly` (with `zone`, IANA) is when the digest goes to the channel; None: never."""

    def __init__(
        self,
        record: Record,
        workspace: Workspace,
        *,
        weekly: WeeklyTime | None = None,
        zone: str = "UTC",
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._record = record
        self._workspace = workspace
        self._weekly = weekly
        self._zone = zone
        self._wake = wake

    def find(self) -> list[Orphan]:
        """Compare the record with the workspace now. Raises `WorkspaceAway` when Slack can't be asked."""
        users = [row.user for row in self._record.users.by_status(Status.ACTIVE)]
        return find_orphans(users, self._workspace.members(), exempt=frozenset(self.exemptions()))

    def exemptions(self) -> dict[int, Exemption]:
        """By REST id."""
        saved = json.loads(self._record.notes.get(NOTE) or "[]")
        return {one["user_id"]: Exemption(**one) for one in saved}

    def exempt(self, user_id: int, *, by: str, why: str) -> Exemption:
        """Keep that this person is no orphan, with who said so and why. Said twice, the later one counts."""
        with self._record.transaction():
            made = Exemption(user_id, by, why.strip(), self._record.now().isoformat())
            kept = {**self.exemptions(), user_id: made}
            self._save(kept)
            self._record.audit.append("orphan.exempted", actor=by, user_id=user_id, details={"why": made.why})
        return made

    def withdraw(self, user_id: int, *, by: str) -> bool:
        """Take an exemption back; False when there was none."""
        with self._record.transaction():
            kept = self.exemptions()
            if kept.pop(user_id, None) is None:
                return False
            self._save(kept)
            self._record.audit.append("orphan.exemption_withdrawn", actor=by, user_id=user_id)
        return True

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

    def _save(self, kept: dict[int, Exemption]) -> None:
        plain = [{"user_id": e.user_id, "by": e.by, "why": e.why, "at": e.at} for e in kept.values()]
        self._record.notes.set(NOTE, json.dumps(plain, ensure_ascii=False))
