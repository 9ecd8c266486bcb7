"""Several people, as they are pasted: one a line, read as one person is everywhere, or CSV with a header. Pure.

Source of the CSV dialects: RFC 4180, and what spreadsheets export where a comma is the decimal sign (`;`, tabs).
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.policy.typed.clean import visible
from bot.policy.typed.who import BadArgument, Who, parse_who, people_in

LONGEST_LIST = 200_000  # characters of a file: a hundred people take some ten thousand
ADDRESS = frozenset(
    {"email", "e-mail", "mail", "email address", "e-mail address", "address", "user email"}
    | {"work email", "work e-mail", "e-mail-adresse"}
)
LOGIN = frozenset({"login", "userprincipalname", "user principal name"})
ID = frozenset({"id", "help scout id", "helpscout id", "user id"})
NAME = frozenset({"name", "full name", "user", "who", "person", "employee", "display name", "displayname"})
FIRST, LAST = frozenset({"first name", "firstname", "given name"}), frozenset({"last name", "lastname", "surname"})
_KNOWN = ADDRESS | LOGIN | ID | NAME | FIRST | LAST
_SEPARATORS = ",;\t"
_PREAMBLE = re.compile(r"sep=.?|version:.*")
"""A first line that is no header: Excel's, and that of Entra ID's forms for many users."""
_REQUIRED = re.compile(r"\s*(?:[\[(](?:required|optional|read only)[\])]|\brequired|\*)\s*$")
_IN_BRACKETS = re.compile(r".*\[(.+)\]")
"""`User name [userPrincipalName] Required`, `Email Address [Required]`: as Entra ID and Google name columns."""


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a list: where it stands (from 1), what stands there, and who that is, or why it is nobody."""

    number: int
    text: str
    who: Who | None = None
    why: str = ""
    called: str = ""  # the name beside an id, which may be another system's


def read_many(text: str) -> tuple[Line, ...]:
    """Every line that isn't blank. With a header (`email`, `id`, `name` …) the text is CSV, and the address counts.

    Raises `BadArgument` for what is too long to be a list of people.
    """
    if len(text) > LONGEST_LIST:
        raise BadArgument(f"That list has {len(text):,} characters, and {LONGEST_LIST:,} is the most. Split the list.")
    lines = text.lstrip("\ufeff").splitlines()
    filled = [at for at, line in enumerate(lines) if visible(line)]
    if not filled:
        return ()
    first = filled[0]
    if len(filled) > 1 and _PREAMBLE.fullmatch(visible(lines[first]).lower().rstrip(_SEPARATORS)):
        first = filled[1]
    separator = _separator(lines[first])
    header = [_column(cell) for cell in _cells(lines[first], separator)]
    if _is_header(header):
        return _read_csv(lines, first, separator, header)
    return tuple(_read(number, line) for number, line in enumerate(lines[first:], first + 1) if visible(line))


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # what is no header; as a person it is told by its number
        return []


def _column(cell: str) -> str:
    name = _REQUIRED.sub("", visible(cell).lower())
    inside = _IN_BRACKETS.fullmatch(name)
    return inside[1] if inside else name


def _is_header(cells: Sequence[str]) -> bool:
    """Whether these are names of columns: one that says who somebody is, and no address among them."""
    return not _KNOWN.isdisjoint(cells) and not any("@" in cell for cell in cells)


def _read_csv(lines: Sequence[str], first: int, separator: str, header: Sequence[str]) -> tuple[Line, ...]:
    found: list[Line] = []
    reader = csv.reader(io.StringIO("\n".join(lines[first + 1 :])), delimiter=separator)
    begins = first + 2
    try:
        for cells in reader:
            number, begins = begins, first + 2 + reader.line_num
            if not any(visible(cell) for cell in cells):
                continue
            row = {name: visible(cell) for name, cell in zip(header, cells, strict=False)}
            address = _one_of(row, ADDRESS) or _one_of(row, LOGIN)
            id, name = _one_of(row, ID), _name(row)
            named = address or id or name
            shown = named or separator.join(cells)
            line = _read(number, named, shown) if named else Line(number, shown, why="This row names nobody.")
            found.append(replace(line, called="" if address or not id else name))
    except csv.Error:
        found.append(Line(begins, "", why="This row isn't CSV. Check its quotes."))
    return tuple(found)


def _one_of(row: dict[str, str], names: frozenset[str]) -> str:
    return next((row[name] for name in row if name in names and row[name]), "")


def _name(row: dict[str, str]) -> str:
    return _one_of(row, NAME) or " ".join(part for part in (_one_of(row, FIRST), _one_of(row, LAST)) if part)


def _read(number: int, text: str, shown: str = "") -> Line:
    said = visible(shown or text)
    if (several := people_in(text)) > 1:
        return Line(number, said, why=f"This line names {several} people. Put each on a line of its own.")
    try:
        return Line(number, said, parse_who(text))
    except BadArgument as wrong:
        return Line(number, said, why=wrong.sentence)
