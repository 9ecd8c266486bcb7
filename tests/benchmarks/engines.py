"""PostgreSQL beside SQLite, in turn in one run: look-ups, a sync that writes, decisions of one bot and of three.

    python -m tests.benchmarks.engines     some two minutes

The server is a real one on this machine's disk, which each commit reaches, as it does with the file.
"""

import math
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from bot.demo.helpscout import SimulatedHelpScout
from bot.services.syncing.sync import Sync
from bot.store.record import open_record
from tests.benchmarks.crowd import crowd
from tests.benchmarks.deciding import bots_deciding
from tests.benchmarks.lookup import asker
from tests.benchmarks.simulation import Simulation, simulation
from tests.benchmarks.sync import client_of, measured
from tests.benchmarks.table import Row, table
from tests.store.postgres import PostgresServer, binaries, running

PEOPLE = 20_000
ASKED = 2_000
SYNCS = 3
DECISIONS = 300
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


def rows() -> list[Row]:
    """All lines of the table. Raises when this machine has no PostgreSQL."""
    found = binaries()
    if found is None:
        raise RuntimeError("no PostgreSQL server (initdb, postgres) on this machine: apt-get install postgresql")
    with running(found, careless=False) as server:
        return [look_ups(server), syncs(server), writes(server), *decisions(server)]


def look_ups(server: PostgresServer) -> Row:
    """Signed look-ups through Bolt, one on each engine in turn."""
    times: dict[str, list[float]] = {SQLITE: [], POSTGRESQL: []}
    with SimulatedHelpScout(people=20) as account, ExitStack() as stack:
        ask = {
            SQLITE: asker(account, stack, PEOPLE),
            POSTGRESQL: asker(account, stack, PEOPLE, server.new_database()),
        }
        for _ in range(ASKED):
            for engine, one in ask.items():
                times[engine].append(one())
    p50 = {engine: statistics.median(taken) * 1e3 for engine, taken in times.items()}
    ratio = p50[POSTGRESQL] / p50[SQLITE]
    return Row(
        f"signed look-up on PostgreSQL, {PEOPLE:,} people, p50; floor: on SQLite",
        round(p50[POSTGRESQL], 3),
        round(p50[SQLITE], 3),
        ratio,
        1.1,
        "ms",
        ok=ratio <= 1.1,
    )


def syncs(server: PostgresServer) -> Row:
    """First syncs from an API that takes no time, so that writing weighs as much as it can; the best of a few."""
    best = {SQLITE: math.inf, POSTGRESQL: math.inf}
    with (
        simulation(people=PEOPLE, reading="pages", page_size=50, teams=0, no_conversations=True) as sim,
        tempfile.TemporaryDirectory() as folder,
    ):
        for number in range(SYNCS):
            for engine, target in (
                (SQLITE, str(Path(folder) / f"{number}.db")),
                (POSTGRESQL, server.new_database()),
            ):
                best[engine] = min(best[engine], first_sync(sim, target))
    ratio = best[POSTGRESQL] / best[SQLITE]
    return Row(
        f"a sync that writes {PEOPLE:,} people on PostgreSQL; floor: on SQLite",
        best[POSTGRESQL],
        best[SQLITE],
        ratio,
        2,
        "s",
        ok=ratio <= 2,
        note=f"an API that takes no time; the best of {SYNCS}",
    )


def first_sync(sim: Simulation, target: str) -> float:
    """Seconds of a sync into the empty record at `target`."""
    record = open_record(target)
    try:
        with client_of(sim) as helpscout:
            taken = measured(Sync(record, helpscout, guard=0.10))
        assert record.users.counts()
        assert taken.run.people == sim.state()["people"]
        return taken.seconds
    finally:
        record.close()


def writes(server: PostgresServer) -> Row:
    """The same number of people written, without the reading before it; the best of a few."""
    people = list(crowd(PEOPLE))
    best = {SQLITE: math.inf, POSTGRESQL: math.inf}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(SYNCS):
            targets = {SQLITE: str(Path(folder) / f"{number}.db"), POSTGRESQL: server.new_database()}
            for engine, target in targets.items():
                with closing(open_record(target)) as record:
                    began = time.perf_counter()
                    record.users.put(people)
                    best[engine] = min(best[engine], time.perf_counter() - began)
    ratio = best[POSTGRESQL] / best[SQLITE]
    return Row("of that the writing alone", best[POSTGRESQL], best[SQLITE], ratio, "", "s")


def decisions(server: PostgresServer) -> Iterator[Row]:
    """Approvals of requests that wait, by bots that are processes of their own, each with eight people at once."""
    with tempfile.TemporaryDirectory() as folder:
        file = bots_deciding(str(Path(folder) / "record.db"), bots=1, decisions=DECISIONS)
    one = bots_deciding(server.new_database(), bots=1, decisions=DECISIONS)
    three = bots_deciding(server.new_database(), bots=3, decisions=DECISIONS)
    yield Row("decisions by one bot on PostgreSQL; floor: on SQLite", one, file, one / file, "", "a second")
    yield Row("decisions by three bots on PostgreSQL; floor: by one", three, one, three / one, "", "a second")


if __name__ == "__main__":
    print(table(rows()))
