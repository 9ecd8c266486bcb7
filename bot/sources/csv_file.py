"""A CSV of who works here, from a path or an https URL: as HR exports it, or as somebody keeps it by hand.

A header with `email`; optional `name`, `status` (active, suspended, left), `role`, `manager` (an e-mail), `groups`
(`;` between). Read line by line, so that a long file takes little memory. A line that can't be understood makes the
whole file unbelievable, with its number: half of a list would make orphans of the other half.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from sys import intern
from typing import TextIO

import httpx

from bot.helpscout.wire.surroundings import BadSurroundings, certificates, ways_out
from bot.model.address import address_key
from bot.model.colleague import Colleague, Employment, Listing
from bot.sources.errors import Away, Doubtful, NotAllowed, NotThere, Refused
from bot.sources.waits import Waits

NAME, TITLE = "csv", "the CSV file"
MOST_BYTES = 256 << 20
_STATES = {"": Employment.ACTIVE} | {one.value: one for one in Employment if one is not Employment.COMING}
_COLUMNS = ("email", "name", "status", "role", "manager", "groups")
_ADDRESS = re.compile(r"[^@\s<>\"(),;:|]+@[^@\s<>\"(),;:|]+")  # no `mailto:`, and no name beside it
_EXPORT = "Export it again, whole, with a header that has “email” in it."


class Csv:
    """`place` is a path or an https URL; `group`: only its people should have a seat, "" for everybody."""

    name, title = NAME, TITLE

    def __init__(self, place: str, *, group: str = "", waits: Waits | None = None) -> None:
        self._place = place
        self._group = group
        self._waits = waits or Waits()

    def read(self) -> Listing:
        with self._opened() as (lines, as_of):
            people = tuple(self._inside(colleagues(lines)))
        if not people:
            why = f"has nobody in the group “{self._group}”" if self._group else "has no people in it"
            raise Doubtful(NAME, f"The CSV file {why}.", "Check HS_BOT_CSV_GROUP." if self._group else _EXPORT)
        return Listing(source=NAME, title=TITLE, people=people, group=self._group, as_of=as_of)

    def _inside(self, people: Iterable[Colleague]) -> Iterator[Colleague]:
        return (one for one in people if not self._group or _in(one.groups, self._group))

    @contextmanager
    def _opened(self) -> Iterator[tuple[TextIO, datetime | None]]:
        if "://" in self._place:
            content, changed = self._fetched()
            yield io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=""), changed
            return
        cure = "Check HS_BOT_CSV."
        try:
            with Path(self._place).expanduser().open(encoding="utf-8-sig", newline="") as file:
                yield file, datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
        except FileNotFoundError:
            raise NotThere(NAME, "The CSV file isn't there.", cure) from None
        except PermissionError:
            raise NotAllowed(NAME, "The CSV file can't be read by this user.", cure) from None
        except OSError as fault:
            raise Away(NAME, f"The CSV file can't be read ({fault.strerror}).", cure) from None

    def _fetched(self) -> tuple[bytes, datetime | None]:
        cure = "Check HS_BOT_CSV, and open the address in a browser."
        ends, body = self._waits.clock() + self._waits.idle, bytearray()
        limits = httpx.Limits(max_connections=1)
        hanging = Away(
            NAME,
            f"The CSV file's server took more than {self._waits.idle:g} seconds for the file.",
            "It is read again at the next interval.",
        )
        try:
            trust = certificates()
            with (
                httpx.Client(
                    verify=trust,
                    mounts=ways_out((self._place,), trust, limits),
                    trust_env=False,
                    timeout=httpx.Timeout(self._waits.idle, connect=min(self._waits.connect, self._waits.idle)),
                ) as client,
                client.stream("GET", self._place, headers={"Accept": "text/csv, */*"}) as answer,
            ):
                _must_be_ok(answer.status_code, cure)
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise Doubtful(NAME, "The CSV file is too large to be a list of people.", cure)
                    if self._waits.clock() > ends:
                        raise hanging
                changed = answer.headers.get("last-modified", "")
        except (httpx.ReadTimeout, httpx.WriteTimeout):
            raise hanging from None
        except httpx.RemoteProtocolError:
            raise Doubtful(
                NAME, "The CSV file was cut off on its way.", "It is read again at the next interval."
            ) from None
        except (httpx.TransportError, httpx.InvalidURL, UnicodeError):
            raise Away(NAME, "The CSV file's server can't be reached.", cure) from None
        except BadSurroundings as bad:
            raise Away(NAME, "The CSV file's server can't be reached.", bad.sentence) from None
        return bytes(body), _date(changed)


def _must_be_ok(status: int, cure: str) -> None:
    if status == 200:
        return
    what = f"The CSV file's server answered {status}."
    again = "It is read again at the next interval."
    if status == 401:
        raise Refused(NAME, what, "Put the file where hs-bot may read it without signing in, or give it as a path.")
    if status == 403:
        raise NotAllowed(NAME, what, "Let hs-bot read the file, or give it as a path.")
    if status == 404:
        raise NotThere(NAME, what, cure)
    if status == 429 or status >= 500:
        raise Away(NAME, what, again)
    raise Doubtful(NAME, what, cure)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo else None


def colleagues(lines: TextIO) -> Iterator[Colleague]:
    """The people of a CSV, one each: who is there twice is active if one of the lines says so. Raises `Doubtful`."""
    try:
        first = lines.readline()
        columns, width, separator = _header(first)
        rows = csv.reader(lines, delimiter=separator, strict=True)
        seen: dict[str, Colleague] = {}
        for row in rows:
            if not any(row):
                continue
            number = rows.line_num + 1
            if len(row) != width:
                cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
                raise Doubtful(NAME, f"Line {number} of the CSV file has {cells} instead of {width}.", _EXPORT)
            if (one := _colleague(row, columns, number)) is None:
                continue
            before = seen.get(one.id)
            if before is None or (before.is_gone and not one.is_gone):
                seen[one.id] = one
    except UnicodeDecodeError:
        raise Doubtful(NAME, "The CSV file is not text in UTF-8.", "Export it as CSV in UTF-8.") from None
    except csv.Error as wrong:
        raise Doubtful(NAME, f"The CSV file is cut off or is none ({wrong}).", _EXPORT) from None
    yield from seen.values()


def _header(line: str) -> tuple[dict[str, int], int, str]:
    """Column → its place, the number of cells, and the character that splits them."""
    if not line.strip():
        raise Doubtful(NAME, "The CSV file is empty.", _EXPORT)
    if line.lstrip().startswith("<"):
        raise Doubtful(
            NAME, "The CSV file is a web page.", "A sign-in page may be in between: check the address, or give a path."
        )
    separator = max(",;\t", key=line.count)
    cells = [cell.strip().lower() for cell in next(csv.reader([line], delimiter=separator))]
    columns = {name: cells.index(name) for name in _COLUMNS if name in cells}
    for other in ("e-mail", "mail", "e-mail address", "email address"):
        if "email" not in columns and other in cells:
            columns["email"] = cells.index(other)
    if "email" not in columns:
        raise Doubtful(NAME, "The CSV file's first line names no column “email”.", _EXPORT)
    return columns, len(cells), separator


def _colleague(row: list[str], columns: dict[str, int], number: int) -> Colleague | None:
    """None for somebody without an address, who can't have a seat."""

    def cell(name: str) -> str:
        return row[columns[name]].strip() if name in columns else ""

    email = cell("email")
    if not email:
        return None
    key = address_key(email)
    if not _ADDRESS.fullmatch(key):
        raise Doubtful(NAME, f"Line {number} of the CSV file has no e-mail address in its column email.", _EXPORT)
    state = _STATES.get(cell("status").lower())
    if state is None:
        raise Doubtful(
            NAME,
            f"Line {number} of the CSV file has a status other than active, suspended or left.",
            "Use these three words, or leave the column out.",
        )
    groups = cell("groups")
    return Colleague(
        id=key,
        email=email if email != key else key,
        name=cell("name"),
        state=state,
        said=state.value,
        role=intern(cell("role")),
        groups=_groups(groups),
        manager=intern(cell("manager")),
    )


@lru_cache(maxsize=5_000)
def _in(groups: frozenset[str], wanted: str) -> bool:
    """Whatever the case and the blanks: files are made by people and by formulas."""
    return _plain(wanted) in map(_plain, groups)


def _plain(group: str) -> str:
    return " ".join(group.casefold().split())


_NO_GROUPS: frozenset[str] = frozenset()  # each new one takes 216 bytes
_KNOWN_GROUPS: dict[str, frozenset[str]] = {}


def _groups(cell: str) -> frozenset[str]:
    """The same set for the same text: most people of a long file are in few combinations."""
    if not cell:
        return _NO_GROUPS
    if cell not in _KNOWN_GROUPS:
        if len(_KNOWN_GROUPS) > 5_000:
            _KNOWN_GROUPS.clear()
        _KNOWN_GROUPS[cell] = frozenset(part.strip() for part in cell.split(";") if part.strip())
    return _KNOWN_GROUPS[cell]
