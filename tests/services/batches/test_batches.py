"""Many at once: one click for everybody whom it may cover, and one result a person."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.helpscout.http.faults import Fault
from bot.model.action import Decide
from bot.model.batch import Batch, BatchOutcome, DecideMany, LeaveOut, OpenMany, RemindMany, RetryMany
from bot.model.outbox import Topic
from bot.model.request import Request, State, Verdict
from bot.model.way import Way
from tests.services.conftest import ANA, BO, CLEO, MAX, RITA

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House


def leavers(house: House, count: int) -> tuple[int, ...]:
    """Plain users of the account."""
    found = [
        one.id
        for one in house.sim.account.rows.values()
        if one.role == "user" and one.type == "user" and not one.email.startswith(("rita@", "ana@", "bo@", "cleo@"))
    ]
    return tuple(found[:count])


def opened(bot: Bot, targets: Sequence[int], **more: Any) -> BatchOutcome:
    fields: dict[str, Any] = {"actor": RITA, "reason": "The team moves on", "targets": tuple(targets)} | more
    return bot.approvals.many(OpenMany(**fields))


def batch_of(bot: Bot, targets: Sequence[int], **more: Any) -> Batch:
    outcome = opened(bot, targets, **more)
    assert outcome.accepted, (outcome.sentence, outcome.wrong)
    assert outcome.batch is not None
    return outcome.batch


def approve(bot: Bot, batch: Batch, actor: str = ANA) -> BatchOutcome:
    return bot.approvals.many(DecideMany(batch_id=batch.id, actor=actor, verdict=Verdict.APPROVE))


def rows(bot: Bot, batch: Batch) -> list[Request]:
    return bot.record.requests.of_batch(batch.id)


def states(bot: Bot, batch: Batch) -> dict[State, int]:
    return dict(bot.record.batches.states(batch.id))


def told(bot: Bot, topic: Topic = Topic.THREAD) -> list[str]:
    return [str(item.payload["event"]) for item in bot.owed(topic)]


def test_a_whole_department_goes_by_one_click_and_two_cannot_stop_the_rest(house: House) -> None:
    bot = house.bot(max_per_hour=100)
    admin = next(
        one.id
        for one in house.sim.account.rows.values()
        if one.role == "admin" and one.type == "user" and one.email.partition("@")[0] not in ("ana", "bo", "cleo")
    )
    targets = [*leavers(house, 44), admin]
    most = len(targets)
    assert most >= 40
    batch = batch_of(bot, targets)
    assert len(batch.members) == most
    assert told(bot) == [], "one card, no threads of their own"
    asked = bot.workspace.asked_fresh
    outcome = approve(bot, batch)
    assert outcome.sentence == f"Approved for {most} people. Starting now. 1 person needs another approval."
    assert bot.workspace.asked_fresh - asked <= 4, "Slack is asked once, not once a person"
    assert states(bot, batch) == {State.APPROVED: most - 1, State.PENDING: 1}
    left = next(one for one in rows(bot, batch) if one.target_id == targets[3])
    said = bot.approvals.many(LeaveOut(batch_id=batch.id, actor=RITA, request_ids=(left.id,)))
    assert said.sentence == "Left out 1 person. Nothing will be done to them."
    failing = targets[7]
    scim_id = next(one.plan["scim_id"] for one in rows(bot, batch) if one.target_id == failing)
    order = house.sim.faults.add(fault=Fault.FORBIDDEN, match=f"DELETE /scim/Users/{scim_id}", times=None)
    assert approve(bot, batch, BO).sentence == "Approved for 1 person. Starting now."
    bot.runner.work_off()
    assert states(bot, batch) == {State.DONE: most - 2, State.CANCELLED: 1, State.ATTENTION: 1}
    assert all(house.deletes(one) == 1 for one in targets if one not in (failing, targets[3]))
    assert house.deletes(targets[3]) == 0
    assert told(bot) == ["approved", "cancelled", "approved", "attention", "results"]
    assert told(bot, Topic.DM) == ["approved", "approved", "results"]
    ended = bot.record.batches.get(batch.id)
    assert ended is not None
    assert ended.finished_at is not None
    house.sim.faults.cancel(order)
    assert bot.approvals.many(RetryMany(batch_id=batch.id, actor=ANA)).sentence == "Trying again for 1 person."
    house.clock.move(seconds=30)
    bot.runner.work_off()
    assert states(bot, batch) == {State.DONE: most - 1, State.CANCELLED: 1}
    assert told(bot)[-2:] == ["retried", "results"]
    assert bot.record.audit.verify().whole


def test_nobody_is_covered_by_their_own_click(house: House) -> None:
    bot = house.bot()
    targets = [house.id("jane"), house.id("max")]
    house.workspace.approving |= {MAX}
    batch = batch_of(bot, targets)
    outcome = approve(bot, batch, MAX)
    assert outcome.sentence == "Approved for 1 person. Starting now.", "and they hear of nobody else"
    assert {one.target_id: one.state for one in rows(bot, batch)} == {
        house.id("jane"): State.APPROVED,
        house.id("max"): State.PENDING,
    }
    again = approve(bot, batch, MAX)
    assert not again.accepted
    assert approve(bot, batch, BO).accepted
    assert states(bot, batch) == {State.APPROVED: 2}
    assert approve(bot, batch, MAX).sentence == approve(bot, batch, BO).sentence == again.sentence, "and learns nothing"
    assert "decided already" not in again.sentence


@pytest.mark.parametrize(("actor", "words"), [(RITA, "your own request"), ("UNED", "Only approvers")])
def test_who_may_not_decide_one_may_not_decide_many(house: House, actor: str, words: str) -> None:
    bot = house.bot()
    batch = batch_of(bot, leavers(house, 5))
    outcome = approve(bot, batch, actor)
    assert not outcome.accepted
    assert words in outcome.sentence
    assert states(bot, batch) == {State.PENDING: 5}
    assert len(bot.refusals()) == 1, "one line for one click"


def test_a_denial_ends_it_with_its_reason(house: House) -> None:
    bot = house.bot()
    batch = batch_of(bot, leavers(house, 3))
    deny = DecideMany(batch_id=batch.id, actor=ANA, verdict=Verdict.DENY, reason="")
    assert bot.approvals.many(deny).field == "reason"
    outcome = bot.approvals.many(DecideMany(batch_id=batch.id, actor=ANA, verdict=Verdict.DENY, reason="Wrong list"))
    assert outcome.accepted
    assert states(bot, batch) == {State.DENIED: 3}
    assert told(bot) == ["results", "denied"]
    assert not approve(bot, batch, BO).accepted


def test_whoever_cannot_go_is_named_with_their_line_and_nothing_is_opened(house: House) -> None:
    bot = house.bot()
    jane, max_, olivia = house.id("jane"), house.id("max"), house.id("olivia")
    bot.asked(jane)
    lines = ((2, "jane"), (3, "max"), (5, "olivia"))
    owner = next(one.id for one in house.sim.account.rows.values() if one.role == "owner")
    targets = (jane, max_, owner if owner != max_ else olivia)
    before = bot.record.requests.count()
    refused = opened(bot, targets, lines=lines)
    assert not refused.accepted
    assert [(one.number, one.text) for one in refused.wrong] == [(2, "jane"), (5, "olivia")]
    assert "already has an open request" in refused.wrong[0].why
    assert "owns the Help Scout account" in refused.wrong[1].why
    assert bot.record.requests.count() == before
    batch = batch_of(bot, targets, lines=lines, all_or_none=False)
    assert len(batch.members) == 1
    assert [one.number for one in batch.left_out] == [2, 5]


def test_a_batch_counts_as_one_open_request(house: House) -> None:
    bot = house.bot()
    batch_of(bot, leavers(house, 30))
    assert bot.record.batches.open_of(RITA) == 1
    assert bot.ask(house.id("jane")).accepted or bot.ask(leavers(house, 31)[-1]).accepted


def test_who_takes_conversations_can_be_nobody_on_the_list(house: House) -> None:
    bot = house.bot()
    outcome = opened(bot, [house.id("jane"), house.id("max")], assignee_id=house.id("max"))
    assert (outcome.accepted, outcome.field) == (False, "assignee_id")


def test_what_a_writer_of_the_database_adds_is_not_covered(house: House) -> None:
    """The seal binds who is in it: a request that is put into the batch later gets no vote by its card."""
    bot = house.bot()
    alone = bot.asked(house.id("jane"))
    batch = batch_of(bot, leavers(house, 2) if house.id("jane") not in leavers(house, 2) else leavers(house, 4)[2:])
    bot.record.requests.update(alone.id, batch_id=batch.id)
    assert approve(bot, batch).sentence == "Approved for 2 people. Starting now."
    assert bot.row(alone).state is State.PENDING
    bot.record.batches.put_members(batch.id, (*batch.members, alone.id), batch.seal)
    refused = approve(bot, batch, BO)
    assert not refused.accepted
    assert "seal" in refused.sentence


def test_the_hour_is_shared_with_single_requests(house: House) -> None:
    bot = house.bot(max_per_hour=5)
    people = leavers(house, 12)
    batch = batch_of(bot, people[:10])
    said = approve(bot, batch).sentence
    assert said.startswith(
        "Approved for 10 people. 4 start now: at most 5 removals an hour. The last one starts at about"
    )
    bot.runner.work_off()
    assert states(bot, batch) == {State.DONE: 4, State.APPROVED: 6}
    waits = [one for one in rows(bot, batch) if one.state is State.APPROVED]
    assert all(one.outcome.startswith("Queued: at most 5 removals an hour. This one starts at about") for one in waits)
    single = bot.asked(people[11])
    bot.approve(single)
    bot.runner.work_off()
    assert bot.row(single).state is State.DONE, "a batch does not hold it up"
    house.clock.move(hours=3)
    bot.approvals.tick()
    bot.runner.work_off()
    house.clock.move(hours=3)
    bot.approvals.tick()
    bot.runner.work_off()
    assert states(bot, batch) == {State.DONE: 10}, "waiting for one's turn is not expiry"


def test_a_reminder_is_one_for_all_of_them(house: House) -> None:
    bot = house.bot()
    batch = batch_of(bot, leavers(house, 4))
    assert bot.approvals.many(RemindMany(batch_id=batch.id, actor=RITA)).accepted
    assert "an hour ago" in bot.approvals.many(RemindMany(batch_id=batch.id, actor=RITA)).sentence
    house.clock.move(hours=13)
    bot.approvals.tick()
    assert told(bot) == ["reminded", "reminded"]
    house.clock.move(hours=12)
    bot.approvals.tick()
    assert states(bot, batch) == {State.EXPIRED: 4}
    assert told(bot)[-1] == "results"


def test_a_single_vote_on_one_of_them_counts(house: House) -> None:
    bot = house.bot()
    batch = batch_of(bot, leavers(house, 2))
    first = rows(bot, batch)[0]
    bot.apply(Decide(request_id=first.id, actor=CLEO, verdict=Verdict.DENY, reason="Not her"))
    assert approve(bot, batch).sentence == "Approved for 1 person. Starting now."
    assert states(bot, batch) == {State.DENIED: 1, State.APPROVED: 1}


def test_the_requester_hears_once_before_a_scheduled_run(house: House) -> None:
    bot = house.bot()
    batch = batch_of(bot, leavers(house, 3), run_at=bot.record.now() + timedelta(hours=5))
    approve(bot, batch)
    house.clock.move(hours=4, minutes=30)
    bot.approvals.tick()
    bot.approvals.tick()
    assert told(bot, Topic.DM) == ["approved", "soon"]


def test_slack_is_never_asked_while_the_record_is_held(house: House) -> None:
    """Whoever is met there is remembered from another thread, which waits for the one that holds the record."""
    bot = house.bot()
    held, begin, here = [0], bot.record.transaction, threading.current_thread()

    @contextmanager
    def transaction() -> Iterator[None]:
        acting = int(threading.current_thread() is here)  # who remembers in another thread holds up nobody's question
        with begin():
            held[0] += acting
            try:
                yield
            finally:
                held[0] -= acting

    bot.record.transaction = transaction  # type: ignore[method-assign]
    asked: list[int] = []
    house.workspace.before_answer = lambda: asked.append(held[0])
    batch = batch_of(bot, [house.id("jane"), house.id("max"), *leavers(house, 2)])
    for actor in ("UNED", RITA, MAX, "UNOBODY", ANA):
        for action in (
            RemindMany(batch_id=batch.id, actor=actor),
            RetryMany(batch_id=batch.id, actor=actor),
            LeaveOut(batch_id=batch.id, actor=actor, request_ids=()),
            DecideMany(batch_id=batch.id, actor=actor, verdict=Verdict.DENY, reason="Not " * 500),
            DecideMany(batch_id=batch.id, actor=actor, verdict=Verdict.APPROVE),
        ):
            bot.approvals.many(action)
    for one in rows(bot, batch):
        bot.record.requests.transition(one.id, from_states=frozenset(State), to=State.ATTENTION)
    for actor in ("UNED", RITA, MAX):
        bot.approvals.many(RetryMany(batch_id=batch.id, actor=actor))
        bot.approvals.many(LeaveOut(batch_id=batch.id, actor=actor, request_ids=None))
    assert len(asked) > 20
    assert not any(asked)


def test_what_waits_by_hand_is_told_and_is_cancelled_by_an_approver(house: House) -> None:
    house.over(Way.HAND)
    bot = house.bot(max_per_hour=100)
    taker, one, other = leavers(house, 3)
    house.sim.account.add_conversations(one, 2)
    batch = batch_of(bot, [one, other], assignee_id=taker)
    approve(bot, batch)
    bot.runner.work_off()
    assert states(bot, batch) == {State.WAITING: 2}
    assert told(bot).count("by hand") == 1, "one line for all of them: the card names who"
    moved = {row.id: len(bot.record.moves.of_request(row.id)) for row in rows(bot, batch)}
    (handed,) = (item.payload for item in bot.owed(Topic.DM) if item.payload["event"] == "handed")
    assert handed["of"] == {id: count for id, count in moved.items() if count}
    assert handed["count"] == sum(moved.values())
    cancel = LeaveOut(batch_id=batch.id, actor=RITA, request_ids=None)
    assert "only approvers can cancel it" in bot.approvals.many(cancel).sentence
    said = bot.approvals.many(replace(cancel, actor=ANA)).sentence
    assert said.startswith("Cancelled for 2 people. They keep their seats. Their status and rotations are put back")
    assert states(bot, batch) == {State.CANCELLED: 2}
    assert told(bot, Topic.DM).count("handed") == 1, "what was told once is not told again"
    again = bot.approvals.many(replace(cancel, actor=ANA))
    assert not again.accepted
    assert "click" not in again.sentence
