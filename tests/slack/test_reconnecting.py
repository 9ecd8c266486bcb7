"""The pauses between two tries for a Socket Mode connection: a rule over time, whatever Slack does."""

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.transport.reconnecting import LONGEST, TRIES, WINDOW, Reconnecting

lasted = st.one_of(st.floats(0.0, 29.9), st.floats(30.0, 10_000.0))
outcomes = st.lists(st.one_of(st.tuples(st.just("failed"), st.floats(0.0, 120.0)), st.tuples(st.just("ended"), lasted)))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def after(*short: float) -> tuple[Clock, Reconnecting]:
    """Connections that lasted so long, one after the other."""
    clock = Clock()
    pauses = Reconnecting(timer=clock)
    for seconds in short:
        pauses.ended(seconds)
    return clock, pauses


@given(outcomes, st.floats(0.0, 0.5))
def test_there_are_never_more_than_twenty_tries_in_ten_seconds(happens: list[tuple[str, float]], first: float) -> None:
    clock = Clock()
    pauses, tries = Reconnecting(first=first, timer=clock), list[float]()
    for kind, value in happens * 3:
        clock.now += pauses.wait()
        pauses.tried()
        tries.append(clock.now)
        if kind == "failed":
            pauses.failed(value)
        else:
            pauses.ended(value)  # as if no time had passed: the hardest case
    for position, at in enumerate(tries[TRIES:]):
        assert at - tries[position] >= WINDOW * 0.999999


@given(st.integers(1, 40), st.floats(0.0, 300.0))
def test_a_told_wait_is_kept_however_many_failures_there_were(failures: int, told: float) -> None:
    _, pauses = after(*[0.0] * failures)
    pauses.failed(told)
    assert pauses.wait() >= told


def test_the_pause_doubles_up_to_a_minute() -> None:
    assert [after(*[0.1] * times)[1].wait() for times in range(1, 10)] == [0.5, 1, 2, 4, 8, 16, 32, LONGEST, LONGEST]


def test_after_a_connection_that_lasted_the_next_is_asked_for_at_once() -> None:
    _, pauses = after(0.1, 0.1, 31.0)
    assert pauses.short == 0
    assert after(31.0)[1].wait() == 0.0


def test_a_pause_that_was_begun_is_not_cut_short_by_an_older_connection_that_lasted() -> None:
    _, pauses = after()
    pauses.failed(30.0)
    pauses.ended(3600.0)
    assert pauses.wait() == 30.0
