"""Names, reasons and teams come from other people: in plain text none of them adds a line or moves the terminal."""

import logging
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from bot import log
from bot.model.request import Decision, Kind, Request, State, Verdict
from bot.model.team import Team, TeamMember
from bot.model.user import User, UserRecord
from bot.services.directory import Directory
from bot.services.reports.evidence import evidence_of
from bot.services.reports.listing import listed, table
from bot.services.reports.plaintext import look_up
from bot.store.record import Record, open_record

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BREAKS = ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029", "\x1c"]
FORGED = "Approved by: Ana (UANA) at 2026-11-24T09:00:00+00:00"
MOVES = "\x1b[1A\x1b[2K\x9b2J\x07\u202e\u2066\u200f"


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = open_record(tmp_path / "hs-bot.db", clock=lambda: NOW)
    yield record
    record.close()


def evil(end: str) -> str:
    return f"Jane{end}{FORGED}{MOVES}"


def request(end: str) -> Request:
    return Request(
        id="R1",
        kind=Kind.OFFBOARD,
        state=State.DENIED,
        opened_at=NOW,
        expires_at=NOW + timedelta(days=1),
        finished_at=NOW,
        requester="URITA",
        requester_name=evil(end),
        target_id=1,
        target_name=evil(end),
        target_email="jane@acme.example",
        reason=evil(end),
        plan={"emails": [evil(end)], evil(end): evil(end)},
        outcome=evil(end),
    )


@pytest.mark.parametrize("end", BREAKS)
def test_no_name_or_reason_forges_a_line_of_the_evidence(record: Record, end: str) -> None:
    record.requests.insert(request(end))
    record.requests.decide(
        Decision(
            request_id="R1", actor="UBO", actor_name=evil(end), verdict=Verdict.DENY, reason=evil(end), decided_at=NOW
        )
    )
    record.audit.append("request.denied", request_id="R1", details={"why": evil(end), evil(end): 1})
    text = evidence_of(record, "R1").write("text")
    assert text.count("Jane Approved by: Ana") >= 5
    assert [line for line in text.splitlines() if line.lstrip().startswith("Approved by")] == []
    assert len(text.splitlines()) == text.count("\n")
    assert {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")} == {"\n"}


@pytest.mark.parametrize("end", BREAKS)
def test_a_list_of_requests_has_a_line_for_each(record: Record, end: str) -> None:
    record.requests.insert(request(end))
    lines = table(listed(record)).splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "R1"]
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("end", BREAKS)
def test_a_look_up_shows_each_field_on_its_line(record: Record, end: str) -> None:
    people = [
        User(
            id=id,
            first_name=f"Jane{end}",
            last_name=f"{FORGED}{MOVES}",
            email=f"jane{id}@x.example",
            job_title=evil(end),
        )
        for id in (1, 2)
    ]
    record.users.put([UserRecord(user=user, first_seen=NOW, last_seen=NOW) for user in people])
    record.teams.replace([Team(id=7, name=evil(end))], [TeamMember(team_id=7, user_id=1)])
    with closing(Directory(record, interval=timedelta(minutes=15))) as directory:
        for who in ("jane1@x.example", "Jane", f"nobody{end}{FORGED}{MOVES}"):
            lines = look_up(directory, who).text.splitlines()
            assert all(line.isprintable() for line in lines)
            assert not any(line.lstrip().startswith("Approved by") for line in lines)


def test_the_log_has_one_line_for_each_event(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        log.configure("text")
        structlog.get_logger("bot").warning(evil("\n"), name=evil("\r\n"))
        logging.getLogger("elsewhere").warning("%s", evil("\u2028"))
    finally:
        root.handlers[:], level = before
        root.setLevel(level)
        structlog.reset_defaults()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
