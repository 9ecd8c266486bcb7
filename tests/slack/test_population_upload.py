"""HR's list of leavers, uploaded to the bot's direct messages: what comes back, to whom, what is said of bad ones."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.demo.slack import Message
from bot.model.audit import AuditEntry
from bot.model.user import Status
from bot.slack.api import download
from bot.slack.api.download import is_slacks
from tests.slack.conftest import JANE, Room


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSES", (0.0, 0.0))


def leavers(room: Room, *more: str) -> bytes:
    """Max left and is gone, Jane is still there, nobody knows the third."""
    now = room.record.now()
    room.record.users.mark_gone(room.person("max@acme.example").id, Status.REMOVED, now, None)
    days = [f"{one},{now:%Y-%m-%d}" for one in ("max@acme.example", JANE.upper(), "who@acme.example", *more)]
    return "\n".join(["email,last_day", *days, ""]).encode()


def answered(room: Room, who: str, count: int = 1) -> Message:
    """The bot's newest message in their direct messages."""
    room.until(lambda: len(from_bot(room, who)) >= count)
    return from_bot(room, who)[-1]


def from_bot(room: Room, who: str) -> list[Message]:
    return [one for one in room.slack.workspace.direct(room.id(who)).messages if one.from_bot]


def lines(room: Room, event: str) -> list[AuditEntry]:
    return [one for one in room.record.audit.entries() if one.event == event]


def file_of(message: Message) -> bytes:
    (file,) = message.files
    assert file.content is not None
    return file.content


def test_the_answer_is_a_file_with_counts_and_exceptions_above_it(room: Room) -> None:
    content = leavers(room)
    room.slack.upload("rita", "leavers.csv", content)
    answer = answered(room, "rita")
    said = answer.text.splitlines()
    assert "3 leavers" in said[0]
    assert "0 of 3 removed within 1 day" in said[0]
    assert said[1] == f"• 1 person still has a seat: {JANE.upper()}"
    assert "removed without a request: max@acme.example" in said[2]
    assert "1 address isn't in the record: who@acme.example" in said[3]
    assert hashlib.sha256(content).hexdigest() in said[-1]
    rows = list(csv.DictReader(io.StringIO(file_of(answer).decode("utf-8-sig"))))
    assert [row["verdict"] for row in rows[:3]] == ["still-there", "outside-the-bot", "unknown"]
    room.until(lambda: lines(room, "population.answered"))
    (line,) = lines(room, "population.answered")
    assert line.actor == room.id("rita")
    assert line.details["rows"] == 3


def test_period_and_format_are_written_beside_the_file(room: Room) -> None:
    room.slack.upload("ana", "leavers.csv", leavers(room), "from:2026-01-01 to:2026-01-31, as json please")
    whole = json.loads(file_of(answered(room, "ana")))
    assert (whole["from"], whole["to"], whole["counts"]["rows"]) == ("2026-01-01", "2026-01-31", 3)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_spreadsheets_ways_of_writing_are_read(room: Room, encoding: str) -> None:
    text = "sep=;\r\nName;Email;Last_Day\r\nJürgen;jane@acme.example;31.10.2026\r\n"
    room.slack.upload("rita", "leavers.csv", text.encode(encoding))
    assert "1 person still has a seat" in answered(room, "rita").text


ROW = b"email,last_day\na@b.c,2026-10-01\n"
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("a workbook", {"content": b"PK\x03\x04\0\0"}, "an Excel workbook, not a CSV"),
    ("a picture", {"content": b"\x89PNG\r\n"}, "a picture, not a CSV"),
    ("no columns", {"content": b"a,b\n1,2\n"}, "must name the columns"),
    ("nothing", {"content": b""}, "must name the columns"),
    ("bytes", {"content": b"\x81\x8d\x8f\0\xff"}, "not text in UTF-8"),
    ("an address by guess", {"content": "email,last_day\njürgen@a.b,2026-10-01\n".encode("cp1252")}, "not text"),
    ("a bad day", {"content": b"email,last_day\na@b.c,soon\n"}, "Line 2 of the list has no date"),
    ("a bad option", {"content": ROW, "text": "from:soon"}, "“soon” isn't a day"),
    ("backwards", {"content": ROW, "text": "from:2026-11-01"}, "ends before it begins"),
    ("too large by what it says", {"content": b"email", "size": 3 << 20}, "larger than 2 MB"),
    ("too large", {"content": b"e" * (2 << 20) + b"e", "size": 10}, "larger than 2 MB"),
    ("elsewhere", {"content": b"", "url_private_download": "https://evil.example/slack.com"}, "isn't stored in Slack"),
    ("a link", {"content": b"", "mode": "external"}, "isn't stored in Slack"),
]  # fmt: skip


