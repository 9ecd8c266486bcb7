"""Clicks: rules are read again at each, and what is refused, late or second changes nothing but the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model.action import Decide, Retry
from bot.model.outbox import Topic
from bot.model.request import State, Verdict
from bot.policy.requests.digest import plan_digest

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

RITA, ANA, BO, CLEO = "URITA", "UANA", "UBO", "UCLEO"


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (RITA, "requester"),
        ("UJANE", "target"),
        ("UMAX", "not approver"),
        ("UGUS", "guest"),
        ("UROBOT", "bot"),
        ("USTRANGER", "stranger"),
        ("ULEFT", "deactivated"),
        ("UNOBODY", "unknown"),
    ],
)
@pytest.mark.parametrize("verdict", Verdict)
def test_who_may_not_decide_changes_nothing_and_is_recorded(
    actor: str, code: str, verdict: Verdict, house: House, idle: Bot
) -> None:
    house.workspace.approving |= {RITA, "UJANE", "UGUS", "UROBOT", "USTRANGER", "ULEFT", "UNOBODY"}
    request = idle.asked(house.id("jane"))
    outcome = idle.apply(Decide(request_id=request.id, actor=actor, verdict=verdict, reason="Why not"))
    assert not outcome.accepted
    assert idle.refusals() == [code]
    assert idle.row(request) == request
    assert idle.record.requests.decisions(request.id) == []


@pytest.mark.parametrize("address", ["JANE@acme.example", "Jane.Darcy@Acme.Example"], ids=["primary", "alternate"])
def test_the_target_is_known_by_every_address_in_any_case(address: str, house: House, idle: Bot) -> None:
    house.workspace.change(BO, email=address)
    request = idle.asked(house.id("jane"))
    assert not idle.approve(request, BO).accepted
    assert idle.refusals() == ["target"]


def test_an_address_the_target_got_after_the_opening_counts_too(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    row = idle.record.users.get(house.id("jane"))
    assert row is not None
    idle.record.users.put([replace(row, user=replace(row.user, alternate_emails=("bo.b@acme.example",)))])
    house.workspace.change(BO, email="Bo.B@acme.example")
    assert not idle.approve(request, BO).accepted
    assert idle.refusals() == ["target"]


def test_an_approver_is_not_locked_out_by_somebody_who_lists_their_address(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    row = idle.record.users.get(house.id("jane"))
    assert row is not None
    idle.record.users.put([replace(row, user=replace(row.user, alternate_emails=("bo@acme.example",)))])
    assert idle.approve(request, BO).accepted


def test_an_approver_whose_address_slack_withholds_could_be_the_target(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    house.workspace.change(ANA, email="")
    assert not idle.approve(request).accepted
    assert idle.refusals() == ["no email"]


def test_who_left_the_approvers_after_the_card_was_posted_decides_nothing(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    house.workspace.approving -= {ANA}
    asked = house.workspace.asked_fresh
    assert not idle.approve(request, ANA).accepted
    assert idle.refusals() == ["not approver"]
    assert house.workspace.asked_fresh == asked + 2  # who clicks, and who may: at the click, whatever a cache held


def test_a_click_while_slack_is_away_decides_nothing(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    house.workspace.away = True
    assert not idle.approve(request).accepted
    assert idle.refusals() == ["slack away"]
    assert idle.row(request).state is State.PENDING


def test_a_second_click_is_told_that_it_was_decided(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    assert idle.approve(request, ANA).accepted
    late = idle.approve(request, BO)
    assert not late.accepted
    assert "already been approved" in late.sentence
    assert len(idle.record.requests.decisions(request.id)) == 1
    assert idle.refusals() == ["not pending"]


def test_an_admin_takes_two_different_people(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("bo"))
    assert idle.approve(request, ANA).accepted
    assert idle.row(request).state is State.PENDING
    again = idle.approve(request, ANA)
    assert not again.accepted
    assert idle.refusals() == ["voted"]
    assert idle.approve(request, CLEO).accepted
    assert idle.row(request).state is State.APPROVED


def test_the_vote_of_somebody_who_is_no_approver_any_more_carries_nothing(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("bo"))
    idle.approve(request, ANA)
    house.workspace.approving = frozenset({CLEO, "UMAX"})
    idle.approve(request, CLEO)
    assert idle.row(request).state is State.PENDING
    idle.approve(request, "UMAX")
    assert idle.row(request).state is State.APPROVED


def test_one_deny_ends_it_and_its_reason_is_told(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("bo"))
    idle.approve(request, ANA)
    assert idle.deny(request, CLEO, "Still needed").accepted
    row = idle.row(request)
    assert (row.state, row.outcome) == (State.DENIED, "Denied: Still needed")
    assert row.finished_at is not None
    assert [item.payload["member"] for item in idle.owed(Topic.DM)] == [RITA]
    assert not idle.approve(request, CLEO).accepted


def test_the_log_names_who_did_it(house: House, idle: Bot) -> None:
    denied, cancelled = idle.asked(house.id("bo")), idle.asked(house.id("jane"))
    idle.deny(denied, CLEO)
    idle.cancel(cancelled, RITA)
    moved = idle.asked(house.id("jane"))
    idle.approve(moved, ANA)
    said = {(entry.event, entry.actor) for entry in idle.record.audit.entries()}
    assert {("request.denied", CLEO), ("request.cancelled", RITA), ("request.approved", ANA)} <= said
    told = {(item.payload["event"], item.payload["actor"]) for item in idle.owed(Topic.THREAD)}
    assert {("denied", CLEO), ("cancelled", RITA), ("approved", ANA)} <= told


def test_a_deny_needs_a_reason(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    assert idle.deny(request, reason=" ").field == "reason"
    assert idle.row(request).state is State.PENDING


@pytest.mark.parametrize("forged", ["", "nothing", "1 OR 1=1", "x" * 3000, "\0"])
def test_a_forged_id_is_nobodys_request(forged: str, idle: Bot) -> None:
    outcome = idle.apply(Decide(request_id=forged, actor=ANA, verdict=Verdict.APPROVE))
    assert (outcome.accepted, outcome.request) == (False, None)
    assert idle.refusals() == ["unknown request"]


@pytest.mark.parametrize(("actor", "may"), [(RITA, True), (ANA, True), ("UMAX", False), ("UJANE", False)])
def test_the_requester_and_approvers_may_cancel(actor: str, may: bool, house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    assert idle.cancel(request, actor, "Changed our minds").accepted is may
    assert idle.row(request).state is (State.CANCELLED if may else State.PENDING)


def test_an_approved_one_is_cancelled_before_it_starts(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"), run_at=house.clock() + timedelta(days=1))
    idle.approve(request)
    assert idle.cancel(request).accepted
    idle.runner.start()
    house.clock.move(days=1, minutes=1)
    idle.approvals.tick()
    assert idle.row(request).state is State.CANCELLED
    assert house.sent() == 0


def test_a_new_time_voids_the_approvals_and_binds_a_new_plan(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"), run_at=house.clock() + timedelta(days=1))
    idle.approve(request)
    later = house.clock() + timedelta(days=2)
    assert idle.move(request, later).accepted
    row = idle.row(request)
    assert (row.state, row.run_at, row.approved_at, row.start_by) == (State.PENDING, later, None, None)
    assert row.digest == plan_digest(row.kind, row.plan) != request.digest
    assert idle.record.requests.decisions(request.id) == []
    assert idle.approve(request, ANA).accepted  # who had voted may vote again
    assert idle.row(request).state is State.APPROVED


@pytest.mark.parametrize(("then", "now"), [(1, 2), (2, 1)], ids=["made stricter", "made laxer"])
def test_of_the_quorum_asked_for_and_the_one_of_today_the_stricter_counts(then: int, now: int, house: House) -> None:
    request = house.bot(quorum=then).asked(house.id("jane"))
    today = house.bot(quorum=now)
    assert today.approve(request, ANA).sentence == "Approved. 1 more approval is needed."
    assert today.row(request).state is State.PENDING
    assert today.approve(request, BO).accepted
    assert (today.row(request).state, today.row(request).quorum) == (State.APPROVED, 2)


def test_who_ends_their_own_request_is_not_written_to_about_it(house: House, idle: Bot) -> None:
    idle.cancel(idle.asked(house.id("jane")))
    assert idle.owed(Topic.DM) == []
    idle.cancel(idle.asked(house.id("max")), ANA)
    assert [item.payload["member"] for item in idle.owed(Topic.DM)] == [RITA]


def test_a_time_that_has_passed_is_refused_at_its_field(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    assert idle.move(request, house.clock() - timedelta(minutes=5)).field == "run_at"


def test_only_what_needs_attention_is_retried(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    assert not idle.apply(Retry(request_id=request.id, actor=ANA)).accepted
    assert idle.refusals() == ["not attention"]


def test_each_step_of_a_life_is_one_line_of_an_unbroken_log(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("bo"))
    idle.approve(request, RITA)
    idle.approve(request, ANA)
    idle.deny(request, CLEO)
    assert idle.events(request) == [
        "request.opened",
        "request.refused",
        "decision.approve",
        "decision.deny",
        "request.denied",
    ]
    assert idle.record.audit.verify().whole
