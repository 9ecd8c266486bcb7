"""The rate budget's arithmetic against simulated servers with fixed and sliding windows; no thread and no real time."""

import heapq
import itertools
import random
from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.helpscout.ledger import Ledger, Priority
from bot.helpscout.limits import Limits


class Window(Protocol):
    limit: int

    def count(self, now: float, units: int) -> int | None:
        """What is left after this request, or None for a 429."""


@dataclass
class Fixed:
    limit: int
    window: float
    phase: float = 0.0
    used: int = 0
    number: float = -inf

    def count(self, now: float, units: int) -> int | None:
        number = (now + self.phase) // self.window
        if number != self.number:
            self.number, self.used = number, 0
        if self.used + units > self.limit:
            return None
        self.used += units
        return self.limit - self.used


@dataclass
class Sliding:
    limit: int
    window: float
    seen: deque[tuple[float, int]] = field(default_factory=deque)

    def count(self, now: float, units: int) -> int | None:
        while self.seen and self.seen[0][0] <= now - self.window:
            self.seen.popleft()
        used = sum(units for _, units in self.seen)
        if used + units > self.limit:
            return None
        self.seen.append((now, units))
        return self.limit - used - units


@dataclass
class Result:
    refused: int = 0
    ended: float = 0.0
    started: list[float] = field(default_factory=list)


def drive(
    ledger: Ledger,
    server: Window,
    todo: list[int],
    *,
    connections: int = 8,
    seed: int = 0,
    latency: tuple[float, float] = (0.005, 0.1),
    headers: bool = True,
    priority: Priority = Priority.BACKGROUND,
    others: float = 0.0,
) -> Result:
    """Send `todo` (units each) through the ledger; requests reach the server and come back after random times.

    `others` requests a second of 1 unit are made by somebody else with the same token.
    """
    dice = random.Random(seed)
    order = itertools.count()
    events: list[tuple[float, int, str, object]] = []
    result = Result()
    waiting = deque(todo)
    busy, now = 0, 0.0
    if others:
        heapq.heappush(events, (dice.expovariate(others), next(order), "other", None))
    while waiting or busy:
        wait = 0.0
        while waiting and busy < connections and wait == 0.0:
            units = waiting[0]
            wait = ledger.wait(now, units, priority)
            if wait == 0.0:
                waiting.popleft()
                busy += 1
                ticket = ledger.take(now, units)
                result.started.append(now)
                heapq.heappush(events, (now + dice.uniform(*latency) / 2, next(order), "arrive", ticket))
        if waiting and busy < connections and 0 < wait < inf:
            heapq.heappush(events, (now + wait, next(order), "wake", None))
        assert events, "nothing in flight and nobody may send: the ledger is stuck"
        now, _, kind, what = heapq.heappop(events)
        if kind == "other":
            server.count(now, 1)
            heapq.heappush(events, (now + dice.expovariate(others), next(order), "other", None))
        elif kind == "arrive":
            left = server.count(now, what.units)  # type: ignore[attr-defined]
            heapq.heappush(events, (now + dice.uniform(*latency) / 2, next(order), "answer", (what, left)))
        elif kind == "answer":
            ticket, left = what  # type: ignore[misc]
            busy -= 1
            if left is None:
                result.refused += 1
                ledger.settle(ticket, now, limits=Limits(limit=server.limit, remaining=0, retry_after=1.0))
                ledger.pause(now + 1.0)
                waiting.appendleft(ticket.units)
            else:
                ledger.settle(ticket, now, limits=Limits(limit=server.limit, remaining=left) if headers else None)
            result.ended = now
    return result


SERVERS = st.sampled_from(["fixed", "sliding"])


def make(kind: str, limit: int, window: float, phase: float = 0.0) -> Window:
    return Fixed(limit, window, phase) if kind == "fixed" else Sliding(limit, window)


