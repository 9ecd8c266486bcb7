"""An account without SCIM, written over REST: every kind ends done or is refused beforehand; nothing happens twice."""

import pytest

from bot.demo.helpscout import Fault
from bot.model.request import Kind, Request, State
from bot.model.user import Status
from bot.model.way import Way
from tests.services.conftest import Bot, House

NEW = "nora@acme.example"
SEAT: dict[str, object] = {"email": NEW, "first_name": "Nora", "last_name": "N", "role": "user"}


@pytest.fixture
def bot(house: House) -> Bot:
    house.over(Way.REST)
    return house.bot()


def carried_out(bot: Bot, kind: Kind, arguments: dict[str, object]) -> Request:
    request = bot.open(kind, arguments).request
    assert request is not None
    for actor in ("UCLEO", "UBO")[: request.quorum]:
        assert bot.approve(request, actor).accepted
    bot.runner.work_off()
    return bot.row(request)


def test_a_removal_goes_over_rest_and_says_so_on_its_card(house: House, bot: Bot) -> None:
    row = carried_out(bot, Kind.OFFBOARD, {"target_id": house.id("jane"), "assignee_id": house.id("max")})
    assert (row.state, row.plan["way"]) == (State.DONE, "rest")
    assert house.deletes(house.id("jane")) == 1
    assert ("Done", "over Help Scout's REST API") in bot.approvals.words(row).facts
    person = bot.record.users.get(house.id("jane"))
    assert person is not None
    assert person.status is Status.OFFBOARDED


def test_somebody_whom_scim_does_not_know_goes_over_rest(house: House) -> None:
    house.sim.behaviour.credential, house.sim.behaviour.new_calls = "ana@acme.example", True
    house.sim.change_person("jane@acme.example", in_scim=False)
    bot = house.bot()
    row = carried_out(bot, Kind.OFFBOARD, {"target_id": house.id("jane")})
    assert (row.state, row.plan["way"]) == (State.DONE, "rest")
    assert "SCIM doesn't know them." in row.plan["way_why"]
    assert carried_out(bot, Kind.OFFBOARD, {"target_id": house.id("max")}).plan["way"] == "scim"


@pytest.mark.parametrize("spelled", ["light user", "light_user", "lightuser", "light"])
def test_a_light_user_is_never_given_over_scim(spelled: str, house: House) -> None:
    house.sim.behaviour.credential, house.sim.behaviour.new_calls = "ana@acme.example", True
    house.sim.behaviour.light_role = spelled  # type: ignore[assignment]
    bot = house.bot()
    row = carried_out(bot, Kind.PROVISION, {**SEAT, "role": "light user"})
    assert (row.state, row.plan["way"]) == (State.DONE, "rest")
    assert "instead of" not in row.outcome
    assert house.sim.person(NEW).role == "light user"
    refused = bot.open(Kind.PROVISION, {**SEAT, "email": "l@acme.example", "role": "light user", "team_ids": [1]})
    assert not refused.accepted


def test_a_restore_gives_role_and_teams_back(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    teams = {team.name for team in house.sim.teams if jane in team.members}
    assert carried_out(bot, Kind.OFFBOARD, {"target_id": jane, "assignee_id": house.id("max")}).state is State.DONE
    row = carried_out(bot, Kind.RESTORE, {"target_id": jane, "hand_back": True})
    assert row.state is State.DONE, row.outcome
    back = house.sim.person("jane@acme.example")
    assert {team.name for team in house.sim.teams if back.id in team.members} == teams
    assert (back.role, len(house.sim.conversations_of("jane@acme.example"))) == ("user", 15)


@pytest.mark.parametrize("kind", [Kind.CHANGE, Kind.DELETE_TEAM])
def test_what_rest_has_no_call_for_is_refused_before_a_form_with_what_to_do(kind: Kind, house: House, bot: Bot) -> None:
    assert bot.open(Kind.OFFBOARD, {"target_id": house.id("jane")}).accepted  # whose credential it is was read
    said = bot.approvals.why_not(kind)
    assert "REST API can't" in said
    assert "Manage >" in said
    assert bot.open(kind, {"target_id": house.id("max"), "job_title": "Lead"}).sentence == said


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.DROPPED_BEFORE, Fault.ERROR_500])
@pytest.mark.parametrize("lag", [0.0, 0.05])
def test_a_lost_answer_to_a_removal_is_settled_by_reading(fault: Fault, lag: float, house: House, bot: Bot) -> None:
    house.sim.behaviour.rest_lag = lag
    house.sim.faults.add(fault=fault, match="DELETE /users/*")
    row = carried_out(bot, Kind.OFFBOARD, {"target_id": house.id("jane")})
    assert row.state is State.DONE, row.outcome
    assert house.deletes(house.id("jane")) == 1


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.DROPPED_BEFORE, Fault.ERROR_500])
@pytest.mark.parametrize("taken", [400, 409])
def test_a_lost_answer_to_a_creation_makes_no_second_person(fault: Fault, taken: int, house: House, bot: Bot) -> None:
    house.sim.behaviour.taken = taken  # type: ignore[assignment]
    house.sim.faults.add(fault=fault, match="POST /users")
    row = carried_out(bot, Kind.PROVISION, SEAT)
    assert row.state is State.DONE, row.outcome
    assert house.sim.log.creates[NEW] == 1


