"""Several people at once: the form, the buttons of the one card, and the batch that somebody asks to see.

A button carries a batch's id, which is a claim. Who may decide is the engine's to say, for each person in it.
"""

from bot.model.batch import AssignMany, BatchOutcome, DecideMany, LeaveOut, OnBatch, RemindMany, RetryMany
from bot.model.member import Member
from bot.model.request import Kind, Request, Verdict
from bot.model.user import Status
from bot.policy.people.finding import Kind as Found
from bot.policy.people.identity import could_be
from bot.policy.requests.approval import may_cancel, may_decide
from bot.policy.requests.batch import CANCELLABLE
from bot.policy.typed.clean import plain
from bot.services.requests.many.asked_once import AskedOnce
from bot.services.requests.membership import click_at
from bot.slack.commands.command import SubCommand
from bot.slack.commands.reconcile import reason_of
from bot.slack.forms.metadata import metadata, read_metadata
from bot.slack.forms.offboard_many import filled_with, opened
from bot.slack.handling.answer import Closed, FieldErrors, Later, Opens, Reply, Submitted
from bot.slack.handling.barred import barred
from bot.slack.handling.batches import visible_batch
from bot.slack.handling.deps import Deps
from bot.slack.handling.findings import seen_by, underway
from bot.slack.handling.payload import Call, read_id
from bot.slack.outbound.batch_cards import shown
from bot.slack.outbound.links import known_link_of
from bot.slack.views.forms import deny as deny_form
from bot.slack.views.forms import leave_out as leave_form
from bot.slack.views.forms.inputs import REASON_BLOCK
from bot.slack.views.forms.offboard_many import Filled
from bot.slack.views.kit import Message, context, say
from bot.slack.views.many.batch_card import batch_card
from bot.slack.views.many.batch_words import title
from bot.slack.views.text import to_card, told
from bot.slack.views.words import sentence

DENY_FORM = "batch_deny"
UNKNOWN = "This batch doesn't exist."
NOBODY_TO_LEAVE_OUT = (
    "There is nobody in this batch whom you can leave out now. Its requester or an approver can, before the work on "
    "somebody begins; an approver also while somebody has to be removed by hand."
)


def many(call: Call, deps: Deps, text: str) -> Reply:
    """`many` → the form; what follows is filled in, one person a line."""
    filled = Filled(people="\n".join(part.strip() for part in text.replace(";", "\n").splitlines() if part.strip()))
    return Later(lambda: barred(call, deps, Kind.OFFBOARD) or opened(call, deps, filled))


def anything(call: Call, deps: Deps, text: str) -> bool:
    """A line that begins with `many` may go on in any way."""
    return True


MANY = SubCommand("many", "many", "the form for several people at once", many, anything)


def all_orphans(call: Call, deps: Deps) -> Reply:
    """Offboard all…, of a list of who is gone: the form with everybody in it whom this person could ask for."""
    actor = deps.workspace.member(call.user)
    found = seen_by(deps, actor, deps.reconciliation.compare())
    asked = underway(call, deps, found)
    gone = [one for one in found.of(Found.ORPHAN) if one.id is not None and one.id not in asked]
    rows = [row for one in gone if one.id and (row := deps.directory.get(one.id)) is not None]
    rows = [row for row in rows if row.status is Status.ACTIVE and not _own(deps, actor, row.id)]
    if not rows:
        return sentence("Nobody is left to offboard here.")
    return barred(call, deps, Kind.OFFBOARD) or opened(
        call, deps, filled_with(rows, _why_all([reason_of(one) for one in gone]))
    )


def _why_all(reasons: list[str]) -> str:
    """The reasons of all, each once, the most frequent first."""
    once = sorted(set(reasons), key=lambda one: (-reasons.count(one), one))
    return " ".join(once[:5])


def _own(deps: Deps, actor: Member | None, id: int) -> bool:
    return actor is None or could_be(actor, deps.record.identities.about({id}, set()))


# Buttons


def approve(call: Call, deps: Deps) -> Reply:
    """One vote for everybody whom this person may decide, as the clicked card shows it."""
    return _done(deps, DecideMany(batch_id=call.value, actor=call.user, verdict=Verdict.APPROVE, seen=call.mark))


def deny(call: Call, deps: Deps) -> Reply:
    """Asks for the reason, in a form; who may not deny is told so instead."""
    batch = deps.record.batches.get(call.value)
    action = DecideMany(batch_id=call.value, actor=call.user, verdict=Verdict.DENY)
    if batch is None or not _might(call, deps, batch.id, action):
        return _done(deps, action)
    kept = metadata(call, request_id=batch.id)
    return Opens(deny_form.form(title(batch), private_metadata=kept, callback_id=DENY_FORM))


