"""What `GET /metrics` and `GET /healthz` say.

Counts come from the record at each scrape, so that they survive restarts; only calls, latencies and what the operating
system knows of it are this process's own. What may go down is a gauge; a counter never does, save when a record is
restored. No label names a person.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot import __version__
from bot.helpscout.wire.calls import ApiCall
from bot.model.problem import Problem
from bot.model.sync import SyncState
from bot.policy.typed.endpoint import endpoint_of
from bot.policy.typed.when import spell
from bot.services.running.leadership import LEASE
from bot.store.record import Record

STALE_INTERVALS = 3
LINK_DOWN = timedelta(minutes=1)
"""Slack asks for new connections all the time, and a restart of its own takes seconds: only longer is a fault."""
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)


class LinkState(Protocol):
    """The Socket Mode connection. `seconds`: its age, or for how long there has been none because of `problem`."""

    @property
    def connected(self) -> bool: ...
    @property
    def seconds(self) -> float: ...
    @property
    def problem(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Fitness:
    """`well` decides between 200 and 503; `sentence` says what is wrong, "" when nothing is.

    `link_connected` and `link_seconds` are of Socket Mode, None over HTTP.
    """

    well: bool
    sentence: str
    engine: str
    round_trip_ms: float | None
    record_age_seconds: float | None
    leader: str | None
    link_connected: bool | None = None
    link_seconds: float | None = None


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
        link: Callable[[], LinkState | None] = lambda: None,
    ) -> None:
        self._record = record
        self._interval = interval
        self._link = link
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
        self.registry.register(_OfLink(link))

    def call(self, call: ApiCall) -> None:
        """Count one request to Help Scout; ids are left out of the endpoint."""
        self._calls.labels(call.api, call.method, endpoint_of(call.path), str(call.status or "none")).inc()

    def ack(self, kind: str, seconds: float) -> None:
        """Note how long Slack waited for the answer to a `kind` of payload."""
        self._acks.labels(kind).observe(seconds)

    def page(self) -> bytes:
        """The page in Prometheus' text format."""
        return generate_latest(self.registry)

    def fitness(self) -> Fitness:
        """Does the database answer, is the last good sync at most three intervals old, and is Slack connected?"""
        health, link = self._record.health(), self._link()
        connected, seconds = (link.connected, link.seconds) if link is not None else (None, None)

        def found(sentence: str, age: float | None = None, leader: str | None = None) -> Fitness:
            return Fitness(not sentence, sentence, health.engine, health.round_trip_ms, age, leader, connected, seconds)

        if health.problem:
            return found(health.problem)
        try:
            good = self._record.syncs.latest_good()
            age = (self._record.now() - good.started_at).total_seconds() if good else None
            leader = self._record.leases.holder(LEASE)
        except Problem as problem:
            return found(problem.sentence)
        wrong = (_of_sync(age, self._interval), _of_link(link))
        return found(" ".join(one for one in wrong if one), age, leader)


def _of_sync(age: float | None, interval: timedelta) -> str:
    if age is None:
        return "There was no good sync yet."
    late = age > STALE_INTERVALS * interval.total_seconds()
    return f"The last good sync is {age:.0f} seconds old." if late else ""


def _of_link(link: LinkState | None) -> str:
    if link is None or link.connected or link.seconds < LINK_DOWN.total_seconds():
        return ""
    since = spell(timedelta(seconds=round(link.seconds)))
    return f"Slack has not been connected for {since}. {link.problem}".strip()


class _OfLink(Collector):
    """Of Socket Mode, looked at when it is scraped; nothing over HTTP."""

    def __init__(self, link: Callable[[], LinkState | None]) -> None:
        self._link = link

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        link = self._link()
        if link is None:
            return
        yield GaugeMetricFamily(
            "hs_bot_socket_connected", "1 when Slack is connected over Socket Mode, else 0", value=int(link.connected)
        )
        yield GaugeMetricFamily(
            "hs_bot_socket_seconds", "Age of the connection, or for how long there has been none", value=link.seconds
        )


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
