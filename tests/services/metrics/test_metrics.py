"""What operators watch: counts that survive a restart, no person in a label, and health that means something."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.helpscout.calls import Call
from bot.model.request import Decision, Kind, Request, Step, StepState, Verdict
from bot.model.sync import SyncState
from bot.model.user import User, UserRecord
from bot.services.metrics import Metrics
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
    return Metrics(record, interval=timedelta(minutes=15), budget_left=lambda: 399)


def sync(record: Record, state: SyncState = SyncState.DONE) -> None:
    run = record.syncs.start("interval", record.now())
    record.syncs.finish(replace(run, state=state, finished_at=record.now(), people=1))


def test_counts_come_from_the_record(record: Record, metrics: Metrics) -> None:
    record.users.put([UserRecord(user=User(id=1, email="jane@acme.example"), first_seen=NOW, last_seen=NOW)])
    sync(record)
    sync(record, SyncState.FAILED)
    page = metrics.page().decode()
    assert 'hs_bot_users{status="active"} 1.0' in page
    assert 'hs_bot_syncs{state="done"} 1.0' in page
    assert 'hs_bot_syncs{state="failed"} 1.0' in page
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
    assert 'hs_bot_decisions{verdict="deny"} 1.0' in page
    assert 'hs_bot_steps_total{state="failed",step="check"} 1.0' in page
    assert "U1" not in page
    assert "U2" not in page


def test_engine_round_trip_and_leader_are_told_on_both_pages(record: Record, metrics: Metrics) -> None:
    assert "hs_bot_leader{" not in metrics.page().decode()
    record.leases.take("leader", "host:17:abc", NOW, NOW + timedelta(seconds=20))
    page, fitness = metrics.page().decode(), metrics.fitness()
    assert 'hs_bot_leader{process="host:17:abc"} 1.0' in page
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
    metrics.call(Call(method="GET", path="/v2/users/17", status=404, milliseconds=3.0))
    metrics.call(Call(method="DELETE", path="/v2/scim/Users/jane", status=None, milliseconds=3.0, api="SCIM"))
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
