"""The hourly limit lets so many removals start, and says of the rest that they wait, and until when."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.policy.requests.hourly_limit import HOUR, queued, turn

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
AGO = st.lists(st.integers(0, 59).map(lambda minutes: NOON - timedelta(minutes=minutes)), max_size=8)


@given(AGO, st.integers(1, 5), st.integers(0, 12))
def test_nobody_is_given_a_turn_by_which_the_hour_is_still_full(
    started: list[datetime], limit: int, ahead: int
) -> None:
    turns = [turn(started, limit, NOON, ahead=n) for n in range(ahead + 1)]
    assert turns == sorted(turns)
    assert turns[0] >= NOON
    for at in turns:
        hour = [one for one in (*started, *turns) if at - HOUR < one <= at]
        assert len([one for one in hour if one in turns]) <= limit
    assert (turns[0] == NOON) is (len(started) < limit)


def test_a_turn_comes_an_hour_after_the_start_that_makes_room() -> None:
    started = [NOON - timedelta(minutes=50), NOON - timedelta(minutes=20)]
    at = [turn(started, 2, NOON, ahead=ahead) for ahead in range(3)]
    assert at == [NOON + timedelta(minutes=10), NOON + timedelta(minutes=40), NOON + timedelta(minutes=70)]


def test_who_waits_hears_the_limit_and_the_time_and_no_variable() -> None:
    assert queued(NOON, 10) == (
        "Queued: at most 10 removals start within an hour. This one starts at about 2026-11-30 12:00 UTC."
    )
    said = queued(NOON + timedelta(seconds=1), 1)
    assert "at most 1 removal starts" in said
    assert "12:01 UTC" in said, "and never a minute that is over by then"
