"""Requests: one open one for each target, every move a compare-and-set."""

import threading
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.model.request import ENDED, OPEN, Decision, Kind, Request, State, Verdict
from bot.policy.requests.clocks import reminder_due
from bot.store.errors import AlreadyOpen, StoreError, Unknown
from bot.store.operations.requests.claims import Due
from bot.store.record import Record

Make = Callable[..., Request]
HOUR = timedelta(hours=1)


def test_a_request_comes_back_as_it_was_written(record: Record, a_request: Make) -> None:
    now = record.now()
    request = a_request(
        "r1",
        kind=Kind.CHANGE,
        state=State.RUNNING,
        requester_name="Ann “A”",
        target_name="Zoë",
        target_email="zoë@example.com",
        reason="because\nof 100 %",
        plan={"role": "admin", "teams": [1, 2], "nested": {"x": None}},
        digest="d",
        quorum=2,
        run_at=now,
        start_by=now + HOUR,
        approved_at=now,
        started_at=now,
        finished_at=now,
        outcome="o",
        reminded=1,
        lease_owner="me",
        lease_until=now,
        channel="C1",
        message_ts="1.2",
        card_version=3,
        version=4,
        batch_id="b1",
    )
    record.requests.insert(request)
    assert record.requests.get("r1") == request
    assert record.requests.get("r2") is None
    # Every field was set to something of its own above, so that none can be forgotten.
    default = a_request("r1")
    same = [f.name for f in fields(Request) if getattr(request, f.name) == getattr(default, f.name)]
    assert same == ["id", "opened_at", "requester", "target_id", "seal", "expires_at"]


def test_who_is_to_take_conversations_is_found_among_many(record: Record, a_request: Make) -> None:
    for number, taker in enumerate((7, 71, 17, None, 7)):
        record.requests.insert(a_request(f"r{number}", target_id=number, plan={"assignee_id": taker, "z": {"id": 7}}))
    record.requests.insert(a_request("other", kind=Kind.RESTORE, target_id=9, plan={"assignee_id": 7}))
    assert {one.id for one in record.requests.handing_to(7, OPEN)} == {"r0", "r4"}
    assert record.requests.handing_to(7, {State.DONE}) == []
    assert record.requests.targets(OPEN, {Kind.OFFBOARD}) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_target_has_one_open_request_at_most(record: Record, a_request: Make, state: State) -> None:
    record.requests.insert(a_request("r1", state=state))
    for kind in (Kind.OFFBOARD, Kind.CHANGE):
        with pytest.raises(AlreadyOpen) as refused:
            record.requests.insert(a_request("r2", kind=kind))
        assert refused.value.request_id == "r1"
    assert record.requests.count() == 1


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_ended_request_stands_in_nobodys_way(record: Record, a_request: Make, state: State) -> None:
    record.requests.insert(a_request("r1", state=state))
    record.requests.insert(a_request("r2"))
    assert record.requests.count() == 2


