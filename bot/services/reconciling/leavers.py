"""HR's list of leavers, read: a CSV with an address and a last day in each row, as spreadsheets write it."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

from bot.model.problem import Problem
from bot.policy.typed.file_text import NOT_UTF8, NoText, text_of


class BadList(Problem):
    """HR's list can't be read."""


@dataclass(frozen=True, slots=True)
class Leaver:
    """A row of the file."""

    email: str
    last_day: date


def read_list(content: bytes) -> list[Leaver]:
    """HR's list: a CSV with `email` and `last_day` (2026-11-30, or 30.11.2026). Raises `BadList` with the line.

    In UTF-8, or as spreadsheets write it: UTF-16 with its mark, or Windows' own encoding as far as it doesn't matter.
    """
    try:
        text, sure = text_of(content)
    except NoText as other:
        raise BadList(other.sentence) from None
    hinted = re.match(r"sep=(.)\r?\n", text)  # Excel's own first line
    text = text[hinted.end() :] if hinted else text
    first = text.partition("\n")[0]
    delimiter = hinted[1] if hinted else max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as wrong:
        raise BadList(f"The list can't be read as CSV ({wrong}). Export it again.") from None
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "email" not in header or "last_day" not in header:
        raise BadList("The list's first line must name the columns “email” and “last_day”.")
    email, last_day = header.index("email"), header.index("last_day")
    found = []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            raise BadList(f"Line {number} of the list has {len(row)} cells instead of {len(header)}.")
        if not sure and not row[email].isascii():
            raise BadList(f"{NOT_UTF8} Line {number} can't be read for certain.")
        if "@" not in row[email]:
            raise BadList(f"Line {number} of the list has no e-mail address in the column email.")
        found.append(Leaver(row[email].strip(), _day(row[last_day].strip(), number)))
    if not found:
        raise BadList("The list has no rows.")
    return found


def _day(text: str, number: int) -> date:
    german = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    try:
        return date(int(german[3]), int(german[2]), int(german[1])) if german else date.fromisoformat(text[:10])
    except ValueError:
        raise BadList(
            f"Line {number} of the list has no date in the column last_day: write it like 2026-11-30."
        ) from None