@settings(max_examples=150, deadline=None)
@given(
    kind=SERVERS,
    limit=st.integers(1, 60),
    phase=st.floats(0, 10),
    reserve=st.integers(0, 10),
    units=st.lists(st.sampled_from([1, 1, 1, 2]), max_size=150),
    connections=st.integers(1, 12),
    slow=st.floats(0.001, 8.0),
    headers=st.booleans(),
    seed=st.integers(0, 1000),
)
@example(
    kind="sliding", limit=3, phase=0, reserve=0, units=[1] * 20, connections=8, slow=8.0, headers=False, seed=1
).via("a request that takes long is counted late")
def test_nothing_that_we_send_alone_is_ever_answered_by_429(
    kind: str,
    limit: int,
    phase: float,
    reserve: int,
    units: list[int],
    connections: int,
    slow: float,
    headers: bool,
    seed: int,
) -> None:
    if limit < 2:
        units = [1] * len(units)
    ledger = Ledger(limit, 10.0, reserve)
    result = drive(
        ledger,
        make(kind, limit, 10.0, phase),
        units,
        connections=connections,
        seed=seed,
        latency=(0.0, slow),
        headers=headers,
    )
    assert result.refused == 0


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
@pytest.mark.parametrize("headers", [True, False])
def test_801_requests_at_400_a_minute_take_little_more_than_the_limit_allows(kind: str, headers: bool) -> None:
    ledger = Ledger(400, 60.0, 40)
    result = drive(ledger, make(kind, 400, 60.0, 17.0), [1] * 801, latency=(0.05, 0.08), headers=headers)
    assert result.refused == 0
    assert result.ended <= 1.15 * 120, "400 at once, 400 after a minute, the last one after two"


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_a_long_run_keeps_within_115_percent_of_the_allowed_time(kind: str) -> None:
    ledger = Ledger(400, 60.0, 40)
    result = drive(ledger, make(kind, 400, 60.0), [1] * 4001, latency=(0.05, 0.08))
    assert result.refused == 0
    assert result.ended <= 1.15 * 600


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_a_limit_lower_than_configured_is_learnt_from_the_headers_before_it_hurts(kind: str) -> None:
    ledger = Ledger(400, 10.0, 4)
    result = drive(ledger, make(kind, 50, 10.0), [1] * 200, latency=(0.05, 0.08))
    assert result.refused == 0
    assert ledger.limit == 50


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_somebody_else_with_the_same_token_costs_hardly_a_429_when_headers_tell(kind: str) -> None:
    told = drive(Ledger(300, 10.0, 15), make(kind, 300, 10.0), [1] * 1200, others=60.0, seed=3)
    untold = drive(Ledger(300, 10.0, 15), make(kind, 300, 10.0), [1] * 1200, others=60.0, seed=3, headers=False)
    assert told.refused <= 3, "others come between an answer and the next request; that can't be known"
    assert untold.refused > told.refused, "else this test shows nothing"


def test_a_reserve_is_kept_for_people() -> None:
    ledger = Ledger(10, 60.0, 3)
    tickets = []
    while ledger.wait(0.0, 1, Priority.BACKGROUND) == 0.0:
        tickets.append(ledger.take(0.0, 1))
    assert len(tickets) == 7
    assert ledger.wait(0.0, 1, Priority.PEOPLE) == 0.0
    for ticket in tickets:
        ledger.settle(ticket, 0.1, limits=None)
    assert ledger.wait(0.2, 1, Priority.BACKGROUND) > 50
    assert ledger.wait(0.2, 2, Priority.PEOPLE) == 0.0


def test_a_write_costs_two() -> None:
    ledger = Ledger(4, 60.0, 0)
    for _ in range(2):
        assert ledger.wait(0.0, 2, Priority.PEOPLE) == 0.0
        ledger.settle(ledger.take(0.0, 2), 0.0, limits=None)
    assert ledger.left(0.0) == 0


def test_what_was_never_sent_costs_nothing() -> None:
    ledger = Ledger(4, 60.0, 0)
    ledger.settle(ledger.take(0.0, 2), 0.0, limits=None, sent=False)
    assert ledger.left(0.0) == 4


def test_the_header_wins_when_it_says_less_and_only_until_its_reset() -> None:
    ledger = Ledger(400, 60.0, 0)
    ledger.settle(ledger.take(0.0, 1), 0.1, limits=Limits(limit=400, remaining=2, reset=5.0))
    assert ledger.left(0.2) == 2
    assert ledger.left(5.2) == 399


def test_the_header_does_not_win_when_it_says_more() -> None:
    ledger = Ledger(10, 60.0, 0)
    ledger.settle(ledger.take(0.0, 1), 0.1, limits=Limits(limit=1000, remaining=999))
    assert ledger.left(0.2) == 9


def test_answers_that_overtake_each_other_do_not_raise_what_is_left() -> None:
    ledger = Ledger(400, 60.0, 0)
    early, late = ledger.take(0.0, 1), ledger.take(0.0, 1)
    ledger.settle(late, 0.2, limits=Limits(remaining=5))
    ledger.settle(early, 0.3, limits=Limits(remaining=6))
    assert ledger.left(0.3) == 5


def test_a_newer_answer_supersedes_an_older_one() -> None:
    ledger = Ledger(400, 60.0, 0)
    ledger.settle(ledger.take(0.0, 1), 0.1, limits=Limits(remaining=5))
    ledger.settle(ledger.take(1.0, 1), 1.1, limits=Limits(remaining=300))
    assert ledger.left(1.1) == 300


def test_what_scim_spends_is_taken_off_what_rest_said_and_does_not_replace_it() -> None:
    ledger = Ledger(400, 60.0, 0)
    ledger.settle(ledger.take(0.0, 1), 0.1, api="REST", limits=Limits(remaining=5))
    ledger.settle(ledger.take(1.0, 2), 1.1, api="SCIM", limits=Limits(remaining=390))
    assert ledger.left(1.1) == 3


def test_nobody_sends_during_a_pause() -> None:
    ledger = Ledger(400, 60.0, 0)
    ledger.pause(7.0)
    assert ledger.wait(2.0, 1, Priority.PEOPLE) == 5.0
    assert ledger.left(2.0) == 0
    assert ledger.wait(7.0, 1, Priority.PEOPLE) == 0.0


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one request"):
        Ledger(0, 60.0, 0)
