"""What a restored record must forget: requests under way, votes, messages and leases are of another time.

What was approved then may have been cancelled, done or denied since. So every open request ends as stale and is asked
for anew; the audit log says what was replaced by what.
"""

from datetime import datetime

from bot.model.outbox import Topic
from bot.model.request import OPEN, Request, State
from bot.store.operations.audit.chain import RESTORED
from bot.store.record import Record

BOT = "hs-bot"
TAKEN_BACK = "The record was restored from a backup: this message was of the time before."


def park(record: Record, *, replaced: str, actor: str) -> int:
    """End what is open, in one transaction; returns how many. `replaced`: the head of the log that was there, or ""."""
    with record.transaction():
        taken = _as_of(record)
        head = str(record.audit.head() or "")
        record.leases.clear()
        record.quiets.drop("The record was restored from a backup: this is of the time before.")
        record.outbox.drop_waiting(TAKEN_BACK)
        time = f"{taken:%Y-%m-%d %H:%M} UTC" if taken else "an unknown time"
        sentence = (
            f"The record was restored from a backup of {time}, so this request was closed. What happened after that "
            "isn't in the record: check Help Scout, then ask again."
        )
        open_ones = record.requests.find(states=OPEN, limit=None)
        for request in open_ones:
            _close(record, request, sentence)
        details = {"replaced": replaced, "backup": head, "backup_of": taken}
        line = record.audit.append(RESTORED, actor=actor, details=details)
        said = f"The record was restored from a backup of {time}. {_counted(len(open_ones))} Audit log before: "
        said += f"{replaced or 'none'}; the backup's: {head or 'none'}; now: {line.seq}:{line.hash}."
        record.outbox.add(f"restored:{line.hash}", Topic.WARNING, {"sentence": said})
        return len(open_ones)


def _close(record: Record, request: Request, sentence: str) -> None:
    record.requests.void_decisions(request.id)
    closed = record.requests.transition(
        request.id,
        from_states={request.state},
        to=State.STALE,
        outcome=sentence,
        finished_at=record.now(),
        lease_owner=None,
        lease_until=None,
    )
    if closed is None:
        raise AssertionError("nobody else has this record yet")
    event = State.STALE.value
    record.audit.append(
        f"request.{event}",
        actor=BOT,
        request_id=request.id,
        user_id=request.target_id,
        details={"outcome": sentence, "before": request.state.value},
    )
    # As services/requests/telling.py words it: the card's thread, and who asked.
    payload = {"request_id": request.id, "event": event, "sentence": sentence, "actor": ""}
    key = f"{request.id}/{event}/{closed.version}"
    record.outbox.add(f"{key}/thread", Topic.THREAD, payload)
    record.outbox.add(f"{key}/dm", Topic.DM, {**payload, "member": request.requester})


def _as_of(record: Record) -> datetime | None:
    """The latest time that the backup knows of: of its newest audit line, or of its last sync."""
    lines, sync = record.audit.entries(limit=1), record.syncs.latest()
    known = [one.at for one in lines] + ([sync.finished_at or sync.started_at] if sync else [])
    return max(known, default=None)


def _counted(parked: int) -> str:
    if not parked:
        return "No request was open in it."
    return f"{parked} open {'request was' if parked == 1 else 'requests were'} closed and must be asked for again."
