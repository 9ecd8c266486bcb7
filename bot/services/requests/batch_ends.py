"""The end of a batch: told once, in the transaction in which nobody is left to be decided or worked at."""

from collections import Counter

from bot.model.batch import Batch
from bot.model.conversation import MoveState
from bot.model.outbox import Topic
from bot.model.request import Request, is_providers
from bot.policy.requests.batch import STILL
from bot.services.requests.telling import BOT, Aside
from bot.store.record import Record

RESULTS = "results"
"""The event of a batch's end."""


def settle(record: Record, batch_id: str) -> None:
    """After somebody's request has moved. Whoever is left over after a retry ends it anew."""
    with record.transaction():
        batch = record.batches.touch(batch_id)  # of two requests that end at once, the second sees the first
        over = not STILL & record.batches.states(batch_id).keys()
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
    _handed(record, batch, requests, key)


def _handed(record: Record, batch: Batch, requests: list[Request], key: str) -> None:
    """Owe the assignee how many conversations came from how many people, where there are any."""
    for taker in {request.plan.get("assignee_id") for request in requests}:
        if not isinstance(taker, int):
            continue
        counts = [
            sum(one.state is MoveState.MOVED and one.to_user == taker for one in record.moves.of_request(request.id))
            for request in requests
        ]
        people, count = sum(map(bool, counts)), sum(counts)
        if count:
            about = {"batch_id": batch.id, "event": Aside.HANDED.value, "user_id": taker}
            record.outbox.add(f"{key}/handed/{taker}", Topic.DM, {**about, "count": count, "people": people})
