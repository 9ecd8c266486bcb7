"""What came of a click on a batch, as a sentence: for who clicked, and for the thread below its card."""

from collections.abc import Sequence

from bot.model.action import Outcome
from bot.model.batch import AssignMany, DecideMany, ForEach, LeaveOut, RetryMany
from bot.model.request import Kind, Request, State, Verdict
from bot.policy.by_hand import stays
from bot.services.requests.telling import Event

Done = Sequence[tuple[Request, Outcome]]
"""Requests as they were, and what came of each."""


def event_of(action: ForEach) -> Event:
    match action:
        case DecideMany():
            return Event.APPROVED if action.verdict is Verdict.APPROVE else Event.DENIED
        case LeaveOut():
            return Event.CANCELLED
        case AssignMany():
            return Event.RESCHEDULED
    return Event.RETRIED


def people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def sentence_of(action: ForEach, done: Done) -> str:
    """Of anything but an approval, which `approved` tells of."""
    match action:
        case LeaveOut():
            return _cancelled(action, [before for before, _ in done])
        case AssignMany():
            return _handed(done)
        case RetryMany():
            return f"Trying again for {people(len(done))}."
        case DecideMany():
            return f"Denied for {people(len(done))}: {action.reason.strip()}"


def approved(done: Done, starts: str) -> str:
    """`starts` says when those begin that have all approvals; "" where none has."""
    more = sum(outcome.request is not None and outcome.request.state is State.PENDING for _, outcome in done)
    needs = f"{people(more)} {'needs' if more == 1 else 'need'} another approval." if more else ""
    return " ".join(part for part in (f"Approved for {people(len(done))}.", starts, needs) if part)


def _handed(done: Done) -> str:
    names = [str(outcome.request.plan.get("assignee_name") or "") for _, outcome in done if outcome.request is not None]
    who = people(len(done))
    said = (
        f"{names[0]} takes the conversations of {who}"
        if names and names[0]
        else f"The conversations of {who} are left unassigned"
    )
    return f"{said}. That is part of what is approved, so it needs approval again."


def _cancelled(action: LeaveOut, before: Sequence[Request]) -> str:
    """By hand some of it may have been prepared, which is put back."""
    prepared = sum(one.state is State.WAITING for one in before)
    who = people(len(before))
    said = f"Cancelled for {who}." if action.request_ids is None else f"Left out {who}."
    if not prepared:
        return f"{said} Nothing will be done to them."
    if before[0].kind is not Kind.OFFBOARD:
        return f"{said} {stays(before[0].kind)}"
    some = "" if prepared == len(before) else f" {prepared} of them had been prepared."
    return f"{said}{some} They keep their seats. {stays(Kind.OFFBOARD)}"
