"""Opening a request: what is refused is refused with its reason, recorded, and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.helpscout import Fault
from bot.model.action import Open
from bot.model.request import Kind, Request, State
from bot.model.user import Status
from bot.policy.requests.digest import plan_digest
from bot.services.side_by_side import stream

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

RITA, ANA, BO, CLEO, JANE_IN_SLACK = "URITA", "UANA", "UBO", "UCLEO", "UJANE"


def test_an_opened_request_binds_who_it_is_about_as_help_scout_shows_them_now(house: House, idle: Bot) -> None:
    jane, max_ = house.id("jane"), house.id("max")
    house.sim.change_person(jane, job_title="Just promoted", role="admin")
    run_at = house.clock() + timedelta(days=2)
    request = idle.asked(jane, assignee=max_, run_at=run_at)
    scim_id = house.sim.person(jane).scim_id
    bound = {
        "rest_id": jane,
        "scim_id": scim_id,
        "email": "jane@acme.example",
        "role": "admin",
        "assignee_id": max_,
        "run_at": run_at.isoformat(),
    }
    assert request.plan.items() >= bound.items()
    assert request.digest == plan_digest(Kind.OFFBOARD, request.plan)
    assert (request.quorum, request.plan["conversations"]) == (2, 15)
    assert idle.row(request) == request
    row = idle.record.users.get(jane)
    assert row is not None
    assert row.scim_id == scim_id
    words = idle.approvals.words(request)
    assert ("Open conversations", "15, handed to Max Brückner") in words.facts


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        ("UGUS", "guest"),
        ("UROBOT", "bot"),
        ("USTRANGER", "stranger"),
        ("ULEFT", "deactivated"),
        ("UNOBODY", "unknown"),
        (JANE_IN_SLACK, "target"),
    ],
)
def test_who_may_not_ask_is_told_why_and_recorded(actor: str, code: str, house: House, idle: Bot) -> None:
    outcome = idle.ask(house.id("jane"), actor=actor)
    assert not outcome.accepted
    assert idle.refusals() == [code]
    assert idle.record.requests.count() == 0


@pytest.mark.parametrize(
    ("name", "code"), [("olivia", "owner"), ("bo", "protected")], ids=["the owner", "a protected person"]
)
def test_the_owner_and_protected_people_are_out_of_bounds(name: str, code: str, house: House) -> None:
    bot = house.bot(protected=frozenset({"bo@acme.example"}))
    outcome = bot.ask(house.id(name))
    assert (outcome.accepted, outcome.field) == (False, "target_id")
    assert bot.refusals() == [code]


def test_a_protected_alternate_address_protects_too(house: House) -> None:
    bot = house.bot(protected=frozenset({"jane.darcy@acme.example"}))
    assert not bot.ask(house.id("jane")).accepted
    assert bot.refusals() == ["protected"]


def test_a_team_is_no_person_to_offboard(house: House, idle: Bot) -> None:
    assert not idle.ask(house.sim.teams[0].id).accepted
    assert idle.refusals() == ["team"]


def test_who_is_gone_can_not_be_offboarded(house: House, idle: Bot) -> None:
    jane = house.id("jane")
    idle.record.users.mark_gone(jane, Status.REMOVED, idle.record.now(), None)
    assert not idle.ask(jane).accepted
    assert idle.refusals() == ["not active"]


def test_who_vanished_since_the_last_sync_can_not_be_offboarded(house: House, idle: Bot) -> None:
    jane = house.id("jane")
    house.sim.remove_person(jane)
    assert not idle.ask(jane).accepted
    assert idle.refusals() == ["not active"]


def test_conversations_go_to_nobody_who_leaves_or_has_left(house: House, idle: Bot) -> None:
    jane, max_ = house.id("jane"), house.id("max")
    assert idle.ask(jane, assignee=jane).field == "assignee_id"
    house.sim.remove_person(max_)
    assert idle.ask(jane, assignee=max_).field == "assignee_id"
    assert idle.refusals() == ["assignee is target", "assignee not active"]


def test_a_reason_is_needed(house: House, idle: Bot) -> None:
    outcome = idle.ask(house.id("jane"), reason="  ")
    assert (outcome.accepted, outcome.field) == (False, "reason")


def test_somebody_without_an_e_mail_address_can_not_be_found_over_scim_and_goes_another_way(
    house: House, idle: Bot
) -> None:
    jane = idle.record.users.get(house.id("jane"))
    house.sim.change_person("jane@acme.example", email="")
    assert jane is not None
    idle.record.users.put([replace(jane, user=replace(jane.user, email=""))])
    request = idle.ask(jane.id).request
    assert request is not None
    assert request.plan["way"] == "hand"
    assert "no e-mail address" in request.plan["way_why"]


@pytest.mark.parametrize(
    ("writes", "says"), [("scim", "write over SCIM only"), ("rest", "write over Help Scout's REST API only")]
)
def test_where_one_way_alone_is_allowed_and_is_not_there_nothing_is_opened(
    writes: str, says: str, house: House
) -> None:
    bot = house.bot(options={"scim_token": None}, writes=writes)
    outcome = bot.ask(house.id("jane"))
    assert not outcome.accepted
    assert says in outcome.sentence
    assert bot.refusals() == ["no way"]


def test_a_scim_token_that_is_refused_is_said_on_the_card_of_what_goes_another_way(house: House, idle: Bot) -> None:
    house.sim.behaviour.scim_plan = False
    request = idle.ask(house.id("jane")).request
    assert request is not None
    assert request.plan["way"] == "hand"
    assert "needs the Pro plan" in request.plan["way_why"]


@pytest.mark.parametrize(
    ("approvers", "opens"),
    [({ANA}, True), ({RITA}, False), ({JANE_IN_SLACK}, False), ({RITA, JANE_IN_SLACK}, False), ({"UGUS"}, False)],
)
def test_nothing_is_opened_that_nobody_could_approve(approvers: set[str], opens: bool, house: House, idle: Bot) -> None:
    house.workspace.approving = frozenset(approvers)
    assert idle.ask(house.id("jane")).accepted is opens


def test_an_admin_needs_two_who_are_neither_requester_nor_target(house: House, idle: Bot) -> None:
    house.workspace.approving = frozenset({ANA, BO})
    assert not idle.ask(house.id("ana")).accepted  # Ana is an admin, and one of the two
    assert idle.refusals() == ["no quorum"]
    house.workspace.approving = frozenset({BO, CLEO})
    assert idle.asked(house.id("ana")).quorum == 2


def test_a_second_request_about_somebody_shows_the_first(house: House, idle: Bot) -> None:
    first = idle.asked(house.id("jane"))
    second = idle.ask(house.id("jane"), actor="UMAX")
    assert not second.accepted
    assert second.request is not None
    assert second.request.id == first.id
    assert idle.open(Kind.CHANGE, {"target_id": house.id("jane"), "job_title": "Chief"}).request == idle.row(first)


def test_of_two_who_ask_at_once_one_is_heard(house: House) -> None:
    bots = [house.bot(), house.bot()]
    jane = house.id("jane")
    outcomes = [answer.result() for answer in stream(lambda bot: bot.ask(jane), bots * 3, width=6)]
    assert sum(outcome.accepted for outcome in outcomes) == 1
    opened = {outcome.request.id for outcome in outcomes if outcome.request}
    assert len(opened) == 1


def test_who_asks_between_the_rules_and_the_row_of_another_is_shown_that_request(
    house: House, idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = house.bot()
    first: list[Request] = []
    opening = idle.approvals._opening
    written = opening._request

    def faster(*args: Any) -> Request:
        first.append(other.asked(house.id("jane"), actor="UNED"))
        return written(*args)

    monkeypatch.setattr(opening, "_request", faster)
    outcome = idle.ask(house.id("jane"))
    assert not outcome.accepted
    assert outcome.request == first[0]
    assert first[0].id in outcome.sentence
    assert idle.refusals() == ["open request"]
    assert idle.record.requests.count() == 1


@pytest.mark.parametrize(
    ("fault", "match"),
    [(Fault.ERROR_500, "GET /users/*"), (Fault.ERROR_500, "GET /scim/*"), (Fault.HTML_200, "GET /scim/*")],
)
def test_while_help_scout_fails_nothing_is_opened_and_the_reason_is_told(
    fault: Fault, match: str, house: House, idle: Bot
) -> None:
    house.sim.faults.add(fault=fault, match=match, times=None)
    outcome = idle.ask(house.id("jane"))
    assert not outcome.accepted
    assert "Nothing was opened." in outcome.sentence
    assert idle.record.requests.count() == 0


def test_while_slack_is_away_nothing_is_opened(house: House, idle: Bot) -> None:
    house.workspace.away = True
    assert not idle.ask(house.id("jane")).accepted
    assert idle.refusals() == ["slack away"]


def test_looking_ahead_tells_the_faults_without_a_call_or_a_line(house: House, idle: Bot) -> None:
    before, lines = house.sim.log.version, len(idle.events())

    def foreseen(**more: Any) -> tuple[bool, str]:
        fields: dict[str, Any] = {
            "actor": RITA,
            "reason": "Leaves",
            "arguments": {"target_id": house.id("jane")},
        } | more
        outcome = idle.approvals.foresee(Open(kind=Kind.OFFBOARD, **fields))
        return outcome.accepted, outcome.field

    assert foreseen() == (True, "")
    assert foreseen(reason="") == (False, "reason")
    assert foreseen(arguments={"target_id": house.id("olivia")}) == (False, "target_id")
    assert foreseen(run_at=house.clock() - timedelta(hours=1)) == (False, "run_at")
    assert (house.sim.log.version, len(idle.events())) == (before, lines)


def test_what_needs_no_second_person_is_approved_from_the_start(house: House, idle: Bot) -> None:
    outcome = idle.open(Kind.CHANGE, {"target_id": house.id("jane"), "job_title": "Team Lead"})
    assert outcome.request is not None
    assert (outcome.request.state, outcome.request.quorum) == (State.APPROVED, 0)
