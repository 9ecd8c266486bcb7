"""What is filled into answers afterwards waits until nobody waits for an answer."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bot.slack.handling.work.filling import Filling
from bot.slack.handling.work.worker import Worker
from tests.slack.conftest import Room

Made = Callable[..., Filling]


@pytest.fixture
def filling() -> Iterator[Made]:
    worker = Worker(threads=2)
    yield lambda **pauses: Filling(worker, **pauses)
    worker.stop()


def begun_after(filling: Filling, since: float) -> threading.Event:
    """When something that was to be filled in has begun."""
    came = threading.Event()
    filling.submit(came.set, since=since)
    return came


def test_nobody_waits_where_nothing_is_answered(filling: Made) -> None:
    assert begun_after(filling(gap=10.0, longest=10.0), time.monotonic()).wait(1.0)


def test_a_pause_begins_when_the_last_answer_is_made(filling: Made) -> None:
    one = filling(gap=0.02, longest=10.0)
    with one.answering():
        with one.answering():
            first = begun_after(one, time.monotonic())
        second = begun_after(one, time.monotonic())
        assert not first.wait(0.1)
    assert first.wait(2.0)
    assert second.wait(2.0)


def test_a_row_of_answers_without_an_end_does_not_hold_it_up_for_ever(filling: Made) -> None:
    one = filling(gap=0.02, longest=0.1)
    with one.answering():
        assert begun_after(one, time.monotonic()).wait(2.0)


def test_a_card_is_filled_in_when_nobody_waits_any_longer(room: Room) -> None:
    with room.deps.filling.answering():
        answer = room.slack.command("max", "/hs-user lookup jane@acme.example")
        assert "Open conversations" in answer.shown
        threading.Event().wait(0.1)
        assert not room.slack.calls("users.lookupByEmail"), "Slack is not asked while somebody waits"
    answer.wait("conversation")
    room.slack.wait_until(lambda: bool(room.slack.calls("users.lookupByEmail")))
