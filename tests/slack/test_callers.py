"""For whom hs-bot works: full members of the workspace, in its own channels; everybody else is refused in private."""

import pytest

from tests.slack.conftest import JANE, Room


def refusals(room: Room) -> list[str]:
    return [str(e.details["code"]) for e in room.record.audit.entries() if e.event == "caller.refused"]


@pytest.mark.parametrize(
    ("who", "code", "words"),
    [
        ("gus", "guest", "Guests"),
        ("gwen", "guest", "Guests"),
        ("sid", "stranger", "its own workspace"),
        ("leo", "deactivated", "deactivated"),
        ("otherbot", "bot", "person has to"),
        ("slackbot", "bot", "person has to"),
    ],
)
@pytest.mark.parametrize("line", [f"/hs-user {JANE}", "/hs-offboard", "/hs-status", "/hs-offboard list"])
def test_nobody_else_gets_more_than_a_short_private_refusal(
    room: Room, who: str, code: str, words: str, line: str
) -> None:
    answer = room.slack.command(who, line)
    assert words in answer.wait(words).shown
    assert all(message.ephemeral_to == room.id(who) for message in answer)
    assert "D'Arcy" not in answer.shown
    assert answer.view is None
    room.until(lambda: code in refusals(room))


def test_somebody_whom_slack_does_not_know_is_refused(room: Room) -> None:
    room.slack.people["dora"].team_id = "T0ELSEWHERE"
    answer = room.slack.command("dora", f"/hs-user {JANE}")
    answer.wait("its own workspace")


def test_a_channel_shared_with_another_company_is_refused_in_private(room: Room) -> None:
    room.slack.channel("general").is_ext_shared = True
    answer = room.slack.command("max", f"/hs-user {JANE}", channel="general")
    assert "shared with another company" in answer.wait("shared").shown
    assert "D'Arcy" not in answer.shown
    room.until(lambda: "shared channel" in refusals(room))


def test_a_direct_message_is_never_taken_for_shared(room: Room) -> None:
    before = len(room.slack.calls("conversations.info"))
    assert "D'Arcy" in room.slack.command("max", f"/hs-user {JANE}", channel="dm").shown
    assert len(room.slack.calls("conversations.info")) == before


def test_when_slack_cannot_say_whether_a_channel_is_shared_the_private_answer_is_given(room: Room) -> None:
    room.slack.faults.error("missing_scope", "conversations.info", times=None)
    answer = room.slack.command("max", f"/hs-user {JANE}", channel="general")
    assert "D'Arcy" in answer.wait("D'Arcy").shown


def test_a_known_caller_is_answered_in_the_body_without_asking_slack(room: Room) -> None:
    before = len(room.slack.calls("users.info"))
    answer = room.slack.command("max", f"/hs-user {JANE}")
    assert answer.reply is not None
    assert b"D'Arcy" in answer.reply.body
    assert len(room.slack.calls("users.info")) == before


def test_an_unknown_caller_is_looked_up_and_answered_in_the_body_when_that_is_quick(room: Room) -> None:
    answer = room.slack.command("dora", f"/hs-user {JANE}")
    assert answer.reply is not None
    assert b"D'Arcy" in answer.reply.body


def test_when_slack_is_slow_the_ack_comes_at_once_and_the_answer_later(room: Room) -> None:
    room.slack.faults.slow(1.2, "users.info")
    answer = room.slack.command("dora", f"/hs-user {JANE}")
    assert answer.status == 200
    assert answer.milliseconds < 1150
    assert not answer.messages
    assert "D'Arcy" in answer.wait("D'Arcy").shown


def test_when_slack_is_away_nobody_is_let_in_and_the_answer_says_why(room: Room) -> None:
    room.slack.faults.refuse("users.info", times=None)
    answer = room.slack.command("dora", f"/hs-user {JANE}")
    said = answer.wait("who is who", timeout=10).shown
    assert "D'Arcy" not in said


def test_a_demotion_counts_after_a_minute_at_most(room: Room) -> None:
    room.slack.people["max"].is_restricted = True
    assert "D'Arcy" in room.slack.command("max", f"/hs-user {JANE}").shown
    room.ticks += 61
    assert "Guests" in room.slack.command("max", f"/hs-user {JANE}").wait("Guests").shown


def test_a_guest_finds_nobody_in_a_typeahead(room: Room) -> None:
    view = room.slack.shortcut("rita", "offboard").wait_for_view()
    room.slack.people["rita"].is_restricted = True
    room.ticks += 61
    assert room.slack.type_ahead(view, "Person", "jane") == []


def test_a_guests_shortcut_is_answered_with_a_note_and_no_form(room: Room) -> None:
    note = room.slack.shortcut("gus", "offboard").wait_for_view()
    assert "Guests" in note.shown
    assert not note.content.get("submit")


def test_a_guests_button_shows_nobody(room: Room) -> None:
    listed = room.slack.command("max", "/hs-user a").wait("Which one?")
    room.slack.people["max"].is_restricted = True
    room.ticks += 61
    answer = room.slack.click("max", listed, "Show")
    assert "Guests" in answer.wait("Guests").shown
