"""Lists of people and of changes, a page at a time."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.model.change import Change, ChangeKind
from bot.model.user import Status, UserRecord
from bot.slack.views.kit import Message, actions, button, context, section
from bot.slack.views.people.choosing import choices
from bot.slack.views.people.person import HISTORY, SHOW, one_line
from bot.slack.views.text import at, code, counted, safe

PAGE = 10
LIST, SEARCH, CHANGES = "list.page", "search.page", "changes.page"
PAST_HISTORY = "history.page"

_WORDS = {
    ChangeKind.JOINED: ":large_green_circle: joined",
    ChangeKind.RETURNED: ":large_green_circle: came back",
    ChangeKind.OFFBOARDED: ":white_circle: was offboarded",
    ChangeKind.REMOVED: ":red_circle: left without a request",
    ChangeKind.CHANGED: "changed",
    ChangeKind.TEAM_JOINED: "joined the team",
    ChangeKind.TEAM_LEFT: "left the team",
    ChangeKind.FORGOTTEN: "was forgotten: personal data erased on request",
}

_AT_THE_BEGINNING = {
    ChangeKind.JOINED: ":white_circle: had a seat when the record began",
    ChangeKind.TEAM_JOINED: "was in the team",
}


def people_page(
    rows: Sequence[UserRecord],
    total: int,
    offset: int,
    *,
    heading: str,
    turns: Sequence[tuple[str, str, str]],
    note: str = "",
    ends: Sequence[str] = (),
) -> Message:
    """`heading` is safe markup; `turns` are (words, action, cursor); `ends` says whose seats of these end, and when."""
    if not rows:
        return Message(heading, (section(f"{heading}\nNobody matches."), *([context(note)] if note else [])))
    place = f"{offset + 1}–{offset + len(rows)} of {counted(total, 'person', 'people')}"
    blocks: tuple[Block, ...] = tuple(choices(rows, heading=f"{heading} · {place}"))
    ending = [context(f"Seats that end: {safe('; '.join(ends), 1800)}")] if ends else []
    return Message(heading, (*blocks, *ending, *([context(note)] if note else []), *turned(turns)))


def history_page(
    row: UserRecord,
    changes: Sequence[Change],
    *,
    turns: Sequence[tuple[str, str, str]],
    note: str = "",
    began: int | None = None,
) -> Message:
    """Every recorded change of one person, newest first. `began`: the sync that began the record."""
    heading = f"*History of {safe(row.user.name, 150)}*"
    lines = [section(change_line(change, began)) for change in changes]
    seen = f"First seen {at(row.first_seen)} · {row.status.value}"
    nothing = [] if lines else [section("Nothing has changed since.")]
    back = button("Show", f"{SHOW}:history", str(row.id), label=f"Show {row.user.name}")
    turning = actions(back, *(button(words, action, cursor) for words, action, cursor in turns))
    return Message(heading, (section(heading), *lines, *nothing, context(seen, *([note] if note else [])), turning))


def changes_page(
    entries: Sequence[tuple[Change, str]],
    total: int,
    *,
    period: str,
    turns: Sequence[tuple[str, str, str]],
    note: str = "",
    began: datetime | None = None,
) -> Message:
    """What changed for everybody: (change, name of the person), newest first. `began`: since when there is a record."""
    heading = f"*{counted(total, 'change') if total else 'No changes'} in the last {safe(period, 60)}*"
    lines = [
        section(
            f"*{safe(name, 150)}* {change_line(change)}",
            accessory=button("History", f"{HISTORY}:{position}", str(change.user_id), label=f"History of {name}"),
        )
        for position, (change, name) in enumerate(entries)
    ]
    tail = (
        [f"The record began {at(began)}: people who already had a seat that day aren't counted as joiners."]
        if began
        else []
    )
    tail += [note] if note else []
    return Message(heading, (section(heading), *lines, *([context(*tail)] if tail else []), *turned(turns)))


def turned(turns: Sequence[tuple[str, str, str]]) -> list[Block]:
    """The buttons that turn a page; nothing where there is one page."""
    return [actions(*(button(words, action, cursor) for words, action, cursor in turns))] if turns else []


def status_words(status: Status | None) -> str:
    """What a list of them is called."""
    return {
        Status.ACTIVE: "People with a seat",
        Status.OFFBOARDED: "Offboarded by a request",
        Status.REMOVED: "Removed outside hs-bot",
    }.get(status or Status.ACTIVE, "Everybody")


def change_line(change: Change, began: int | None = None) -> str:
    """What happened, when, by which request: to stand behind a name. `began`: the sync that began the record."""
    words = _WORDS.get(change.kind, change.kind.value)
    if began is not None and change.sync_id == began:
        words = _AT_THE_BEGINNING.get(change.kind, words)
    match change.kind:
        case ChangeKind.CHANGED:
            before, after = (safe(text, 300) or "nothing" for text in (change.before, change.after))
            words = f"{safe(change.field.replace('_', ' '), 60)}: {before} → {after}"
        case ChangeKind.TEAM_JOINED:
            words += f" {safe(change.after, 150)}"
        case ChangeKind.TEAM_LEFT:
            words += f" {safe(change.before, 150)}"
    when = f", {at(change.seen_at)}" if change.seen_at else ""
    how = f" · request {code(change.request_id)}" if change.request_id else ""
    return f"{words}{when}{how}"


__all__ = ["change_line", "changes_page", "history_page", "one_line", "people_page", "status_words", "turned"]
