"""The auditor's question for all leavers at once: who left by HR's list, and when was their seat gone?

Everything comes from the record and the file: the same record and file give the same bytes.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bot.model.address import address_key, without_plus
from bot.model.request import Kind, Request, State, Verdict
from bot.model.user import Status, UserRecord
from bot.policy.typed.when import midnight, midnight_after
from bot.services.reconciling.leavers import BadList, Leaver, read_list
from bot.services.reports.exports import safe_cell
from bot.store.record import Record


class Found(StrEnum):
    """How it went, exceptions first: the order of the rows."""

    STILL_THERE = "still-there"
    OUTSIDE_THE_BOT = "outside-the-bot"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"
    WITHIN = "within"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`hours` count from the end of the last day; negative: the seat was gone before. Empty where there is nothing."""

    email: str
    last_day: str
    request: str = ""
    asked_by: str = ""
    approved_by: str = ""
    removed_at: str = ""
    hours: float | None = None
    verdict: str = ""


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """`rows` are the file's, `others` removals of the period that have none. `counts` add up to the rows."""

    sha256: str
    begin: date
    end: date
    rows: tuple[Row, ...]
    others: tuple[Row, ...]
    counts: Mapping[str, int]

    def write(self, style: str) -> str:
        """As `csv` or `json`."""
        return self._json() if style == "json" else self._csv()

    def _json(self) -> str:
        whole = {
            "sha256": self.sha256,
            "from": self.begin.isoformat(),
            "to": self.end.isoformat(),
            "rows": [asdict(row) for row in self.rows],
            "removals_without_a_row": [asdict(row) for row in self.others],
            "counts": {**self.counts, "rows": len(self.rows)},
        }
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"

    def _csv(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
        writer.writerow(COLUMNS)
        writer.writerows(_cells(row) for row in self.rows)
        writer.writerow(())
        writer.writerow(("removals without a row", self.begin.isoformat(), self.end.isoformat(), len(self.others)))
        writer.writerows(_cells(row) for row in self.others)
        writer.writerow(())
        writer.writerows((verdict, count) for verdict, count in self.counts.items())
        writer.writerow(("rows", len(self.rows)))
        writer.writerow(("sha256", self.sha256))
        return out.getvalue()


def _cells(row: Row) -> list[str | float]:
    return [value if isinstance(value, float) else safe_cell(value or "") for value in asdict(row).values()]


def population(
    record: Record,
    content: bytes,
    *,
    zone: str,
    sla: timedelta,
    begin: date | None = None,
    end: date | None = None,
    hides: Callable[[Request], bool] = lambda _: False,
) -> Population:
    """Answer every row of HR's list. The period is `begin` to `end`, else from the first last day to the last one.

    `hides`: whether a request must not be told to the reader. Raises `BadList`.
    """
    leavers = read_list(content)
    days = [one.last_day for one in leavers]
    begin, end = begin or min(days), end or max(days)
    if end < begin:
        raise BadList(f"The period ends before it begins: it goes from {begin} to {end}.")
    teller = _Teller(record, ZoneInfo(zone), sla, hides)
    answered = [teller.row(one) for one in leavers]
    order = list(Found)
    rows = sorted((row for row, _ in answered), key=lambda r: (order.index(Found(r.verdict)), r.last_day, r.email))
    counted = Counter(row.verdict for row in rows)
    others = teller.others([id for _, id in answered if id is not None], begin, end)
    return Population(
        sha256=hashlib.sha256(content).hexdigest(),
        begin=begin,
        end=end,
        rows=tuple(rows),
        others=tuple(others),
        counts={one.value: counted.get(one.value, 0) for one in Found},
    )


def _now_first(row: UserRecord) -> tuple[bool, float, int]:
    """Active people first, then who left last."""
    left = row.removed_at.timestamp() if row.removed_at is not None else 0.0
    return row.status is not Status.ACTIVE, -left, -row.id


class _Teller:
    def __init__(self, record: Record, zone: ZoneInfo, sla: timedelta, hides: Callable[[Request], bool]) -> None:
        self._record = record
        self._zone = zone
        self._sla = sla
        self._hides = hides
        self._people = {row.id: row for row in record.users.by_status() if row.user.is_person}
        self._by_address: dict[str, list[int]] = {}  # without plus parts
        everybody, self._slack = record.identities.everybody()
        for id, keys in everybody.items():
            for plain in {without_plus(key) for key in keys} if id in self._people else ():
                self._by_address.setdefault(plain, []).append(id)
        self._mains = record.identities.mains_ever()

    def row(self, leaver: Leaver) -> tuple[Row, int | None]:
        """The answer, and the REST id of whom it is about."""
        person = self._person(leaver.email)
        if person is None:
            return Row(email=leaver.email, last_day=leaver.last_day.isoformat(), verdict=Found.UNKNOWN.value), None
        request = self._request(person)
        gone = person.removed_at if person.status is not Status.ACTIVE else None
        hours = self._hours(leaver.last_day, gone) if gone is not None else None
        if person.status is Status.ACTIVE:
            verdict = Found.STILL_THERE
        elif person.status is Status.REMOVED or request is None:
            verdict = Found.OUTSIDE_THE_BOT
        else:
            late = hours is None or hours > self._sla / timedelta(hours=1)
            verdict = Found.OUTSIDE if late else Found.WITHIN
        told = {**self._told(person, request, gone), "email": leaver.email, "last_day": leaver.last_day.isoformat()}
        return Row(**told, hours=hours, verdict=verdict.value), person.id

    def others(self, answered: Iterable[int], begin: date, end: date) -> list[Row]:
        """Removals of the period about whom the file has no row, the oldest first."""
        first, last = midnight(begin, self._zone), midnight_after(end, self._zone)
        known: set[str | int] = {name for id in answered for name in self._names(id)}
        found: list[tuple[datetime, Row]] = []
        for person in self._people.values():
            at = person.removed_at if person.status is not Status.ACTIVE else None
            if at is None or not first <= at < last or not known.isdisjoint(self._names(person.id)):
                continue
            told = self._told(person, self._request(person), at)
            found.append((at, Row(**told, last_day="")))
        return [row for _, row in sorted(found, key=lambda pair: (pair[0], pair[1].email))]

    def _names(self, id: int) -> Iterable[str | int]:
        """What tells that two REST ids are one person, who came back: a main address, or who they are in Slack."""
        yield id
        yield from (without_plus(key) for key in self._mains.get(id, ()))
        yield from self._slack.get(id, ())

    def _told(self, person: UserRecord, request: Request | None, gone: datetime | None) -> dict[str, Any]:
        request = None if request is not None and self._hides(request) else request
        votes = self._record.requests.decisions(request.id) if request is not None else []
        approved = [one.actor_name or one.actor for one in votes if one.verdict is Verdict.APPROVE]
        return {
            "email": person.user.email,
            "request": request.id if request is not None else "",
            "asked_by": (request.requester_name or request.requester) if request is not None else "",
            "approved_by": "; ".join(approved),
            "removed_at": gone.astimezone(UTC).isoformat() if gone is not None else "",
        }

    def _person(self, email: str) -> UserRecord | None:
        """Whose address it is or ever was: whoever left last, unless somebody has it as their own now."""
        key = address_key(email)
        rows = [self._people[id] for id in self._by_address.get(without_plus(key), ())]
        rows.sort(key=_now_first)
        mains = [row for row in rows if row.user.key == key]
        exact = mains or [row for row in rows if key in row.user.keys] or rows
        return exact[0] if exact else None

    def _request(self, person: UserRecord) -> Request | None:
        """The request that removed them; of somebody who is still there, the newest that was to."""
        if person.request_id and person.status is Status.OFFBOARDED:
            return self._record.requests.get(person.request_id)
        if person.status is Status.REMOVED:
            return None
        found = self._record.requests.find(kinds=[Kind.OFFBOARD], target_id=person.id, limit=1)
        return next((one for one in found if one.state is not State.DONE), None)

    def _hours(self, last_day: date, gone: datetime) -> float:
        over = midnight_after(last_day, self._zone)
        return round((gone - over) / timedelta(hours=1), 2)