def test_an_address_that_is_taken_right_before_the_call_is_somebody_elses(house: House, bot: Bot) -> None:
    def faster(_: object) -> None:
        if house.sim.account.find(NEW) is None:
            house.sim.add_person(NEW, "Other", "One")

    house.sim.on_request(faster, "POST /users")
    row = carried_out(bot, Kind.PROVISION, SEAT)
    assert row.state is State.ATTENTION
    assert house.sim.log.creates[NEW] == 0


@pytest.mark.parametrize("status", [404, 405])
def test_a_call_that_this_api_does_not_have_falls_to_a_persons_hand(status: int, house: House, bot: Bot) -> None:
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    assert bot.approve(request).accepted
    house.sim.behaviour.new_calls, house.sim.behaviour.missing_call = False, status  # type: ignore[assignment]
    bot.runner.work_off()
    row = bot.row(request)
    assert row.state is State.WAITING
    assert "no calls that give or take seats" in row.outcome
    assert "Remove Jane D'Arcy (jane@acme.example) in Help Scout under Manage > Users." in row.outcome
    assert len(house.sim.conversations_of("max@acme.example")) >= 15, "they were handed over first"
    assert bot.asked(house.id("rita"), actor="UMAX").plan["way"] == "hand", "it is remembered"
    house.sim.remove_person("jane@acme.example")
    bot.approvals.after_sync()
    bot.runner.work_off()
    assert bot.row(request).state is State.DONE
    assert bot.record.audit.verify().whole


def test_a_removal_that_is_refused_since_somebody_else_was_faster_is_no_missing_call(house: House, bot: Bot) -> None:
    house.leaves_at("DELETE /users/*", house.id("jane"))
    row = carried_out(bot, Kind.OFFBOARD, {"target_id": house.id("jane")})
    assert row.state is State.ATTENTION
    assert "somebody else may have done it" in row.outcome


@pytest.mark.parametrize("lost", ["role", "token"])
def test_a_way_that_is_lost_before_the_run_falls_to_hand_or_is_stale(lost: str, house: House) -> None:
    house.sim.behaviour.credential, house.sim.behaviour.new_calls = "ana@acme.example", True
    if lost == "role":
        house.sim.scim_token = ""
    request = (bot := house.bot()).asked(house.id("jane"))
    assert bot.approve(request, "UCLEO").accepted
    if lost == "role":
        house.sim.change_person("ana@acme.example", role="user")
    else:
        house.sim.scim_token = ""
        bot = house.bot()
    bot.runner.work_off()
    row = bot.row(request)
    if lost == "role":
        assert row.state is State.WAITING
    else:
        assert row.state is State.STALE
        assert "approved to be done over SCIM" in row.outcome
    assert house.sim.person("jane@acme.example").active


@pytest.mark.parametrize("way", [Way.REST, Way.SCIM])
def test_from_the_approval_to_the_delete_are_at_most_five_round_trips(way: Way, house: House) -> None:
    house.over(way)
    bot = house.bot()
    target = next(one for one in house.sim.people if one.role == "user" and not house.sim.conversations_of(one.id))
    request = bot.asked(target.id)
    house.sim.log.clear()
    house.sim.behaviour.latency = 0.8  # far above what threads need to start on a machine under load
    assert bot.approve(request, "UCLEO").accepted
    bot.runner.work_off()
    rounds, over = 0, 0.0
    for served in house.sim.log.entries():  # by their ends: what began after the last one ended is another round
        ended = served.at.timestamp()
        if ended - served.milliseconds / 1000 >= over:
            rounds, over = rounds + 1, ended
        if served.method == "DELETE":
            break
    assert served.method == "DELETE"
    assert rounds <= 5
