"""`/hs-user history WHO` and `changes [7d]`: what happened to one person, and to everybody."""

from collections.abc import Sequence
from datetime import timedelta

from bot.policy.typed.arguments import parse_period
from bot.policy.typed.when import spell
from bot.policy.typed.who import BadArgument, parse_who
from bot.services.reports.history import HistoryPage, changes_since, history_of
from bot.slack.commands.command import SubCommand, somebody
from bot.slack.handling import cursor
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.views.kit import Message
from bot.slack.views.people import lists
from bot.slack.views.people.choosing import nobody, several
from bot.slack.views.text import safe
from bot.slack.views.words import GONE_FROM_THE_RECORD, sentence

WEEK = timedelta(days=7)
LONGEST = timedelta(days=3660)


def history(call: Call, deps: Deps, text: str) -> Reply:
    """`history WHO`: every recorded change, newest first."""
    who = parse_who(text)

    def look() -> Message:
        found = deps.directory.find(who)
        people = (*found.exact, *found.gone)
        if len(people) == 1 and found.total <= 1:
            return _history(deps, people[0].id, 0)
        if people:
            return several(str(who), found.exact, max(found.total, len(found.exact)), found.gone)
        return nobody(str(who), found.near, found.gone)

    return look() if deps.directory.ready and who.kind != "slack" else Later(look)


def show_history(call: Call, deps: Deps) -> Reply:
    """The button History: its value is a REST id."""
    if not (call.value.isascii() and call.value.isdigit()):
        raise cursor.BadCursor
    return Answer(_history(deps, int(call.value), 0))


def turn_history(call: Call, deps: Deps) -> Reply:
    """The buttons Newer and Older of somebody's history."""
    values = cursor.read("history", call.value)
    return Answer(_history(deps, cursor.number(values, "u"), cursor.number(values, "o")), replaces=True)


def changes(call: Call, deps: Deps, text: str) -> Reply:
    """`changes [7d]`: joined, left, changed, for everybody."""
    period = parse_period(text) if text.strip() else WEEK
    if period > LONGEST:
        raise BadArgument("Ten years is the longest period: try `changes 30d`.")
    return _changes(deps, period, 0)


def turn_changes(call: Call, deps: Deps) -> Reply:
    """The buttons Newer and Older of everybody's changes."""
    values = cursor.read("changes", call.value)
    period = timedelta(seconds=cursor.number(values, "s"))
    if period > LONGEST:
        raise cursor.BadCursor
    return Answer(_changes(deps, period, cursor.number(values, "o")), replaces=True)


def _history(deps: Deps, user_id: int, offset: int) -> Message:
    row = deps.directory.get(user_id)
    if row is None:
        return sentence(GONE_FROM_THE_RECORD)
    page = history_of(deps.record, user_id, limit=lists.PAGE, offset=offset)
    turns = _turns(lists.PAST_HISTORY, "history", {"u": user_id}, page)
    first = deps.record.syncs.first_good()
    return lists.history_page(
        row,
        [entry.change for entry in page.entries],
        turns=turns,
        note=_note(deps),
        began=first.id if first is not None else None,
    )


def _changes(deps: Deps, period: timedelta, offset: int) -> Message:
    since = deps.record.now() - period
    page = changes_since(deps.record, since, limit=lists.PAGE, offset=offset)
    first = deps.record.syncs.first_good()
    return lists.changes_page(
        [(entry.change, entry.name) for entry in page.entries],
        deps.record.changes.count_since(since),
        period=spell(period),
        turns=_turns(lists.CHANGES, "changes", {"s": int(period.total_seconds())}, page),
        note=_note(deps),
        began=first.started_at if first is not None and first.started_at >= since else None,
    )


def _turns(action: str, name: str, values: dict[str, str | int], page: HistoryPage) -> Sequence[tuple[str, str, str]]:
    places = (("Newer", page.previous), ("Older", page.next))
    return [
        (words, f"{action}:{words.lower()}", cursor.write(name, {**values, "o": place}))
        for words, place in places
        if place is not None
    ]


def _note(deps: Deps) -> str:
    return safe(deps.directory.note(), 500)


def _is_period(call: Call, deps: Deps, text: str) -> bool:
    try:
        return not text or bool(parse_period(text))
    except BadArgument:
        return False


HISTORY = SubCommand("history", "history WHO", "every recorded change of a person, newest first", history, somebody)
CHANGES = SubCommand("changes", "changes [7d]", "who joined, left and changed", changes, _is_period)
