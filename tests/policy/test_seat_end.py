"""The end of a seat's day: the last minute there, in every zone and at every change of clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.requests.seat_end import day_fits, end_of, read_day
from bot.policy.typed.when import BadWhen

ZONES = (
    "UTC",
    "Europe/Vienna",
    "America/Havana",
    "America/Santiago",
    "Asia/Beirut",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
)


@given(st.dates(date(2000, 1, 1), date(2036, 1, 1)), st.sampled_from(ZONES))
def test_the_day_ends_a_minute_before_the_next_begins(day: date, zone: str) -> None:
    end, here = end_of(day, zone), ZoneInfo(zone)
    assert end.astimezone(here).date() == day
    assert (end + timedelta(minutes=1)).astimezone(here).date() > day


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2026, 3, 28), "Europe/Vienna", datetime(2026, 3, 28, 22, 59, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Vienna", datetime(2026, 3, 29, 21, 59, tzinfo=UTC)),  # clocks went forward
        (date(2026, 10, 25), "Europe/Vienna", datetime(2026, 10, 25, 22, 59, tzinfo=UTC)),  # and back
        (date(2026, 12, 31), "America/Los_Angeles", datetime(2027, 1, 1, 7, 59, tzinfo=UTC)),
    ],
)
def test_it_is_the_setters_midnight(day: date, zone: str, end: datetime) -> None:
    assert end_of(day, zone) == end


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("dec 31", date(2026, 12, 31)),
        ("31 December 2027", date(2027, 12, 31)),
        ("Jan 5", date(2027, 1, 5)),
        ("tomorrow", date(2026, 6, 16)),
    ],
)
def test_days_are_read_as_people_write_them(text: str, day: date) -> None:
    assert read_day(text, date(2026, 6, 15)) == day


@pytest.mark.parametrize("text", ["", "31/12", "2026-02-30", "soon", "fooember 3"])
def test_what_is_no_day_is_said(text: str) -> None:
    with pytest.raises(BadWhen, match="isn't a day I can read"):
        read_day(text, date(2026, 6, 15))


def test_a_day_that_has_passed_there_is_refused() -> None:
    now = datetime(2026, 6, 15, 11, tzinfo=UTC)
    assert day_fits(date(2026, 6, 15), "UTC", now) is None
    assert day_fits(date(2026, 6, 15), "Pacific/Kiritimati", now) is not None, "it is the 16th there"
    assert day_fits(date(2032, 6, 15), "UTC", now) is not None
