"""Jumps of the clock: any history of readings."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.requests.clock_jump import APART, JUMP, TOLERANCE, ClockReading, Jump, LateLine, Watched, begun, watched

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOURS = timedelta(hours=3)


class Machine:
    """Two clocks and who reads them: time passes for both, `set` moves the wall clock alone."""

    def __init__(self) -> None:
        self.wall, self.monotonic = NOON, 1000.0
        self.state, self.first = begun(self.reading())
        self.jumps: list[Jump] = []

    def reading(self, line: LateLine | None = None) -> ClockReading:
        return ClockReading(self.wall, self.monotonic, line)

    def set(self, by: timedelta) -> None:
        self.wall += by

    def after(self, seconds: float, line: LateLine | None = None) -> "Machine":
        self.wall += timedelta(seconds=seconds)
        self.monotonic += seconds
        self.state, jump = watched(self.state, self.reading(line))
        self.jumps += [jump] if jump else []
        return self

    @property
    def steady(self) -> bool:
        return self.state.trusts(self.wall, self.monotonic)


def test_a_clock_that_nobody_touches_is_steady_from_the_first_reading() -> None:
    machine = Machine()
    assert machine.first is None
    assert machine.steady
    for _ in range(500):
        machine.after(5)
    assert machine.steady
    assert machine.jumps == []


@pytest.mark.parametrize("by", [HOURS, -HOURS, timedelta(seconds=61), timedelta(seconds=-61)])
def test_a_clock_that_was_set_is_a_jump_once_and_is_steady_after_a_minute(by: timedelta) -> None:
    machine = Machine().after(5)
    machine.set(by)
    assert not machine.steady, "what is due by the new time must not start before the next look"
    machine.after(0)
    assert [jump.moved for jump in machine.jumps] == [by]
    for _ in range(11):
        assert not machine.after(5).steady
    assert machine.after(5).steady
    assert len(machine.jumps) == 1


def test_a_minute_more_or_less_is_no_jump() -> None:
    machine = Machine().after(5)
    machine.set(JUMP)
    assert machine.after(5).steady
    assert machine.jumps == []


def test_a_slow_drift_is_no_jump() -> None:
    machine = Machine()
    for _ in range(3000):  # four hours, a second off every hundred
        machine.set(timedelta(seconds=0.05))
        assert machine.after(5).steady


def test_a_line_that_is_later_than_now_is_a_jump_and_blocks_for_a_minute_not_until_its_time() -> None:
    line = LateLine(4, NOON + HOURS)
    state, jump = begun(ClockReading(NOON, 0.0, line))
    assert jump is not None
    assert (jump.line, state.steady, state.told) == (line, False, 4)
    state, again = watched(state, ClockReading(NOON + APART, APART.total_seconds()))
    assert again is None
    assert state.steady


def test_a_clock_that_goes_on_moving_is_not_steady_until_it_stands_still_for_a_minute() -> None:
    machine = Machine().after(5)
    machine.set(HOURS)
    machine.after(5)
    for _ in range(5):
        machine.set(timedelta(seconds=20))
        machine.after(30)
    assert not machine.steady
    assert len(machine.jumps) == 1
    assert machine.after(60).steady


def test_a_bot_that_starts_in_the_middle_of_a_jump_waits_too() -> None:
    state, jump = begun(ClockReading(NOON, 0.0), unsettled=True)
    assert jump is None
    assert not state.steady
    state, _ = watched(state, ClockReading(NOON + APART, 60.0))
    assert state.steady


def test_a_lease_says_nothing_for_its_own_length_after_the_clock_was_set() -> None:
    machine = Machine().after(5)
    assert machine.state.calm(machine.monotonic, 15)
    machine.set(timedelta(seconds=20))  # no jump, but every lease of 15 seconds seems over
    machine.after(5)
    assert not machine.state.calm(machine.monotonic + 14, 15)
    assert machine.state.calm(machine.monotonic + 15, 15)


def test_the_sentence_says_which_way_and_how_far() -> None:
    assert Jump(NOON, HOURS).sentence == "The clock jumped ahead by 3 hours."
    assert Jump(NOON, -HOURS).sentence == "The clock jumped back by 3 hours."
    said = Jump(NOON, line=LateLine(7, NOON + HOURS)).sentence
    assert said == "A line of the audit log is 3 hours ahead of the clock: one of the two is wrong."


STEPS = st.lists(
    st.tuples(
        st.floats(0, 120),  # seconds that pass
        st.sampled_from([0, 0, 0, 0, 2, -2, 30, -30, 90, -90, 10_800, -10_800]),  # by how much the clock is set first
        st.sampled_from([False, False, False, True]),  # whether a late line was added
    ),
    max_size=40,
)


@given(STEPS)
def test_nothing_is_trusted_within_a_minute_of_a_jump(steps: list[tuple[float, float, bool]]) -> None:
    """Of any history: every jump is told, and trust comes back only after a quiet minute."""
    machine, disturbed = Machine(), float("-inf")
    for n, (seconds, by, late) in enumerate(steps, 1):
        told = len(machine.jumps)
        machine.set(timedelta(seconds=by))
        machine.after(seconds, LateLine(n, machine.wall + HOURS) if late else None)
        if late or abs(by) > 2 * JUMP.total_seconds():
            assert len(machine.jumps) == told + 1
            disturbed = machine.monotonic
        if len(machine.jumps) > told:
            disturbed = machine.monotonic
        if machine.monotonic - disturbed < APART.total_seconds():
            assert not machine.steady
        if machine.steady:
            assert abs(_off(machine.state, machine)) <= JUMP + TOLERANCE
    machine.after(60).after(60)
    machine.after(60)
    assert machine.steady


def _off(state: Watched, machine: Machine) -> timedelta:
    return (machine.wall - state.anchor.wall) - timedelta(seconds=machine.monotonic - state.anchor.monotonic)
