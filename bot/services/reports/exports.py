"""Tables of the record as CSV or JSON, written row by row: `/hs-user export` and `hs-bot export`.

A spreadsheet runs a cell that begins like a formula. Names, e-mails and reasons come from other people, so such a cell
gets an apostrophe in front (OWASP, "CSV Injection"); also for the full-width forms, which some programs fold first, and
behind leading blanks, which some programs strip. A program that takes `;`, a tab, `|` or a line's end for the separator
finds other cells in the same line: where one of them would begin like a formula it gets its apostrophe too.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Literal, TextIO, get_args

from bot.model.audit import AuditEntry
from bot.model.change import Change
from bot.model.problem import Problem
from bot.model.request import Request
from bot.model.user import User, UserRecord
from bot.store.record import Record

What = Literal["users", "changes", "audit", "requests"]
Style = Literal["csv", "json"]
WHAT: tuple[str, ...] = get_args(What)
STYLES: tuple[str, ...] = get_args(Style)

_FORMULA = "[=+\\-@＝＋－＠﹢﹣﹦﹫⁺₊⁼₌−]"
_SPLITS = ";；|｜\t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_SKIPPED = r"[\s\"\u200b-\u200f\u2060\ufeff\x00-\x1f]*"
"""Blanks, and quotes: `;"=1+1"` is a cell in quotes."""
_LATER_FORMULA = re.compile(f"([{_SPLITS}]{_SKIPPED})({_FORMULA})")
_FIRST_FORMULA = re.compile(f"{_SKIPPED}(?:{_FORMULA}|(?<=[\t\r\n]))")
_PAGE = 500

_USER_COLUMNS = tuple(field.name for field in fields(User) if field.name not in {"raw", "odd"})
_CHANGE_COLUMNS = tuple(field.name for field in fields(Change))
_AUDIT_COLUMNS = tuple(field.name for field in fields(AuditEntry))
_REQUEST_COLUMNS = tuple(
    field.name
    for field in fields(Request)
    if field.name not in {"lease_owner", "lease_until", "channel", "message_ts", "card_version"}
)
_STANDING = ("status", "first_seen", "last_seen", "removed_at", "scim_id", "request_id")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "users": (
        *_USER_COLUMNS,
        "status",
        "first_seen",
        "last_seen",
        "removed_at",
        "scim_id",
        "request_id",
        "until",
        "teams",
    ),
    "changes": _CHANGE_COLUMNS,
    "audit": _AUDIT_COLUMNS,
    "requests": _REQUEST_COLUMNS,
}
"""The columns of each table, in order; the same in both styles."""

Row = Mapping[str, object]


class UnknownExport(Problem):
    """A table or a style that there is not."""


def export(
    record: Record,
    what: str,
    style: str,
    out: TextIO,
    *,
    people_only: bool = False,
    own: Callable[[int], bool] = lambda _: False,
) -> int:
    """Write the table `what` to `out` as `style`; returns the number of rows (without the header).

    Rows are read and written one by one, so a record of any size takes little memory. Users come with everybody who
    ever was there, their status, and the teams they are in; with `people_only` without teams and bots, and without
    what tells of a request about whoever reads it, where `own` says so by id. Raises `UnknownExport`, and what the
    store raises.
    """
    if what not in WHAT:
        raise UnknownExport(f"There is no table “{what}” to export; take one of: {', '.join(WHAT)}.")
    rows = _users(record, people_only, own) if what == "users" else _rows(record, what)
    return _write(COLUMNS[what], rows, style, out)


def write_requests(requests: Iterable[Request], style: str, out: TextIO) -> int:
    """Some requests, in the columns of that table."""
    return _write(_REQUEST_COLUMNS, (_plain(request, _REQUEST_COLUMNS) for request in requests), style, out)


def _write(columns: tuple[str, ...], rows: Iterable[Row], style: str, out: TextIO) -> int:
    writers: dict[str, Callable[[tuple[str, ...], Iterable[Row], TextIO], int]] = {"csv": _csv, "json": _json}
    if style not in writers:
        raise UnknownExport(f"There is no format “{style}”; take csv or json.")
    return writers[style](columns, rows, out)


def safe_cell(text: str) -> str:
    """`text` as a spreadsheet shows it and never runs it, at whatever character that splits the line."""
    inside = _LATER_FORMULA.sub(r"\1'\2", text)
    return f"'{inside}" if _FIRST_FORMULA.match(text) else inside


def _rows(record: Record, what: str) -> Iterator[Row]:
    if what == "changes":
        return (_plain(change, _CHANGE_COLUMNS) for change in record.changes.all())
    if what == "audit":
        return (_plain(entry, _AUDIT_COLUMNS) for entry in record.audit.iterate())
    return (_plain(request, _REQUEST_COLUMNS) for request in _requests(record))


def _users(record: Record, people_only: bool, own: Callable[[int], bool]) -> Iterator[Row]:
    names = {team.id: team.name for team in record.teams.all()}
    teams: dict[int, list[str]] = {}
    for member in sorted(record.teams.members()):
        teams.setdefault(member.user_id, []).append(names.get(member.team_id, str(member.team_id)))
    ends = {end.user_id: end.day.isoformat() for end in record.seat_ends.all()}
    for person in record.users.by_status():
        if people_only and not person.user.is_person:
            continue
        standing = {**_standing(person), "until": ends.get(person.id, ""), "teams": teams.get(person.id, [])}
        if own(person.id):
            standing |= {"until": "", "scim_id": None}  # the SCIM id is learned when a request is opened
        yield {**_plain(person.user, _USER_COLUMNS), **standing}


def _standing(person: UserRecord) -> Row:
    return _plain(person, _STANDING)


def _requests(record: Record) -> Iterator[Request]:
    """Every request, newest first; one opened while we page shifts the pages, so an id is given once."""
    seen: set[str] = set()
    offset = 0
    while page := record.requests.find(limit=_PAGE, offset=offset):
        yield from (request for request in page if request.id not in seen)
        seen.update(request.id for request in page)
        offset += len(page)


def _plain(value: object, columns: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(value, name) for name in columns}


def _csv(columns: tuple[str, ...], rows: Iterable[Row], out: TextIO) -> int:
    # RFC 4180 asks for CRLF between records.
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
        count += 1
    return count


def _cell(value: object) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return safe_cell(", ".join(map(str, value)))
    if isinstance(value, Mapping):
        return safe_cell(json.dumps(value, ensure_ascii=False, default=_word, sort_keys=True))
    return safe_cell(_word(value))


def _json(columns: tuple[str, ...], rows: Iterable[Row], out: TextIO) -> int:
    count = 0
    for count, row in enumerate(rows, 1):
        out.write("[\n" if count == 1 else ",\n")
        out.write(json.dumps({name: row[name] for name in columns}, ensure_ascii=False, default=_word))
    out.write("\n]\n" if count else "[]\n")
    return count


def _word(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)
