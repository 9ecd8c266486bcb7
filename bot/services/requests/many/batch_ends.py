"""The end of a batch: told once, in the transaction in which nobody is left to be decided or worked at."""

from collections import Counter

from bot.model.batch import Batch
from bot.model.offboarding.conversation import MoveState
from bot.model.outbox import Topic
from bot.model.request import Request, State, is_providers
from bot.policy.requests.batch import STILL
from bot.services.requests.telling import BOT, Aside
from bot.store.record import Record

RESULTS = "results"
"""The event of a batch's end."""


TOLD = "batch.handed/"
"""Notes: of how many conversations of a request their new assignee has been told."""
WORKED_AT = STILL - {State.WAITING}
"""States in which conversations may still be handed over."""


def settle(record: Record, batch_id: str) -> None:
    """After somebody's request has moved. Whoever is left over after a retry ends it anew."""
    with record.transaction():
        batch = record.batches.touch(batch_id)  # of two requests that end at once, the second sees the first
        states = record.batches.states(batch_id).keys()
        over = not STILL & states
        if not WORKED_AT & states:
            _handed(record, batch, record.requests.of_batch(batch_id))
        if over and batch.finished_at is None:
            _finish(record, batch, record.requests.of_batch(batch_id))
        elif not over and batch.finished_at is not None:
            record.batches.finish(batch_id, None)


def _finish(record: Record, batch: Batch, requests: list[Request]) -> None:
    record.batches.finish(batch.id, record.now())
    counts = Counter(request.state.value for request in requests)
    record.audit.append("batch.ended", actor=BOT, details={"batch": batch.id, "results": dict(counts)})
    payload = {"batch_id": batch.id, "event": RESULTS, "actor": "", "audit_head": str(record.audit.head())}
    key = f"{batch.id}/{RESULTS}/{batch.version}"
    record.outbox.add(f"{key}/thread", Topic.THREAD, payload)
    if not is_providers(batch.requester):
        record.outbox.add(f"{key}/dm", Topic.DM, {**payload, "member": batch.requester})


def _handed(record: Record, batch: Batch, requests: list[Request]) -> None:
    """Owe each assignee how many conversations came from whom, as far as they have not been told: also of those who
    wait for somebody to remove them by hand, which may take days.
    """
    of: dict[int, dict[str, int]] = {}
    for request in requests:
        taker, note = request.plan.get("assignee_id"), f"{TOLD}{request.id}"
        if not isinstance(taker, int):
            continue
        moves = record.moves.of_request(request.id)
        count = sum(one.state is MoveState.MOVED and one.to_user == taker for one in moves)
        new = count - int(record.notes.get(note) or 0)
        if new > 0:
            of.setdefault(taker, {})[request.id] = new
            record.notes.set(note, str(count))
    for taker, counts in of.items():
        about = {"batch_id": batch.id, "event": Aside.HANDED.value, "user_id": taker}
        key = f"{batch.id}/{Aside.HANDED}/{batch.version}/{taker}"
        record.outbox.add(key, Topic.DM, {**about, "count": sum(counts.values()), "of": counts})
