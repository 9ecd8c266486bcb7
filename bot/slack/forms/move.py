"""Another time for a scheduled request, by its requester or an approver; the engine judges, records and asks anew."""

from datetime import UTC, datetime

from bot.model.action import Reschedule
from bot.model.request import Request
from bot.policy.requests.approval import may_reschedule
from bot.services.requests.membership import click_at
from bot.slack.forms.chosen import chosen_time
from bot.slack.forms.metadata import metadata, read_metadata
from bot.slack.handling.answer import Closed, FieldErrors, Opens, Reply, Submitted
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.outbound.links import outcome_said
from bot.slack.views.forms.move import WHEN_BLOCK, form

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""A time that nothing can be moved to."""


def opened(call: Call, deps: Deps) -> Reply:
    """The button Move…: its value is the request's id. Who may not move it is told so instead."""
    request = deps.record.requests.get(call.value)
    if request is None or not _might_move(call, deps, request):
        # The engine reads everything again, records the refusal, and finds nothing wrong but the time.
        outcome = deps.approvals.apply(Reschedule(request_id=call.value, actor=call.user, run_at=NEVER))
        if request is None or outcome.field != WHEN_BLOCK:
            return outcome_said(deps, outcome)
    kept = metadata(call, request_id=request.id)
    return Opens(form(deps.approvals.words(request).title, request.run_at, request.quorum, private_metadata=kept))


def submitted(call: Call, deps: Deps) -> Submitted:
    """The time was chosen."""
    action = Reschedule(
        request_id=read_metadata(call).request_id,
        actor=call.user,
        run_at=chosen_time(call, deps.record.now()),
    )
    outcome = deps.approvals.apply(action)
    if not outcome.accepted and outcome.field == WHEN_BLOCK:
        return FieldErrors({WHEN_BLOCK: outcome.sentence})
    return Closed(outcome_said(deps, outcome))


def _might_move(call: Call, deps: Deps, request: Request) -> bool:
    """Whether what was known a minute ago lets this person move it; the engine judges for itself afterwards."""
    return may_reschedule(request, click_at(deps.workspace, deps.record, request, call.user, (), fresh=False)) is None
