"""The form that gives somebody a seat: the address is checked while it is filled in, the engine decides the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import Option

from bot.model.action import Open
from bot.model.address import domain_of
from bot.model.member import Member
from bot.model.request import Kind, Request, State
from bot.model.team import Team
from bot.model.user import ADMIN, USER
from bot.policy.requests.approval import heavier, quorum_for
from bot.policy.typed.clean import plain
from bot.policy.typed.names import loose_key
from bot.policy.typed.who import Who, address_in
from bot.services.ports import WorkspaceAway
from bot.slack.forms.metadata import metadata
from bot.slack.forms.offboard import asked_for
from bot.slack.forms.seat_end import chosen_day
from bot.slack.forms.typed import address, one_line
from bot.slack.forms.updating import id_of, inputs_of, replace_form
from bot.slack.handling.answer import Closed, FieldErrors, Opens, Reply, Submitted
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call, mapping, text
from bot.slack.outbound.card_of import card_of
from bot.slack.views.forms.inputs import REASON_BLOCK
from bot.slack.views.forms.provision import (
    CHECK_BLOCK,
    EMAIL_BLOCK,
    FIRST_BLOCK,
    FOLLOWS_BLOCK,
    LAST_BLOCK,
    ROLE_BLOCK,
    TEAMS_BLOCK,
    Checked,
    Filled,
    check_words,
    form,
    team_option,
    what_follows,
)
from bot.slack.views.kit import Message, context, say
from bot.slack.views.text import code, safe

NO_REASON = "A new seat in Help Scout."
"""Of a seat that nobody has to decide on."""
MOST_OPTIONS = 100


def opened(call: Call, deps: Deps, filled: Filled | None = None) -> Opens:
    """The form, at once; with an address in it, what Slack knows of it follows."""
    holds, kept = filled or Filled(), metadata(call)
    first = check(deps, holds)

    def fill(view: Mapping[str, Any]) -> None:
        member = in_slack(deps, first.email)
        if member is not None:
            named = with_name(deps, holds, member)
            replace_form(deps, text(view.get("id")), form(named, replace(first, member=member), private_metadata=kept))

    return Opens(form(holds, first, private_metadata=kept), then=fill if first.email else None)


def changed(call: Call, deps: Deps) -> Reply:
    """An address was typed or a role chosen: what is known of the address follows, and who must approve."""
    form_id = id_of(call)
    deps.open_forms.came(form_id, call.arrived)
    before = held(call, deps)
    checked = check(deps, before)
    member = in_slack(deps, checked.email)
    checked = replace(checked, member=member)
    holds = with_name(deps, before, member) if member is not None else before
    wanted = (check_words(checked), what_follows(checked.approvals), holds.named_by)
    with deps.open_forms.take(form_id, call.arrived) as opened:
        if opened is None or (opened.shown or (*_shown(call), before.named_by)) == wanted:
            return None
        kept = text(call.view.get("private_metadata"))
        if replace_form(deps, form_id, form(holds, checked, private_metadata=kept)):
            opened.shown = wanted
    return None


def teams(call: Call, deps: Deps) -> Sequence[Option]:
    """The typeahead of Teams."""
    wanted = loose_key(plain(call.text))
    return [team_option(team) for team in deps.directory.teams() if wanted in loose_key(team.name)][:MOST_OPTIONS]


def submitted(call: Call, deps: Deps) -> Submitted:
    """Given, asked for, or sent back with a sentence at the field that is wrong."""
    holds = held(call, deps)
    action = Open(
        kind=Kind.PROVISION,
        actor=call.user,
        reason=plain(holds.reason) or NO_REASON,
        arguments={
            "email": holds.email,
            "first_name": holds.first_name,
            "last_name": holds.last_name,
            "role": holds.role,
            "team_ids": list(call.all_chosen(TEAMS_BLOCK)),
            "until": holds.until.isoformat() if holds.until else "",
            "until_zone": zone_of_caller(call, deps),
        },
    )
    outcome = deps.approvals.apply(action)
    if outcome.accepted and outcome.request is not None:
        return Closed(confirmed(outcome.sentence, outcome.request))
    field = outcome.field if outcome.field in inputs_of(call) else EMAIL_BLOCK
    again = form(
        replace(holds, trouble=f":no_entry: {safe(outcome.sentence, 600)}"),
        check(deps, holds),
        private_metadata=text(call.view.get("private_metadata")),
    )
    other = card_of(deps, outcome.request, buttons=False) if outcome.request is not None else None
    return FieldErrors({field: outcome.sentence}, again, other)


def confirmed(words: str, request: Request) -> Message:
    """The private confirmation: of what waits for others, with Cancel; of what starts at once, that its end is told."""
    if request.state is State.PENDING:
        return asked_for(words, request)
    return say(
        f":memo: *{safe(request.target_name or request.target_email, 200)}*: {safe(words, 600)}",
        context(f"Request {code(request.id)} · `/hs-offboard status {safe(request.id, 60)}`"),
    )


# What the form holds


def held(call: Call, deps: Deps) -> Filled:
    """What is filled in now; teams are looked up again."""
    chosen = frozenset(call.all_chosen(TEAMS_BLOCK))
    known: tuple[Team, ...] = deps.directory.teams() if chosen else ()
    return Filled(
        email=address(call.typed(EMAIL_BLOCK)),
        first_name=one_line(call.typed(FIRST_BLOCK)),
        last_name=one_line(call.typed(LAST_BLOCK)),
        role=call.chosen(ROLE_BLOCK) or USER,
        teams=tuple(team for team in known if str(team.id) in chosen),
        reason=call.typed(REASON_BLOCK),
        until=chosen_day(call),
        named_by=_named_by(call),
    )


def with_name(deps: Deps, holds: Filled, member: Member) -> Filled:
    """With the name as Slack has it, where nobody has typed another."""
    if holds.named_by == member.id or not member.name.strip():
        return holds
    if (holds.first_name, holds.last_name) not in (("", ""), _filled_in(deps, holds.named_by)):
        return holds
    first, last = split_name(member.name)
    return replace(holds, first_name=first, last_name=last, named_by=member.id)


def split_name(name: str) -> tuple[str, str]:
    """First and last name, a guess for people to correct: Slack keeps one name."""
    first, _, last = one_line(name).partition(" ")
    return first, last


def _filled_in(deps: Deps, member_id: str) -> tuple[str, str]:
    """The name that we filled in ourselves, if it was ours."""
    try:
        member = deps.workspace.member(member_id) if member_id else None
    except WorkspaceAway:
        member = None
    return split_name(member.name) if member is not None else ("", "")


def zone_of_caller(call: Call, deps: Deps) -> str:
    """The caller's own zone, as far as Slack has told it; else the configured one."""
    known = deps.workspace.known_member(call.user)
    return (known[0].timezone if known and known[0] else "") or deps.timezone


