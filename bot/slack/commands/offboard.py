"""`/hs-offboard`: opens the form, filled in with what was typed. Nothing happens before its submission."""

from collections.abc import Sequence
from dataclasses import replace

from slack_sdk.models.blocks import Block

from bot.model.user import User, UserRecord
from bot.policy.typed.arguments import OffboardArgs, parse_offboard
from bot.policy.typed.readings import Reading
from bot.policy.typed.when import BadWhen, parse_when
from bot.policy.typed.who import Who
from bot.services.assignee import as_user
from bot.services.directory import LookupResult
from bot.slack.commands.command import SubCommand
from bot.slack.forms.chosen import NOBODY
from bot.slack.forms.offboard import opened
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.manager import proposal, taker_of
from bot.slack.handling.payload import Call, read_id
from bot.slack.views.forms.inputs import ASSIGNEE_BLOCK, REASON_BLOCK, WHEN_BLOCK
from bot.slack.views.forms.offboard import TARGET_BLOCK, Filled
from bot.slack.views.kit import Message, actions, button, section
from bot.slack.views.people.choosing import choices, closest, matches, nobody
from bot.slack.views.people.person import OFFBOARD
from bot.slack.views.text import code, counted, explained, safe
from bot.slack.views.words import GONE_FROM_THE_RECORD, sentence

_FIELDS = {"to": ASSIGNEE_BLOCK, "at": WHEN_BLOCK, "reason": REASON_BLOCK, "": REASON_BLOCK, "who": TARGET_BLOCK}
"""Where a fault of an option is said."""
_LEFT_EMPTY = {
    "to": "Choose who takes the conversations.",
    "at": "Nothing is scheduled yet: choose a time, or leave this empty to have it done once approved.",
}


def offboard(call: Call, deps: Deps, text: str) -> Reply:
    """`WHO [to:ASSIGNEE] [at:WHEN] [reason…]` → the form; a list when several people match."""
    typed = parse_offboard(text)
    return Later(lambda: _form_or_list(call, deps, typed))


def empty(call: Call, deps: Deps, text: str) -> Reply:
    """The empty form."""
    return opened(call, deps)


WHO = SubCommand(
    "", "WHO [to:ASSIGNEE] [at:WHEN] [reason…]", "the form, filled in; nothing happens before you send it", offboard
)
NOTHING = SubCommand("", "", "the empty form", empty)


def chosen(call: Call, deps: Deps) -> Reply:
    """Somebody's Offboard button: the value is their REST id, and a token of what had been typed.

    Id 0: nobody yet, the form with what had been typed.
    """
    id, _, token = call.value.partition(".")
    number = read_id(id)
    row = deps.directory.get(number) if number else None
    if row is None and number != NOBODY:
        return sentence(GONE_FROM_THE_RECORD)
    typed = deps.drafts.take(call.user, token) if token else None
    return opened(call, deps, _filled(call, deps, row.user if row else None, typed))


def shortcut(call: Call, deps: Deps) -> Reply:
    """The global shortcut "Offboard from Help Scout"."""
    return opened(call, deps)


def author(call: Call, deps: Deps) -> Reply:
    """The message shortcut "Offboard the author"."""
    wrote = call.message.get("user")
    if not isinstance(wrote, str) or not wrote or call.message.get("bot_id"):
        return sentence("This message was posted by an app.")
    found = deps.directory.find(Who("slack", wrote))
    if found.exact:
        return opened(call, deps, _filled(call, deps, found.exact[0].user, None))
    if found.gone:
        return sentence(f"{found.gone[0].user.name} has already left Help Scout.")
    return sentence(found.note or "Nobody in Help Scout has the e-mail address of this message's author.")


