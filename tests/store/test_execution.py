"""Carrying out: who runs it, what each step came to, where the conversations went."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.offboarding.conversation import Move, MoveState
from bot.model.request import Request, State, Step, StepState
from bot.store.errors import StoreError, Unknown
from bot.store.record import Record

Make = Callable[..., Request]
MINUTE = timedelta(minutes=1)


def claim(record: Record, owner: str, *, states: frozenset[State] = frozenset({State.APPROVED})) -> Request | None:
    now = record.now()
    return record.requests.claim("r1", owner=owner, now=now, until=now + MINUTE, from_states=states)


def test_a_claim_makes_the_request_running_with_a_lease(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1", state=State.APPROVED))
    claimed = claim(record, "me")
    assert claimed == replace(
        a_request("r1"), state=State.RUNNING, lease_owner="me", lease_until=record.now() + MINUTE, version=2
    )
    assert record.requests.get("r1") == claimed


def test_what_is_in_another_state_can_not_be_claimed(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    assert claim(record, "me") is None
    assert claim(record, "me", states=frozenset()) is None


def test_a_lease_that_runs_keeps_everybody_out_even_its_owner(record: Record, a_request: Make, clock: object) -> None:
    record.requests.insert(a_request("r1", state=State.APPROVED))
    running = frozenset({State.RUNNING})
    assert claim(record, "me")
    assert claim(record, "other", states=running) is None
    assert claim(record, "me", states=running) is None
    clock.forward(minutes=1)  # type: ignore[attr-defined]
    taken = claim(record, "other", states=running)
    assert taken is not None
    assert taken.lease_owner == "other"


def test_only_the_owner_renews_and_hands_back(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1", state=State.APPROVED))
    claim(record, "me")
    later = record.now() + 5 * MINUTE
    assert not record.requests.heartbeat("r1", owner="other", until=later)
    assert record.requests.heartbeat("r1", owner="me", until=later)
    row = record.requests.get("r1")
    assert row is not None
    assert (row.lease_until, row.version) == (later, 2)
    assert not record.requests.release("r1", "other")
    assert record.requests.release("r1", "me")
    assert not record.requests.heartbeat("r1", owner="me", until=later)
    assert record.requests.due(record.now()).orphaned_leases == ("r1",)


def test_a_request_that_has_ended_has_no_heart_to_beat(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1", state=State.APPROVED))
    claim(record, "me")
    record.requests.transition("r1", from_states={State.RUNNING}, to=State.DONE)
    assert not record.requests.heartbeat("r1", owner="me", until=record.now() + MINUTE)


def test_of_many_claimers_at_once_one_wins(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1", state=State.APPROVED))
    ready = threading.Barrier(6)
    won: list[str] = []

    def run(name: str) -> None:
        ready.wait()
        if claim(record, name):
            won.append(name)

    threads = [threading.Thread(target=run, args=(f"runner {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = record.requests.get("r1")
    assert row is not None
    assert won == [row.lease_owner]


# Steps


def test_a_step_is_journalled_before_and_after(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    first = Step(request_id="r1", position=1, name="check", started_at=record.now())
    second = replace(first, position=2, name="remove")
    record.requests.step_started(second)
    record.requests.step_started(first)
    assert record.requests.steps("r1") == [first, second]
    ended = replace(
        first,
        state=StepState.DONE,
        finished_at=record.now() + MINUTE,
        attempts=2,
        done=3,
        total=4,
        result={"ids": [1, 2], "name": "Zoë"},
        problem="none",
    )
    record.requests.step_finished(ended)
    assert record.requests.steps("r1") == [ended, second]
    assert record.requests.steps("r2") == []


def test_progress_moves_the_card_too(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    step = Step(request_id="r1", position=3, name="reassign", started_at=record.now())
    record.requests.step_started(step)
    record.requests.card_shown("r1", version=2, channel="C1", message_ts="1.1")
    assert record.requests.cards_out_of_date() == []
    record.requests.step_progress("r1", 3, 40, 500)
    assert record.requests.steps("r1") == [replace(step, done=40, total=500)]
    assert [request.id for request in record.requests.cards_out_of_date()] == ["r1"]


def test_a_step_of_no_request_is_an_error_that_leaves_nothing(record: Record, a_request: Make) -> None:
    with pytest.raises(Unknown):
        record.requests.step_started(Step(request_id="r9", position=1, name="check", started_at=record.now()))
    record.requests.insert(a_request("r1"))
    with pytest.raises(Unknown, match="step 5"):
        record.requests.step_progress("r1", 5, 1, 2)
    row = record.requests.get("r1")
    assert row is not None
    assert row.version == 1


# Conversations


def test_moves_are_planned_once_and_marked_one_by_one(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    moves = [Move(request_id="r1", conversation_id=id, number=id + 100, from_user=7, to_user=8) for id in (3, 1, 2)]
    assert record.moves.plan(moves) == 3
    record.moves.mark("r1", 1, MoveState.MOVED, "", record.now())
    record.moves.mark("r1", 2, MoveState.SKIPPED, "was closed meanwhile", None)
    assert record.moves.plan([*moves, replace(moves[0], conversation_id=4, to_user=None)]) == 1
    assert record.moves.of_request("r1") == [
        replace(moves[1], state=MoveState.MOVED, moved_at=record.now()),
        replace(moves[2], state=MoveState.SKIPPED, note="was closed meanwhile"),
        moves[0],
        replace(moves[0], conversation_id=4, to_user=None),
    ]
    assert record.moves.of_request("r2") == []


def test_a_conversation_that_was_not_planned_can_not_be_marked(record: Record) -> None:
    with pytest.raises(Unknown, match="conversation 5"):
        record.moves.mark("r1", 5, MoveState.MOVED, "", record.now())


def test_moves_of_no_request_are_refused_all_of_them(record: Record, a_request: Make) -> None:
    record.requests.insert(a_request("r1"))
    good = Move(request_id="r1", conversation_id=1, from_user=7)
    with pytest.raises(StoreError):
        record.moves.plan([good, replace(good, request_id="r9")])
    assert record.moves.of_request("r1") == []
