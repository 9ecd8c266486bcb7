"""Requests as a list: what is open, and what ended lately. Times are UTC, as in the record."""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta

from bot.model.request import OPEN, Request, State
from bot.policy.typed.line import one_line
from bot.store.record import Record

LATELY = timedelta(days=30)
_COLUMNS = ("ID", "STATE", "KIND", "ABOUT", "ASKED BY", "ASKED AT", "NOTE")


def listed(record: Record, states: Set[State] = frozenset()) -> list[Request]:
    """Newest first: those in `states`, however old; without any, those that are open or ended within `LATELY`."""
    if states:
        return record.requests.find(states=states, limit=None)
    since = record.now() - LATELY
    return [
        request
        for request in record.requests.find(limit=None)
        if request.state in OPEN or (request.finished_at or request.opened_at) >= since
    ]


def table(requests: Iterable[Request]) -> str:
    """One line a request, in columns as wide as what is in them."""
    rows = [_COLUMNS, *(tuple(map(one_line, _row(request))) for request in requests)]
    if len(rows) == 1:
        return "There are no such requests."
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    return "\n".join(_padded(row, widths) for row in rows)


def _row(request: Request) -> tuple[str, ...]:
    about = f"{request.target_name} <{request.target_email}>" if request.target_email else request.target_name
    return (
        request.id,
        request.state.value,
        request.kind.value,
        about,
        request.requester_name or request.requester,
        _time(request.opened_at),
        f"runs at {_time(request.run_at)}" if request.run_at and request.state in OPEN else request.outcome,
    )


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
