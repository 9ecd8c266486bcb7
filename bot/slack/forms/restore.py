"""The form that brings somebody back: opened from a tombstone, from a list, or from the form of a new seat."""

from slack_sdk.models.views import View

from bot.model.action import Open
from bot.model.request import Kind
from bot.model.user import Status, UserRecord
from bot.policy.requests.approval import quorum_for
from bot.policy.typed.clean import plain
from bot.services.kinds.restoring import handed_over
from bot.services.steps.duty.former import former_rotations
from bot.slack.forms.metadata import metadata, read_metadata
from bot.slack.forms.offboard import asked_for
from bot.slack.forms.updating import id_of, replace_form
from bot.slack.handling.answer import Closed, FieldErrors, Opens, Reply, Submitted
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call, text
from bot.slack.outbound.card_of import card_of
from bot.slack.views.forms.inputs import REASON_BLOCK
from bot.slack.views.forms.restore import BACK, BACK_BLOCK, ROTATIONS, form, still_here
from bot.slack.views.text import safe
from bot.slack.views.words import GONE_FROM_THE_RECORD, sentence


def chosen(call: Call, deps: Deps) -> Reply:
    """Somebody's Restore button: the value is their REST id. In a form, this one takes its place."""
    id = call.value
    row = deps.directory.get(int(id)) if id.isascii() and id.isdigit() and len(id) < 19 else None
    if row is None:
        return sentence(GONE_FROM_THE_RECORD)
    if row.status is Status.ACTIVE:
        return still_here(row.user)
    if call.view.get("type") != "modal":
        return opened(call, deps, row)
    replace_form(deps, id_of(call), _form(deps, row, private_metadata=metadata(call, target_id=row.id)))
    return None


def opened(
    call: Call, deps: Deps, row: UserRecord, *, reason: str = "", back: bool = False, trouble: str = ""
) -> Opens:
    """The form about somebody who is gone. `trouble` is safe markup."""
    kept = metadata(call, target_id=row.id)
    return Opens(_form(deps, row, reason=reason, back=back, trouble=trouble, private_metadata=kept))


def submitted(call: Call, deps: Deps) -> Submitted:
    """Asked for, or sent back with a sentence at the field that is wrong."""
    target, chosen = read_metadata(call).target_id, call.all_chosen(BACK_BLOCK)
    back, in_turn = BACK in chosen, ROTATIONS in chosen
    reason = call.typed(REASON_BLOCK)
    outcome = deps.approvals.apply(
        Open(
            kind=Kind.RESTORE,
            actor=call.user,
            reason=plain(reason),
            arguments={"target_id": target or None, "hand_back": back, "rotations": in_turn},
        )
    )
    if outcome.accepted and outcome.request is not None:
        return Closed(asked_for(outcome.sentence, outcome.request))
    row = deps.directory.get(target) if target else None
    again = None
    if row is not None:
        trouble = f":no_entry: {safe(outcome.sentence, 600)}"
        kept = text(call.view.get("private_metadata"))
        again = _form(deps, row, reason=reason, back=back, in_turn=in_turn, trouble=trouble, private_metadata=kept)
    other = card_of(deps, outcome.request, buttons=False) if outcome.request is not None else None
    return FieldErrors({REASON_BLOCK: outcome.sentence}, again, other)


def _form(
    deps: Deps,
    row: UserRecord,
    *,
    reason: str = "",
    back: bool = False,
    in_turn: bool = False,
    trouble: str = "",
    private_metadata: str,
) -> View:
    return form(
        row,
        deps.directory.teams_of(row.id),
        conversations=len(handed_over(deps.record, row)),
        approvals=quorum_for(row.user.role, deps.terms.quorum, deps.terms.admin_quorum),
        reason=reason,
        back=back,
        rotations=[str(one["inbox"]) for one in former_rotations(deps.record, row)],
        in_turn=in_turn,
        trouble=trouble,
        private_metadata=private_metadata,
    )
