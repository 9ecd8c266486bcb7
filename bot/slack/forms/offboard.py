"""The form of an offboarding: opened filled in, its preview kept up to date, sent to the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slack_sdk.models.blocks import Option

from bot.helpscout.errors import HelpScoutError
from bot.model.action import Open
from bot.model.request import OPEN, Kind, Request
from bot.model.user import User, UserRecord
from bot.policy.requests.approval import quorum_for
from bot.policy.typed.clean import plain
from bot.policy.ways import is_light
from bot.services.assignee import known_to_leave
from bot.services.credential import Credential
from bot.services.steps.outlook import Outlook, facts, outlook
from bot.slack.forms.chosen import chosen_person, chosen_taker, chosen_time, taker_id
from bot.slack.forms.metadata import metadata
from bot.slack.forms.updating import id_of, replace_form
from bot.slack.handling.answer import Closed, FieldErrors, Opens, Reply, Shows, Submitted
from bot.slack.handling.deps import Deps
from bot.slack.handling.manager import address_of_manager, is_proposed, proposal, taker_of
from bot.slack.handling.payload import Call, mapping, read_id, text
from bot.slack.outbound.card_of import card_of
from bot.slack.views.forms.inputs import ASSIGNEE_BLOCK, REASON_BLOCK, WHEN_BLOCK, person_option, team_option
from bot.slack.views.forms.offboard import FAULT, PERSON, TARGET_BLOCK, Filled, Preview, form
from bot.slack.views.kit import Message, actions, button, context, say
from bot.slack.views.requests.request_card import CANCEL
from bot.slack.views.text import code, safe

TEAMS_OFFERED = 10
LEAVE_EMPTY = (
    ":warning: What you typed could not be used, and this is empty. Fill it in, or submit again to leave it empty."
)
FIELDS = frozenset({TARGET_BLOCK, REASON_BLOCK, ASSIGNEE_BLOCK, WHEN_BLOCK})


def opened(call: Call, deps: Deps, filled: Filled | None = None) -> Opens:
    """The form, at once; with a person in it, what would come of it is filled in afterwards."""
    holds, kept = filled or Filled(), metadata(call)
    row = deps.directory.get(holds.person.id) if holds.person else None
    if row is None:
        return Opens(form(holds, private_metadata=kept))
    first = preview(deps, row, holds.assignee)

    def fill(view: Mapping[str, Any]) -> None:
        whole = complete(deps, call.user, first)
        shown = form(holds, whole, private_metadata=kept)
        replace_form(deps, text(view.get("id")), shown, unless_changed_since=text(view.get("hash")))

    return Opens(form(holds, first, private_metadata=kept), then=fill)


def person_chosen(call: Call, deps: Deps) -> Reply:
    """Somebody was chosen in the form (as the leaver, or to take the conversations): the preview follows.

    Of two choices on their way at once the later is shown, in whatever order they get here.
    """
    form_id = id_of(call)
    deps.open_forms.came(form_id, call.arrived)
    holds = held(call, deps, person=call.value if call.name == PERSON else None)
    holds = _proposing(call, deps, holds) if call.name == PERSON else holds
    row = deps.directory.get(holds.person.id) if holds.person else None
    if row is None:
        return None
    kept = text(call.view.get("private_metadata"))
    first = preview(deps, row, holds.assignee)
    with deps.open_forms.take(form_id, call.arrived) as opened:
        if opened is None or not replace_form(deps, form_id, form(holds, first, private_metadata=kept)):
            return None
    whole = complete(deps, call.user, first)
    with deps.open_forms.take(form_id, call.arrived) as opened:
        if opened is not None:
            replace_form(deps, form_id, form(holds, whole, private_metadata=kept))
    return None


def people(call: Call, deps: Deps) -> Sequence[Option]:
    """The typeahead: everybody who is there and is a person.

    Who takes conversations is not the leaver, nobody who is leaving too, and no light user, and may be a team.
    """
    if call.name == PERSON:
        rows = deps.directory.suggest(plain(call.text), limit=100)
        return [person_option(row.user) for row in rows if row.user.type != "team"]
    leaver, words = call.chosen(TARGET_BLOCK), plain(call.text)
    found = [
        person_option(row.user)
        for row in _takers(call, deps, words)
        if row.user.is_person and str(row.id) != leaver and not is_light(row.user.role)
    ]
    teams = [team_option(team) for team in deps.directory.teams_like(words)[:TEAMS_OFFERED]]
    most = 100 - len(teams)
    return [*teams, *found[:most]] if words.strip() else [*found[:most], *teams]


def _takers(call: Call, deps: Deps, words: str) -> list[UserRecord]:
    """Without who is leaving too, unless who looks must not learn it; and without the bot's own user, if nobody's.

    From the record alone: whoever types waits for it.
    """
    record, asking = deps.record, deps.workspace.member(call.user)
    leave, own = record.requests.targets(OPEN, {Kind.OFFBOARD}), Credential(record).known()
    nobody = own.id if own is not None and not record.identities.about({own.id}).slack_ids else None
    rows = deps.directory.suggest(words, limit=101 + len(leave))
    return [
        row
        for row in rows
        if row.id != nobody and (row.id not in leave or known_to_leave(record, row.id, asking) is None)
    ]


def submitted(call: Call, deps: Deps) -> Submitted:
    """Asked for, or sent back with a sentence at the field that is wrong.

    A field that had been typed wrong, and is still empty, is sent back once: somebody meant something by it.
    """
    if any(_faults(call)[block] != LEAVE_EMPTY for block in held(call, deps).faults):
        return Shows(form(held(call, deps, left_empty=True), private_metadata=_metadata_of(call)))
    action = Open(
        kind=Kind.OFFBOARD,
        actor=call.user,
        reason=plain(call.typed(REASON_BLOCK)),
        arguments={"target_id": read_id(call.chosen(TARGET_BLOCK)), "assignee_id": taker_id(call)},
        run_at=chosen_time(call, deps.record.now()),
    )
    outcome = deps.approvals.apply(action)
    if outcome.accepted and outcome.request is not None:
        return Closed(asked_for(outcome.sentence, outcome.request))
    field = outcome.field if outcome.field in FIELDS else TARGET_BLOCK
    holds = held(call, deps, trouble=f":no_entry: {safe(outcome.sentence, 600)}")
    other = card_of(deps, outcome.request, buttons=False) if outcome.request is not None else None
    return FieldErrors({field: outcome.sentence}, form(holds, private_metadata=_metadata_of(call)), other)


def asked_for(sentence: str, request: Request) -> Message:
    """The private confirmation, with the one button one may want next."""
    return say(
        f":memo: *{safe(request.target_name or request.target_email, 200)}*: {safe(sentence, 600)}",
        context(f"Request {code(request.id)} · `/hs-offboard status {safe(request.id, 60)}`"),
        actions(button("Cancel", CANCEL, request.id, label=f"Cancel the request about {request.target_name}")),
    )


# What the form holds


def held(call: Call, deps: Deps, *, person: str | None = None, trouble: str = "", left_empty: bool = False) -> Filled:
    """What is filled in now; ids are looked up again. What was said to be wrong stays said while its field is empty.

    `left_empty`: it was said, and is now asked for once more.
    """
    filled = Filled(
        person=chosen_person(deps, person or call.chosen(TARGET_BLOCK)),
        reason=call.typed(REASON_BLOCK),
        assignee=chosen_taker(deps, call.chosen(ASSIGNEE_BLOCK)),
        proposed=_proposed(call),
        run_at=chosen_time(call, datetime.min.replace(tzinfo=UTC)),
        trouble=trouble,
    )
    done = {TARGET_BLOCK: filled.person, ASSIGNEE_BLOCK: filled.assignee, WHEN_BLOCK: filled.run_at}
    faults = {block: LEAVE_EMPTY if left_empty else said for block, said in _faults(call).items()}
    return replace(filled, faults={block: said for block, said in faults.items() if not done.get(block)})


def _proposing(call: Call, deps: Deps, holds: Filled) -> Filled:
    """With the manager of who was chosen now, unless somebody else was chosen to take the conversations: they stay."""
    chosen = holds.assignee is not None and not is_proposed(holds.assignee, holds.proposed)
    if holds.person is None or chosen or holds.faults.get(ASSIGNEE_BLOCK):
        return holds
    boss = taker_of(deps, holds.person, deps.workspace.member(call.user))
    return replace(holds, assignee=boss, proposed=proposal(holds.person, boss))


def _proposed(call: Call) -> str:
    """The proposal that the form made last."""
    blocks = call.view.get("blocks")
    for block in (mapping(one) for one in blocks) if isinstance(blocks, list) else ():
        if block.get("block_id") == ASSIGNEE_BLOCK:
            return text(mapping(block.get("element")).get("action_id")).partition(":")[2]
    return ""


def _faults(call: Call) -> dict[str, str]:
    """What the form says of its fields, by block."""
    blocks = call.view.get("blocks")
    shown = [mapping(block) for block in blocks] if isinstance(blocks, list) else []
    said = {text(block.get("block_id")): text(mapping(block.get("text")).get("text")) for block in shown}
    return {id.removesuffix(FAULT): words for id, words in said.items() if id.endswith(FAULT)}


def _metadata_of(call: Call) -> str:
    return text(call.view.get("private_metadata"))


# What would come of it


def preview(deps: Deps, row: UserRecord, assignee: User | None) -> Preview:
    """From memory."""
    return Preview(
        row=row,
        teams=deps.directory.teams_of(row.id),
        approvals=quorum_for(row.user.role, deps.terms.quorum, deps.terms.admin_quorum),
        removed=deps.terms.deprovision == "delete",
        assignee=assignee if assignee is None or assignee.id != row.id else None,
        more=tuple(("Manager", address) for address in (address_of_manager(deps, row.id),) if address),
    )


def complete(deps: Deps, member: str, known: Preview) -> Preview:
    """With what must be asked for: how many conversations are open, and whether the rules speak against it."""
    ahead: Outlook | None = None
    if deps.helpscout is not None:
        try:
            ahead = outlook(deps.helpscout.rest, deps.record, known.row.id, known.assignee)
        except HelpScoutError:
            ahead = None  # the card will have it: it is read again when this is asked for
    taker = known.assignee.name if known.assignee is not None else ""
    arguments: dict[str, object] = {"target_id": known.row.id}
    if known.assignee is not None:
        arguments["assignee_id"] = known.assignee.id
    foreseen = deps.approvals.foresee(
        Open(kind=Kind.OFFBOARD, actor=member, reason="not written yet", arguments=arguments)
    )
    return Preview(
        row=known.row,
        teams=known.teams,
        approvals=known.approvals,
        removed=known.removed,
        assignee=known.assignee,
        conversations=ahead.conversations if ahead else None,
        snoozed=ahead.snoozed if ahead else 0,
        more=(*known.more, *(facts(ahead.as_plan() | {"assignee_name": taker}) if ahead else ())),
        refusal="" if foreseen.accepted else foreseen.sentence,
    )
