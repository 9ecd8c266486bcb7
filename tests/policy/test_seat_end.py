"""The end of a seat's day: the last minute there, in every zone and at every change of clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.requests.seat_end import day_fits, end_of, read_day
from bot.policy.typed.seat import parse_seat
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
        ("monday", date(2026, 6, 15)),
        ("Fri", date(2026, 6, 19)),
        ("2026-12-05T10:00", date(2026, 12, 5)),
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


@given(st.dates(), st.sampled_from(ZONES))
def test_any_day_of_the_calendar_fits_or_is_refused(day: date, zone: str) -> None:
    refusal = day_fits(day, zone, datetime(2026, 6, 15, 11, tzinfo=UTC))
    assert refusal is None or "five years" in refusal.reason or "passed" in refusal.reason


@pytest.mark.parametrize(
    ("text", "who", "until", "fault"),
    [
        ("new@acme.example until:2026-12-31", "new@acme.example", date(2026, 12, 31), ""),
        ("until: 31 december 2026 new@acme.example", "new@acme.example", date(2026, 12, 31), ""),
        ("until:friday Jane Doe", "Jane Doe", date(2026, 6, 19), ""),
        ('new@acme.example until:"dec 31"', "new@acme.example", date(2026, 12, 31), ""),
        ("new@acme.example until:soon", "new@acme.example", None, "“soon” isn't a day"),
        ("new@acme.example until:05.12.2026", "new@acme.example", None, "isn't a day"),
        ("new@acme.example until:", "new@acme.example", None, "needs a day"),
        ("new@acme.example untl:friday", "new@acme.example", None, "Did you mean `until:`?"),
        ("new@acme.example role:admin", "new@acme.example", None, "`role:` isn't an option here"),
    ],
)
def test_a_wrong_option_loses_nothing_else(text: str, who: str, until: date | None, fault: str) -> None:
    typed = parse_seat(text, date(2026, 6, 15))
    assert (typed.who, typed.until) == (who, until)
    assert fault in typed.fault
    assert bool(typed.fault) == bool(fault)
