"""The pool of threads for what may take time, and what Slack delivers twice."""

import threading

import pytest

from bot.model.problem import Problem
from bot.slack.handling.work.deferred import Handover
from bot.slack.handling.work.repeats import Once
from bot.slack.handling.work.worker import Overloaded, Stopping, Worker
from bot.slack.outbound.pace import Pace, backoff


def test_work_is_done_and_its_result_kept() -> None:
    worker = Worker(threads=2)
    assert worker.submit(lambda: 7).result(5) == 7
    assert worker.stop()


def test_a_fault_of_one_piece_of_work_costs_no_thread() -> None:
    worker = Worker(threads=1)

    def broken() -> None:
        raise RuntimeError("broken")

    def refused() -> None:
        raise Problem("Not now.")

    assert isinstance(worker.submit(broken).exception(5), RuntimeError)
    assert isinstance(worker.submit(refused).exception(5), Problem)
    assert worker.submit(lambda: "still here").result(5) == "still here"
    assert worker.stop()


def test_no_more_waits_than_there_is_room_for() -> None:
    worker, gate, begun = Worker(threads=1, room=2), threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        gate.wait(5)

    worker.submit(hold)
    assert begun.wait(5)
    for _ in range(2):
        worker.submit(lambda: None)
    with pytest.raises(Overloaded, match="try again"):
        worker.submit(lambda: None)
    assert worker.unfinished == 3
    gate.set()
    assert worker.stop()


def test_a_stop_finishes_what_was_taken_on_and_takes_nothing_new() -> None:
    worker, done, gate = Worker(threads=1), list[int](), threading.Event()
    worker.submit(lambda: gate.wait(5))
    for number in range(5):
        worker.submit(lambda number=number: done.append(number))  # type: ignore[misc]
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    while True:
        try:
            worker.submit(lambda: done.append(99))
        except Stopping:
            break
    gate.set()
    stopping.join(5)
    assert [one for one in done if one != 99] == [0, 1, 2, 3, 4]


def test_a_stop_does_not_wait_for_ever() -> None:
    worker, gate = Worker(threads=1), threading.Event()
    worker.submit(lambda: gate.wait(10))
    assert not worker.stop(0.1)
    gate.set()


def test_the_same_delivery_is_done_once_and_both_get_its_result() -> None:
    worker, calls = Worker(), iter(range(1, 9))
    once = Once(worker)
    first, new = once.submit("trigger", lambda: next(calls))
    second, again = once.submit("trigger", lambda: next(calls))
    assert (new, again) == (True, False)
    assert first.result(5) == second.result(5) == 1
    assert next(calls) == 2
    assert worker.stop()


def test_another_delivery_and_one_without_a_sign_are_done() -> None:
    worker = Worker()
    once = Once(worker)
    for key in ("a", "b", "", ""):
        assert once.submit(key, lambda: 1)[1]
    assert worker.stop()


def test_a_result_that_comes_in_time_is_handed_over() -> None:
    handover: Handover[int] = Handover()
    assert handover.give(5)
    assert handover.wait(1) == 5


def test_who_comes_late_is_told_so() -> None:
    handover: Handover[int] = Handover()
    assert handover.wait(0.01) is None
    assert not handover.give(5)


def test_the_pace_of_each_key_is_its_own() -> None:
    now = [0.0]
    pace = Pace(1.0, lambda: now[0])
    pace.used("a")
    assert pace.wait("a") == 1.0
    assert pace.wait("b") == 0.0
    assert pace.wait("a", "b") == 1.0
    now[0] = 1.0
    assert pace.wait("a") == 0.0
    pace.rest("a", 30)
    pace.used("a")
    assert pace.wait("a") == 30.0, "what Slack asked for outlasts our own gap"


def test_the_pace_of_many_keys_is_forgotten_in_time() -> None:
    now = [0.0]
    pace = Pace(1.0, lambda: now[0])
    for number in range(25_000):
        now[0] += 0.01
        pace.used(number)
    assert len(pace._not_before) < 11_000


def test_pauses_grow_up_to_five_minutes() -> None:
    assert [backoff(n) for n in (1, 2, 3)] == [1.0, 2.0, 4.0]
    assert backoff(1000) == 300.0
