"""Hundreds of conversations: side by side, resumable, skipping what others settled, stopping when the taker is gone."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.helpscout import Fault
from bot.model.offboarding.conversation import MoveState
from bot.model.request import Request, State
from bot.services.steps.handover.hand_over import WIDTH

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

JANE = "jane@acme.example"
PATCH = "PATCH /conversations/*"


def approved(house: House, bot: Bot) -> Request:
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    assert bot.approve(request).accepted
    return request


def test_hundreds_are_handed_over_side_by_side_each_once(house: House, bot: Bot) -> None:
    house.sim.account.add_conversations(house.id("jane"), 300)
    house.sim.behaviour.latency = 0.002
    before = {conversation.id for conversation in house.sim.conversations_of(JANE)}
    request = approved(house, bot)
    bot.until(request, State.DONE)
    assert {c.id for c in house.sim.conversations_of("max@acme.example")} >= before
    assert set(house.sim.log.moves.values()) == {1}
    assert house.sim.log.most_in_flight > 3
    step = next(step for step in bot.record.requests.steps(request.id) if step.name == "reassign")
    assert (step.done, step.total) == (315, 315)
    assert step.result["answers"]["PATCH 204"] == 315
    assert len(step.result["calls"]) < 100  # the journal keeps the first calls, and counts the rest


def test_the_progress_bar_moves_at_most_as_often_as_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    patience = replace(house.bot().patience, progress=3600.0)
    bot = house.bot(patience=patience)
    written: list[tuple[int, int]] = []
    real = bot.record.requests.step_progress

    def progress(id: str, position: int, done: int, total: int) -> None:
        written.append((done, total))
        real(id, position, done, total)

    monkeypatch.setattr(bot.record.requests, "step_progress", progress)
    house.sim.account.add_conversations(house.id("jane"), 80)
    request = approved(house, bot)
    bot.runner.start()
    bot.until(request, State.DONE)
    assert len(written) == 2  # the first one at once, then none for an hour, and the last
    assert written[-1] == (95, 95)


def test_what_others_settled_meanwhile_is_skipped_and_says_how(house: House) -> None:
    bot = house.bot()
    request = approved(house, bot)
    closed, deleted, given, dropped, *_ = house.sim.conversations_of(JANE)
    sim = house.sim

    def meanwhile(point: str) -> None:
        if point == "reassign: begun":
            sim.account.set_status(closed, "closed")
            sim.account.remove_conversation(deleted)
            sim.assign(given, "rita@acme.example")
            sim.assign(dropped, None)

    bot.at = meanwhile
    bot.runner.start()
    row = bot.until(request, State.DONE)
    assert row.outcome.endswith(
        "Conversations handed to Max Brückner: 11. 4 were closed or given to someone else in the meantime."
    )
    moves = {move.conversation_id: move for move in bot.record.moves.of_request(request.id)}
    notes = {id: move.note for id, move in moves.items() if move.state is MoveState.SKIPPED}
    assert notes == {
        closed.id: "closed meanwhile",
        deleted.id: "deleted meanwhile",
        given.id: f"given to user {house.id('rita')} meanwhile",
        dropped.id: "unassigned meanwhile",
    }


def test_in_a_long_hand_over_the_list_is_read_again_and_what_was_settled_meanwhile_is_left_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.steps.handover.listing.LIST_AGAIN_AFTER", 3)
    monkeypatch.setattr("bot.services.steps.handover.listing.LIST_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr("bot.services.steps.handover.hand_over.WIDTH", 1)
    bot = house.bot()
    request = approved(house, bot)
    last = house.sim.conversations_of(JANE)[-1]

    def meanwhile(point: str) -> None:
        if point == "reassign: after a call":
            house.sim.assign(last, "rita@acme.example")

    bot.at = meanwhile
    bot.runner.start()
    bot.until(request, State.DONE)
    assert last.assignee_id == house.id("rita")
    assert house.sent(f"PATCH /conversations/{last.id}") == 0


def test_what_reaches_the_leaver_during_the_hand_over_is_handed_over_too(house: House) -> None:
    bot = house.bot()
    request = approved(house, bot)
    late: list[Any] = []

    def meanwhile(point: str) -> None:
        if point == "reassign: marked" and not late:
            late.extend(house.sim.account.add_conversations(house.id("jane"), 2))

    bot.at = meanwhile
    bot.runner.start()
    bot.until(request, State.DONE)
    assert {conversation.assignee_id for conversation in late} == {house.id("max")}
    assert {c.id for c in late} <= {move.conversation_id for move in bot.record.moves.of_request(request.id)}


@pytest.mark.parametrize("moment", ["reassign: begun", "reassign: marked"], ids=["before", "in the middle"])
def test_a_taker_who_vanished_stops_it_before_the_removal(moment: str, house: House) -> None:
    bot = house.bot()
    house.sim.account.add_conversations(house.id("jane"), 60)
    request = approved(house, bot)
    gone = threading.Event()

    def meanwhile(point: str) -> None:
        if point == moment and not gone.is_set():
            gone.set()
            house.sim.remove_person(house.id("max"))

    bot.at = meanwhile
    bot.runner.start()
    row = bot.until(request, State.ATTENTION, State.DONE)
    assert row.state is State.ATTENTION
    assert row.outcome.startswith("Max Brückner, who was to take the conversations, is no longer in Help Scout. Jane")
    assert house.sent() == 0
    assert house.id("jane") in house.sim.account.listing
    assert not bot.cancel(row, "URITA").accepted
    assert not bot.cancel(row, "UMAX").accepted
    assert bot.cancel(row, "UANA", "Asked anew").accepted  # an approver gives it up, and somebody else can be chosen
    assert bot.row(request).state is State.FAILED
    again = bot.asked(house.id("jane"), assignee=house.id("rita"))
    bot.approve(again)
    bot.until(again, State.DONE)


@pytest.mark.parametrize(
    ("moment", "open_ones"), [("quiet: begun", 0), ("reassign: marked", 15)], ids=["nothing to take", "all taken"]
)
def test_a_taker_who_vanished_stops_it_also_when_nothing_is_left_to_hand_over(
    moment: str, open_ones: int, house: House
) -> None:
    bot = house.bot()
    for conversation in house.sim.conversations_of(JANE)[open_ones:]:
        house.sim.account.set_status(conversation, "closed")
    request = approved(house, bot)

    def leaves(point: str) -> None:
        if point == moment:
            house.sim.remove_person(house.id("max"))

    bot.at = leaves
    bot.runner.start()
    row = bot.until(request, State.ATTENTION, State.DONE)
    assert row.outcome.startswith("Max Brückner, who was to take the conversations, is no longer in Help Scout. Jane")
    assert house.sent() == 0


def test_without_a_taker_they_stay_and_their_ids_are_on_record(house: House, bot: Bot) -> None:
    before = {conversation.id for conversation in house.sim.conversations_of(JANE)}
    request = bot.asked(house.id("jane"))
    bot.approve(request)
    row = bot.until(request, State.DONE)
    assert row.outcome.endswith("Their open conversations (15) are unassigned.")
    moves = bot.record.moves.of_request(request.id)
    assert {move.conversation_id for move in moves} == before
    assert {(move.to_user, move.note) for move in moves} == {(None, "left unassigned by the removal")}
    assert house.sent(PATCH) == 0


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.DROPPED_BEFORE, Fault.ERROR_500, Fault.RATE_LIMITED])
def test_a_call_that_fails_once_is_repeated(fault: Fault, house: House, bot: Bot) -> None:
    house.sim.faults.add(fault=fault, match=PATCH, times=3, after=2, retry_after=0)
    request = approved(house, bot)
    bot.until(request, State.DONE)
    moves = bot.record.moves.of_request(request.id)
    assert [move.state for move in moves] == [MoveState.MOVED] * 15


def test_a_refused_conversation_stops_it_before_the_removal(house: House, bot: Bot) -> None:
    order = house.sim.faults.add(fault=Fault.FORBIDDEN, match=PATCH, times=None, after=4)
    request = approved(house, bot)
    bot.until(request, State.ATTENTION)
    assert house.sent() == 0
    house.sim.faults.cancel(order)
    bot.retry(request)
    bot.until(request, State.DONE)
    assert set(house.sim.log.moves.values()) == {1}


def test_a_bot_that_has_lost_its_lease_begins_no_other_conversation(house: House) -> None:
    house.sim.account.add_conversations(house.id("jane"), 200)
    bot, other = house.bot(), house.bot()
    request, taken = approved(house, bot), threading.Event()

    def meanwhile(point: str) -> None:
        if point == "reassign: marked" and not taken.is_set():
            other.record.requests.update(request.id, lease_owner="another bot")
            taken.set()

    bot.at = meanwhile
    bot.runner.start()
    assert taken.wait(10)
    ends = time.monotonic() + 10
    while bot.runner.running:
        assert time.monotonic() < ends
        time.sleep(0.005)
    sent = len(house.sim.log.moves)
    time.sleep(0.3)
    assert len(house.sim.log.moves) - sent <= WIDTH, "what was under way, and no more"


def test_a_bot_that_stops_in_the_middle_hands_the_request_back_and_the_next_one_goes_on(house: House) -> None:
    house.sim.account.add_conversations(house.id("jane"), 200)
    first, second = house.bot(), house.bot()
    request = approved(house, first)
    in_the_middle = threading.Event()
    first.at = lambda point: in_the_middle.set() if point == "reassign: marked" else None
    first.runner.start()
    assert in_the_middle.wait(10)
    first.runner.stop(5)
    row = first.row(request)
    assert (row.state, row.lease_owner) == (State.RUNNING, None)
    done = sum(move.state is MoveState.MOVED for move in first.record.moves.of_request(request.id))
    assert 0 < done < 215
    assert done == len(house.sim.log.moves), "what was under way was waited for, and is on record"
    second.runner.start()
    second.until(request, State.DONE)
    assert set(house.sim.log.moves.values()) == {1}
    assert house.deletes(house.id("jane")) == 1
