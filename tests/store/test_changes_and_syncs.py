"""History: what changed, and the walks that saw it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.model.change import Change, ChangeKind
from bot.model.sync import SyncRun, SyncState
from bot.store.errors import Unknown
from bot.store.record import Record


def change(user_id: int, minute: int, **fields: object) -> Change:
    values: dict[str, object] = {"kind": ChangeKind.CHANGED, "field": "role", "before": "user", "after": "admin"}
    seen_at = datetime(2026, 12, 1, 12, minute, tzinfo=UTC)
    return Change(user_id=user_id, seen_at=seen_at, **(values | fields))  # type: ignore[arg-type]


def test_changes_of_a_person_come_newest_first_and_in_pages(record: Record) -> None:
    assert record.changes.add([change(7, 1), change(8, 2), change(7, 3), change(7, 3, field="email")]) == 4
    found = record.changes.of_user(7)
    assert [(c.seen_at.minute, c.field) for c in found if c.seen_at] == [(3, "email"), (3, "role"), (1, "role")]
    assert record.changes.of_user(7, limit=1, offset=1) == [found[1]]
    assert all(c.id is not None for c in found)
    assert replace(found[2], id=None) == change(7, 1)


def test_a_change_without_a_time_is_stamped_with_now(record: Record) -> None:
    record.changes.add([Change(user_id=7, kind=ChangeKind.JOINED, after="Jane")])
    assert record.changes.of_user(7)[0].seen_at == record.now()


def test_changes_since_a_time_count_as_many_as_they_are(record: Record) -> None:
    record.changes.add(change(7, minute) for minute in range(10))
    since = datetime(2026, 12, 1, 12, 6, tzinfo=UTC)
    assert [c.seen_at.minute for c in record.changes.since(since, limit=3, offset=1) if c.seen_at] == [8, 7, 6]
    assert record.changes.count_since(since) == 4


def test_whom_the_first_good_sync_found_is_no_news(record: Record) -> None:
    runs = [record.syncs.start("start", record.now()) for _ in range(3)]
    for run, state in zip(runs, (SyncState.FAILED, SyncState.DONE, SyncState.DONE), strict=True):
        record.syncs.finish(replace(run, state=state, finished_at=record.now()))
    joined = [change(id, 1, kind=ChangeKind.JOINED, sync_id=id) for id in (runs[1].id, runs[2].id)]
    record.changes.add([*joined, change(9, 1, kind=ChangeKind.JOINED, request_id="r1")])
    first = record.syncs.first_good()
    assert first is not None
    assert first.id == runs[1].id
    since = datetime(2026, 12, 1, tzinfo=UTC)
    assert [c.user_id for c in record.changes.since(since)] == [9, runs[2].id]
    assert record.changes.count_since(since) == 2
    assert record.changes.monthly() == [("2026-12", 2, 0)]
    assert len(record.changes.of_user(runs[1].id)) == 1


def test_changes_are_found_by_their_sync_and_request(record: Record) -> None:
    record.changes.add([change(7, 2, sync_id=1), change(8, 1, sync_id=1), change(9, 1, request_id="r1"), change(7, 4)])
    assert [c.user_id for c in record.changes.of_sync(1)] == [7, 8]
    assert [c.user_id for c in record.changes.of_request("r1")] == [9]
    assert record.changes.of_sync(2) == []


def test_all_changes_are_walked_oldest_first_over_several_pages(record: Record) -> None:
    record.changes.add(change(id, id % 60) for id in range(4100))
    assert [c.user_id for c in record.changes.all()] == list(range(4100))


def test_months_count_who_came_and_who_left(record: Record) -> None:
    def at(text: str, kind: ChangeKind) -> Change:
        return Change(user_id=1, kind=kind, seen_at=datetime.fromisoformat(text))

    record.changes.add(
        [
            at("2026-01-31T23:59:59Z", ChangeKind.JOINED),
            at("2026-02-01T00:00:00Z", ChangeKind.RETURNED),
            at("2026-02-02T00:00:00Z", ChangeKind.REMOVED),
            at("2026-02-28T00:00:00Z", ChangeKind.OFFBOARDED),
            at("2026-03-01T00:00:00Z", ChangeKind.CHANGED),
            at("2026-02-28T23:30:00-02:00", ChangeKind.JOINED),  # March in UTC
        ]
    )
    assert record.changes.monthly() == [("2026-01", 1, 0), ("2026-02", 1, 2), ("2026-03", 1, 0)]


@pytest.mark.parametrize("kind", ChangeKind)
def test_every_kind_of_change_can_be_written(record: Record, kind: ChangeKind) -> None:
    record.changes.add([Change(user_id=7, kind=kind)])
    assert [c.kind for c in record.changes.all()] == [kind]


def test_no_change_is_nothing_to_write(record: Record) -> None:
    assert record.changes.add([]) == 0


# Syncs


def test_a_sync_is_started_and_finished(record: Record) -> None:
    run = record.syncs.start("interval", record.now())
    assert run == SyncRun(id=run.id, trigger="interval", started_at=record.now())
    ended = replace(
        run,
        state=SyncState.DONE,
        finished_at=record.now() + timedelta(seconds=9),
        people=5,
        joined=1,
        removed=2,
        changed=3,
        requests=4,
        problem="none",
    )
    record.syncs.finish(ended)
    assert record.syncs.get(run.id) == record.syncs.latest() == record.syncs.latest_good() == ended
    assert record.syncs.get(run.id + 1) is None


def test_a_sync_that_is_not_there_can_not_be_finished(record: Record) -> None:
    with pytest.raises(Unknown):
        record.syncs.finish(SyncRun(id=9, trigger="x", started_at=record.now()))


@pytest.mark.parametrize(("state", "good"), [("done", True), ("held", True), ("failed", False), ("running", False)])
def test_the_latest_good_sync_is_one_that_read_everybody(record: Record, state: str, good: bool) -> None:
    run = record.syncs.start("start", record.now())
    record.syncs.finish(replace(run, state=SyncState(state), finished_at=record.now()))
    assert (record.syncs.latest_good() is not None) is good
    assert record.syncs.latest() is not None


def test_recent_syncs_come_newest_first(record: Record) -> None:
    ids = [record.syncs.start("interval", record.now()).id for _ in range(5)]
    assert [run.id for run in record.syncs.recent(3)] == ids[:1:-1]


def test_seats_are_those_of_each_days_last_good_sync(record: Record) -> None:
    for day, hour, people, state in [(1, 1, 10, "done"), (1, 20, 11, "done"), (1, 22, 0, "failed"), (2, 3, 12, "held")]:
        at = datetime(2026, 12, day, hour, tzinfo=UTC)
        run = record.syncs.start("interval", at)
        record.syncs.finish(replace(run, state=SyncState(state), finished_at=at, people=people))
    assert [(at.day, people) for at, people in record.syncs.seats()] == [(1, 11), (2, 12)]


def test_syncs_that_a_dead_process_left_running_are_closed(record: Record) -> None:
    left = record.syncs.start("interval", record.now())
    ahead = record.syncs.start("interval", record.now() + timedelta(hours=3))  # by a clock that was ahead
    now = record.now()
    assert record.syncs.abandon_running(now) == 2
    for one in (left, ahead):
        closed = record.syncs.get(one.id)
        assert closed is not None
        assert (closed.state, closed.finished_at) == (SyncState.FAILED, now)
        assert closed.problem