def denied(call: Call, deps: Deps) -> Submitted:
    """The reason was given."""
    action = DecideMany(
        batch_id=read_metadata(call).request_id,
        actor=call.user,
        verdict=Verdict.DENY,
        reason=plain(call.typed(REASON_BLOCK)),
    )
    outcome = deps.approvals.many(action)
    if not outcome.accepted and outcome.field == REASON_BLOCK:
        return FieldErrors({REASON_BLOCK: outcome.sentence})
    return Closed(_said(deps, outcome))


def leave_out(call: Call, deps: Deps) -> Reply:
    """Leave out…: chooses from whom it has not begun for; the actor's own is no choice."""
    batch = deps.record.batches.get(call.value)
    action = LeaveOut(batch_id=call.value, actor=call.user, request_ids=None)
    choices = _may(call, deps, batch.id, action) if batch is not None else []
    if batch is None:
        return _done(deps, action)
    if not choices:
        return sentence(NOBODY_TO_LEAVE_OUT)
    return Opens(leave_form.form(title(batch), choices, private_metadata=metadata(call, request_id=batch.id)))


def left_out(call: Call, deps: Deps) -> Submitted:
    """They were chosen."""
    chosen = call.all_chosen(leave_form.WHO_BLOCK)
    if not chosen:
        return FieldErrors({leave_form.WHO_BLOCK: "Choose at least one person."})
    action = LeaveOut(
        batch_id=read_metadata(call).request_id,
        actor=call.user,
        request_ids=chosen,
        reason=plain(call.typed(leave_form.REASON_BLOCK)),
    )
    return Closed(_said(deps, deps.approvals.many(action)))


def cancel(call: Call, deps: Deps) -> Reply:
    """Everybody for whom it has not begun."""
    why = "The batch was cancelled"
    return _done(deps, LeaveOut(batch_id=call.value, actor=call.user, request_ids=None, reason=why))


def assign(call: Call, deps: Deps) -> Reply:
    """Somebody was chosen to take the conversations of everybody: new plans, which need approval again."""
    batch_id = call.block.partition(":")[2]
    return _done(deps, AssignMany(batch_id=batch_id, actor=call.user, assignee_id=read_id(call.value) or 0))


def retry_all(call: Call, deps: Deps) -> Reply:
    """Go on with everybody who needs attention."""
    return _done(deps, RetryMany(batch_id=call.value, actor=call.user))


def remind(call: Call, deps: Deps) -> Reply:
    """The requester asks the approvers once more."""
    return _done(deps, RemindMany(batch_id=call.value, actor=call.user))


def show(call: Call, deps: Deps) -> Reply:
    """The batch that a button names."""
    return card_for(call, deps, call.value) or sentence(UNKNOWN)


def card_for(call: Call, deps: Deps, id: str) -> Message | None:
    """The card, to look at; None where there is none, or none for who calls."""
    found = visible_batch(call, deps, id)
    if found is None:
        return None
    batch, requests = found
    return batch_card(shown(deps, batch, requests), buttons=False)


def _done(deps: Deps, action: OnBatch) -> Reply:
    return _said(deps, deps.approvals.many(action))


def _said(deps: Deps, outcome: BatchOutcome) -> Message:
    """What came of a click, privately, with a link to the card."""
    batch = outcome.batch
    link = known_link_of(deps, batch.id, batch.channel, batch.message_ts) if batch is not None else ""
    return say(told(outcome.sentence), *([context(to_card(link))] if link else []))


def _might(call: Call, deps: Deps, id: str, action: OnBatch) -> bool:
    """Whether what was known a minute ago lets this person do it to anybody; the engine judges for itself."""
    return bool(_may(call, deps, id, action))


def _may(call: Call, deps: Deps, id: str, action: OnBatch) -> list[Request]:
    workspace, found = AskedOnce(deps.workspace), []
    for one in deps.record.requests.of_batch(id):
        if one.state not in CANCELLABLE:
            continue
        votes = deps.record.requests.decisions(one.id)
        click = click_at(workspace, deps.record, one, call.user, votes, fresh=False)
        refusal = may_cancel(one, click) if isinstance(action, LeaveOut) else may_decide(one, click, Verdict.DENY)
        if refusal is None:
            found.append(one)
    return found
