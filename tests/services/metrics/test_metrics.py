"""What operators watch: counts that survive a restart, no person in a label, and health that means something."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.helpscout.calls import Call
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
