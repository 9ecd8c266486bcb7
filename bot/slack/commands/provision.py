"""`/hs-provision`: the form of a new seat; with WHO the form that restores somebody from the record."""

from bot.model.user import Status
from bot.policy.requests.seat_end import spelled
from bot.policy.typed.seat import SeatArgs, parse_seat
from bot.policy.typed.when import zone_of
from bot.policy.typed.who import Who, parse_who
from bot.slack.commands.command import Command, SubCommand
from bot.slack.forms.provision import opened, zone_of_caller
from bot.slack.forms.restore import opened as opened_for
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.barred import barred
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.views.forms.provision import Filled
from bot.slack.views.forms.restore import still_here
from bot.slack.views.kit import Message, context
from bot.slack.views.people.choosing import choices, closest, nobody
from bot.slack.views.people.person import RESTORE
from bot.slack.views.text import code, counted, explained, safe


def empty(call: Call, deps: Deps, text: str) -> Reply:
    """The empty form."""
    return Later(lambda: start(call, deps))


def restore(call: Call, deps: Deps, text: str) -> Reply:
    """WHO → the form that restores them; a list when several people fit. `until:DAY` is filled in where it is new."""
    typed = parse_seat(text, deps.record.now().astimezone(zone_of(zone_of_caller(call, deps))).date())
    if not typed.who:
        filled = Filled(until=typed.until, until_fault=_fault(typed))
        return Later(lambda: start(call, deps, filled))
    who = parse_who(typed.who)
    return Later(lambda: barred(call, deps) or _restore(call, deps, who, typed))


def _fault(typed: SeatArgs) -> str:
    return f":warning: {explained(typed.fault, 600)} Check the fields above." if typed.fault else ""


def start(call: Call, deps: Deps, filled: Filled | None = None) -> Reply:
    """The form, for whoever may ask for a seat; the others are told why not."""
    return barred(call, deps) or opened(call, deps, filled)


def _restore(call: Call, deps: Deps, who: Who, typed: SeatArgs) -> Reply:
    found = deps.directory.find(who)
    note = safe(found.note, 500)
    if len(found.gone) == 1 and not found.exact:
        return opened_for(call, deps, found.gone[0], trouble=_no_end(typed))
    if found.gone:
        heading = f"{counted(len(found.gone), 'person', 'people')} who left match *{safe(str(who), 200)}*. Which one?"
        names = ", ".join(safe(row.user.name, 120) for row in found.exact[:5])
        also = [context(f"Already in Help Scout: {names}.")] if names else []
        rows = choices(found.gone, heading=heading, verb="Restore…", action=RESTORE)
        return Answer(Message(heading, (*rows, *also)))
    if found.exact:
        return still_here(found.exact[0].user)
    if who.kind == "email":
        trouble = f":information_source: Nobody on record has {safe(who.value, 320)}, so this is a new seat."
        filled = Filled(email=who.value, trouble=trouble, until=typed.until, until_fault=_fault(typed))
        return opened(call, deps, filled)
    left = [row for row in found.near if row.status is not Status.ACTIVE]
    if left:
        heading = closest(str(who), len(left))
        return Message(heading, tuple(choices(left, heading=heading, verb="Restore…", action=RESTORE)))
    hint = f"Did you mean {code(call.hint)}?" if call.hint else ""
    return nobody(str(who), (), (), hint=hint, note=note)


def _no_end(typed: SeatArgs) -> str:
    """Of a restore, whose form has no `Until`."""
    if typed.fault:
        return f":warning: {explained(typed.fault, 600)}"
    if typed.until is None:
        return ""
    day = spelled(typed.until)
    return f":warning: {day} isn't set by a restore. Once they are back, choose *Set an end…* on their card."


WHO = SubCommand(
    "",
    "WHO [until:DAY]",
    "brings somebody back from the record, as they were, with approval; for an e-mail address that isn't on record, "
    "opens the form of a new seat, with its last day",
    restore,
)
NOTHING = SubCommand("", "", "the form of a new seat", empty)

COMMAND = Command("/hs-provision", (NOTHING, WHO), default=WHO, empty=NOTHING)
