"""`/hs-audit`: the log, the orphans, evidence as files, the chain."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import Message
from bot.model.audit import ChainReport
from bot.model.offboarding.quiet import QuietState
from bot.model.request import Verdict
from bot.services.credential import Credential
from bot.services.requests.telling import Event
from bot.slack.views.audit import chain, title
from tests.slack.conftest import JANE, Room


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


def shown(room: Room, who: str, line: str, words: str) -> Message:
    answer = room.slack.command(who, line)
    room.until(lambda: words in answer.shown)
    return answer.message


def test_the_log_of_a_person_tells_who_asked_what(room: Room) -> None:
    request = room.open()
    page = shown(room, "ana", f"/hs-audit log {JANE} 30d", "Audit log")
    assert "*Asked*" in page.shown
    assert "kind: offboard; quorum: 1" in page.shown
    assert "{" not in page.shown
    assert request.id in page.shown
    assert "Nothing is recorded" in shown(room, "ana", "/hs-audit log max@acme.example", "Nothing").shown


def test_the_log_is_turned_page_by_page(room: Room) -> None:
    for number in range(25):
        room.record.audit.append(f"test.{number}")
    page = shown(room, "ana", "/hs-audit log", "test.24")
    assert "test.5" not in page.shown.split("test.24")[1].split("test.15")[0]
    room.slack.click("ana", page, "Older")
    room.until(lambda: "test.10" in page.shown)
    assert "test.24" not in page.shown


def test_nobody_and_several_get_a_sentence(room: Room) -> None:
    assert "Nobody matches" in shown(room, "ana", "/hs-audit log nobody@nowhere.example", "Nobody").shown


def test_verify_says_that_the_chain_is_whole(room: Room) -> None:
    room.record.audit.append("test")
    assert "whole" in shown(room, "max", "/hs-audit verify", "whole").shown


def test_verify_takes_a_head_that_was_kept(room: Room) -> None:
    room.open()
    kept = room.record.audit.verify().mark
    room.record.audit.append("later")
    assert "The line you gave is in it" in shown(room, "max", f"/hs-audit verify `{kept}`", "whole").shown
    other = f"1:{'0' * 64}"
    assert "The line you gave isn't in it" in shown(room, "max", f"/hs-audit verify {other}", "broken").shown
    assert "isn't the head of an audit log" in room.slack.command("max", "/hs-audit verify 12").shown


def test_verify_names_the_first_line_that_was_tampered_with(room: Room) -> None:
    for number in range(6):
        room.record.audit.append(f"test.{number}")
    third = next(line.seq for line in room.record.audit.entries() if line.event == "test.3")
    with closing(sqlite3.connect(room.path / "hs-bot.db")) as file, file:
        for (trigger,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f'DROP TRIGGER "{trigger}"')
        file.execute("UPDATE audit SET actor = 'somebody else' WHERE seq IN (?, ?)", (third, third + 1))
    said = shown(room, "max", "/hs-audit verify", "broken").shown
    assert f"at line {third}:" in said
    assert "whole" not in said


def test_evidence_comes_as_three_files_to_the_caller_alone(room: Room) -> None:
    request = room.open()
    shown(room, "ana", f"/hs-audit evidence {request.id.upper()}", "direct messages")
    files = [file for message in room.slack.dms("ana") for file in message.files]
    assert {file.name.rsplit(".", 1)[-1] for file in files} == {"txt", "json", "csv"}
    bundle = json.loads(next(file.content or b"" for file in files if file.name.endswith("json")))
    assert bundle["request"]["id"] == request.id
    assert not room.slack.dms("rita")


def test_evidence_of_nothing_gets_a_sentence(room: Room) -> None:
    assert "evidence ID" in shown(room, "ana", "/hs-audit evidence", "evidence ID").shown
    said = shown(room, "ana", "/hs-audit evidence NOPE", "nope").shown
    assert "Request “nope” doesn't exist" in said
    assert "`/hs-audit evidence ID`" in said


def appended() -> set[str]:
    """Every event that the source appends to the audit log by its whole name, and by every word of an enumeration."""
    found = {f"request.{event}" for event in Event} | {f"decision.{verdict}" for verdict in Verdict}
    found |= {f"quiet.{state}" for state in (QuietState.UNDONE, QuietState.KEPT)}
    for path in Path(bot.__file__).parent.rglob("*.py"):
        found |= set(re.findall(r'(?:audit\.append|_audit)\(\s*"([^"]+)"', path.read_text(encoding="utf-8")))
    return found


def test_every_event_has_words() -> None:
    events = appended()
    assert {"batch.opened", "seat_end.set", "credential.user", "step.started", "team.created"} <= events
    assert not [one for one in sorted(events) if title(one) == one]
    assert title("team.add.sending") == "About to write (team.add)"


def test_a_first_start_is_no_doing_of_people(room: Room) -> None:
    credential = Credential(room.record)
    me = room.client.rest.me()
    for calls in (None, True, False):
        credential.keep(replace(me, role="admin"), calls)
    lines = [one for one in room.record.audit.entries() if one.event == "credential.user"]
    assert [one.details["role"] for one in lines].count("admin") == 1
    room.open()
    assert "hs-bot uses" not in shown(room, "ana", "/hs-audit log", "*Asked*").shown
    assert "*Whose credential hs-bot uses*" in shown(room, "ana", "/hs-audit log steps", "*Asked*").shown


def test_that_the_log_is_whole_is_said_in_the_same_words_before_its_first_line() -> None:
    """The first line may be about the reader, who sees none of it."""
    first = ChainReport(entries=1, head="0" * 64, sealed_from=1, seals_checked=True)
    assert chain(ChainReport(entries=0, seals_checked=True)) == chain(first)
