"""`/hs-offboard`: opens the form, filled in with what was typed. Nothing happens before its submission."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.model.user import User, UserRecord
from bot.policy.arguments import OffboardArgs, Reading, parse_offboard
from bot.policy.when import parse_when
from bot.policy.who import Who
from bot.services.directory import Found
from bot.slack.answer import Answer, Later, Reply
from bot.slack.commands.command import SubCommand
from bot.slack.deps import Deps
from bot.slack.forms.offboard import opened
from bot.slack.payload import Call, read_id
from bot.slack.views.kit import Message
from bot.slack.views.offboard_form import Filled
from bot.slack.views.people import choices, nobody
from bot.slack.views.person import OFFBOARD
from bot.slack.views.text import code, counted, safe
from bot.slack.views.words import sentence


def offboard(call: Call, deps: Deps, text: str) -> Reply:
    """`WHO [to:ASSIGNEE] [at:WHEN] [reason…]` → the form; a list when several people fit."""
    typed = parse_offboard(text)
    if typed.at:
        parse_when(typed.at, now=deps.record.now(), zone=_zone(call, deps))
    return Later(lambda: _form_or_list(call, deps, typed))


def empty(call: Call, deps: Deps, text: str) -> Reply:
    """The empty form."""
    return opened(call, deps)


WHO = SubCommand(
    "", "WHO [to:ASSIGNEE] [at:WHEN] [reason…]", "the form, filled in; nothing happens before you send it", offboard
)
NOTHING = SubCommand("", "", "the empty form", empty)


def chosen(call: Call, deps: Deps) -> Reply:
    """Somebody's Offboard button: the value is their REST id, and a token of what had been typed."""
    id, _, token = call.value.partition(".")
    number = read_id(id)
    row = deps.directory.get(number) if number is not None else None
    if row is None:
        return sentence("The record has nobody by that id (any more): look them up again.")
    typed = deps.drafts.take(call.user, token) if token else None
    return opened(call, deps, _filled(call, deps, row.user, typed))


def shortcut(call: Call, deps: Deps) -> Reply:
    """The global shortcut "Offboard from Help Scout"."""
    return opened(call, deps)


def author(call: Call, deps: Deps) -> Reply:
    """The message shortcut "Offboard the author"."""
    wrote = call.message.get("user")
    if not isinstance(wrote, str) or not wrote or call.message.get("bot_id"):
        return sentence("An app has written this message, not a person.")
    found = deps.directory.find(Who("slack", wrote))
    if found.exact:
        return opened(call, deps, Filled(person=found.exact[0].user))
    if found.gone:
        return sentence(f"{found.gone[0].user.name} has left Help Scout already.")
    return sentence(found.note or "Nobody in Help Scout has the e-mail address of this message's author.")


def _form_or_list(call: Call, deps: Deps, typed: OffboardArgs) -> Reply:
    reading = Reading(typed.who, typed.reason) if typed.to or typed.at else deps.directory.settle(typed.readings)
    found = deps.directory.find(reading.who)
    if found.total == 1:
        return opened(call, deps, _filled(call, deps, found.exact[0].user, typed, reading.rest))
    return Answer(_choose(call, deps, typed, reading.who, found))


def _filled(call: Call, deps: Deps, person: User, typed: OffboardArgs | None, reason: str | None = None) -> Filled:
    """What was typed, looked up; what could not be found is said above the fields."""
    if typed is None:
        return Filled(person=person)
    assignee, trouble = _assignee(deps, typed.to) if typed.to else (None, "")
    now, zone = deps.record.now(), _zone(call, deps)
    run_at = parse_when(typed.at, now=now, zone=zone) if typed.at else None
    words = typed.reason if reason is None else reason
    return Filled(person=person, reason=words, assignee=assignee, run_at=run_at, trouble=trouble)


def _assignee(deps: Deps, who: Who) -> tuple[User | None, str]:
    found = deps.directory.find(who)
    if found.total == 1:
        return found.exact[0].user, ""
    fit = f"{counted(found.total, 'person', 'people')} fit" if found.total else "nobody in Help Scout fits"
    return None, f":information_source: *to:{safe(str(who), 200)}*: {fit}. Choose below."


def _choose(call: Call, deps: Deps, typed: OffboardArgs, who: Who, found: Found) -> Message:
    """Nobody, or several: whom to offboard is chosen from a list, which keeps the rest of what was typed."""
    token = deps.drafts.keep(call.user, typed)
    note = safe(found.note, 500)
    if found.total > 1:
        heading = f"{counted(found.total, 'person', 'people')} fit *{safe(str(who), 200)}*: whom do you mean?"
        return Message(heading, tuple(_offers(found.exact, heading, token)))
    hint = f"Did you mean {code(call.hint)}?" if call.hint else ""
    if found.gone:
        names = ", ".join(safe(row.user.name, 120) for row in found.gone[:5])
        left = f"{names} {'has' if len(found.gone) == 1 else 'have'} left Help Scout already."
        return nobody(str(who), (), found.gone, hint=hint, note=" ".join(part for part in (left, note) if part))
    if found.near:
        heading = f"Nobody in Help Scout fits *{safe(str(who), 200)}*. Did you mean one of these?"
        message = Message(heading, tuple(_offers(found.near, heading, token)))
        return message if not hint else Message(heading, (*message.blocks, *nobody("", (), (), hint=hint).blocks[1:]))
    return nobody(str(who), (), (), hint=hint, note=note)


def _offers(rows: Sequence[UserRecord], heading: str, token: str) -> list[Block]:
    return choices(rows, heading=heading, verb="Offboard…", action=OFFBOARD, value=lambda row: f"{row.id}.{token}")


def _zone(call: Call, deps: Deps) -> str:
    """The caller's own zone, as far as Slack has told it; else the configured one."""
    known = deps.workspace.known_member(call.user)
    return (known[0].timezone if known and known[0] else "") or deps.timezone
