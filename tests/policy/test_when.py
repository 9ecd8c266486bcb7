"""Times as people write them, over every trick that clocks play."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.typed.when import (
    LAST_MOMENT,
    BadWhen,
    midnight,
    midnight_after,
    parse_duration,
    parse_when,
    spell,
    within_reach,
    zone_of,
)

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)  # Tuesday, 11:30 in Vienna
VIENNA = "Europe/Vienna"


def at(text: str, zone: str = VIENNA, now: datetime = NOW) -> str:
    return parse_when(text, now=now, zone=zone).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-01 18:00", "2026-12-01 17:00:00"),
        ("2026-12-01T18:00:30", "2026-12-01 17:00:30"),
        ("2026-12-01 18:00Z", "2026-12-01 18:00:00"),
        ("2026-12-01T18:00:00+02:00", "2026-12-01 16:00:00"),
        ("2026-12-01 18:00 -0530", "2026-12-01 23:30:00"),
        ("2026-12-01 18:00 UTC", "2026-12-01 18:00:00"),
        ("2026-12-01 18:00 America/New_York", "2026-12-01 23:00:00"),
        ("2026-12-01 18:00 Asia/Kolkata", "2026-12-01 12:30:00"),
        ("18:00", "2026-11-24 17:00:00"),
        ("18.00", "2026-11-24 17:00:00"),
        ("at 18:00", "2026-11-24 17:00:00"),
        ("6pm", "2026-11-24 17:00:00"),
        ("6:15 PM", "2026-11-24 17:15:00"),
        ("today 18:00", "2026-11-24 17:00:00"),
        ("tomorrow 9:00", "2026-11-25 08:00:00"),
        ("Tomorrow at 12am", "2026-11-24 23:00:00"),
        ("tomorrow 12pm", "2026-11-25 11:00:00"),
        ("friday 17:00", "2026-11-27 16:00:00"),
        ("Fri 17:00,", "2026-11-27 16:00:00"),
        ("tuesday 12:00", "2026-11-24 11:00:00"),
        ("tuesday 11:30", "2026-12-01 10:30:00"),  # right now has passed: next week's
        ("monday 0:00", "2026-11-29 23:00:00"),
        ("1 dec 18:00", "2026-12-01 17:00:00"),
        ("1. December 2026, 18:00", "2026-12-01 17:00:00"),
        ("Dec 1 18:00", "2026-12-01 17:00:00"),
        ("dec 1, 2026 6pm", "2026-12-01 17:00:00"),
        ("5 jan 8:00", "2027-01-05 07:00:00"),  # the next one
        ("24 nov 18:00", "2026-11-24 17:00:00"),  # today still
        ("in 2h", "2026-11-24 12:30:00"),
        ("In 3 d", "2026-11-27 10:30:00"),
        ("in 1 second", "2026-11-24 10:30:01"),
        ("in 90 Seconds", "2026-11-24 10:31:30"),
        ("in 5 min", "2026-11-24 10:35:00"),
        ("in 2 hours", "2026-11-24 12:30:00"),
        ("11:30:01", "2026-11-24 10:30:01"),  # the very next second
        ("today 11:30:01", "2026-11-24 10:30:01"),
        ("2026-11-24 10:30:01Z", "2026-11-24 10:30:01"),
        ("“2026-12-01\u00a018:00”".replace("“", '"').replace("”", '"'), "2026-12-01 17:00:00"),
    ],
)
def test_a_time_is_read_in_the_zone_of_who_wrote_it(text: str, utc: str) -> None:
    assert at(text) == utc


def test_a_zone_may_be_given_as_one() -> None:
    assert parse_when("18:00", now=NOW, zone=ZoneInfo(VIENNA)) == datetime(2026, 11, 24, 17, tzinfo=UTC)


def test_today_is_the_day_of_the_zone_not_of_utc() -> None:
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert at("today 12:00", "Pacific/Auckland", late) == "2026-11-24 23:00:00"  # the 25th there
    assert at("tomorrow 12:00", "America/New_York", late) == "2026-11-25 17:00:00"


@pytest.mark.parametrize(
    "text", ["11:30", "today 9:00", "2026-11-24 11:30", "2025-12-01 18:00", "2026-11-24 10:30Z", "in 0h"]
)
def test_the_past_and_this_very_moment_are_refused(text: str) -> None:
    with pytest.raises(BadWhen, match="has passed"):
        at(text)


@pytest.mark.parametrize(
    "text", ["2028-01-01 10:00", "2035-01-01 10:00", "in 400d", "24 nov 2028 10:00", "9999-12-30 23:59"]
)
def test_any_time_in_the_future_can_be_asked_for(text: str) -> None:
    assert at(text) >= "2027"


def test_what_is_later_than_the_calendar_goes_is_refused() -> None:
    with pytest.raises(BadWhen, match="later than the calendar"):
        at("9999-12-31 23:59 -12:00")


@pytest.mark.parametrize("text", ["2026-12-01", "friday", "tomorrow"])
def test_a_day_alone_asks_for_the_time(text: str) -> None:
    with pytest.raises(BadWhen, match=f"Add the time of day: `{text} 18:00`"):
        at(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "soon",
            "12/01/2026 18:00",
            "01.12.2026 18:00",
            "2026-13-01 18:00",
            "2026-02-30 18:00",
            "2027-02-30",
            "0000-01-01 10:00",
        ),
        *(
            "25:00",
            "18:60",
            "13pm",
            "0am",
            "18",
            "31 nov 18:00",
            "1 foo 18:00",
            "1 decxyz 18:00",
            "18:00 +24:00",
            "18:00 +10:60",
            "next friday 17:00",
            "f 17:00",
        ),
        *("18:00 Europe/Nowhere", "18:00 ../etc", "18:00 +25:00", "in 2 fortnights"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BadWhen, match=r"`friday 17:00`|a time zone|like 90s"):
        at(text)


def test_an_unknown_zone_of_the_reader_is_a_sentence() -> None:
    for name in ("Mars/Base", "", "../../etc/passwd", "/etc/localtime", "Europe"):
        with pytest.raises(BadWhen, match="a time zone"):
            zone_of(name)


def test_a_wall_clock_time_that_clocks_skip_is_refused_and_the_next_real_one_named() -> None:
    before = datetime(2027, 3, 1, tzinfo=UTC)
    with pytest.raises(BadWhen, match=r"does not exist in Europe/Vienna.*Write 03:30"):
        at("2027-03-28 02:30", now=before)
    assert at("2027-03-28 03:00", now=before) == "2027-03-28 01:00:00"
    assert at("2027-03-28 01:59", now=before) == "2027-03-28 00:59:00"


def test_a_wall_clock_time_that_comes_twice_is_refused_and_both_are_named() -> None:
    before = datetime(2027, 10, 1, tzinfo=UTC)
    with pytest.raises(BadWhen, match=r"`2027-10-31 02:30\+02:00` or `2027-10-31 02:30\+01:00`"):
        at("2027-10-31 02:30", now=before)
    assert at("2027-10-31 02:30+02:00", now=before) == "2027-10-31 00:30:00"
    assert at("2027-10-31 02:30+01:00", now=before) == "2027-10-31 01:30:00"
    assert at("2027-10-31 03:00", now=before) == "2027-10-31 02:00:00"


def test_a_weekday_that_falls_on_a_skipped_hour_is_refused_too() -> None:
    with pytest.raises(BadWhen, match="does not exist"):
        at("sunday 2:30", now=datetime(2027, 3, 26, 12, tzinfo=UTC))


ZONES = st.sampled_from(
    ["UTC", VIENNA, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns"]
)
MOMENTS = st.integers(0, 3 * 365 * 86400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
AHEAD = st.timedeltas(timedelta(minutes=1), timedelta(days=364)).map(
    lambda d: timedelta(seconds=int(d.total_seconds()))
)


@given(MOMENTS, AHEAD, ZONES)
def test_every_moment_written_with_its_offset_is_read_back(now: datetime, ahead: timedelta, zone: str) -> None:
    moment = now + ahead
    assert parse_when(moment.astimezone(ZoneInfo(zone)).isoformat(), now=now, zone="UTC") == moment


@given(MOMENTS, AHEAD, ZONES)
def test_every_wall_clock_time_is_read_back_or_refused_as_coming_twice(
    now: datetime, ahead: timedelta, zone: str
) -> None:
    wall = (now + ahead).astimezone(ZoneInfo(zone))
    try:
        assert parse_when(f"{wall:%Y-%m-%d %H:%M:%S}", now=now, zone=zone) == now + ahead
    except BadWhen as problem:
        twice = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
        if not (twice and "comes twice" in problem.sentence):
            raise


@given(st.text(max_size=40), MOMENTS, ZONES)
def test_any_text_gives_a_moment_within_reach_or_a_sentence(text: str, now: datetime, zone: str) -> None:
    try:
        moment = parse_when(text, now=now, zone=zone)
    except BadWhen:
        return
    assert now < moment


@given(st.sampled_from(["monday", "tue", "Friday", "sun"]), st.times(), MOMENTS, ZONES)
def test_a_weekday_is_never_more_than_a_week_ahead(day: str, clock: object, now: datetime, zone: str) -> None:
    try:
        moment = parse_when(f"{day} {clock:%H:%M}", now=now, zone=zone)
    except BadWhen as problem:
        if "does not exist" not in problem.sentence and "comes twice" not in problem.sentence:
            raise
        return
    assert now < moment <= now + timedelta(days=7, hours=2)
    assert f"{moment.astimezone(ZoneInfo(zone)):%A}".lower().startswith(day.lower())


@given(st.dates(), ZONES)
def test_every_day_of_the_calendar_has_a_beginning_and_an_end(day: date, zone: str) -> None:
    assert midnight(day, ZoneInfo(zone)) <= midnight_after(day, ZoneInfo(zone)) <= LAST_MOMENT


def test_a_moment_from_a_form_is_in_the_future_too() -> None:
    assert within_reach(NOW + timedelta(minutes=1), now=NOW) == NOW + timedelta(minutes=1)
    assert within_reach(NOW + timedelta(days=9000), now=NOW) == NOW + timedelta(days=9000)
    just = NOW + timedelta(microseconds=1)
    assert within_reach(just, now=NOW) == just
    with pytest.raises(BadWhen, match="passed"):
        within_reach(NOW, now=NOW)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        (" 4 H ", timedelta(hours=4)),
        ("0s", timedelta(0)),
        ("3660d", timedelta(days=3660)),
    ],
)
def test_durations(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "h", "15", "-1h", "1.5h", "1h30m", "15 minutes", "3661d", "999999999d", "٧d", "7y"]
)
def test_wrong_durations_say_how_to_write_one(text: str) -> None:
    with pytest.raises(BadWhen, match="like 90s, 15m, 24h or 7d"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (90, "1 minute 30 seconds"),
        (900, "15 minutes"),
        (86400, "1 day"),
        (90061, "1 day 1 hour"),
        (86460, "1 day"),
        (-5, "0 seconds"),
    ],
)
def test_spans_are_spelled_in_their_two_largest_units(seconds: int, words: str) -> None:
    assert spell(timedelta(seconds=seconds)) == words
