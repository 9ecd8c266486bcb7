"""A batch as somebody may see it: whoever could be one of its people doesn't learn of it, by no list and no count."""

from collections.abc import Iterable

from bot.model.batch import Batch
from bot.model.request import Request
from bot.policy.requests.batch import tally
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import discretion_of
from bot.slack.handling.payload import Call
from bot.slack.views.many.batch_card import one_line as batch_line


def visible_batch(call: Call, deps: Deps, id: str) -> tuple[Batch, list[Request]] | None:
    """The batch with this id and its requests; None when there is none, or it may be about who calls."""
    batch = deps.record.batches.get(id)
    if batch is None:
        return None
    return None if discretion_of(call, deps).hides_batch(batch.id) else (batch, deps.record.requests.of_batch(batch.id))


def gathered(requests: Iterable[Request]) -> list[Request | str]:
    """Single requests as they are, and each batch once, by its id, where its first request stands."""
    found: dict[str, Request | str] = {}
    for one in requests:
        found.setdefault(one.batch_id or one.id, one.batch_id or one)
    return list(found.values())


def line_of(deps: Deps, batch_id: str) -> str:
    """A batch in a list."""
    batch = deps.record.batches.get(batch_id)
    if batch is None:
        return ""
    return batch_line(batch, tally(deps.record.requests.of_batch(batch_id)))
