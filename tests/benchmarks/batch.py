"""A hundred people in one batch, beside what the latency alone would take; and the memory that it needs.

python -m tests.benchmarks batch
"""

import resource
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import httpx

from bot.model.batch import DecideMany, OpenMany
from bot.model.request import State, Verdict
from tests.benchmarks.approvals import LATENCY, House, house
from tests.benchmarks.simulation import Simulation, simulation
from tests.benchmarks.table import Row

PEOPLE = 100
WORKERS = 4  # of the runner, for a batch
GROWN = 20.0


def rows() -> list[Row]:
    """All lines of the table."""
    return [*batch()]


def batch() -> Iterator[Row]:
    """From the approving click to the last result. The floor: what one person takes alone, by as many as go at once."""
    with simulation(people=PEOPLE + 60, latency=LATENCY, no_conversations=True) as sim, house(sim) as it:
        alone = min(_took(it, [it.leavers.pop()]) for _ in range(3))
        round_trips = _round_trips(sim, it)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        measured = _took(it, it.leavers[:PEOPLE])
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    floor = PEOPLE * round_trips * LATENCY / WORKERS
    yield Row(
        f"a batch of {PEOPLE} people over SCIM, 60 ms, {WORKERS} at once, from the click to the last result",
        measured,
        floor,
        measured / floor,
        1.25,
        "s",
        ok=measured / floor <= 1.25,
        note=f"floor: {round_trips} round trips each, one after the other; one alone takes {alone:.2f} s",
    )
    yield Row("by how much the process grew meanwhile", grown, "", None, GROWN, "MiB", ok=grown <= GROWN)


def _round_trips(sim: Simulation, it: House) -> int:
    """Of one person, from the click to the end: how many requests follow one another, those side by side once."""
    _took(it, [it.leavers.pop()], sim.forget)
    entries = httpx.get(f"{sim.control_url}/log", timeout=30).raise_for_status().json()
    spans = []
    for entry in entries:
        began = datetime.fromisoformat(entry["at"]).timestamp() - float(entry["milliseconds"]) / 1000
        spans.append((began + float(entry["milliseconds"]) / 1000, began))
    trips, free = 0, 0.0
    for ends, began in sorted(spans):
        if began >= free:
            trips, free = trips + 1, ends
    return trips


def _took(it: House, targets: list[int], opened_now: Callable[[], None] = lambda: None) -> float:
    opened = it.approvals.many(OpenMany(actor="UASKS", reason="Leave", targets=tuple(targets)))
    assert opened.batch is not None, opened.sentence
    opened_now()
    began = time.perf_counter()
    decided = it.approvals.many(DecideMany(batch_id=opened.batch.id, actor="UDECIDES", verdict=Verdict.APPROVE))
    assert decided.accepted, decided.sentence

    def over() -> bool:
        states = it.record.batches.states(opened.batch.id) if opened.batch else {}
        assert not states.get(State.ATTENTION), "somebody needs attention"
        return set(states) == {State.DONE}

    with it.changed:
        assert it.changed.wait_for(over, 600)
    return time.perf_counter() - began
