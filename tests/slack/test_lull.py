"""What is filled into answers afterwards waits until nobody waits for an answer."""

import threading
import time

from bot.slack.handling.lull import Lull
from tests.slack.conftest import Room


def begun_after(lull: Lull, since: float) -> tuple[threading.Event, threading.Thread]:
    """Somebody who waits for a pause, and when it has come."""
    came = threading.Event()

    def wait() -> None:
        lull.wait(since)
        came.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return came, thread


def test_nobody_waits_where_nothing_is_answered() -> None:
    began = time.monotonic()
    Lull(gap=10.0, longest=10.0).wait(began)
    assert time.monotonic() - began < 1.0


def test_a_pause_begins_when_the_last_answer_is_made() -> None:
    lull = Lull(gap=0.02, longest=10.0)
    with lull.answering():
        with lull.answering():
            first, _ = begun_after(lull, time.monotonic())
        second, _ = begun_after(lull, time.monotonic())
        assert not first.wait(0.1)
    assert first.wait(2.0)
    assert second.wait(2.0)


def test_a_row_of_answers_without_an_end_does_not_hold_it_up_for_ever() -> None:
    lull = Lull(gap=0.02, longest=0.1)
    with lull.answering():
        came, _ = begun_after(lull, time.monotonic())
        assert came.wait(2.0)


def test_a_card_is_filled_in_when_nobody_waits_any_longer(room: Room) -> None:
    with room.deps.lull.answering():
        answer = room.slack.command("max", "/hs-user lookup jane@acme.example")
        assert "Open conversations" in answer.shown
        threading.Event().wait(0.1)
        assert not room.slack.calls("users.lookupByEmail"), "Slack is not asked while somebody waits"
    answer.wait("conversation")
    room.slack.wait_until(lambda: bool(room.slack.calls("users.lookupByEmail")))