def test_whatever_is_wrong_with_a_file_is_one_sentence(room: Room) -> None:
    for number, (what, fields, words) in enumerate(BAD, 1):
        more = dict(fields)
        content, text = more.pop("content"), more.pop("text", "")
        room.slack.upload("rita", "leavers.csv", content, text, **more)
        said = answered(room, "rita", number)
        assert words in said.shown, what
        assert not said.files
        assert "--" not in said.shown


def lacks_the_scope(room: Room) -> None:
    room.slack.installation.scopes = frozenset({"chat:write", "users:read", "users:read.email", "usergroups:read"})


def is_down(room: Room) -> None:
    room.slack.faults.server_error("file", times=None)


@pytest.mark.parametrize(
    ("befall", "words"),
    [(lacks_the_scope, "the permission files:read"), (is_down, "Slack didn't hand over the file")],
)
def test_what_slack_does_not_hand_over_is_said_with_the_cure(
    room: Room, befall: Callable[[Room], None], words: str
) -> None:
    befall(room)
    room.slack.upload("rita", "leavers.csv", leavers(room))
    assert words in answered(room, "rita").shown


def test_a_file_of_which_only_the_id_is_told_is_looked_up(room: Room) -> None:
    person = room.slack.people["rita"]
    file = room.slack.new_file(person, "leavers.csv", leavers(room))
    event = {"files": [{"id": file.id, "file_access": "check_file_info"}], "subtype": "file_share"}
    direct = room.slack.workspace.direct(person.id)
    room.slack.event({"type": "message", "user": person.id, "channel": direct.id, "channel_type": "im", **event})
    assert "3 leavers" in answered(room, "rita").text


def test_only_who_may_ask_or_approve_is_answered(cold: Room) -> None:
    cold.requesters = (cold.id("rita"),)
    room = cold.warm().connect()
    room.slack.upload("max", "leavers.csv", ROW)
    assert "Only people who may ask for or approve requests" in answered(room, "max").shown
    room.slack.upload("gus", "leavers.csv", ROW)
    assert "Guests can't use hs-bot" in answered(room, "gus").shown
    for who in ("rita", "ana"):
        room.slack.upload(who, "leavers.csv", ROW)
        assert answered(room, who).files
    assert {line.actor for line in lines(room, "caller.refused")} == {room.id("max"), room.id("gus")}


def test_nobody_learns_of_a_request_about_themselves(room: Room) -> None:
    request = room.open("max@acme.example")
    day = room.record.now()
    content = f"email,last_day\nmax@acme.example,{day:%Y-%m-%d}\n".encode()
    for who, told in (("max", False), ("rita", True)):
        room.slack.upload(who, "leavers.csv", content)
        assert (request.id.encode() in file_of(answered(room, who))) is told


def test_what_is_no_list_gets_one_helpful_answer_and_the_bots_own_files_none(room: Room) -> None:
    room.slack.say("rita", "hello", channel="dm")
    assert "upload HR's list of leavers" in answered(room, "rita").shown
    direct = room.slack.workspace.direct(room.id("rita"))
    file = {"id": "F1", "url_private": "https://files.slack.com/x"}
    silent: list[dict[str, Any]] = [
        {"user": "U0HSBOT001", "bot_id": "B1", "files": [file], "subtype": "file_share"},
        {"user": room.id("rita"), "subtype": "message_changed"},
        {"user": room.id("rita"), "subtype": "message_deleted", "hidden": True},
        {"user": room.id("rita"), "channel_type": "channel"},
    ]
    bot = next(one.id for one in room.slack.people if one.handle == "hs-bot")
    silent.append({"user": bot, "files": [file], "subtype": "file_share"})
    for one in silent:
        room.slack.event({"type": "message", "channel": direct.id, "channel_type": "im", "text": "x", **one})
    room.until(lambda: not room.worker.unfinished)
    assert len(from_bot(room, "rita")) == 1
    assert not lines(room, "caller.refused")


def test_a_delivery_that_comes_twice_is_answered_once(room: Room) -> None:
    room.slack.upload("rita", "leavers.csv", leavers(room))
    answered(room, "rita")
    event = {"type": "message", "user": room.id("rita"), "channel": "D1", "channel_type": "im", "text": "hi"}
    answer = room.slack.event(event)
    room.slack.redeliver(answer)
    room.until(lambda: not room.worker.unfinished)
    assert len(room.slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/a.csv", True),
        ("https://files.slack-gov.com/a", True),
        ("https://slack-files.com/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com:8443/a", False),
        ("https://files.slack.com@evil.example/a", False),
        ("https://evilslack.com/a", False),
        ("https://files.slack.com.evil.example/a", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_the_token_goes_to_slacks_hosts_alone(url: str, ours: bool) -> None:
    assert is_slacks(url, "https://slack.com/api/") is ours
