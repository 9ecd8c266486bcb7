"""Twelve writes in five seconds: kept to beside the minute's budget, without holding up what is read."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from bot.helpscout.budget import READ, WRITE, Budget
from bot.helpscout.burst import Burst
from bot.helpscout.ledger import Priority
from bot.helpscout.waits import Waits


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 1), st.sampled_from(Priority)), max_size=60))
def test_in_no_five_seconds_more_than_twelve_are_counted_wherever_the_server_counts_them(
    writes: list[tuple[float, float, Priority]],
) -> None:
    burst, now = Burst(), 0.0
    spans: list[tuple[float, float]] = []
    for pause, taking, priority in writes:
        now += pause
        while (wait := burst.wait(now, priority)) > 0:
            now += wait
        burst.take()
        spans.append((now, now + taking))
        now += taking
        burst.settle(now, sent=True)
    for count in ([sent for sent, _ in spans], [answered for _, answered in spans]):
        assert all(later - earlier >= 5.0 for earlier, later in zip(count, count[12:], strict=False))


def test_two_of_them_are_kept_for_people() -> None:
    burst = Burst()
    for _ in range(10):
        assert burst.wait(0.0, Priority.BACKGROUND) == 0.0
        burst.take()
        burst.settle(0.0, sent=True)
    assert burst.wait(0.0, Priority.BACKGROUND) > 5.0
    assert burst.wait(0.0, Priority.PEOPLE) == 0.0


def test_what_was_never_sent_counts_nothing() -> None:
    burst = Burst(writes=1)
    burst.take()
    assert burst.wait(0.0, Priority.PEOPLE) == float("inf")
    burst.settle(0.0, sent=False)
    assert burst.wait(0.0, Priority.PEOPLE) == 0.0


def test_a_reading_does_not_wait_behind_writes_that_must() -> None:
    budget = Budget(1_000, waits=Waits(), burst=Burst(writes=1, seconds=0.5))
    budget.settle(budget.take(WRITE, Priority.PEOPLE))
    waiting = threading.Thread(target=lambda: budget.settle(budget.take(WRITE, Priority.PEOPLE)), daemon=True)
    waiting.start()
    while not budget.waiting:
        pass
    budget.settle(budget.take(READ, Priority.PEOPLE))
    budget.settle(budget.take(READ, Priority.BACKGROUND))
    assert budget.waiting == 1, "the write goes on waiting"
    waiting.join(3)
    assert not waiting.is_alive()
