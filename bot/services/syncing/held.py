"""Removals that the guard holds back: the question to an approver, its answer, and never the same question twice.

One question is open at a time, kept as a note of the record: for which people a sync asked, and who confirmed. The
confirmation is durable; the next good sync carries it out, looking each person up once more.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from bot.model.action import Outcome
from bot.model.member import Member
from bot.model.outbox import Topic
from bot.policy.people.guard import may_confirm
from bot.store.record import Record

NOTE = "removal guard"
CONFIRMED, BACK, ASKED_AGAIN = "confirmed", "back", "asked again"
"""How a question ends: what is owed to the place where it stands."""


@dataclass(frozen=True, slots=True)
class Question:
    """Asked by sync `sync_id` about the people `missing`, last seen by a sync that began at `seen_at`.

    `confirmed_by` is the approver's Slack id, "" while the question is open.
    """

    sync_id: int
    missing: frozenset[int]
    seen_at: datetime | None = None
    confirmed_by: str = ""

    @property
    def confirmed(self) -> frozenset[int]:
        """The people whose removal is confirmed."""
        return self.missing if self.confirmed_by else frozenset()


def question(record: Record) -> Question | None:
    """The question that is open, or confirmed and not yet carried out."""
    text = record.notes.get(NOTE)
    if text is None:
        return None
    said = json.loads(text)
    seen_at = datetime.fromisoformat(said["seen_at"]) if said["seen_at"] else None
    return Question(said["sync_id"], frozenset(said["missing"]), seen_at, said["confirmed_by"])


def settle(
    record: Record, sync_id: int, *, asked: frozenset[int], missing: frozenset[int], seen_at: datetime | None
) -> bool:
    """Bring the note up to date after a good sync, inside its transaction. True when a new question was asked.

    `asked` are the people whom the guard holds now (none: it did not trip), `missing` all who are active in the record
    and not seen. A set of people that was asked about, or a part of it, is not asked about again.
    """
    before = question(record)
    if asked and before and asked <= before.missing:
        return False  # asked before; perhaps confirmed while this sync ran, then the next one carries it out
    if asked:
        if before and not before.confirmed_by:
            _over(record, before, ASKED_AGAIN)
        _write(record, Question(sync_id, asked, seen_at))
        record.outbox.add(f"guard:{sync_id}", Topic.GUARD, {"sync_id": sync_id, "missing": sorted(asked)})
        record.audit.append("sync.held", actor="hs-bot", details={"sync_id": sync_id, "missing": len(asked)})
        return True
    if before:
        left = before.confirmed & missing
        if not left:
            if not before.confirmed_by:
                _over(record, before, BACK)
            record.notes.delete(NOTE)
        elif left != before.missing:
            _write(record, replace(before, missing=left))
    return False


def confirm(record: Record, sync_id: int, actor: str, *, member: Member | None, approvers: frozenset[str]) -> Outcome:
    """Write down, durably and in the audit log, that `actor` (Slack id) confirms, or why that was refused.

    `member` is who the id is in Slack, None when the workspace knows nobody by it; both, read freshly.
    """
    with record.transaction():
        asked = question(record)
        if refusal := _refusal(asked, sync_id, member, approvers):
            details = {"sync_id": sync_id, "why": refusal}
            record.audit.append("sync.confirm_refused", actor=actor, details=details)
            return Outcome(accepted=False, sentence=refusal)
        assert asked is not None
        _write(record, replace(asked, confirmed_by=actor))
        _over(record, asked, CONFIRMED, actor)
        details = {"sync_id": sync_id, "missing": len(asked.missing)}
        record.audit.append("sync.confirmed", actor=actor, details=details)
    return Outcome(accepted=True, sentence=f"Confirmed: {len(asked.missing)} removals; each is looked up once more.")


def _over(record: Record, asked: Question, how: str, actor: str = "") -> None:
    """Wherever it was confirmed, or however it has ended: the question in the channel loses its button."""
    payload = {"sync_id": asked.sync_id, "missing": sorted(asked.missing), "settled": how, "actor": actor}
    record.outbox.add(f"guard:{asked.sync_id}/{how}", Topic.GUARD, payload)


def _refusal(asked: Question | None, sync_id: int, member: Member | None, approvers: frozenset[str]) -> str:
    if refusal := may_confirm(member, approvers):
        return refusal.reason
    if asked is None:
        return "This was already confirmed. No removals are on hold."
    if asked.sync_id != sync_id:
        return f"Sync {asked.sync_id} has asked again since, about more people: answer its question."
    if asked.confirmed_by:
        return "An approver has confirmed this already."
    return ""


def _write(record: Record, asked: Question) -> None:
    said = {
        "sync_id": asked.sync_id,
        "missing": sorted(asked.missing),
        "seen_at": asked.seen_at.isoformat() if asked.seen_at else None,
        "confirmed_by": asked.confirmed_by,
    }
    record.notes.set(NOTE, json.dumps(said))
