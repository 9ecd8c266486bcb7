"""The evidence of one request, for an auditor who has nothing else: who asked, who approved, when and why, what was
there before and after, which conversations went where, what the API answered, and how long it took.

Gathered from the record alone; `bundle.py` hands it out.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.model.problem import Problem
from bot.model.request import Request
from bot.policy.requests.digest import plan_digest
from bot.policy.requests.seal import batch as sealed_batch
from bot.services.reports.bundle import BatchEvidence, Evidence
from bot.store.record import Record

HIDDEN = frozenset({"lease_owner", "lease_until", "channel", "message_ts", "card_version", "version", "reminded"})
"""Columns of the row that say nothing about what happened."""
BEFORE = (
    *("user", "scim", "teams", "inboxes", "inboxes_known", "duty"),
    *("conversations", "snoozed", "drafts", "looked_at", "workflows"),
)
ALSO_AFTER = {
    "quiet": ("status", "left", "stood_in", "stays", "others_wrote", "lacking", "native"),
    "reassign": ("scheduled", "left", "awake", "drafts", "refused"),
}
"""What came of being quiet and of the hand-over, where there is something to say."""


class NoSuchRequest(Problem):
    """There is no request with that id."""


def evidence_of(record: Record, request_id: str) -> Evidence:
    """Gather it. Raises `NoSuchRequest`."""
    request = record.requests.get(request_id)
    if request is None:
        raise NoSuchRequest(f"There is no request {request_id}: `/hs-offboard list` shows those that are open.")
    steps = record.requests.steps(request_id)
    results = {step.name: step.result for step in steps}
    decisions = record.requests.decisions(request_id)
    return Evidence(
        made_at=record.now().isoformat(),
        request=_plain({name: value for name, value in asdict(request).items() if name not in HIDDEN}),
        plan_fits_digest=plan_digest(request.kind, request.plan) == request.digest,
        decisions=tuple(_plain(asdict(one)) for one in decisions),
        before=_before(request, results),
        after=_after(record, request, results),
        put_back=_put_back(record, request_id),
        conversations=tuple(_plain(asdict(one)) for one in record.moves.of_request(request_id)),
        steps=tuple(_plain(asdict(one)) for one in steps),
        changes=tuple(_plain(asdict(one)) for one in record.changes.of_request(request_id)),
        audit=tuple(_plain(asdict(one)) for one in record.audit.entries(request_id=request_id, newest_first=False)),
        audit_head=_head(record),
        seconds=_seconds(request, results),
    )


def evidence_of_batch(record: Record, batch_id: str) -> BatchEvidence | None:
    """Gather it; None when there is no such batch."""
    batch = record.batches.get(batch_id)
    if batch is None:
        return None
    pages = record.audit.pages(since=batch.opened_at)
    lines = [line for page in pages for line in page if line.details.get("batch") == batch.id]
    return BatchEvidence(
        batch=_plain({name: value for name, value in asdict(batch).items() if name not in HIDDEN | {"shown"}}),
        seal_holds=record.seals.holds(batch.seal, *sealed_batch(batch.id, batch.requester, batch.members)),
        people=tuple(evidence_of(record, id) for id in batch.members),
        audit=tuple(_plain(asdict(one)) for one in reversed(lines)),
    )


def _before(request: Request, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What was recorded before anything was changed; of a change, the fields as they were."""
    recorded = results.get("record", {})
    changes = request.plan.get("changes", {})
    return {key: recorded[key] for key in BEFORE if key in recorded} | {
        name: one["before"] for name, one in changes.items()
    }


def _after(record: Record, request: Request, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the steps found at the end, and how the record has the person now."""
    found = {**results.get("appear", {}), **results.get("verify", {})}
    after = {name: value for name, value in found.items() if name not in ("calls", "answers")}
    for step, names in ALSO_AFTER.items():
        after |= {f"{step} {name}": results[step][name] for name in names if results.get(step, {}).get(name)}
    id = after.get("rest_id", request.target_id)
    person = record.users.get(id) if id is not None and "emails" in request.plan else None
    if person is not None:
        after |= {"record_status": person.status.value, "record_removed_at": _plain(person.removed_at)}
    return after


def _put_back(record: Record, request_id: str) -> dict[str, Any]:
    held = record.quiets.of_request(request_id)
    if held is None:
        return {}
    return {"state": held.state.value, "changed": dict(held.change), "note": held.note}


def _head(record: Record) -> dict[str, Any]:
    (head,) = record.audit.entries(limit=1)
    return {"seq": head.seq, "hash": head.hash}


def _seconds(request: Request, results: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    removed_at = results.get("remove", {}).get("at")
    removed = datetime.fromisoformat(removed_at) if removed_at else None
    return {
        "request_to_approval": _between(request.opened_at, request.approved_at),
        "approval_to_start": _between(request.approved_at, request.started_at),
        "request_to_removal": _between(request.opened_at, removed),
        "request_to_end": _between(request.opened_at, request.finished_at),
    }


def _between(first: datetime | None, last: datetime | None) -> float | None:
    return round((last - first).total_seconds(), 3) if first is not None and last is not None else None


def _plain(value: Any) -> Any:
    """JSON's own types: times as ISO 8601, words of an enumeration as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
