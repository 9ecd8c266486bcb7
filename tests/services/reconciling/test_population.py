"""HR's leavers against the record: each row answered, the sums right, the same bytes each time."""

import csv
import hashlib
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.model.request import Decision, Kind, Request, State, Verdict
from bot.model.user import Status, User, UserRecord
from bot.services.reconciling.leavers import BadList
from bot.services.reconciling.population import COLUMNS, Population, population
from bot.store.record import Record, open_record

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = open_record(str(tmp_path / "record.db"), clock=lambda: NOON)
    users = [User(id=n, email=f"p{n}@acme.example", first_name=f"P{n}", last_name="X") for n in range(1, 41)]
    record.users.put([UserRecord(user=user, first_seen=NOON, last_seen=NOON) for user in users])
    yield record
    record.close()


def offboarded(record: Record, n: int, at: datetime) -> None:
    """By a request that Rita made and Ana approved."""
    request = Request(
        id=f"r{n}",
        kind=Kind.OFFBOARD,
        state=State.DONE,
        opened_at=at - timedelta(hours=2),
        requester="URITA",
        requester_name="Rita",
        target_id=n,
        expires_at=at + DAY,
        finished_at=at,
    )
    record.requests.insert(request)
    vote = Decision(request_id=f"r{n}", actor="UANA", actor_name="Ana", verdict=Verdict.APPROVE, decided_at=at)
    record.requests.decide(vote)
    record.users.mark_gone(n, Status.OFFBOARDED, at, f"r{n}")


@pytest.fixture
def thirty(record: Record) -> bytes:
    """Thirty leavers of 31 October: 12 in time, 6 late, 4 by somebody else, 5 still there, 3 unknown."""
    over = datetime(2026, 10, 31, 23, 0, tzinfo=UTC)  # the day's end in Vienna
    for n in range(1, 13):
        offboarded(record, n, over + timedelta(hours=n))
    for n in range(13, 19):
        offboarded(record, n, over + timedelta(hours=24 + n))
    for n in range(19, 23):
        record.users.mark_gone(n, Status.REMOVED, over, None)
    offboarded(record, 40, over - timedelta(hours=3))  # HR forgot somebody
    lines = [f"p{n}@acme.example,2026-10-31" for n in range(1, 28)] + [
        f"x{n}@acme.example,2026-10-31" for n in range(3)
    ]
    return ("email,last_day\n" + "\n".join(reversed(lines)) + "\n").encode()


def answer(record: Record, content: bytes, begin: date | None = None, end: date | None = None) -> Population:
    return population(record, content, zone="Europe/Vienna", sla=DAY, begin=begin, end=end)


def test_each_row_is_answered_and_the_sums_are_right(record: Record, thirty: bytes) -> None:
    found = answer(record, thirty)
    assert found.counts == {"still-there": 5, "outside-the-bot": 4, "outside": 6, "unknown": 3, "within": 12}
    assert sum(found.counts.values()) == len(found.rows) == 30
    assert [row.verdict for row in found.rows] == sorted(
        (row.verdict for row in found.rows), key=list(found.counts).index
    ), "exceptions first"
    row = next(row for row in found.rows if row.email == "p3@acme.example")
    assert (row.request, row.asked_by, row.approved_by, row.hours) == ("r3", "Rita", "Ana", 3.0)
    assert row.removed_at == "2026-11-01T02:00:00+00:00"
    assert [row.email for row in found.others] == ["p40@acme.example"]
    assert found.sha256 == hashlib.sha256(thirty).hexdigest()


