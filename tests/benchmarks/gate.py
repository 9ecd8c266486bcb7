"""The gate at 20,000 people, beside `/healthz` of the same server: one user by name, a page of 100, a first import."""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx

from bot.gate import PREFIX
from bot.gate.reading import LARGEST
from bot.gate.site import Gate
from bot.gate.tokens import Tokens
from bot.services.reports.metrics import Metrics
from bot.services.wishes.pushes import Pushes
from bot.services.wishes.roster import Roster
from bot.slack.transport.http import Site
from bot.slack.transport.server import HttpServer
from bot.store.record import open_record
from tests.benchmarks.crowd import crowd
from tests.benchmarks.table import Row

PEOPLE, IMPORTED, ASKED = 22_500, 5_000, 200  # one in nine has left: 20,000 are there
TOKEN = "a-token-of-the-benchmark"


def rows() -> list[Row]:
    """Medians, measured in turn."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        record = open_record(Path(folder) / "gate.db")
        stack.callback(record.close)
        everybody = list(crowd(PEOPLE))
        record.users.put(everybody)
        roster = Roster(record)
        gate = Gate(Tokens([("okta", TOKEN)]), roster, Pushes(record, roster, protected=frozenset()))
        metrics = Metrics(record, interval=timedelta(minutes=15), budget_left=lambda: 1)

        def health() -> tuple[bool, dict[str, object]]:
            fitness = metrics.fitness()
            return fitness.well, {"well": fitness.well}

        site = Site(None, signing_secret="", health=health, mounted={PREFIX: gate})  # type: ignore[arg-type]
        server = HttpServer(site, port=0, host="127.0.0.1", below={PREFIX: LARGEST})
        server.start()
        stack.callback(server.stop)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        client = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=headers))
        names = iter([row.user.email for row in everybody if row.id % 9] * 2)

        def one() -> None:
            found = client.get(f"{PREFIX}/Users", params={"filter": f'userName eq "{next(names)}"'}).json()
            assert found["totalResults"] == 1

        def page() -> None:
            shown = client.get(f"{PREFIX}/Users", params={"startIndex": 5001, "count": 100}).json()
            assert shown["itemsPerPage"] == 100

        asks = {"healthz": lambda: client.get("/healthz"), "one": one, "page": page}
        times: dict[str, list[float]] = {name: [] for name in asks}
        for _ in range(ASKED):
            for name, ask in asks.items():
                times[name].append(_seconds(ask))
        p50 = {name: statistics.median(taken) * 1e3 for name, taken in times.items()}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        imported = _seconds(lambda: _import(client))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return [
        _row("gate: one user by name, 20,000 people, over /healthz", p50["one"], p50["healthz"], 3),
        _row("gate: a page of 100, over /healthz", p50["page"], p50["healthz"], 10),
        Row(
            "gate: a first import of 5,000 people by paging",
            imported,
            limit=20.0,
            unit="s",
            ok=imported <= 20 and grown <= 50,
            note=f"{grown:.0f} MB more memory while it ran",
        ),
    ]


def _import(client: httpx.Client) -> None:
    """Every page of 100."""
    for start in range(1, IMPORTED, 100):
        page = client.get(f"{PREFIX}/Users", params={"startIndex": start, "count": 100}).json()
        assert page["itemsPerPage"] == 100


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _row(name: str, measured: float, floor: float, limit: float) -> Row:
    ratio = measured / floor
    return Row(name, measured, floor, ratio, limit, "ms", ratio <= limit)
