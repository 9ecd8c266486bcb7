"""Whether an approval counts: for what the clicked card has shown, and for an assignee who stays."""

from collections.abc import Sequence

from bot.model.batch import Batch
from bot.model.member import Member
from bot.model.request import Kind, Request, State, is_providers
from bot.policy.refusal import Refusal
from bot.policy.requests.batch import unseen
from bot.policy.requests.leaving_too import ASK_AGAIN, CHOOSE, all_leave
from bot.policy.requests.seen import mark, shows_the_plans
from bot.services.assignee import known_to_leave, takers_who_leave
from bot.services.requests.telling import Event
from bot.services.requests.transitions import utc
from bot.store.record import Record

LOOK = "Look at the card again, then decide."
GROWN = f"More people have joined this batch just now, so nothing was approved. {LOOK}"
REPLANNED, JOINED, TAKER_LEAVES = "plan changed", "unseen", "assignee leaves too"
"""Codes of refusals after which the card is drawn again."""


def why_unseen(record: Record, request: Request, seen: str | None) -> Refusal | None:
    """None where the card that was clicked shows this very plan.

    `seen` is the mark on the card; "": a card of an older hs-bot, which has none; None: it wasn't a card.
    """
    if seen is None or (seen == mark(request) if seen else not _replanned(record, request)):
        return None
    return Refusal(_changed([request]), REPLANNED)


def why_many_unseen(record: Record, batch: Batch, members: Sequence[Request], seen: str | None) -> Refusal | None:
    """The same of a batch; `members` are all of its requests."""
    if unseen(batch):
        return Refusal(GROWN, JOINED)
    if seen is None:
        return None
    if seen == "":
        changed = [one for one in members if _replanned(record, one)]
        return Refusal(_changed(changed), REPLANNED) if changed else None
    if not shows_the_plans(seen, batch.members, members):
        return Refusal(_changed(members), REPLANNED)
    return Refusal(GROWN, JOINED) if int(seen.partition("-")[0]) < len(batch.members) else None


def taker_leaves(record: Record, requests: Sequence[Request], asking: Member | None) -> Refusal | None:
    """Whether somebody who is to take conversations by these requests is leaving, too, as far as `asking` may know."""
    names = takers_who_leave(requests, lambda id: known_to_leave(record, id, asking))
    if not names:
        return None
    cure = CHOOSE if all(is_providers(one.requester) for one in requests) else ASK_AGAIN
    return Refusal(f"{all_leave(names)}, so nothing was approved. {cure}", TAKER_LEAVES)


def _replanned(record: Record, request: Request) -> bool:
    """Whether it was given another time or another assignee since it was opened."""
    lines = record.audit.entries(request_id=request.id)
    return any(line.event == f"request.{Event.RESCHEDULED}" for line in lines)


def _changed(requests: Sequence[Request]) -> str:
    """What is planned now, by who takes the conversations and by the time."""
    pending = [one for one in requests if one.state is State.PENDING] or requests
    now = _taken(pending) if any(one.kind is Kind.OFFBOARD for one in pending) else []
    times = {one.run_at for one in pending}
    if len(times) == 1:
        run_at = times.pop()
        now.append(f"the time is {utc(run_at)}" if run_at else "it starts as soon as it is approved")
    said = f" Now {', and '.join(now)}." if now else ""
    return f"The plan was changed after this card was shown, so nothing was approved.{said} {LOOK}"


def _taken(requests: Sequence[Request]) -> list[str]:
    takers = {str(one.plan.get("assignee_name") or "") for one in requests}
    named = sorted(takers - {""})
    if not named:
        return ["the conversations are left unassigned"]
    who = named[0] if len(named) == 1 else f"{len(named)} people"
    of = " of some of them" if "" in takers else ""
    return [f"{who} {'takes' if len(named) == 1 else 'take'} the conversations{of}"]
