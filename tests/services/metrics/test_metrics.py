"""What operators watch: counts that survive a restart, no person in a label, and health that means something."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.helpscout.wire.calls import ApiCall
from bot.model.request import Decision, Kind, Request, Step, StepState, Verdict
from bot.model.sync import SyncState
from bot.model.user import User, UserRecord
from bot.services.reports.metrics import Metrics
from bot.store.record import Record, open_record

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record(tmp_path: Path, clock: Clock) -> Iterator[Record]:
    record = open_record(str(tmp_path / "record.db"), clock=clock)
    yield record
    record.close()


@pytest.fixture
def metrics(record: Record) -> Metrics:
    return Metrics(record, interval=timedelta(minutes=15), budget_left=lambda: 399, process=lambda: "host:17:abc")


def sync(record: Record, state: SyncState = SyncState.DONE) -> None:
    run = record.syncs.start("interval", record.now())
    record.syncs.finish(replace(run, state=state, finished_at=record.now(), people=1))


def test_counts_come_from_the_record(record: Record, metrics: Metrics) -> None:
    record.users.put([UserRecord(user=User(id=1, email="jane@acme.example"), first_seen=NOW, last_seen=NOW)])
    sync(record)
    sync(record, SyncState.FAILED)
    page = metrics.page().decode()
    assert 'hs_bot_users{status="active"} 1.0' in page
    assert 'hs_bot_syncs_total{state="done"} 1.0' in page
    assert 'hs_bot_syncs_total{state="failed"} 1.0' in page
    assert 'hs_bot_requests{state="pending"} 0.0' in page
    assert "hs_bot_rate_budget_left 399.0" in page
    assert "hs_bot_record_age_seconds 0.0" in page
    assert "jane" not in page


def test_decisions_and_steps_are_counted_by_what_came_of_them(record: Record, metrics: Metrics) -> None:
    request = Request(id="r1", kind=Kind.OFFBOARD, opened_at=NOW, requester="U1", target_id=7, expires_at=NOW)
    record.requests.insert(request)
    record.requests.decide(Decision(request_id="r1", actor="U2", verdict=Verdict.DENY, decided_at=NOW))
    step = Step(request_id="r1", position=1, name="check", started_at=NOW)
    record.requests.step_started(step)
    record.requests.step_finished(replace(step, state=StepState.FAILED, finished_at=NOW, problem="No answer."))
    page = metrics.page().decode()
    assert 'hs_bot_requests{state="pending"} 1.0' in page
    assert 'hs_bot_decisions_total{verdict="deny"} 1.0' in page
    assert 'hs_bot_request_steps{state="failed",step="check"} 1.0' in page
    assert 'hs_bot_steps_total{step="check"} 1.0' in page
    assert "U1" not in page
    assert "U2" not in page


def test_engine_round_trip_and_leader_are_told_on_both_pages(record: Record, metrics: Metrics) -> None:
    record.leases.take("leader", "host:16:abc", NOW, NOW + timedelta(seconds=20))
    assert "hs_bot_leader 0.0" in metrics.page().decode()
    record.leases.release("leader", "host:16:abc")
    record.leases.take("leader", "host:17:abc", NOW, NOW + timedelta(seconds=20))
    page, fitness = metrics.page().decode(), metrics.fitness()
    assert "hs_bot_leader 1.0" in page
    assert 'hs_bot_info{engine="sqlite"' in page
    assert "hs_bot_record_up 1.0" in page
    assert "hs_bot_record_round_trip_seconds " in page
    assert (fitness.engine, fitness.leader) == ("sqlite", "host:17:abc")
    assert fitness.round_trip_ms is not None


def test_a_record_that_is_away_leaves_what_is_this_processs_own(record: Record, metrics: Metrics) -> None:
    metrics.ack("command", 0.001)
    record.close()
    page = metrics.page().decode()
    assert "hs_bot_record_up 0.0" in page
    assert 'hs_bot_ack_seconds_count{kind="command"} 1.0' in page
    assert not metrics.fitness().well


def test_calls_are_counted_by_endpoint_and_status_without_ids(metrics: Metrics) -> None:
    metrics.call(ApiCall(method="GET", path="/v2/users/17", status=404, milliseconds=3.0))
    metrics.call(ApiCall(method="DELETE", path="/v2/scim/Users/jane", status=None, milliseconds=3.0, api="SCIM"))
    page = metrics.page().decode()
    assert 'endpoint="/v2/users/{id}",method="GET",status="404"' in page
    assert 'endpoint="/v2/scim/Users/{id}",method="DELETE",status="none"' in page
    assert "17" not in page.replace("e+", "").split("hs_bot_helpscout_calls_total", 1)[1].split("\n")[0]


def test_ack_latencies_are_a_histogram(metrics: Metrics) -> None:
    metrics.ack("command", 0.0004)
    assert 'hs_bot_ack_seconds_bucket{kind="command",le="0.0005"} 1.0' in metrics.page().decode()


def test_it_is_well_only_after_a_good_sync_and_for_three_intervals(
    record: Record, metrics: Metrics, clock: Clock
) -> None:
    assert not metrics.fitness().well
    sync(record, SyncState.FAILED)
    assert not metrics.fitness().well
    sync(record)
    assert metrics.fitness().well
    clock.now = NOW + timedelta(minutes=45)
    assert metrics.fitness().well
    clock.now = NOW + timedelta(minutes=45, seconds=1)
    assert "old" in metrics.fitness().sentence
    assert not metrics.fitness().well


@dataclass
class Link:
    connected: bool = True
    seconds: float = 400.0
    problem: str = ""


def test_the_age_of_the_socket_mode_connection_is_told_and_one_that_is_down_for_long_is_a_fault(
    record: Record,
) -> None:
    link = Link()
    metrics = Metrics(record, interval=timedelta(minutes=15), budget_left=lambda: 399, link=lambda: link)
    sync(record)
    fitness, page = metrics.fitness(), metrics.page().decode()
    assert (fitness.well, fitness.link_connected, fitness.link_seconds) == (True, True, 400.0)
    assert "hs_bot_socket_connected 1.0" in page
    assert "hs_bot_socket_seconds 400.0" in page
    link.connected, link.seconds, link.problem = False, 59.0, "The Socket Mode connection has ended: closed."
    assert metrics.fitness().well, "Slack is away for a moment again and again"
    link.seconds = 180.0
    said = metrics.fitness()
    assert not said.well
    assert said.sentence == "Slack has not been connected for 3 minutes. The Socket Mode connection has ended: closed."
    assert "hs_bot_socket_connected 0.0" in metrics.page().decode()


def test_over_http_there_is_no_connection_to_tell_of(metrics: Metrics) -> None:
    assert metrics.fitness().link_connected is None
    assert "hs_bot_socket" not in metrics.page().decode()


def samples(metrics: Metrics) -> dict[str, dict[tuple[str, ...], float]]:
    """By family's name and type, as Prometheus reads the page: samples by name and labels."""
    return {
        f"{family.name} {family.type}": {
            (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
            for sample in family.samples
        }
        for family in text_string_to_metric_families(metrics.page().decode())
    }


def test_a_counter_never_goes_down_whatever_becomes_of_what_it_counts(record: Record, metrics: Metrics) -> None:
    pages = [samples(metrics)]
    request = Request(id="r1", kind=Kind.OFFBOARD, opened_at=NOW, requester="U1", target_id=7, expires_at=NOW)
    record.requests.insert(request)
    vote = Decision(request_id="r1", actor="U2", verdict=Verdict.APPROVE, decided_at=NOW)
    record.requests.decide(vote)
    run = record.syncs.start("interval", NOW)
    pages.append(samples(metrics))
    step = Step(request_id="r1", position=1, name="check", started_at=NOW)
    for state in (StepState.FAILED, StepState.FAILED, StepState.DONE, StepState.FAILED):  # Retry, again and again
        record.requests.step_started(step)
        pages.append(samples(metrics))
        record.requests.step_finished(replace(step, state=state, finished_at=NOW))
        pages.append(samples(metrics))
        step = replace(step, state=StepState.RUNNING, attempts=step.attempts + 1)
    record.requests.void_decisions("r1")
    record.syncs.finish(replace(run, state=SyncState.HELD, finished_at=NOW))
    sync(record, SyncState.DONE)
    pages.append(samples(metrics))
    for before, after in pairwise(pages):
        for family in (name for name in before if name.endswith((" counter", " histogram"))):
            for sample, value in before[family].items():
                assert after[family][sample] >= value, sample
    last = pages[-1]
    assert last["hs_bot_steps counter"][("hs_bot_steps_total", "step=check")] == 4
    assert last["hs_bot_syncs counter"][("hs_bot_syncs_total", "state=held")] == 1
    assert last["hs_bot_decisions counter"][("hs_bot_decisions_total", "verdict=approve")] == 1


def test_the_page_is_what_prometheus_reads(record: Record, metrics: Metrics) -> None:
    sync(record)
    metrics.ack("command", 0.001)
    metrics.call(ApiCall(method="GET", path="/v2/users", status=200, milliseconds=3.0))
    families = list(text_string_to_metric_families(metrics.page().decode()))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    assert all(family.documentation for family in families)
    assert {family.type for family in families} <= {"gauge", "counter", "histogram"}
    assert "process_resident_memory_bytes" in names
    assert "process_cpu_seconds" in names
    # A label whose values are new at each start would make a new series each time.
    assert {name for family in families for sample in family.samples for name in sample.labels} <= {
        *("version", "engine", "status", "state", "verdict", "step", "kind", "le"),
        *("api", "method", "endpoint"),
    }
