"""What `GET /metrics` and `GET /healthz` say.

Counts come from the record at each scrape, so that they survive restarts; only calls and latencies are this process's
own. No label names a person.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot import __version__
from bot.helpscout.calls import Call
from bot.model.problem import Problem
from bot.policy.endpoint import endpoint_of
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
    """One registry a process. `call` is an observer of the Help Scout client, `ack` of the listeners."""

    def __init__(self, record: Record, *, interval: timedelta, budget_left: Callable[[], int]) -> None:
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
        self.registry.register(_FromRecord(record, budget_left))

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
            leader = self._record.leases.holder("leader")
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

    def __init__(self, record: Record, budget_left: Callable[[], int]) -> None:
        self._record = record
        self._budget_left = budget_left

    def describe(self) -> Iterable[Metric]:
        """Nothing: so that registering does not read the record."""
        return ()

    def collect(self) -> Iterable[Metric]:
        info = GaugeMetricFamily("hs_bot_info", "Version and engine", labels=["version", "engine"])
        info.add_metric([__version__, self._record.engine], 1)
        yield info
        yield GaugeMetricFamily("hs_bot_rate_budget_left", "Help Scout requests left now", value=self._budget_left())
        health = self._record.health()
        yield GaugeMetricFamily("hs_bot_record_up", "1 when the record answers", value=0 if health.problem else 1)
        if health.round_trip_ms is not None:
            seconds = health.round_trip_ms / 1000
            yield GaugeMetricFamily("hs_bot_record_round_trip_seconds", "Round trip to the record", value=seconds)
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
        for name, text, label, found in (
            ("hs_bot_requests", "Requests by state", "state", counts.requests()),
            ("hs_bot_syncs", "Syncs by how they ended", "state", counts.syncs()),
            ("hs_bot_decisions", "Votes", "verdict", counts.decisions()),
        ):
            family = GaugeMetricFamily(name, text, labels=[label])
            for key, number in found.items():
                family.add_metric([key.value], number)
            yield family
        steps = CounterMetricFamily("hs_bot_steps", "Steps by result", labels=["step", "state"])
        for (step, state), number in counts.steps().items():
            steps.add_metric([step, state.value], number)
        yield steps
        good = record.syncs.latest_good()
        if good is not None:
            age = (record.now() - good.started_at).total_seconds()
            yield GaugeMetricFamily("hs_bot_record_age_seconds", "Age of the last good sync", value=age)
        leader = GaugeMetricFamily("hs_bot_leader", "The process that syncs and runs schedules", labels=["process"])
        if (process := record.leases.holder("leader")) is not None:
            leader.add_metric([process], 1)
        yield leader
        yield GaugeMetricFamily("hs_bot_outbox_waiting", "Messages owed to Slack", value=record.outbox.waiting())
