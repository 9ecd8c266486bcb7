"""One process at a time: leases, heartbeats, takeovers, and a process that comes back from the dead."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import pytest

from bot.model.request import Request, State
from tests.services.conftest import ANA

pytestmark = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House, Processes

DELETE = "DELETE /scim/Users/*"


def approved(house: House, bot: Bot) -> Request:
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    assert bot.approve(request).accepted
    return request


def test_of_four_runners_one_works(house: House) -> None:
    bots = [house.bot() for _ in range(4)]
    request = approved(house, bots[0])
    starts: list[str] = []
    for bot in bots:
        bot.at = lambda point: starts.append(point) if point == "check: begun" else None
        bot.runner.start()
    bots[0].until(request, State.DONE)
    for bot in bots:
        bot.runner.stop()
    assert starts == ["check: begun"]
    assert (house.sent(), house.deletes(house.id("jane"))) == (1, 1)


def test_who_does_not_get_the_claim_does_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"))
    assert bot.approve(request).accepted
    monkeypatch.setattr(bot.record.requests, "claim", lambda *_, **__: None)
    bot.runner.work_off()
    assert bot.row(request).state is State.APPROVED
    assert bot.row(request).started_at is None
    assert house.deletes(house.id("jane")) == 0


def test_a_heartbeat_keeps_a_long_step_from_being_taken_over(house: House) -> None:
    first, second = house.bot(), house.bot(start=True)
    hold = house.sim.faults.hold(DELETE)
    request = approved(house, first)
    second.runner.stop()
    first.runner.start()
    assert hold.reached.wait(10)
    lease = first.row(request).lease_until
    assert lease is not None
    renewed = threading.Event()
    real = first.record.requests.heartbeat

    def heartbeat(id: str, **more: object) -> bool:
        renewed.set()
        return real(id, **more)  # type: ignore[arg-type]

    first.record.requests.heartbeat = heartbeat  # type: ignore[method-assign]
    assert renewed.wait(5)
    assert second.record.requests.due(house.clock()).orphaned_leases == ()
    hold.release()
    first.until(request, State.DONE)
    later = first.row(request)
    assert later.lease_owner is None


def test_a_process_that_was_thought_dead_writes_nothing_any_more(house: House) -> None:
    first, second = house.bot(), house.bot()
    request = approved(house, first)
    asleep, awake = threading.Event(), threading.Event()

    def sleep(point: str) -> None:
        if point == "record: acted":
            asleep.set()
            awake.wait(20)

    first.at = sleep
    first.runner.start()
    assert asleep.wait(10)
    house.clock.move(seconds=60)  # its lease is long over; its heartbeat did not get through either
    first.runner._stopped.set()
    second.runner.start()
    second.until(request, State.DONE)
    lines = len(first.events(request))
    awake.set()
    first.runner.stop()
    assert len(first.events(request)) == lines
    assert (first.row(request).state, house.deletes(house.id("jane"))) == (State.DONE, 1)
    assert first.record.audit.verify().whole


def test_a_process_that_comes_back_after_the_takeover_removes_nobody_twice(house: House) -> None:
    first, second = house.bot(), house.bot()
    request = approved(house, first)
    asleep, awake = threading.Event(), threading.Event()

    def sleep(point: str) -> None:
        if point == "remove: about to send":
            asleep.set()
            awake.wait(20)

    first.at = sleep
    first.runner.start()
    assert asleep.wait(10)
    house.clock.move(seconds=60)
    first.runner._stopped.set()
    second.runner.start()
    second.until(request, State.DONE)
    awake.set()
    first.runner.stop()
    assert house.deletes(house.id("jane")) == 1
    assert second.row(request).state is State.DONE
    assert [step.state for step in second.record.requests.steps(request.id)] == ["done"] * 7


@pytest.mark.parametrize(
    ("point", "ends", "moved"), [("record: acted", State.STALE, 0), ("remove: answered", State.DONE, 15)]
)
def test_who_takes_over_checks_it_anew_unless_the_call_was_sent(
    point: str, ends: State, moved: int, house: House
) -> None:
    """Who approved it is no approver any longer by then."""
    first, jane, max_ = house.bot(), house.id("jane"), house.id("max")
    request = first.asked(jane, assignee=max_)
    assert first.approve(request, ANA).accepted
    theirs = list(house.sim.conversations_of(jane))

    def die(crossed: str) -> None:
        if crossed == point:
            raise KeyboardInterrupt

    first.at = die
    with pytest.raises(KeyboardInterrupt):
        first.runner.work_off()
    house.workspace.approving -= {ANA}
    house.clock.move(seconds=60)
    second = house.bot()
    second.runner.work_off()
    assert second.row(request).state is ends, second.row(request).outcome
    assert (len([one for one in theirs if one.assignee_id == max_]), house.deletes(jane)) == (moved, bool(moved))


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("effect", ["late", "never"])
def test_killed_while_the_removal_is_on_the_wire(phase: str, effect: str, house: House, processes: Processes) -> None:
    bot = house.bot()
    request = approved(house, bot)
    hold = house.sim.faults.hold(DELETE, phase="before" if phase == "before" else "after")
    died: list[int] = []
    job = {"do": "run", "request": request.id}
    worker = threading.Thread(target=lambda: died.append(processes.run(house, job)[0]["signal"]))
    worker.start()
    assert hold.reached.wait(20)
    processes.kill()
    worker.join(20)
    assert died == [signal.SIGKILL]
    hold.release(drop=effect == "never")
    house.clock.move(seconds=60)
    bot.runner.start()
    bot.until(request, State.DONE)
    assert house.deletes(house.id("jane")) == 1


def test_stopping_finishes_the_step_hands_back_the_lease_and_begins_nothing_new(house: House) -> None:
    bot, other = house.bot(), house.bot()
    hold = house.sim.faults.hold(DELETE)
    request = approved(house, bot)
    bot.runner.start()
    assert hold.reached.wait(10)
    stopping = threading.Thread(target=bot.runner.stop)
    stopping.start()
    hold.release()
    stopping.join(10)
    assert not stopping.is_alive()
    row = bot.row(request)
    assert (row.state, row.lease_owner) == (State.RUNNING, None)
    assert [step.name for step in bot.record.requests.steps(request.id)][-1] == "remove"
    other.runner.start()
    other.until(request, State.DONE)
    assert house.sent() == 1


def test_a_stop_does_not_wait_longer_than_told(house: House) -> None:
    bot = house.bot()
    hold = house.sim.faults.hold(DELETE)
    approved(house, bot)
    bot.runner.start()
    assert hold.reached.wait(10)
    began = house.clock()
    bot.runner.stop(0.3)
    assert (house.clock() - began).total_seconds() < 3
    hold.release()


def test_a_step_with_a_fault_of_our_own_needs_attention_and_goes_on_after_a_retry(house: House) -> None:
    bot = house.bot()
    broken = [True]

    def at(point: str) -> None:
        if point == "record: begun" and broken:
            broken.clear()
            raise ZeroDivisionError("never seen by anybody")

    bot.at = at
    request = approved(house, bot)
    bot.runner.start()
    row = bot.until(request, State.ATTENTION)
    assert "inside hs-bot (ZeroDivisionError)" in row.outcome
    bot.retry(request)
    bot.until(request, State.DONE)
