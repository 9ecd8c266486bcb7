"""What `GET /metrics` and `GET /healthz` say.

Counts come from the record at each scrape, so that they survive restarts; only calls, latencies and what the operating
system knows of it are this process's own. What may go down is a gauge; a counter never does, save when a record is
restored. No label names a person.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot import __version__
from bot.helpscout.wire.calls import Call
from bot.model.problem import Problem
from bot.model.sync import SyncState
from bot.policy.typed.endpoint import endpoint_of
from bot.services.running.leadership import LEASE
from bot.store.record import Record

STALE_INTERVALS = 3
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Fitness:
    """`well` decides between 200 and 503; `sentence` says what is wrong, "" when nothing is."""

    well: bool
    sentence: str
    engine: str
    round_trip_ms: float | None
    record_age_seconds: float | None
    leader: str | None


class Metrics:
    """One registry a process, whose name among several bots `process` tells.

    `call` is an observer of the Help Scout client, `ack` of the listeners.
    """

    def __init__(
        self,
        record: Record,
        *,
        interval: timedelta,
        budget_left: Callable[[], int],
        process: Callable[[], str] = lambda: "",
    ) -> None:
        self._record = record
        self._interval = interval
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "hs_bot_helpscout_calls",
            "Requests sent to Help Scout",
            ["api", "method", "endpoint", "status"],
            registry=self.registry,
        )
        self._acks = Histogram(
            "hs_bot_ack_seconds", "Time to answer Slack", ["kind"], buckets=BUCKETS, registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_FromRecord(record, budget_left, process))

    def call(self, call: Call) -> None:
        """Count one request to Help Scout; ids are left out of the endpoint."""
        self._calls.labels(call.api, call.method, endpoint_of(call.path), str(call.status or "none")).inc()

    def ack(self, kind: str, seconds: float) -> None:
        """Note how long Slack waited for the answer to a `kind` of payload."""
        self._acks.labels(kind).observe(seconds)

    def page(self) -> bytes:
        """The page in Prometheus' text format."""
        return generate_latest(self.registry)

    def fitness(self) -> Fitness:
        """Does the database answer, and is the last good sync at most three intervals old?"""
        health = self._record.health()
        if health.problem:
            return Fitness(False, health.problem, health.engine, health.round_trip_ms, None, None)
        try:
            good = self._record.syncs.latest_good()
            age = (self._record.now() - good.started_at).total_seconds() if good else None
            leader = self._record.leases.holder(LEASE)
        except Problem as problem:
            return Fitness(False, problem.sentence, health.engine, health.round_trip_ms, None, None)
        sentence = ""
        if age is None:
            sentence = "There was no good sync yet."
        elif age > STALE_INTERVALS * self._interval.total_seconds():
            sentence = f"The last good sync is {age:.0f} seconds old."
        return Fitness(not sentence, sentence, health.engine, health.round_trip_ms, age, leader)


class _FromRecord(Collector):
    """Read at each scrape."""

    def __init__(self, record: Record, budget_left: Callable[[], int], process: Callable[[], str]) -> None:
        self._record = record
        self._budget_left = budget_left
        self._process = process

    def describe(self) -> Iterable[Metric]:
        """Nothing: so that registering does not read the record."""
        return ()

    def collect(self) -> Iterable[Metric]:
        info = GaugeMetricFamily("hs_bot_info", "Version and engine", labels=["version", "engine"])
        info.add_metric([__version__, self._record.engine], 1)
        yield info
        yield GaugeMetricFamily("hs_bot_rate_budget_left", "Help Scout requests left now", value=self._budget_left())
        health = self._record.health()
        yield GaugeMetricFamily(
            "hs_bot_record_up", "1 when the record answers and can be written", value=0 if health.problem else 1
        )
        if health.round_trip_ms is not None:
            seconds = health.round_trip_ms / 1000
            yield GaugeMetricFamily("hs_bot_record_round_trip_seconds", "Round trip to the record", value=seconds)
        if figures := self._record.connections():
            connections = GaugeMetricFamily(
                "hs_bot_record_connections", "Connections to PostgreSQL; waiting: threads without one", labels=["state"]
            )
            for state, number in figures.items():
                connections.add_metric([state], number)
            yield connections
        try:
            yield from list(self._counts())
        except Problem:
            return  # hs_bot_record_up says it

    def _counts(self) -> Iterable[Metric]:
        record = self._record
        counts = record.statistics
        users = GaugeMetricFamily("hs_bot_users", "People in the record", labels=["status"])
        for status, number in record.users.counts().items():
            users.add_metric([status.value], number)
        yield users
        requests = GaugeMetricFamily("hs_bot_requests", "Requests by state", labels=["state"])
        for state, number in counts.requests().items():
            requests.add_metric([state.value], number)
        yield requests
        decisions = CounterMetricFamily("hs_bot_decisions", "Votes, also those that count no more", labels=["verdict"])
        for verdict, number in counts.decisions().items():
            decisions.add_metric([verdict.value], number)
        yield decisions
        runs = counts.syncs()
        running = runs.pop(SyncState.RUNNING)
        yield GaugeMetricFamily("hs_bot_syncs_running", "Syncs that run now", value=running)
        ended = CounterMetricFamily("hs_bot_syncs", "Syncs by how they ended", labels=["state"])
        for end, number in runs.items():
            ended.add_metric([end.value], number)
        yield ended
        standing = GaugeMetricFamily("hs_bot_request_steps", "Steps by how they stand now", labels=["step", "state"])
        for (step, stands), number in counts.steps().items():
            standing.add_metric([step, stands.value], number)
        yield standing
        begun = CounterMetricFamily("hs_bot_steps", "Times that a step was begun, Retry included", labels=["step"])
        for step, number in counts.attempts().items():
            begun.add_metric([step], number)
        yield begun
        leads = int(record.leases.holder(LEASE) == self._process())
        yield GaugeMetricFamily("hs_bot_leader", "1 when this process syncs and runs schedules, else 0", value=leads)
        good = record.syncs.latest_good()
        if good is not None:
            age = (record.now() - good.started_at).total_seconds()
            yield GaugeMetricFamily("hs_bot_record_age_seconds", "Age of the last good sync", value=age)
        yield GaugeMetricFamily("hs_bot_outbox_waiting", "Messages owed to Slack", value=record.outbox.waiting())
