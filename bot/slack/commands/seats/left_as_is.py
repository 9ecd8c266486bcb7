"""Leave as it is: a finding that somebody says is right, with a reason and an end; the list of them; Take back."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.policy.typed.when import midnight_after
from bot.slack.forms.metadata import metadata, read_metadata
from bot.slack.handling import cursor
from bot.slack.handling.answer import Answer, Closed, FieldErrors, Opens, Reply, Submitted
from bot.slack.handling.deps import Deps
from bot.slack.handling.findings import OVER, finding_of, seen_by
from bot.slack.handling.payload import Call, text
from bot.slack.views.kit import Message
from bot.slack.views.many import left_as_is as views
from bot.slack.views.words import sentence


def ask_why(call: Call, deps: Deps) -> Reply:
    """The button Leave as it is: asks why, and until when."""
    finding = finding_of(call, deps, call.value)
    if finding is None:
        return sentence(OVER)
    return Opens(views.leave_form(finding, metadata(call, request_id=finding.key)))


def leave(call: Call, deps: Deps) -> Submitted:
    """The form's submission."""
    why = call.typed(views.WHY).strip()
    if not why:
        return FieldErrors({views.WHY: "Say why, so the next person understands."})
    until = _end_of(text(call.state(views.UNTIL).get("selected_date")), deps.timezone)
    if until is not None and until <= deps.record.now():
        return FieldErrors({views.UNTIL: "Choose a day to come, or leave this empty."})
    finding = finding_of(call, deps, read_metadata(call).request_id)
    if finding is None:
        return Closed(sentence(OVER))
    deps.reconciliation.leave(finding, by=call.user, why=why, until=until)
    left = f"{finding.name} is left as it is and not listed for this{views.unless(finding)}."
    return Closed(sentence(f"{left} The audit log has who said so and why."))


def _end_of(day: str, zone: str) -> datetime | None:
    """The end of that day; None for none."""
    try:
        chosen = date.fromisoformat(day) if day else None
    except ValueError:
        return None
    if chosen is None:
        return None
    return midnight_after(chosen, ZoneInfo(zone))


def show(call: Call, deps: Deps) -> Reply:
    """The button "Show them", and Back and More of its list."""
    return Answer(_page(call, deps, cursor.number(cursor.read("left", call.value), "o")), replaces=True)


def _page(call: Call, deps: Deps, offset: int) -> Message:
    kept = []
    for one in seen_by(deps, deps.workspace.member(call.user), deps.reconciliation.known()).left.values():
        row = deps.directory.get(one.user_id) if one.user_id is not None else None
        name = row.user.name if row else one.email or f"id {one.user_id}"
        kept.append(views.LeftRow(one.key, name, one.by, one.why, f"{one.until:%Y-%m-%d}" if one.until else ""))
    size = views.PAGE
    offset = offset if offset < len(kept) else 0
    return views.left_page(
        kept,
        offset=offset,
        newer=cursor.write("left", {"o": max(0, offset - size)}) if offset else "",
        older=cursor.write("left", {"o": offset + size}) if offset + size < len(kept) else "",
    )


def take_back(call: Call, deps: Deps) -> Reply:
    """The button Take back: the finding may be listed again."""
    seen = seen_by(deps, deps.workspace.member(call.user), deps.reconciliation.known())
    if call.value not in {*seen.left, *seen.returned} or not deps.reconciliation.take_back(call.value, by=call.user):
        return sentence("That isn't left as it is, so nothing was changed.")
    return sentence("It's listed again while it's found. That is in the audit log.")
