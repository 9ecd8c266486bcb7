"""SIGTERM in the middle of work: the step is finished, leases are handed back, and ten seconds are the end of it."""

import signal
import sqlite3
import threading
import time
from contextlib import ExitStack, closing

import pytest

from bot import config
from bot.wiring import Bot
from tests.journeys.conftest import JANE, World, free_port

file_alone = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def stopped(world: World) -> float:
    """How many seconds the bot took to end, with exit code 0."""
    asked = time.monotonic()
    assert world.stop() == 0, world.log
    return time.monotonic() - asked


def test_a_bot_with_nothing_to_do_ends_at_once_and_leads_no_more(world: World) -> None:
    world.start()
    assert stopped(world) < 5
    with closing(world.record()) as record:
        assert record.leases.holder("leader") is None


def test_the_current_step_is_finished_and_the_lease_handed_back(world: World) -> None:
    world.start()
    card = world.ask_to_offboard("rita", JANE, to="ana@acme.example")
    held = world.helpscout.faults.hold("DELETE /scim/Users/*", phase="after")
    world.slack.click("ana", card, "Approve")
    assert held.reached.wait(15)
    world.processes[-1].terminate()
    time.sleep(1)
    held.release()
    assert stopped(world) < 9
    with closing(world.record()) as record:
        (request,) = record.requests.find(limit=1)
        assert [step.name for step in record.requests.steps(request.id)] == [
            "check",
            "record",
            "quiet",
            "reassign",
            "remove",
        ]
        assert {step.state.value for step in record.requests.steps(request.id)} == {"done"}
        assert (request.state.value, request.lease_owner) == ("running", None)
    world.start()
    world.until(lambda: world.state() == "done", 5)  # nobody waits for a lease to run out
    assert world.deletes() == 1


@file_alone
def test_what_hangs_keeps_it_no_longer_than_ten_seconds(world: World) -> None:
    world.start()
    card, another = (world.ask_to_offboard("rita", who) for who in (JANE, "max@acme.example"))
    with ExitStack() as stack:
        for match in ("DELETE /scim/Users/*", "GET /users"):
            held = world.helpscout.faults.hold(match)
            stack.callback(held.release, drop=True)
            if match == "GET /users":
                world.slack.command("max", "/hs-user sync")
            else:
                world.slack.click("ana", card, "Approve")
            assert held.reached.wait(15)
        world.slack.faults.slow(30, "chat.*", times=None)
        world.slack.click("bo", another, "Approve")
        assert stopped(world) < 10
    with closing(world.record()) as record:
        assert record.leases.holder("leader") is None
        run = record.syncs.latest()
        assert run is not None
        assert "stopped in the middle" in run.problem


@file_alone
def test_a_record_that_is_locked_by_another_program_keeps_it_no_longer_either(world: World) -> None:
    world.start()
    with closing(sqlite3.connect(world.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert stopped(world) < 10


@file_alone
def test_a_signal_that_another_thread_of_the_process_gets_ends_it_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in world.environment(free_port()).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.wiring.life.backstop", lambda seconds: None)  # it ends the process, and here that is ours
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    ended, helped = threading.Event(), threading.Event()

    def signal_and_watch() -> None:
        while "scheduler" not in vars(bot) or not bot.scheduler.leading:
            time.sleep(0.02)
        time.sleep(0.3)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        if not ended.wait(10):
            helped.set()
            bot.stop()

    try:
        with Bot(config.load()) as bot:
            watching = threading.Thread(target=signal_and_watch)
            watching.start()
            bot.run("http")
            ended.set()
            watching.join()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert not helped.is_set(), "the signal alone did not end it"
