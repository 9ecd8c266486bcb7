"""A full sync beside what it can't be faster than, beside the public clients, under rate limits, and beside faults.

    python -m tests.benchmarks.sync          some four minutes
    python -m tests.benchmarks.sync --real   rate limits with their real window of 60 s as well: some fifteen

Measured from `Sync.run` on an empty record (a file) to its end: token, all pages, teams, and the transaction.
"""

import math
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.helpscout.client import HelpScout
from bot.model.sync import SyncRun, SyncState
from bot.services.syncing.sync import Sync
from bot.store.record import Record, open_record
from tests.benchmarks.public_clients.environments import PUBLIC_CLIENTS, Unavailable
from tests.benchmarks.public_clients.measure import Listing, Served, list_everybody
from tests.benchmarks.simulation import Simulation, simulation
from tests.benchmarks.table import Row, table

PEOPLE = 20_000
PAGE = 50
LATENCY = 0.06
CONNECTIONS = 8
SHORT_WINDOW = 10.0
"""A window of the rate limit, in seconds, where 60 would take too long: its headers speak in whole seconds."""


@dataclass(frozen=True, slots=True)
class Measured:
    run: SyncRun
    seconds: float
    cpu: float


def rows(*, real: bool = False) -> list[Row]:
    """All lines of the table; with `real` also the rate limits as they really are."""
    return [
        *full_sync(),
        *rate_limits(SHORT_WINDOW),
        *(rate_limits(60.0) if real else ()),
    ]


def full_sync() -> Iterator[Row]:
    """20,000 people at 50 a page and 60 ms: ours beside the formula, then the public clients one after the other."""
    floor = PEOPLE / PAGE * LATENCY / CONNECTIONS
    with (
        simulation(
            people=PEOPLE, reading="pages", page_size=PAGE, latency=LATENCY, teams=0, no_conversations=True
        ) as sim,
        record() as ours,
        client_of(sim) as helpscout,
    ):
        sync = Sync(ours, helpscout, guard=0.10)
        first = measured(sync)
        requests, pages = first.run.requests, PEOPLE // PAGE
        ratio = first.seconds / floor
        yield Row(
            "full sync, 20,000 people, 50 a page, 60 ms",
            first.seconds,
            floor,
            ratio,
            1.3,
            "s",
            ok=ratio <= 1.3 and first.run.people == sim.state()["people"],
            note=f"floor: pages × latency / {CONNECTIONS} connections; comparing and writing begin when all is read; "
            f"our CPU time: {first.cpu:.2f} s",
        )
        yield Row(
            "its requests, the token's aside",
            requests,
            pages,
            requests / pages,
            pages + 5,
            "requests",
            ok=requests <= pages + 5,
        )
        yield from unchanged(sync, ours)
        yield from beside_public_clients(sim, first.seconds)


def beside_public_clients(sim: Simulation, synced: float) -> Iterator[Row]:
    """The same list by clients that can only list, so ours is measured listing (token and pages, no record) as well."""
    with client_of(sim) as fresh:
        began = time.perf_counter()
        people = len(fresh.rest.users())
        mine = time.perf_counter() - began
    yield Row("the list alone, without teams and record", mine, unit="s", ok=people == PEOPLE)
    listings = [listing for client in PUBLIC_CLIENTS if (listing := listed(client.name, sim))]
    for listing in listings:
        yield Row(
            f"the list by {listing.client.name} {listing.client.version}",
            listing.seconds,
            mine,
            listing.seconds / mine,
            "",
            "s",
            note=f"{listing.requests} requests one after the other; {listing.people} people",
        )
    if listings:
        better = min(listing.seconds for listing in listings)
        yield Row(
            "times faster than the better of them",
            better / mine,
            limit=7,
            unit="×",
            ok=better / mine >= 7,
            note=f"our whole sync, with teams and record, is {better / synced:.1f} × faster than their list",
        )


def unchanged(sync: Sync, ours: Record) -> Iterator[Row]:
    """A second sync of the same account."""
    version = ours.version()
    second = measured(sync)
    written = 0 if ours.version() == version else len(ours.users.changed_since(version)[1])
    per_thousand = second.cpu / PEOPLE * 1_000
    yield Row("unchanged second sync, rows of users written", written, limit=0, unit="rows", ok=written == 0)
    yield Row("unchanged second sync, CPU time for 1,000 people", per_thousand * 1_000, unit="ms")
    yield Row("unchanged second sync, duration", second.seconds, unit="s")


def rate_limits(window: float) -> Iterator[Row]:
    """20,000 people at 25 a page with 400 requests a window: no 429, and little more than the limit's own time."""
    limit, size = 400, 25
    for sliding in (False, True):
        kind = f"{'sliding' if sliding else 'fixed'} window of {window:.0f} s"
        with (
            simulation(people=PEOPLE, reading="pages", page_size=size, teams=0, no_conversations=True) as sim,
            record() as ours,
            client_of(sim, per_minute=limit, window=window) as helpscout,
        ):
            sim.limit(limit, window=window, sliding=sliding)
            sim.forget()
            mine = measured(Sync(ours, helpscout, guard=0.10))
            state = sim.state()
            refused = state["by_status"].get("429", 0)
            floor = (math.ceil(state["requests"] / limit) - 1) * window
            ratio = mine.seconds / floor
            yield Row(
                f"400 requests a window, {kind}",
                mine.seconds,
                floor,
                ratio,
                1.15,
                "s",
                ok=ratio <= 1.15 and refused == 0 and mine.run.people == state["people"],
                note=f"answers 429: {refused}; floor: the time the limit allows for {state['requests']} requests",
            )
            for client in PUBLIC_CLIENTS:
                sim.limit(limit, window=window, sliding=sliding)
                sim.forget()
                if listing := listed(client.name, sim, give_up_after=8 * window):
                    refused = sim.state()["by_status"].get("429", 0)
                    outcome = listing.error[:60] or f"{listing.people} people"
                    yield Row(
                        f"the same by {client.name}",
                        listing.seconds,
                        floor,
                        listing.seconds / floor,
                        "",
                        "s",
                        note=f"answers 429: {refused}; {outcome}",
                    )


def listed(name: str, server: Served, *, give_up_after: float = 120.0) -> Listing | None:
    """What a public client lists; None when it can't be installed here (which is said on standard error)."""
    client = next(client for client in PUBLIC_CLIENTS if client.name == name)
    try:
        return list_everybody(client, server, give_up_after=give_up_after)
    except Unavailable as problem:
        print(problem, file=sys.stderr)
        return None


@contextmanager
def record() -> Iterator[Record]:
    """An empty record in a file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        opened = open_record(Path(folder) / "record.db")
        try:
            yield opened
        finally:
            opened.close()


def client_of(sim: Simulation, *, per_minute: int = 1_000_000, window: float = 60.0) -> HelpScout:
    return HelpScout(
        api_url=sim.api_url,
        app_id=sim.app_id,
        app_secret=sim.app_secret,
        per_minute=per_minute,
        window=window,
        connections=CONNECTIONS,
    )


def measured(sync: Sync) -> Measured:
    """One sync: wall clock and CPU time of this process, in seconds. Raises when it did not succeed."""
    began, cpu = time.perf_counter(), time.process_time()
    run = sync.run("command")
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if run.state is not SyncState.DONE:
        raise RuntimeError(run.problem)
    return Measured(run, seconds, cpu)


if __name__ == "__main__":
    print(table(rows(real="--real" in sys.argv)))
