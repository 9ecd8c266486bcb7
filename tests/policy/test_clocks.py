"""Expiry and reminders."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.request import Kind, Request, State
from bot.policy.requests.clocks import (
    SOON,
    expired,
    expires_at,
    look_every,
    reminder_due,
    runs_soon,
    start_by,
    startable,
    why_expired,
)

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
Make = Callable[..., Request]
SECOND = timedelta(seconds=1)


def test_a_pending_request_expires_at_the_very_end_of_its_time(request_row: Make) -> None:
    pending = request_row(expires_at=expires_at(NOW, timedelta(hours=24)))
    assert not expired(pending, NOW + timedelta(hours=24) - SECOND)
    assert expired(pending, NOW + timedelta(hours=24))
    assert "not decided within 1 day" in (why_expired(pending, NOW + timedelta(hours=24)) or "")


def test_an_approved_request_expires_when_it_was_not_started_in_time(request_row: Make) -> None:
    approved = request_row(state=State.APPROVED, start_by=NOW + timedelta(hours=4))
    assert not expired(approved, NOW + timedelta(hours=4) - SECOND)
    assert expired(approved, NOW + timedelta(hours=4))
    assert "could not be started in time" in (why_expired(approved, NOW + timedelta(hours=4)) or "")
    assert not expired(request_row(state=State.APPROVED), NOW + timedelta(days=9))  # clock 2 alone counts once approved


@pytest.mark.parametrize("state", [state for state in State if state not in (State.PENDING, State.APPROVED)])
def test_nothing_else_expires(request_row: Make, state: State) -> None:
    assert not expired(request_row(state=state, start_by=NOW), NOW + timedelta(days=99))


def test_the_second_clock_runs_from_the_scheduled_time_or_from_a_later_approval() -> None:
    hours = timedelta(hours=4)
    assert start_by(NOW, None, hours) == NOW + hours
    assert start_by(NOW, NOW + timedelta(days=2), hours) == NOW + timedelta(days=2) + hours
    assert start_by(NOW, NOW - timedelta(days=2), hours) == NOW + hours
    last = datetime(9999, 12, 31, 23, 0, tzinfo=UTC)
    assert last < start_by(NOW, last, hours) <= last + timedelta(minutes=59, seconds=59), "as late as the calendar goes"


def test_an_approved_request_may_start_between_its_time_and_its_end(request_row: Make) -> None:
    approved = request_row(state=State.APPROVED, run_at=NOW + timedelta(hours=1), start_by=NOW + timedelta(hours=5))
    assert not startable(approved, NOW + timedelta(hours=1) - SECOND)
    assert startable(approved, NOW + timedelta(hours=1))
    assert not startable(approved, NOW + timedelta(hours=5))
    assert startable(request_row(state=State.APPROVED, start_by=NOW + SECOND), NOW)
    assert not startable(request_row(), NOW)


@pytest.mark.parametrize(
    ("share", "reminded", "due"),
    [(0.49, 0, 0), (0.5, 0, 1), (0.5, 1, 0), (0.89, 1, 0), (0.9, 1, 2), (0.9, 0, 2), (0.9, 2, 0), (1.0, 0, 0)],
)
def test_reminders_come_at_half_and_at_ninety_percent_and_once(
    request_row: Make, share: float, reminded: int, due: int
) -> None:
    assert reminder_due(request_row(reminded=reminded), NOW + timedelta(hours=24) * share) == due


def test_only_pending_requests_remind(request_row: Make) -> None:
    assert reminder_due(request_row(state=State.APPROVED), NOW + timedelta(hours=23)) == 0


@given(st.lists(st.integers(0, 100_000), max_size=30))
def test_however_often_one_looks_nobody_is_reminded_more_than_twice(offsets: list[int]) -> None:
    reminded, sent = 0, 0
    for offset in sorted(offsets):
        end = NOW + timedelta(hours=24)
        request = Request(id="R", kind=Kind.OFFBOARD, opened_at=NOW, requester="U", expires_at=end, reminded=reminded)
        if due := reminder_due(request, NOW + timedelta(seconds=offset)):
            assert due > reminded
            reminded, sent = due, sent + 1
    assert sent <= 2


@pytest.mark.parametrize(
    ("approval", "execution", "seconds"),
    [
        (timedelta(hours=24), timedelta(hours=4), 20.0),
        (timedelta(minutes=5), timedelta(hours=4), 5.0),
        (timedelta(hours=24), timedelta(seconds=90), 1.5),
        (timedelta(seconds=3), timedelta(seconds=2), 1.0),
    ],
)
def test_short_clocks_are_looked_at_more_often(approval: timedelta, execution: timedelta, seconds: float) -> None:
    assert look_every(approval, execution) == timedelta(seconds=seconds)


@given(st.integers(0, 6 * 3600), st.integers(0, 6 * 3600), st.integers(0, 2))
def test_before_a_run_the_requester_is_told_within_the_hour_unless_the_approval_just_told_them(
    approved: int, looked: int, quorum: int
) -> None:
    run_at, approved_at = NOW + timedelta(hours=5), NOW + timedelta(seconds=approved)
    row = Request(
        id="R1", kind=Kind.OFFBOARD, state=State.APPROVED, opened_at=NOW, requester="U1", quorum=quorum, run_at=run_at,
        approved_at=approved_at, expires_at=NOW + timedelta(days=1),
    )  # fmt: skip
    now = NOW + timedelta(seconds=looked)
    near = timedelta(0) < run_at - now <= SOON
    just_told = quorum > 0 and run_at - approved_at < SOON
    assert runs_soon(row, now) is (near and not just_told)


def test_nothing_that_is_undecided_or_runs_at_once_runs_soon(request_row: Make) -> None:
    assert not runs_soon(request_row(run_at=NOW + SECOND), NOW)
    assert not runs_soon(request_row(state=State.APPROVED), NOW)
