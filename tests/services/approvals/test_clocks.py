"""Two clocks, reminders, schedules and the hourly limit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model.outbox import Topic
from bot.model.request import Request, State

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

ANA, BO = "UANA", "UBO"


def threads(bot: Bot) -> list[str]:
    return [str(item.payload["event"]) for item in bot.owed(Topic.THREAD)]


def test_a_pending_one_expires_at_the_click_without_waiting_for_a_round(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    house.clock.move(hours=24)
    late = idle.approve(request)
    assert not late.accepted
    assert idle.row(request).state is State.EXPIRED
    assert "expired" in late.sentence
    assert idle.events(request) == ["request.opened", "request.expired", "request.refused"]


def test_a_round_ends_what_nobody_decided_and_tells_the_requester(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    house.clock.move(hours=23, minutes=59)
    assert idle.approvals.tick().expired == ()
    house.clock.move(minutes=1)
    assert idle.approvals.tick().expired == (request.id,)
    assert idle.approvals.tick().expired == ()
    assert [item.payload["event"] for item in idle.owed(Topic.DM)] == ["expired"]


def test_expiry_between_the_click_and_the_execution_stops_it(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    idle.approve(request)
    house.clock.move(hours=4)  # nobody could start it within HS_BOT_EXECUTION_TTL
    idle.runner.start()
    idle.approvals.tick()
    assert idle.until(request, State.EXPIRED).started_at is None
    assert house.sent() == 0


def test_where_it_would_start_too_late_it_has_expired_without_waiting_for_a_round(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    assert idle.approve(request).accepted
    house.clock.move(hours=5)
    idle.runner._starting.start(request.id)
    assert idle.row(request).state is State.EXPIRED


def test_a_clock_that_is_set_back_gives_no_more_time(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    house.clock.move(hours=24)
    idle.approvals.tick()
    house.clock.move(hours=-48)
    assert not idle.approve(request).accepted
    assert idle.row(request).state is State.EXPIRED


def test_expiry_is_judged_by_the_time_now_and_not_by_the_newest_line_of_the_log(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    house.clock.jump(hours=25)
    idle.ask(house.id("olivia"))  # somebody's refused attempt, while the clock was ahead
    house.clock.jump(hours=-25)
    assert idle.approve(request).accepted


def test_reminders_come_at_half_and_at_nine_tenths_once_each(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    sent = []
    for hours in (11, 2, 1, 6, 2, 1):
        house.clock.move(hours=hours)
        sent.append(len(idle.approvals.tick().reminded))
    assert sent == [0, 1, 0, 0, 1, 0]
    assert threads(idle) == ["reminded", "reminded"]
    assert idle.row(request).state is State.PENDING


def test_one_that_was_moved_reminds_anew(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"), run_at=house.clock() + timedelta(days=3))
    for hours in (13, 9):
        house.clock.move(hours=hours)
        assert idle.approvals.tick().reminded == (request.id,)
    assert idle.move(request, house.clock() + timedelta(days=3)).accepted
    assert idle.approvals.tick().reminded == ()
    for hours in (2, 18):  # its time is now 46 hours, from the opening
        house.clock.move(hours=hours)
        assert idle.approvals.tick().reminded == (request.id,)


def test_a_scheduled_one_starts_at_its_time_and_not_before(house: House, bot: Bot) -> None:
    request = bot.asked(house.id("jane"), run_at=house.clock() + timedelta(days=3))
    bot.approve(request)
    house.clock.move(days=2, hours=23)
    bot.approvals.tick()
    assert bot.row(request).state is State.APPROVED
    house.clock.move(hours=1)
    bot.approvals.tick()
    assert bot.until(request, State.DONE).started_at is not None


def test_one_that_was_moved_to_later_after_a_runner_saw_it_due_is_not_claimed(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"), run_at=house.clock() + timedelta(hours=2))
    idle.approve(request)
    assert idle.runner._starting.start(request.id) is None
    house.clock.move(hours=2)
    assert idle.runner._starting.start(request.id) is not None


def test_a_scheduled_one_that_misses_its_window_expires(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"), run_at=house.clock() + timedelta(hours=2))
    idle.approve(request)
    house.clock.move(hours=6)
    idle.runner.start()
    idle.approvals.tick()
    idle.until(request, State.EXPIRED)
    assert house.sent() == 0


def five(house: House, bot: Bot) -> list[Request]:
    """Five approved requests about ordinary people without conversations of note."""
    people = [person.id for person in house.sim.people if person.role == "user"]
    cast = {house.id(name) for name in ("jane", "rita", "max")}
    requests = [bot.asked(person) for person in [one for one in people if one not in cast][:5]]
    for request in requests:
        assert bot.approve(request).accepted
    return requests


def test_more_removals_than_an_hour_may_see_wait_say_so_and_go_on_later(house: House) -> None:
    bot = house.bot(max_per_hour=3)
    requests = five(house, bot)
    bot.runner.start()
    for request in requests[:3]:
        bot.until(request, State.DONE)
    bot.runner.wake()
    waiting = [bot.until(request, State.APPROVED) for request in requests[3:]]
    with bot.changed:
        bot.changed.wait_for(lambda: all(bot.row(one).outcome for one in waiting), 5)
    assert all("This one starts at about" in bot.row(one).outcome for one in waiting)
    assert house.sent() == 3
    house.clock.move(minutes=61)
    bot.runner.wake()
    for request in requests[3:]:
        assert "removed" in bot.until(request, State.DONE).outcome
    assert house.sent() == 5


def test_two_bots_together_start_no_more_than_the_hour_may_see(house: House) -> None:
    bots = [house.bot(max_per_hour=2) for _ in range(2)]
    requests = five(house, bots[0])
    for bot in bots:
        bot.runner.start()
    with bots[0].changed:
        bots[0].changed.wait_for(
            lambda: (
                sum(bots[0].row(one).state is State.DONE for one in requests) == 2
                and sum(bool(bots[0].row(one).outcome) for one in requests) == 5
            ),
            10,
        )
    assert sorted(bots[0].row(one).state for one in requests) == [State.APPROVED] * 3 + [State.DONE] * 2
    assert house.sent() == 2


@pytest.mark.parametrize("approvers", [{BO, "UCLEO"}, set()], ids=["left the group", "no approvers at all"])
def test_an_approval_by_somebody_who_has_left_the_approvers_starts_nothing(
    approvers: set[str], house: House, idle: Bot
) -> None:
    request = idle.asked(house.id("jane"))
    idle.approve(request, ANA)
    house.workspace.approving = frozenset(approvers)
    idle.runner.start()
    assert "still count" in idle.until(request, State.STALE).outcome
    assert house.sent() == 0


def test_while_slack_can_not_say_who_approves_it_waits_and_says_so(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    idle.approve(request, ANA)
    house.workspace.away = True
    idle.runner.start()
    with idle.changed:
        idle.changed.wait_for(lambda: bool(idle.row(request).outcome), 5)
    assert "Waiting for Slack" in idle.row(request).outcome
    house.workspace.away = False
    idle.runner.wake()
    idle.until(request, State.DONE)
    assert house.deletes(house.id("jane")) == 1


def test_a_plan_that_was_changed_in_the_record_is_not_the_one_that_was_approved(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"), assignee=house.id("max"))
    idle.approve(request, ANA)
    idle.record.requests.update(request.id, plan={**request.plan, "assignee_id": house.id("rita")})
    idle.runner.start()
    idle.until(request, State.STALE)
    assert house.sent() == 0
