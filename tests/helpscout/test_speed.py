"""How long a walk over everybody takes, how many requests it costs, and that the rate limit is never overstepped.

For the speed the simulated Help Scout runs as a process of its own, so that it does not compete for the interpreter.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.helpscout.client import HelpScout, Priority, Waits


@contextmanager
def simulation(*arguments: str) -> Iterator[dict[str, Any]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.demo.helpscout", "--until-eof", "--no-conversations", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait(10)


def connect(where: dict[str, Any], **settings: Any) -> HelpScout:
    return HelpScout(
        api_url=where["api_url"],
        app_id=where["app_id"],
        app_secret=where["app_secret"],
        **{"per_minute": 100_000, **settings},
    )


def test_20_000_people_are_read_with_all_connections_busy_and_one_request_more_than_pages() -> None:
    # How long it takes against latency alone is a benchmark's question (tests/benchmarks), for an otherwise idle
    # machine. Here: nobody waits for us, and our own work for each page leaves room for eight connections at 60 ms.
    with simulation("--people", "20000", "--reading", "pages", "--latency", "0.06") as where:
        pages = 400
        calls: list[Any] = []
        with connect(where) as client:
            started, worked = time.perf_counter(), time.process_time()
            found = client.view(priority=Priority.BACKGROUND, observer=calls.append).rest.users()
            taken, worked = time.perf_counter() - started, time.process_time() - worked
        assert len(found) == where["rows"]
        assert len(calls) <= pages + 1, "and two for the token, whose endpoint had to be found"
        answered = sum(call.milliseconds for call in calls) / 1000
        assert taken <= 1.5 * answered / 8
        assert worked / pages < 0.0075, "seconds of our own for each page"


@pytest.mark.parametrize(("sliding", "told"), [(False, True), (True, False)], ids=["fixed, told", "sliding, untold"])
def test_a_long_walk_meets_no_429_and_loses_little_time(
    sliding: bool, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 81 requests at 40 a window are 801 at 400 on a smaller scale: 40 at once, 40 after a window, one after two.
    if not told:
        monkeypatch.setattr("bot.demo.helpscout.pipeline.headers_of", lambda *_: {})
    window = 2.0
    with (
        SimulatedHelpScout(
            people=1600, page_size=20, limit=40, window=window, sliding=sliding, conversations=False
        ) as sim,
        HelpScout(
            api_url=sim.api_url, app_id=sim.app_id, app_secret=sim.app_secret, per_minute=40, window=window
        ) as client,
    ):
        started = time.monotonic()
        found = client.view(priority=Priority.BACKGROUND).rest.users()
        taken = time.monotonic() - started
        assert len(found) == 1600
        assert sim.log.count(status=429) == 0
        assert sim.log.count("GET /users") == 81
        # What the walk costs without any limit comes on top of what the limit allows. (test_ledger.py has all cases,
        # in simulated time.)
        assert taken <= 1.15 * 2 * window + 0.5


def test_a_click_is_answered_while_a_walk_waits_for_the_limit() -> None:
    with (
        SimulatedHelpScout(people=1200, page_size=20, limit=40, window=2.0, conversations=False) as sim,
        HelpScout(
            api_url=sim.api_url, app_id=sim.app_id, app_secret=sim.app_secret, per_minute=40, window=2.0
        ) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        walk = pool.submit(client.view(priority=Priority.BACKGROUND).rest.users)
        end = time.monotonic() + 5
        while client.budget.waiting == 0:
            assert time.monotonic() < end
            threading.Event().wait(0.005)
        started = time.monotonic()
        client.rest.me()
        assert time.monotonic() - started < 0.5
        assert not walk.done()
        assert len(walk.result(20)) == 1200
        assert sim.log.count(status=429) == 0


def test_a_shared_limit_that_others_use_up_is_waited_out_and_not_run_into(
    make_client: Callable[..., HelpScout],
) -> None:
    with SimulatedHelpScout(
        people=400, reading="pages", page_size=10, limit=30, window=1.0, conversations=False
    ) as sim:
        others, mine = (make_client(sim.api_url, waits=Waits(), per_minute=400, window=1.0) for _ in range(2))
        others.rest.me()
        mine.rest.me()
        for _ in range(20):
            others.rest.me()
        assert set(mine.rest.users()) == set(sim.account.listing), "whatever the others do"
        assert mine.budget.limit == 30
        assert sim.log.count(status=429) == 0, "the headers said in time what the others had used"
