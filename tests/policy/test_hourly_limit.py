"""The hourly limit lets so many removals start, and says of the rest when they will."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.policy.requests.hourly_limit import HOUR, queued, share, starts_at

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTES = st.lists(st.integers(min_value=0, max_value=59), max_size=30).map(sorted)


@given(MINUTES, st.integers(1, 12), st.integers(1, 40))
def test_no_hour_sees_more_starts_than_the_limit(minutes: list[int], limit: int, waiting: int) -> None:
    started = [NOON - HOUR + timedelta(minutes=one + 1) for one in minutes][-limit:]
    times = [*started, *(starts_at(started, limit, place, NOON) for place in range(1, waiting + 1))]
    assert times == sorted(times)
    assert all(late - early >= HOUR for early, late in zip(times, times[limit:], strict=False))
    assert all(one >= NOON for one in times[len(started) :])


def test_the_last_of_twenty_starts_after_the_next_hour() -> None:
    started = [NOON - timedelta(minutes=20)] * 10
    assert starts_at(started, 10, 1, NOON) == NOON + timedelta(minutes=40)
    assert starts_at(started, 10, 20, NOON) == NOON + timedelta(minutes=100)
    assert starts_at([], 10, 3, NOON) == NOON


def test_a_fifth_of_the_hour_and_at_least_one_start_is_kept_for_single_requests() -> None:
    assert [share(limit, in_batch=True) for limit in (1, 2, 3, 4, 5, 10, 100)] == [1, 1, 2, 3, 4, 8, 80]
    assert share(10, in_batch=False) == 10


def test_who_waits_hears_the_limit_and_the_time_and_no_variable() -> None:
    said = queued(10, NOON + timedelta(minutes=3, seconds=1))
    assert said == "Queued: at most 10 removals an hour. This one starts at about 2026-03-02 12:04 UTC."
    assert queued(1, NOON).startswith("Queued: at most 1 removal an hour.")
