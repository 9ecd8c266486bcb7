"""`/hs-user search, list, history, changes, export, sync`: signed requests, paging that survives a restart."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import Message
from bot.slack.handling import cursor
from bot.slack.handling.cursor import BadCursor
from bot.slack.inbound.app import build_app
from bot.slack.outbound import files
from bot.store.errors import Away
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


def test_search_forgives_typing_errors_and_offers_to_show(room: Room) -> None:
    assert "D'Arcy" in shown(room, "max", "/hs-user search jane", "D'Arcy").shown
    assert "forgiven" in shown(room, "max", "/hs-user search jnae darcy", "Search").shown


def test_a_search_for_nothing_gets_the_usage_line(room: Room) -> None:
    assert "search TEXT" in shown(room, "max", "/hs-user search", "search TEXT").shown


def test_list_is_narrowed_and_turned_also_after_a_restart(room: Room) -> None:
    page = shown(room, "max", "/hs-user list role:user", "1–10 of")
    room.app = build_app(room.deps, signing_secret=room.slack.signing_secret)
    room.connect()
    first = page.shown
    answer = room.slack.click("max", page, "More")
    room.until(lambda: "11–20 of" in page.shown or "11–20 of" in answer.shown)
    assert first != (answer.shown or page.shown)


def test_an_unknown_filter_or_team_is_a_sentence(room: Room) -> None:
    assert "no team" in shown(room, "max", "/hs-user list team:Nowhere", "no team").shown
    assert "status" in shown(room, "max", "/hs-user list status:dead", "status").shown


@pytest.mark.parametrize("value", ["", "x", "e30=", cursor.write("list", {"r": "", "t": "", "s": "alive", "o": 0})])
def test_a_forged_cursor_does_nothing_but_say_so(room: Room, value: str) -> None:
    page = shown(room, "max", "/hs-user list", "1–10 of")
    for block in page.blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == "list.page:more":
                element["value"] = value or "0"
    answer = room.slack.click("max", page, "More")
    room.until(lambda: "can't be turned" in answer.shown or "can't be turned" in page.shown)


def test_history_and_changes_tell_what_a_sync_saw(room: Room) -> None:
    room.helpscout.change_person(JANE, job_title="Team Lead", role="admin")
    room.helpscout.remove_person("max@acme.example")
    room.sync.run("test")
    assert "→ Team Lead" in shown(room, "ana", f"/hs-user history {JANE}", "History").shown
    changes = shown(room, "ana", "/hs-user changes 7d", "change").shown
    assert "left without a request" in changes
    assert "role: user → admin" in changes
    assert "changes [7d]" in shown(room, "ana", "/hs-user changes soon", "changes [7d]").shown


def test_a_role_that_nobody_has_is_told_with_those_there_are(room: Room) -> None:
    said = shown(room, "max", "/hs-user list role:amdin", "Nobody has the role").shown
    assert "owner, admin, user" in said
    assert "Did you mean admin?" in said
    assert "list [role:…]" in said


def test_whom_the_first_sync_found_did_not_join(room: Room) -> None:
    changes = shown(room, "ana", "/hs-user changes 7d", "No changes in the last 7 days").shown
    assert "The record began" in changes
    history = shown(room, "ana", f"/hs-user history {JANE}", "History of").shown
    assert "had a seat when the record began" in history
    assert "joined" not in history


def test_export_goes_to_the_callers_direct_messages_and_into_the_audit_log(room: Room) -> None:
    shown(room, "max", "/hs-user export json", "direct messages")
    [file] = [file for message in room.slack.dms("max") for file in message.files]
    people = json.loads(file.content or b"")
    assert JANE in {person["email"] for person in people}
    [line] = [entry for entry in room.record.audit.entries() if entry.event == "users.exported"]
    assert line.actor == room.id("max")
    assert "csv|json" in shown(room, "max", "/hs-user export pdf", "csv|json").shown


def test_who_exports_learns_nothing_about_a_request_about_themselves(room: Room) -> None:
    """The end of their seat, and the SCIM id that a request's opening has learned."""
    day = (room.record.now() + timedelta(days=90)).date()
    for email in (JANE, "max@acme.example"):
        person = room.person(email)
        assert room.deps.seat_ends.set(person.id, day, actor=room.id("rita")).accepted
        room.record.users.put([replace(person, scim_id="s1")])
    shown(room, "max", "/hs-user export json", "direct messages")
    [file] = [file for message in room.slack.dms("max") for file in message.files]
    people = {person["email"]: person for person in json.loads(file.content or b"")}
    assert (people[JANE]["until"], people[JANE]["scim_id"]) == (day.isoformat(), "s1")
    assert (people["max@acme.example"]["until"], people["max@acme.example"]["scim_id"]) == ("", None)


def test_sync_says_what_it_found(room: Room) -> None:
    room.helpscout.add_person("new@acme.example", "New", "Person")
    assert "1 joined" in shown(room, "max", "/hs-user sync", "1 joined").shown


def test_a_guest_gets_none_of_it(room: Room) -> None:
    for line in ("search jane", "list", f"history {JANE}", "changes", "export", "sync"):
        answer = room.slack.command("gus", f"/hs-user {line}")
        room.until(lambda answer=answer: answer.shown)  # type: ignore[misc]
        assert answer.shown.startswith("Guests can't")
    assert not room.slack.dms("gus")


def test_a_cursor_is_read_strictly() -> None:
    good = cursor.write("list", {"o": 10, "q": "é"})
    assert cursor.read("list", good) == {"o": 10, "q": "é"}
    for bad in (good[:-4], "W10=", cursor.write("search", {"o": 1})):
        with pytest.raises(BadCursor):
            cursor.read("list", bad)
    with pytest.raises(BadCursor):
        cursor.number({"o": "1"}, "o")


def test_the_orphans_of_the_deps_are_the_ones_handed_in(room: Room) -> None:
    assert replace(room.deps, timezone="UTC").orphans is room.deps.orphans


@pytest.mark.parametrize(
    ("line", "promise"),
    [("sync", "Reading everybody"), ("export csv", "Writing the file"), ("evidence", "Gathering the evidence")],
)
def test_what_was_promised_and_can_not_be_done_is_said_in_its_place(
    room: Room, monkeypatch: pytest.MonkeyPatch, line: str, promise: str
) -> None:
    request = room.open()
    command = f"/hs-audit evidence {request.id}" if line == "evidence" else f"/hs-user {line}"
    shown(room, "ana", "/hs-user list", "1–10 of")  # Slack has said who asks
    away = Away("The record can't be reached: nothing was written.")

    def fails(*_: object, **__: object) -> None:
        raise away

    for subject, operation in ((room.record.syncs, "start"), (room.record.users, "by_status")):
        monkeypatch.setattr(subject, operation, fails)
    monkeypatch.setattr(files, "send", fails)
    answer = room.slack.command("ana", command)
    room.until(lambda: away.sentence in answer.shown)
    assert promise not in answer.message.shown