def test_a_team_and_a_person_with_the_same_id_are_two_targets(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    record.requests.insert(a_request("r2", kind=Kind.DELETE_TEAM))
    record.requests.insert(a_request("r3", target_id=8))
    with pytest.raises(AlreadyOpen, match="r2"):
        record.requests.insert(a_request("r4", kind=Kind.DELETE_TEAM))


def test_an_address_is_the_target_of_who_is_to_come(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1", kind=Kind.PROVISION, target_id=None, target_email="a@b.c"))
    record.requests.insert(a_request("r2", kind=Kind.PROVISION, target_id=None, target_email="d@e.f"))
    for kind, target in ((Kind.PROVISION, None), (Kind.RESTORE, 9)):
        with pytest.raises(AlreadyOpen, match="r1"):
            record.requests.insert(a_request("r3", kind=kind, target_id=target, target_email="a@b.c"))


def test_a_refused_second_request_leaves_the_transaction_usable(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    with record.transaction():
        with pytest.raises(AlreadyOpen):
            record.requests.insert(a_request("r2"))
        record.audit.append("request.refused")
    assert [entry.event for entry in record.audit.iterate()] == ["request.refused"]


def test_an_id_is_used_once(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1", state=State.DONE))
    with pytest.raises(StoreError, match="r1 already"):
        record.requests.insert(a_request("r1", target_id=8))


# Finding


def test_requests_are_found_by_every_condition_newest_first(record: Record, a_request: Make) -> None:
    now = record.now()
    for n, (state, kind, requester) in enumerate(
        [
            (State.DONE, Kind.OFFBOARD, "U1"),
            (State.PENDING, Kind.OFFBOARD, "U2"),
            (State.DONE, Kind.CHANGE, "U1"),
            (State.DENIED, Kind.OFFBOARD, "U1"),
        ]
    ):
        target = 7 if n != 2 else 8
        record.requests.insert(
            a_request(f"r{n}", state=state, kind=kind, requester=requester, opened_at=now + n * HOUR, target_id=target)
        )

    def ids(**conditions: object) -> list[str]:
        found = [request.id for request in record.requests.find(**conditions)]  # type: ignore[arg-type]
        if not conditions.keys() & {"limit", "offset"}:
            assert record.requests.count(**conditions) == len(found)  # type: ignore[arg-type]
        return found

    assert ids() == ["r3", "r2", "r1", "r0"]
    assert ids(states={State.DONE}) == ["r2", "r0"]
    assert ids(states=ENDED, kinds={Kind.OFFBOARD}) == ["r3", "r0"]
    assert ids(states=frozenset()) == []
    assert ids(target_id=8) == ["r2"]
    assert ids(requester="U1", target_id=7) == ["r3", "r0"]
    assert ids(limit=2, offset=1) == ["r2", "r1"]
    assert ids(limit=None) == ["r3", "r2", "r1", "r0"]


# Moving


def test_a_transition_moves_the_row_once(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    now = record.now()
    moved = record.requests.transition(
        "r1", from_states={State.PENDING}, to=State.APPROVED, approved_at=now, start_by=now + HOUR, quorum=2
    )
    assert moved == replace(
        a_request("r1"), state=State.APPROVED, approved_at=now, start_by=now + HOUR, quorum=2, version=2
    )
    assert record.requests.get("r1") == moved
    assert record.requests.transition("r1", from_states={State.PENDING}, to=State.DENIED) is None
    assert record.requests.transition("r1", from_states=set(), to=State.DENIED) is None
    assert record.requests.transition("r9", from_states=set(State), to=State.DENIED) is None
    assert record.requests.get("r1") == moved


def test_a_transition_can_insist_on_a_version(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    assert record.requests.transition("r1", from_states={State.PENDING}, to=State.PENDING, version=2) is None
    moved = record.requests.transition("r1", from_states={State.PENDING}, to=State.PENDING, version=1)
    assert moved is not None
    assert moved.version == 2


def test_fields_are_updated_with_or_without_touching_the_version(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1", reason="old", run_at=record.now()))
    assert record.requests.update("r1", reason="new", run_at=None).version == 2
    quiet = record.requests.update("r1", touch=False, plan={"a": [1]}, message_ts="1.5")
    assert (quiet.version, quiet.reason, quiet.run_at, quiet.plan, quiet.message_ts) == (
        2,
        "new",
        None,
        {"a": [1]},
        "1.5",
    )
    assert record.requests.update("r1", touch=False) == quiet == record.requests.get("r1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": State.DONE},
        {"kind": Kind.CHANGE},
        {"version": 5},
        {"colour": 1},
        {"reason": None},
        {"opened_at": None},
    ],
)
def test_what_can_not_be_updated_is_refused_before_anything_is_written(
    record: Record, a_request: Make, wrong: dict[str, object]
) -> None:
    record.requests.insert(a_request("r1"))
    with pytest.raises(ValueError, match=next(iter(wrong))):
        record.requests.update("r1", **wrong)  # type: ignore[arg-type]
    assert record.requests.get("r1") == a_request("r1")


def test_an_unknown_request_can_not_be_updated(record: Record) -> None:
    with pytest.raises(Unknown, match="r9"):
        record.requests.update("r9", reason="x")


def test_of_many_transitions_at_once_one_wins(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    winners: list[int] = []
    ready = threading.Barrier(8)

    def click(n: int) -> None:
        ready.wait()
        with record.transaction():
            if record.requests.transition("r1", from_states={State.PENDING}, to=State.APPROVED, outcome=str(n)):
                winners.append(n)
                record.audit.append("request.approved", request_id="r1")

    threads = [threading.Thread(target=click, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = record.requests.get("r1")
    assert row is not None
    assert [row.outcome] == [str(n) for n in winners]
    assert row.version == 2
    assert record.audit.verify().entries == 1


# Votes


def vote(request: str, actor: str, verdict: Verdict = Verdict.APPROVE, reason: str = "") -> Decision:
    at = datetime(2026, 12, 1, 13, tzinfo=UTC)
    return Decision(
        request_id=request, actor=actor, actor_name=f"{actor}'s name", verdict=verdict, reason=reason, decided_at=at
    )


def test_a_person_votes_once_on_a_request(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    assert record.requests.decide(vote("r1", "U2"))
    assert not record.requests.decide(vote("r1", "U2", Verdict.DENY, "changed my mind"))
    assert record.requests.decide(vote("r1", "U1", Verdict.DENY, "no"))
    assert record.requests.decisions("r1") == [vote("r1", "U2"), vote("r1", "U1", Verdict.DENY, "no")]
    assert record.requests.decisions("r2") == []


def test_void_votes_count_no_more_and_may_be_given_anew(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    record.requests.decide(vote("r1", "U2"))
    record.requests.decide(vote("r1", "U3"))
    assert record.requests.void_decisions("r1") == 2
    assert record.requests.decisions("r1") == []
    assert record.requests.decide(vote("r1", "U2", reason="again"))
    assert record.requests.decisions("r1") == [vote("r1", "U2", reason="again")]


def test_a_vote_on_no_request_is_refused(record: Record) -> None:
    with pytest.raises(StoreError):
        record.requests.decide(vote("r9", "U2"))


# What is due


def test_what_is_due_depends_on_state_and_clocks(record: Record, a_request: Make) -> None:
    now = record.now()
    rows: dict[str, dict[str, Any]] = {
        "waits": {"expires_at": now + HOUR, "opened_at": now},
        "expires now": {"expires_at": now},
        "expired long ago": {"expires_at": now - HOUR},
        "ended": {"expires_at": now - HOUR, "state": State.DENIED},
        "starts now": {"state": State.APPROVED, "run_at": now, "start_by": now + HOUR},
        "starts at once": {"state": State.APPROVED, "approved_at": now - HOUR, "start_by": now + HOUR},
        "starts later": {"state": State.APPROVED, "run_at": now + HOUR, "start_by": now + 2 * HOUR},
        "was not started": {"state": State.APPROVED, "start_by": now},
        "has no second clock": {"state": State.APPROVED},
        "runs": {"state": State.RUNNING, "lease_owner": "a", "lease_until": now + HOUR},
        "runner died": {"state": State.RUNNING, "lease_owner": "a", "lease_until": now},
        "was handed back": {"state": State.RUNNING},
    }
    for target, (id, values) in enumerate(rows.items()):
        record.requests.insert(a_request(id, target_id=target, **{"reminded": 2, **values}))
    due = record.requests.due(now)
    assert due == Due(
        expired=("expired long ago", "expires now", "was not started"),
        startable=("starts at once", "has no second clock", "starts now"),
        remindable=(),
        orphaned_leases=("runner died", "was handed back"),
    )


def test_reminders_are_due_when_policy_says_so(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    request = a_request("r1")
    for minutes in range(0, 24 * 60 + 30, 30):
        now = request.opened_at + timedelta(minutes=minutes)
        wanted = reminder_due(request, now)
        assert record.requests.due(now).remindable == (("r1",) if wanted else ()), now
        if wanted:
            request = record.requests.update("r1", reminded=wanted)
    assert request.reminded == 2


def test_a_reminder_moves_with_the_time_that_it_reminds_of(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1", reminded=2))
    now = a_request("r1").opened_at
    record.requests.update("r1", reminded=0, expires_at=now + 48 * HOUR)
    assert record.requests.due(now + 23 * HOUR).remindable == ()
    assert record.requests.due(now + 24 * HOUR).remindable == ("r1",)
    record.requests.transition("r1", from_states={State.PENDING}, to=State.PENDING, reminded=1)
    assert record.requests.due(now + 24 * HOUR).remindable == ()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_is_due_is_found_by_indexes(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = record._engine.rows
    asked: list[str] = []

    def listen(sql: str, params: dict[str, object] | None = None) -> object:
        asked.append(sql)
        return ask(sql, params)

    monkeypatch.setattr(record._engine, "rows", listen)
    now = record.now()
    asked.clear()
    record.requests.due(now)
    record.requests.cards_out_of_date()
    record.requests.started_since(now)
    assert len(asked) == 3
    for sql in asked:
        plan = [str(row[3]) for row in ask("EXPLAIN QUERY PLAN " + sql, {"now": "", "at": "", "overlong": ""})]
        assert not [step for step in plan if step.startswith("SCAN") and "INDEX" not in step], (sql, plan)


def test_removals_that_started_are_counted(record: Record, a_request: Make) -> None:
    now = record.now()
    for n, (kind, started) in enumerate(
        [(Kind.OFFBOARD, now), (Kind.OFFBOARD, now - HOUR), (Kind.CHANGE, now), (Kind.OFFBOARD, None)]
    ):
        record.requests.insert(a_request(f"r{n}", kind=kind, target_id=n, started_at=started))
    assert record.requests.started_since(now) == [now]
    assert record.requests.started_since(now - HOUR) == [now - HOUR, now]


# Cards


def test_a_card_is_out_of_date_until_the_version_it_shows_is_the_rows(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    assert [request.id for request in record.requests.cards_out_of_date()] == ["r1"]
    assert record.requests.card_shown("r1", version=1, channel="C1", message_ts="1.1")
    assert record.requests.cards_out_of_date() == []
    record.requests.update("r1", reason="new")
    assert [request.version for request in record.requests.cards_out_of_date()] == [2]
    assert record.requests.card_shown("r1", version=2, channel="C1", message_ts="1.1")
    assert not record.requests.card_shown("r1", version=1, channel="C9", message_ts="9.9")
    row = record.requests.get("r1")
    assert row is not None
    assert (row.card_version, row.version, row.channel, row.message_ts) == (2, 2, "C1", "1.1")
