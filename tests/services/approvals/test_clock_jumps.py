"""A clock that jumps: nothing scheduled starts before it is steady, and nothing waits for the log to catch up."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model.outbox import Topic
from bot.model.request import Request, State
from bot.services.clock_watch import WAITS, clock_warnings, last_jump

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

DELETE = "DELETE /scim/Users/*"


def scheduled(house: House, bot: Bot, **span: float) -> Request:
    """Approved, to run in so long."""
    request = bot.asked(house.id("jane"), run_at=house.clock() + timedelta(**span))
    assert bot.approve(request).accepted
    return request


def jumps(bot: Bot) -> list[dict[str, object]]:
    return [dict(one.details) for one in bot.record.audit.entries(newest_first=False) if one.event == "clock.jumped"]


def one_line_ahead(house: House, bot: Bot) -> None:
    house.clock.jump(hours=3)
    bot.record.audit.append("request.refused", actor="URITA", details={"code": "guest"})
    house.clock.jump(hours=-3)


def test_a_line_from_a_clock_that_was_ahead_starts_nothing_early(house: House, idle: Bot) -> None:
    request = scheduled(house, idle, hours=2)
    one_line_ahead(house, idle)
    idle.runner.work_off()
    assert idle.row(request).state is State.APPROVED
    assert house.sent() == 0
    assert [(one["moved_seconds"], "line_at" in one) for one in jumps(idle)] == [(0, True)]


def test_what_is_due_waits_a_minute_after_a_jump_says_so_and_then_runs(house: House, idle: Bot) -> None:
    request = scheduled(house, idle, minutes=5)
    idle.runner.work_off()
    house.clock.move(minutes=5)
    house.clock.jump(hours=3)
    idle.runner.work_off()
    assert (idle.row(request).state, idle.row(request).outcome) == (State.APPROVED, WAITS)
    house.clock.move(seconds=59)
    idle.runner.work_off()
    assert idle.row(request).state is State.APPROVED
    house.clock.move(seconds=2)
    idle.runner.work_off()
    assert idle.row(request).state is State.DONE
    assert len(jumps(idle)) == 1


def test_a_clock_that_is_ahead_for_a_moment_starts_nothing_early(house: House, idle: Bot) -> None:
    """Also when it jumps between two looks of the runner, while the request is pending, or before it is approved."""
    request = idle.asked(house.id("jane"), run_at=house.clock() + timedelta(hours=2))
    idle.runner.work_off()
    house.clock.jump(hours=3)
    idle.runner.work_off()  # seen while it is pending
    assert idle.approve(request).accepted
    for _ in range(5):
        house.clock.move(seconds=10)
        idle.runner.work_off()
    house.clock.jump(hours=-3)
    for _ in range(10):
        idle.runner.work_off()
        house.clock.move(seconds=10)
    assert idle.row(request).state is State.APPROVED
    house.clock.move(hours=2)
    idle.runner.work_off()
    assert idle.row(request).state is State.DONE
    assert [one["moved_seconds"] for one in jumps(idle)] == [10800, -10800]


def test_the_time_that_jumped_is_not_used_even_when_nobody_has_looked_since(house: House, idle: Bot) -> None:
    request = scheduled(house, idle, hours=2)
    idle.runner.work_off()
    house.clock.jump(hours=3)
    assert idle.runner._starting.start(request.id) is None
    assert idle.row(request).state is State.APPROVED


def test_a_line_that_another_bot_wrote_meanwhile_is_seen_before_the_start(house: House, idle: Bot) -> None:
    request = scheduled(house, idle, hours=2)
    idle.runner.work_off()
    house.clock.move(hours=2)
    one_line_ahead(house, idle)
    assert idle.runner._starting.start(request.id) is None


@pytest.mark.parametrize("hours", [3, -3])
def test_what_runs_as_soon_as_it_is_approved_does_not_wait_for_the_clock(house: House, idle: Bot, hours: int) -> None:
    request = idle.asked(house.id("jane"))
    idle.runner.work_off()
    house.clock.jump(hours=hours)
    assert idle.approve(request).accepted
    idle.runner.work_off()
    assert idle.row(request).state is State.DONE


def test_a_clock_that_went_back_holds_nothing_up_for_hours(house: House, idle: Bot) -> None:
    idle.runner.work_off()
    house.clock.jump(hours=-3)
    request = scheduled(house, idle, seconds=20)
    house.clock.move(seconds=20)
    idle.runner.work_off()
    assert idle.row(request).outcome == WAITS
    house.clock.move(minutes=1)
    idle.runner.work_off()
    assert idle.row(request).state is State.DONE
    assert idle.record.audit.verify().whole


def test_a_jump_is_told_once_by_two_bots_and_after_a_new_start_who_waits_as_well(house: House) -> None:
    first, second = house.bot(), house.bot()
    request = scheduled(house, first, seconds=20)
    house.clock.move(seconds=20)
    one_line_ahead(house, first)
    for bot in (first, second):
        bot.runner.work_off()
    house.clock.move(seconds=50)
    third = house.bot()
    third.runner.work_off()
    assert len(jumps(first)) == 1
    house.clock.move(seconds=20)
    third.runner.work_off()
    assert third.row(request).state is State.APPROVED
    first.runner.work_off()
    assert first.row(request).state is State.DONE


def test_a_bot_that_starts_while_a_jump_is_not_over_waits(house: House, idle: Bot) -> None:
    request = scheduled(house, idle, hours=2)
    idle.runner.work_off()
    house.clock.jump(hours=3)
    idle.runner.work_off()
    again = house.bot()  # its own two clocks have always agreed
    again.runner.work_off()
    assert again.row(request).state is State.APPROVED
    assert len(jumps(again)) == 1


def test_the_warning_stays_while_it_matters_and_goes(house: House, idle: Bot) -> None:
    assert clock_warnings(idle.record) == []
    one_line_ahead(house, idle)
    assert ["3 hours ahead of the clock" in one for one in clock_warnings(idle.record)] == [True]
    idle.runner.work_off()
    assert ["wait until the clock has been steady" in one for one in clock_warnings(idle.record)] == [True]
    house.clock.move(minutes=1)
    idle.runner.work_off()
    seen = last_jump(idle.record)
    assert seen is not None
    assert seen.over
    assert ["steady since" in one for one in clock_warnings(idle.record)] == [True]
    house.clock.move(hours=25)
    assert clock_warnings(idle.record) == []


# Leases


def renewed(house: House, bot: Bot, request: Request) -> None:
    """Wait until the lease is one by the time now."""
    ends = time.monotonic() + 10
    while True:
        until = bot.row(request).lease_until
        if until is not None and timedelta(seconds=1) < until - house.clock() < timedelta(seconds=3):
            return
        assert time.monotonic() < ends, "the lease was not renewed"
        time.sleep(0.02)


def test_the_lease_of_a_process_that_died_while_the_clock_was_ahead_runs_out(house: House) -> None:
    first, second = house.bot(), house.bot()
    request = first.asked(house.id("jane"))
    first.approve(request)
    house.clock.jump(hours=3)
    assert first.runner._starting.start(request.id) is not None  # and dies
    house.clock.jump(hours=-3)
    second.runner.work_off()
    assert second.row(request).state is State.RUNNING  # its owner may be alive: it has the time of a lease to say so
    house.clock.move(seconds=2)
    second.runner.work_off()
    assert second.row(request).state is State.DONE


def test_a_clock_that_goes_ahead_takes_no_request_from_a_living_process(house: House) -> None:
    first, second = house.bot(start=True), house.bot(start=True)
    hold = house.sim.faults.hold(DELETE)
    request = first.asked(house.id("jane"))
    first.approve(request)
    assert hold.reached.wait(10)
    owner = first.row(request).lease_owner
    house.clock.jump(seconds=30)  # less than a jump, but far more than a lease
    renewed(house, first, request)
    house.clock.jump(hours=3)
    renewed(house, first, request)
    house.clock.jump(hours=-3)
    renewed(house, first, request)
    assert first.row(request).lease_owner == owner
    hold.release()
    second.until(request, State.DONE)
    assert "request.resumed" not in second.events(request)
    assert house.deletes(house.id("jane")) == 1


def test_messages_from_a_clock_that_was_ahead_are_sent_now(house: House, idle: Bot) -> None:
    outbox, lease = idle.record.outbox, timedelta(minutes=3)

    def claimed(owner: str) -> list[tuple[str, bool]]:
        return [(one.key, one.maybe_sent) for one in outbox.claim(owner, house.clock(), lease)]

    house.clock.jump(hours=3)
    for key in ("put off", "taken"):
        outbox.add(key, Topic.WARNING, {"sentence": "x"})
    first, _ = outbox.claim("dies with the second in its hands", house.clock(), lease)
    outbox.retry(first.id, house.clock() + timedelta(minutes=5), "Slack was away.")
    outbox.add("new", Topic.WARNING, {"sentence": "x"})
    outbox.add("for later", Topic.WARNING, {"sentence": "x"}, not_before=house.clock() + timedelta(hours=1))
    house.clock.jump(hours=-3)
    assert claimed("another") == [("put off", False), ("taken", True), ("new", False)]
    assert claimed("a third") == []
    house.clock.move(hours=4, minutes=1)
    assert ("for later", False) in claimed("another")