def _named_by(call: Call) -> str:
    values = mapping(mapping(mapping(call.view.get("state")).get("values")).get(FIRST_BLOCK))
    return next((text(name).partition(":")[2] for name in values), "")


def _shown(call: Call) -> tuple[str, str]:
    """What stands in the form now about the address, and about who must approve."""
    blocks = call.view.get("blocks")
    found = {
        text(block.get("block_id")): text(mapping(block.get("text")).get("text"))
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, Mapping)
    }
    return found.get(CHECK_BLOCK, ""), found.get(FOLLOWS_BLOCK, "")


# What is known


def check(deps: Deps, holds: Filled) -> Checked:
    """From memory: who has the address, or had it, and how many must approve."""
    role = holds.role if holds.role == ADMIN else USER
    whole = address_in(holds.email) is not None and "." in domain_of(holds.email)
    found = deps.directory.find(Who("email", holds.email)) if whole else None
    gone = found.gone[0] if found is not None and found.gone else None
    terms = deps.terms
    needed = role == ADMIN or terms.provision_approval == "always" or not terms.requesters_named or gone is not None
    weight = heavier(role, gone.user.role if gone else "")
    approvals = quorum_for(weight, terms.quorum, terms.admin_quorum) if needed else 0
    if found is None:
        return Checked(approvals=approvals)
    return Checked(email=holds.email, active=found.exact[0] if found.exact else None, gone=gone, approvals=approvals)


def in_slack(deps: Deps, email: str) -> Member | None:
    """Whose address it is in Slack; None also when Slack does not say."""
    try:
        found = deps.workspace.member_by_email(email) if email else None
    except WorkspaceAway:
        return None
    return found if found is not None and not found.is_bot else None