def test_the_same_record_and_file_give_the_same_bytes(record: Record, thirty: bytes) -> None:
    for style in ("csv", "json"):
        assert answer(record, thirty).write(style) == answer(record, thirty).write(style)
    rows = list(csv.reader(io.StringIO(answer(record, thirty).write("csv"))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[-1] == ["sha256", hashlib.sha256(thirty).hexdigest()]
    assert ["within", "12"] in rows
    whole = json.loads(answer(record, thirty).write("json"))
    assert whole["counts"]["rows"] == len(whole["rows"]) == 30


def test_the_period_is_what_is_asked_for(record: Record, thirty: bytes) -> None:
    assert answer(record, thirty, begin=date(2026, 11, 1), end=date(2026, 11, 30)).others == ()
    with pytest.raises(BadList, match="ends before it begins"):
        answer(record, thirty, begin=date(2026, 11, 1), end=date(2026, 10, 1))


def test_an_address_of_old_and_one_with_a_plus_part_are_the_person(record: Record, thirty: bytes) -> None:
    content = b"email;last_day\nP3+hs@ACME.example;31.10.2026\n"
    (row,) = answer(record, content).rows
    assert (row.verdict, row.request) == ("within", "r3")


def test_who_has_a_row_is_no_removal_without_one_whatever_id_they_left_under(record: Record) -> None:
    """Restored under a new id, or gone twice; by an address of before, too. Another's alias is somebody else."""

    def back(n: int, email: str, **more: Any) -> None:
        user = User(id=n, email=email, first_name=f"P{n}", **more)
        record.users.put([UserRecord(user=user, first_seen=NOON, last_seen=NOON)])

    day = datetime(2026, 10, 31, 12, tzinfo=UTC)
    for n in (1, 2, 3, 4, 5):
        record.users.mark_gone(n, Status.REMOVED, day, None)
    back(101, "p1@acme.example")
    back(102, "P2+hs@acme.example")
    record.users.mark_gone(102, Status.REMOVED, day + timedelta(hours=1), None)
    back(103, "p3@acme.example")
    back(103, "p3.new@acme.example")
    record.identities.link({"U4"}, 4)
    back(104, "p4.other@acme.example")
    record.identities.link({"U4"}, 104)
    back(105, "else@acme.example", alternate_emails=("p5@acme.example",))
    lines = ["p1@", "p1@", "p2@", "p3.new@", "p4.other@", "else@"]
    found = answer(record, ("email,last_day\n" + "".join(f"{one}acme.example,2026-10-31\n" for one in lines)).encode())
    assert [row.email for row in found.others] == ["p5@acme.example"]
    assert found.counts == {"still-there": 5, "outside-the-bot": 1, "outside": 0, "unknown": 0, "within": 0}
    assert sum(found.counts.values()) == len(found.rows)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "must name the columns"),
        (b"email\np@a.example\n", "must name the columns"),
        (b"email,last_day\n", "has no rows"),
        (b"email,last_day\np@a.example,10/31/2026\n", "Line 2 .* no date"),
        (b"email,last_day\np@a.example\n", "Line 2 .* 1 cells"),
        (b"email,last_day\nnobody,2026-10-31\n", "Line 2 .* no e-mail"),
        (b"email,last_day\n\xff,2026-10-31\n", "UTF-8"),
    ],
)
def test_a_list_that_can_not_be_read_is_said_with_its_line(record: Record, content: bytes, words: str) -> None:
    with pytest.raises(BadList, match=words):
        answer(record, content)


def test_the_request_is_not_told_to_whom_it_is_about(record: Record, thirty: bytes) -> None:
    found = population(record, thirty, zone="Europe/Vienna", sla=DAY, hides=lambda one: one.target_id == 3)
    row = next(row for row in found.rows if row.email == "p3@acme.example")
    assert (row.verdict, row.request, row.asked_by, row.approved_by) == ("within", "", "", "")


def test_a_long_list_is_answered_in_little_time(record: Record) -> None:
    rows = "".join(f"x{n}@acme.example,2026-10-31\n" for n in range(10_000))
    begun = time.process_time()
    assert answer(record, f"email,last_day\n{rows}".encode()).counts["unknown"] == 10_000
    assert time.process_time() - begun < 2.0
