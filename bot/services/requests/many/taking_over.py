"""Who is to take the conversations of everybody in a batch: looked up for each of them before anything is written."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from bot.model.action import Assign
from bot.model.batch import AssignMany
from bot.model.request import Request
from bot.policy.refusal import Refusal
from bot.policy.requests.approval import Click
from bot.services.requests.clicks import Clicks
from bot.services.side_by_side import stream

WIDTH = 4
"""People who are looked up in Help Scout side by side."""
Handed: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Request → the part of its plan that another assignee changes."""


def handed_over(clicks: Clicks, action: AssignMany, judged: Sequence[tuple[Request, Click]]) -> Handed | Refusal:
    """For requests of which whoever acts may choose it; refused as a whole where it can't be for one of them.

    Asks Help Scout: not within a transaction.
    """

    def look(id: str) -> Mapping[str, Any] | Refusal:
        request, click = of[id]
        each = assign(action, request)
        return clicks.unfit(each, request, click) or clicks.looked_up(each, request, click)

    of = {request.id: (request, click) for request, click in judged}
    looked = {answer.item: answer.result() for answer in stream(look, of, width=WIDTH)}
    found: dict[str, Mapping[str, Any]] = {}
    for id in of:
        one = looked[id]
        if isinstance(one, Refusal):
            return one
        found[id] = one
    return found


def assign(action: AssignMany, request: Request) -> Assign:
    """What it is for one request."""
    return Assign(request_id=request.id, actor=action.actor, assignee_id=action.assignee_id)
