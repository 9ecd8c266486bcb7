"""The end of somebody's seat: set from their card, extended or dropped from the card of its request."""

from datetime import date

from bot.model.seat_end import SeatEnd
from bot.model.user import Status
from bot.slack.forms.metadata import metadata, read_metadata
from bot.slack.handling.answer import Closed, FieldErrors, Later, Opens, Reply, Submitted
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import about_reader
from bot.slack.handling.payload import Call, read_id, text
from bot.slack.views.forms.seat_end import UNTIL_BLOCK, form
from bot.slack.views.words import GONE_FROM_THE_RECORD, sentence

UNSET = "This request isn't about the end of a seat anymore."


def chosen(call: Call, deps: Deps) -> Reply:
    """Set an end…, of somebody's card: the value is their REST id."""
    id = read_id(call.value)
    row = deps.directory.get(id) if id is not None else None
    if row is None or row.status is not Status.ACTIVE:
        return sentence(GONE_FROM_THE_RECORD)
    if why := deps.seat_ends.why_not(row.id, call.user):
        return sentence(why)
    end = known_end(call, deps, row.id)
    return Opens(form(row.user.name, end.day if end else None, private_metadata=metadata(call, target_id=row.id)))


def extended(call: Call, deps: Deps) -> Reply:
    """Extend…, of the request that was opened for an end: the value is the request's id."""
    end = _end_of(call, deps)
    row = deps.directory.get(end.user_id) if end is not None else None
    if end is None or row is None:
        return sentence(UNSET)
    if why := deps.seat_ends.why_not(row.id, call.user):
        return sentence(why)
    return Opens(form(row.user.name, end.day, private_metadata=metadata(call, target_id=row.id)))


def kept(call: Call, deps: Deps) -> Reply:
    """Keep for good."""
    end = _end_of(call, deps)
    if end is None:
        return sentence(UNSET)
    user_id = end.user_id
    return Later(lambda: sentence(deps.seat_ends.keep(user_id, actor=call.user).sentence))


def submitted(call: Call, deps: Deps) -> Submitted:
    """The day was chosen."""
    day = chosen_day(call)
    if day is None:
        return FieldErrors({UNTIL_BLOCK: "Choose a day."})
    target = read_metadata(call).target_id
    outcome = deps.seat_ends.set(target, day, actor=call.user)
    if not outcome.accepted:
        return FieldErrors({UNTIL_BLOCK: outcome.sentence})
    row = deps.directory.get(target)
    return Closed(sentence(f"{row.user.name}: {outcome.sentence}" if row else outcome.sentence))


def chosen_day(call: Call) -> date | None:
    """The day in the field Until; None when there is none."""
    try:
        return date.fromisoformat(text(call.state(UNTIL_BLOCK).get("selected_date")))
    except ValueError:
        return None


def _end_of(call: Call, deps: Deps) -> SeatEnd | None:
    """The end for which a request was opened; to whom it is about, as if there were none."""
    end = deps.record.seat_ends.of_request(call.value)
    return known_end(call, deps, end.user_id) if end is not None else None


def known_end(call: Call, deps: Deps, user_id: int) -> SeatEnd | None:
    """The end of somebody's seat, as far as who calls may know of it: nobody learns it of their own."""
    end = deps.record.seat_ends.get(user_id)
    if end is None or about_reader(deps, deps.workspace.member(call.user))(user_id):
        return None
    return end
