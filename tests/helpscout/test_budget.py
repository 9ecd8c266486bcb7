"""The rate budget between threads: turns, priorities, pauses."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.helpscout.budget import READ, WRITE, Budget, Priority, cost_of
from bot.helpscout.errors import RateLimited
from bot.helpscout.limits import Limits
from bot.helpscout.waits import Waits


class Clock:
    """A clock that stands still until a test moves it; who waits is woken to look again."""

    def __init__(self) -> None:
        self.now = 100.0
        self._conditions: set[threading.Condition] = set()

    def pause(self, condition: threading.Condition, seconds: float | None) -> None:
        self._conditions.add(condition)
        condition.wait(5)

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for condition in list(self._conditions):
            with condition:
                condition.notify_all()

    @property
    def waits(self) -> Waits:
        return Waits(clock=lambda: self.now, wall=lambda: 1_800_000_000.0 + self.now, pause=self.pause)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end, "it did not come about within five seconds"
        threading.Event().wait(0.002)


def use_up(budget: Budget, units: int) -> None:
    for _ in range(units):
        budget.settle(budget.take(1, Priority.PEOPLE))


def test_every_write_costs_two_and_every_read_one() -> None:
    assert [cost_of(method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")] == [READ] + [WRITE] * 4


def test_a_click_overtakes_background_work_that_waits_longer(clock: Clock) -> None:
    budget = Budget(10, waits=clock.waits, reserve=0)
    use_up(budget, 10)
    turns: list[Priority] = []

    def ask(priority: Priority) -> None:
        ticket = budget.take(1, priority)
        turns.append(priority)
        budget.settle(ticket)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            pool.submit(ask, Priority.BACKGROUND)
        until(lambda: budget.waiting == 5)
        for _ in range(2):
            pool.submit(ask, Priority.PEOPLE)
        until(lambda: budget.waiting == 7)
        clock.advance(61)
    assert turns[:2] == [Priority.PEOPLE] * 2
    assert turns[2:] == [Priority.BACKGROUND] * 5


def test_a_click_goes_at_once_while_background_work_waits_for_the_reserve(clock: Clock) -> None:
    budget = Budget(10, waits=clock.waits, reserve=3)
    use_up(budget, 7)
    with ThreadPoolExecutor(1) as pool:
        background = pool.submit(budget.take, 1, Priority.BACKGROUND)
        until(lambda: budget.waiting == 1)
        budget.settle(budget.take(1, Priority.PEOPLE))
        assert not background.done()
        clock.advance(61)
        background.result(5)


def test_the_default_reserve_is_a_tenth(clock: Clock) -> None:
    budget = Budget(400, waits=clock.waits)
    use_up(budget, 360)
    with ThreadPoolExecutor(1) as pool:
        background = pool.submit(budget.take, 1, Priority.BACKGROUND)
        until(lambda: budget.waiting == 1)
        use_up(budget, 40)
        assert budget.left() == 0
        clock.advance(61)
        background.result(5)


def test_a_pause_that_the_server_asked_for_holds_everybody(clock: Clock) -> None:
    budget = Budget(10, waits=clock.waits)
    budget.pause(30)
    assert budget.left() == 0
    with ThreadPoolExecutor(2) as pool:
        plain = pool.submit(budget.take, 1, Priority.PEOPLE)
        overdraft = pool.submit(lambda: budget.take(1, Priority.PEOPLE, overdraw=True))
        until(lambda: budget.waiting == 2)
        assert not plain.done()
        assert not overdraft.done()
        clock.advance(30)
        plain.result(5)
        overdraft.result(5)


def test_a_pause_longer_than_bearable_is_an_error_with_a_sentence(clock: Clock) -> None:
    budget = Budget(10, waits=clock.waits)
    budget.pause(3600)
    with pytest.raises(RateLimited, match="asks to wait 3600 seconds"):
        budget.take(1, Priority.PEOPLE)
    assert budget.waiting == 0


def test_a_token_may_be_fetched_although_everything_is_taken(clock: Clock) -> None:
    budget = Budget(2, waits=clock.waits)
    held = [budget.take(1, Priority.PEOPLE) for _ in range(2)]
    token = budget.take(2, Priority.PEOPLE, overdraw=True)
    for ticket in (*held, token):
        budget.settle(ticket)
    assert budget.left() == 0
    clock.advance(61)
    assert budget.left() == 2


def test_what_was_spent_beside_a_ticket_counts_as_well(clock: Clock) -> None:
    budget = Budget(10, waits=clock.waits)
    budget.spend(2)
    assert budget.left() == 8
    clock.advance(61)
    assert budget.left() == 10


def test_the_server_s_limit_is_shown_when_it_is_less(clock: Clock) -> None:
    budget = Budget(400, waits=clock.waits)
    budget.settle(budget.take(1, Priority.PEOPLE), limits=Limits(limit=200, remaining=150))
    assert (budget.limit, budget.left()) == (200, 150)


def test_many_threads_never_take_more_than_there_is(clock: Clock) -> None:
    budget = Budget(50, waits=clock.waits, reserve=5)
    taken: dict[float, int] = {}
    lock = threading.Lock()

    def ask(number: int) -> None:
        ticket = budget.take(1 + number % 2, Priority(number % 2))
        with lock:
            taken[ticket.taken] = taken.get(ticket.taken, 0) + ticket.units
        budget.settle(ticket)

    with ThreadPoolExecutor(24) as pool:
        asked = [pool.submit(ask, number) for number in range(120)]
        while not all(one.done() for one in asked):
            threading.Event().wait(0.005)
            clock.advance(61)
    assert sum(taken.values()) == 180
    assert max(taken.values()) <= 50, "the clock stands still within a window, so each time is a window of its own"
