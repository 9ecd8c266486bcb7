"""Private answers arrive, whatever becomes of the way they were to go."""

import threading
from dataclasses import replace

import pytest

from bot.slack.handling.payload import Call
from bot.slack.handling.private import is_of_slack, let_pass
from bot.slack.views.words import sentence
from tests.slack.conftest import JANE, Room

OWN = "127.0.0.1:4000"


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://hooks.slack.com/commands/T1/2/x", True),
        ("https://hooks.slack-gov.com/commands/T1/2/x", True),
        ("http://127.0.0.1:4000/respond/x", True),
        ("", False),
        ("http://hooks.slack.com/commands", False),
        ("https://hooks.slack.com.evil.example/x", False),
        ("https://evil.example/hooks.slack.com", False),
        ("http://127.0.0.1:4001/respond", False),
        ("file:///etc/passwd", False),
        ("https://[", False),
    ],
)
def test_answers_go_to_slack_and_nowhere_else(url: str, fine: bool) -> None:
    assert is_of_slack(url, OWN) is fine


def call_to(room: Room, handle: str, **more: str) -> Call:
    return Call(kind="block_actions", user=room.id(handle), **more)  # type: ignore[arg-type]


def test_without_a_response_url_and_a_trigger_it_is_a_direct_message(room: Room) -> None:
    room.deps.private.answer(call_to(room, "rita"), sentence("Done."))
    assert [m.shown for m in room.slack.dms("rita")] == ["Done."]


def test_a_response_url_that_is_used_up_falls_back_to_a_direct_message(room: Room) -> None:
    answer = room.slack.command("rita", f"/hs-user {JANE}")
    url = str(answer.payload.data["response_url"]) if answer.payload else ""
    for number in range(7):
        room.deps.private.answer(call_to(room, "rita", response_url=url), sentence(f"Word {number}."))
    shown = answer.shown + "".join(m.shown for m in room.slack.dms("rita"))
    for number in range(7):
        assert f"Word {number}." in shown, "nothing is lost"


def test_an_address_that_is_not_slacks_is_not_posted_to(room: Room) -> None:
    room.deps.private.answer(call_to(room, "rita", response_url="http://127.0.0.1:9/x"), sentence("Secret."))
    assert room.slack.dms("rita")[-1].shown == "Secret."


def test_when_slack_asks_to_wait_the_answer_waits(room: Room) -> None:
    room.slack.faults.rate_limit("response_url", retry_after=1)
    room.slack.command("rita", f"/hs-user {JANE}").wait("15 conversations", timeout=10)


def test_when_slack_is_at_fault_the_answer_is_tried_again(room: Room) -> None:
    room.slack.faults.server_error("response_url", times=2)
    room.slack.command("rita", f"/hs-user {JANE}").wait("15 conversations", timeout=15)


def test_a_private_sentence_whose_answer_was_lost_is_not_said_twice(room: Room) -> None:
    card = room.slack.command("rita", f"/hs-user {JANE}")
    url = str(card.payload.data["response_url"]) if card.payload else ""
    card.wait("15 conversations")
    room.slack.faults.lose_answer("response_url")
    room.deps.private.answer(call_to(room, "rita", response_url=url), sentence("Only once."))
    assert (card.shown + "".join(m.shown for m in room.slack.dms("rita"))).count("Only once.") == 1


def test_a_public_message_is_never_replaced_by_a_private_answer(room: Room) -> None:
    public = room.slack.say("max", "hello", channel="access")
    url = room.slack.installation.responses.hand_out(room.id("rita"), public.channel, original=public)
    address = f"{room.slack.base_url}/respond/{url.handle}"
    room.deps.private.answer(call_to(room, "rita", response_url=address), sentence("Mine."), replaces=True)
    assert public.text == "hello"
    assert room.told("rita")[-1].shown == "Mine."


def test_the_answer_that_replaces_waits_until_the_first_one_has_left() -> None:
    left, order = threading.Event(), list[str]()

    def follow() -> None:
        let_pass(replace(Call(kind="command"), left=left))
        order.append("second")

    follower = threading.Thread(target=follow)
    follower.start()
    order.append("first")
    left.set()
    follower.join(5)
    assert order == ["first", "second"]


def test_nothing_is_raised_when_slack_is_away(room: Room) -> None:
    room.slack.faults.refuse("*", times=None)
    room.deps.private.answer(call_to(room, "rita"), sentence("Lost."))