def _form_or_list(call: Call, deps: Deps, typed: OffboardArgs) -> Reply:
    if typed.who is None:
        return opened(call, deps, _filled(call, deps, None, typed))
    first = Reading(typed.who, typed.reason) if typed.to or typed.at or typed.faults else None
    reading = deps.directory.settle(typed.readings, first)
    typed = replace(typed, who=reading.who, reason=reading.rest)
    found = deps.directory.find(reading.who)
    if found.total == 1:
        return opened(call, deps, _filled(call, deps, found.exact[0].user, typed))
    return Answer(_choose(call, deps, typed, reading.who, found))


def _filled(call: Call, deps: Deps, person: User | None, typed: OffboardArgs | None) -> Filled:
    """What was typed, looked up; what could not be taken is said at its field."""
    boss = taker_of(deps, person, deps.workspace.member(call.user)) if person is not None else None
    proposed = proposal(person, boss) if person is not None else ""
    if typed is None:
        return Filled(person=person, assignee=boss, proposed=proposed)
    faults = {_FIELDS[option]: _fault(option, said) for option, said in typed.faults.items()}
    assignee, run_at = None if typed.to else boss, None
    if typed.to:
        assignee, trouble = _assignee(deps, typed.to)
        faults |= {ASSIGNEE_BLOCK: trouble} if trouble else {}
    if typed.at:
        try:
            run_at = parse_when(typed.at, now=deps.record.now(), zone=_zone(call, deps))
        except BadWhen as wrong:
            faults[WHEN_BLOCK] = _fault("at", wrong.sentence)
    return Filled(
        person=person, reason=typed.reason, assignee=assignee, proposed=proposed, run_at=run_at, faults=faults
    )


def _fault(option: str, sentence: str) -> str:
    return f":warning: {explained(sentence, 600)}{' ' + _LEFT_EMPTY[option] if option in _LEFT_EMPTY else ''}"


def _assignee(deps: Deps, who: Who) -> tuple[User | None, str]:
    found = deps.directory.find(who)
    if found.total == 1:
        return found.exact[0].user, ""
    teams = deps.directory.find_team(str(who)).exact
    if not found.total and len(teams) == 1:
        return as_user(teams[0]), ""
    match = f"{counted(found.total, 'person', 'people')} match" if found.total else "Nobody in Help Scout matches"
    return None, f":warning: {match} *{safe(str(who), 200)}*. Choose who takes the conversations."


def _choose(call: Call, deps: Deps, typed: OffboardArgs, who: Who, found: LookupResult) -> Message:
    """Nobody, or several: whom to offboard is chosen from a list, which keeps the rest of what was typed."""
    token = deps.drafts.keep(call.user, typed)
    note = safe(found.note, 500)
    if found.total > 1:
        heading = matches(found.total, str(who))
        return Message(heading, tuple(_offers(found.exact, heading, token)))
    hint = f"Did you mean {code(call.hint)}?" if call.hint else ""
    if found.gone:
        names = ", ".join(safe(row.user.name, 120) for row in found.gone[:5])
        left = f"{names} {'has' if len(found.gone) == 1 else 'have'} already left Help Scout."
        return nobody(str(who), (), found.gone, hint=hint, note=" ".join(part for part in (left, note) if part))
    if found.near:
        heading = closest(str(who), len(found.near))
        message = Message(heading, (*_offers(found.near, heading, token), *([section(hint)] if hint else [])))
    else:
        message = nobody(str(who), (), (), hint=hint, note=note)
    keeps = typed.to or typed.at or typed.reason or typed.faults
    form = button("Open the form", f"{OFFBOARD}:form", f"{NOBODY}.{token}", label="Open the form with what you typed")
    return Message(message.text, (*message.blocks, *([actions(form)] if keeps else [])))


def _offers(rows: Sequence[UserRecord], heading: str, token: str) -> list[Block]:
    return choices(rows, heading=heading, verb="Offboard…", action=OFFBOARD, value=lambda row: f"{row.id}.{token}")


def _zone(call: Call, deps: Deps) -> str:
    """The caller's own zone, as far as Slack has told it; else the configured one."""
    known = deps.workspace.known_member(call.user)
    return (known[0].timezone if known and known[0] else "") or deps.timezone
