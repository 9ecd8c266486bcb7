"""Approve, Deny, Cancel, Remind, Retry, Check now: a click becomes an action of the engine, its sentence a private
answer.

A button carries a request's id, which is a claim. Who may decide is the engine's to say, and it records its refusals.
"""

import structlog

from bot.model.action import Assign, Cancel, CheckNow, Decide, Remind, Retry
from bot.model.request import Verdict
from bot.policy.requests.approval import may_decide
from bot.policy.typed.clean import plain
from bot.services.requests.membership import click_at
from bot.services.syncing.held import question
from bot.slack.api.web import SlackFault
from bot.slack.api.web import call as ask_slack
from bot.slack.forms.metadata import metadata, read_metadata
from bot.slack.handling.answer import Closed, FieldErrors, Opens, Reply, Submitted
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call, read_id, text
from bot.slack.outbound.links import outcome_said
from bot.slack.views.forms.deny import form
from bot.slack.views.forms.inputs import REASON_BLOCK
from bot.slack.views.requests.messages import guard
from bot.slack.views.text import member
from bot.slack.views.words import sentence


def approve(call: Call, deps: Deps) -> Reply:
    """One vote for it, as the clicked card shows it."""
    return _said(deps, Decide(request_id=call.value, actor=call.user, verdict=Verdict.APPROVE, seen=call.mark))


def deny(call: Call, deps: Deps) -> Reply:
    """Asks for the reason, in a form; who may not deny is told so instead."""
    request = deps.record.requests.get(call.value)
    if request is None or not _might_decide(call, deps):
        # The engine reads everything again, records the refusal, and finds nothing wrong but the missing reason.
        outcome = deps.approvals.apply(Decide(request_id=call.value, actor=call.user, verdict=Verdict.DENY))
        if request is None or outcome.field != REASON_BLOCK:
            return outcome_said(deps, outcome)
    words = deps.approvals.words(request)
    return Opens(form(words.title, private_metadata=metadata(call, request_id=request.id)))


def denied(call: Call, deps: Deps) -> Submitted:
    """The reason was given."""
    action = Decide(
        request_id=read_metadata(call).request_id,
        actor=call.user,
        verdict=Verdict.DENY,
        reason=plain(call.typed(REASON_BLOCK)),
    )
    outcome = deps.approvals.apply(action)
    if not outcome.accepted and outcome.field == REASON_BLOCK:
        return FieldErrors({REASON_BLOCK: outcome.sentence})
    return Closed(outcome_said(deps, outcome))


def cancel(call: Call, deps: Deps) -> Reply:
    """By the requester or an approver; of a request in attention it means to give up."""
    return _said(deps, Cancel(request_id=call.value, actor=call.user))


def remind(call: Call, deps: Deps) -> Reply:
    """The requester asks the approvers once more."""
    return _said(deps, Remind(request_id=call.value, actor=call.user))


def retry(call: Call, deps: Deps) -> Reply:
    """Go on with what needed attention."""
    return _said(deps, Retry(request_id=call.value, actor=call.user))


def check_now(call: Call, deps: Deps) -> Reply:
    """Look whether what someone had to do in Help Scout is done."""
    return _said(deps, CheckNow(request_id=call.value, actor=call.user))


def assign(call: Call, deps: Deps) -> Reply:
    """Somebody was chosen on the card to take the conversations: a new plan, which needs approval again."""
    request_id = call.block.partition(":")[2]
    return outcome_said(
        deps, deps.approvals.apply(Assign(request_id=request_id, actor=call.user, assignee_id=read_id(call.value) or 0))
    )


def confirm_removals(call: Call, deps: Deps) -> Reply:
    """An approver says that the people who vanished at once are really gone. The value is the id of the sync."""
    sync_id = read_id(call.value) or -1
    asked = question(deps.record)
    who, approvers = deps.workspace.member(call.user, fresh=True), deps.workspace.approvers(fresh=True)
    outcome = deps.sync.confirm_removals(sync_id, call.user, member=who, approvers=approvers)
    still_open = asked is not None and asked.sync_id == sync_id and not asked.confirmed_by
    if call.message and (outcome.accepted or not still_open):
        by = call.user if outcome.accepted else asked.confirmed_by if asked and asked.sync_id == sync_id else ""
        said = f":white_check_mark: Confirmed by {member(by)}." if by else "Settled."
        _take_button_away(call, deps, sync_id, sorted(asked.missing) if asked else [], said)
    return sentence(outcome.sentence)


def _take_button_away(call: Call, deps: Deps, sync_id: int, missing: list[int], said: str) -> None:
    """The question loses its button. It stands in the message that was clicked, as Slack says."""
    named = [(id, row.user.name if (row := deps.directory.get(id)) else str(id)) for id in missing]
    stamp, body = text(call.message.get("ts")), guard(sync_id, named, settled=said).as_json()
    try:
        ask_slack("chat.update", lambda: deps.client.chat_update(channel=call.channel, ts=stamp, **body))
    except SlackFault as fault:
        structlog.get_logger("slack.decide").info("a question kept its button", problem=fault.sentence)


def _said(deps: Deps, action: Decide | Cancel | Retry | Remind | CheckNow) -> Reply:
    return outcome_said(deps, deps.approvals.apply(action))


def _might_decide(call: Call, deps: Deps) -> bool:
    """Whether what was known a minute ago lets this person decide; the engine judges for itself afterwards."""
    request = deps.record.requests.get(call.value)
    if request is None:
        return False
    votes = deps.record.requests.decisions(request.id)
    return may_decide(request, click_at(deps.workspace, deps.record, request, call.user, votes, fresh=False)) is None
