"""A time that comes every week."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.typed.schedule import WeeklyTime, next_digest, parse_weekly
from bot.policy.typed.when import BadWhen


def test_a_weekly_time_is_read_and_shown() -> None:
    assert parse_weekly("monday 09:00") == parse_weekly(" Mon 9:00 ") == WeeklyTime(0, 9, 0)
    assert str(parse_weekly("sun 23:59")) == "sunday 23:59"


@pytest.mark.parametrize(
    "text", ["", "monday", "09:00", "mo 9:00", "someday 9:00", "monday 24:00", "monday 9:60", "monday 9", "mon 9:00 x"]
)
def test_a_wrong_weekly_time_says_how_to_write_one(text: str) -> None:
    with pytest.raises(BadWhen, match="like monday 09:00"):
        parse_weekly(text)


def test_the_moment_itself_is_not_the_next_one() -> None:
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert next_digest("monday 09:00", monday, "Europe/Vienna") == monday + timedelta(days=7)
    assert next_digest("monday 09:00", monday - timedelta(seconds=1), "Europe/Vienna") == monday
    assert next_digest(WeeklyTime(0, 9, 0), monday - timedelta(seconds=1), ZoneInfo("Europe/Vienna")) == monday


def test_it_stays_at_its_wall_clock_time_over_a_change_of_clocks() -> None:
    friday = datetime(2027, 3, 26, 12, tzinfo=UTC)
    assert next_digest("monday 09:00", friday, "Europe/Vienna") == datetime(2027, 3, 29, 7, tzinfo=UTC)


def test_a_skipped_time_comes_once_that_day_and_a_doubled_one_once() -> None:
    gap = next_digest("sunday 02:30", datetime(2027, 3, 26, tzinfo=UTC), "Europe/Vienna")
    assert gap == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert next_digest("sunday 02:30", gap, "Europe/Vienna") > gap + timedelta(days=6)
    first = next_digest("sunday 02:30", datetime(2027, 10, 29, tzinfo=UTC), "Europe/Vienna")
    assert first == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert next_digest("sunday 02:30", first, "Europe/Vienna") > first + timedelta(days=6)


@given(
    st.builds(WeeklyTime, st.integers(0, 6), st.integers(0, 23), st.integers(0, 59)),
    st.integers(0, 2 * 365 * 86400).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
    st.sampled_from(["UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe"]),
)
def test_it_always_lies_within_the_coming_week(weekly: WeeklyTime, now: datetime, zone: str) -> None:
    moment = next_digest(weekly, now, zone)
    assert now < moment <= now + timedelta(days=7, hours=1)
    shown = moment.astimezone(ZoneInfo(zone))
    assert shown.weekday() == weekly.weekday
