"""Headers about the rate limit, in both families and every way of writing them."""

from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpscout.limits import LONGEST, Limits, read_limits

NOW = 1_800_000_000.0


def read(**headers: str) -> Limits:
    return read_limits(httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), now=NOW)


def http_date(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True)


def test_the_guides_family_is_read() -> None:
    found = read(X_RateLimit_Limit="400", X_RateLimit_Remaining="17", X_RateLimit_Reset="30", Retry_After="12")
    assert found == Limits(limit=400, remaining=17, reset=30.0, retry_after=12.0)


def test_the_pages_family_is_read() -> None:
    found = read(X_RateLimit_Limit_Minute="200", X_RateLimit_Remaining_Minute="3", X_RateLimit_Retry_After="9")
    assert found == Limits(limit=200, remaining=3, retry_after=9.0)


def test_the_smaller_number_of_both_families_wins() -> None:
    found = read(X_RateLimit_Remaining="50", X_RateLimit_Remaining_Minute="4", X_RateLimit_Limit="400")
    assert (found.limit, found.remaining) == (400, 4)


@pytest.mark.parametrize("text", ["25", "25.0", str(int(NOW + 25)), str(int(NOW + 25) * 1000), http_date(NOW + 25)])
def test_a_reset_is_understood_as_seconds_epoch_milliseconds_or_date(text: str) -> None:
    assert read(X_RateLimit_Reset=text).reset == pytest.approx(25.0)


@pytest.mark.parametrize("name", ["Retry_After", "X_RateLimit_Retry_After"])
def test_a_wait_may_be_a_date(name: str) -> None:
    assert read(**{name: http_date(NOW + 90)}).retry_after == pytest.approx(90.0)


def test_a_wrong_clock_here_does_no_harm_where_the_answer_is_dated() -> None:
    wrong = NOW + 3600
    assert read(Retry_After=http_date(wrong + 5), Date=http_date(wrong)).retry_after == pytest.approx(5.0)
    assert read(X_RateLimit_Reset=str(int(wrong + 5)), Date=http_date(wrong)).reset == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30, 120", 120.0),
        ("120,30", 120.0),
        ("9, 9", 9.0),
        ("7s", 7.0),
        ("7 seconds", 7.0),
        ("1500 ms", 1.5),
        ("2min", 120.0),
        ("1 h", 3600.0),
        ("0.493", 0.493),
        ("30;comment=x", 30.0),
        (f"15, {http_date(NOW + 90)}", 90.0),
        (f"{http_date(NOW + 90)}, 15", 90.0),
        (f"{http_date(NOW + 5)}, {http_date(NOW + 90)}", 90.0),
        ("5, soon", 5.0),
        (datetime.fromtimestamp(NOW + 60, UTC).isoformat(), 60.0),
    ],
)
@pytest.mark.parametrize("name", ["Retry_After", "X_RateLimit_Retry_After"])
def test_of_several_told_waits_in_any_unit_the_longest_counts(name: str, text: str, seconds: float) -> None:
    assert read(**{name: text}).retry_after == pytest.approx(seconds)


def test_the_longer_wait_of_both_families_counts() -> None:
    assert read(Retry_After="3", X_RateLimit_Retry_After="30").told_wait == 30.0


def test_of_numbers_that_came_twice_the_smaller_is_left() -> None:
    found = read(X_RateLimit_Limit="400, 200;w=60", X_RateLimit_Remaining="17, 4", X_RateLimit_Reset="10, 30")
    assert found == Limits(limit=200, remaining=4, reset=30.0)


def test_a_date_in_the_past_is_no_wait() -> None:
    assert read(Retry_After=http_date(NOW - 90)).retry_after == 0.0


def test_the_told_wait_is_retry_after_else_the_reset() -> None:
    assert read(Retry_After="3", X_RateLimit_Reset="30").told_wait == 3.0
    assert read(X_RateLimit_Reset="30").told_wait == 30.0
    assert read().told_wait is None


@given(
    st.dictionaries(st.sampled_from(["Retry_After", "X_RateLimit_Reset", "X_RateLimit_Remaining", "Date"]), st.text())
)
def test_rubbish_in_headers_is_as_if_it_were_not_there(headers: dict[str, str]) -> None:
    encodable = {name.replace("_", "-").lower(): text for name, text in headers.items()}
    found = read_limits(encodable, now=NOW)
    for seconds in (found.reset, found.retry_after):
        assert seconds is None or 0 <= seconds <= LONGEST
    assert found.remaining is None or found.remaining >= 0
