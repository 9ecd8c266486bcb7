"""An account that hs-bot can't write: it prepares, a person does it, and only a reading ends it."""

import signal
from collections.abc import Callable

import pytest

from bot.demo.helpscout import Fault
from bot.model.action import Cancel, CheckNow, Outcome
from bot.model.outbox import Topic
from bot.model.request import Kind, Request, State
from bot.model.user import Status
from bot.model.way import Way
from bot.services.syncing.sync import Sync
from tests.services.conftest import GUS, JANE_IN_SLACK, MAX, RITA, Bot, House, Processes

NEW = "nora@acme.example"
TEAM = "VIP Customers"


@pytest.fixture
def bot(house: House) -> Bot:
    house.over(Way.HAND)
    return house.bot()


def waiting(bot: Bot, kind: Kind, arguments: dict[str, object]) -> Request:
    request = bot.open(kind, arguments).request
    assert request is not None
    for actor in ("UANA", "UBO")[: request.quorum]:
        assert bot.approve(request, actor).accepted
    bot.runner.work_off()
    row = bot.row(request)
    assert row.state is State.WAITING, row.outcome
    return row


def check(bot: Bot, request: Request, actor: str = MAX) -> Outcome:
    return bot.apply(CheckNow(request_id=request.id, actor=actor))


def the_team(house: House) -> int:
    return house.sim.teams[0].id


Do = Callable[[House], object]
KINDS: dict[Kind, tuple[Callable[[House], dict[str, object]], Do]] = {
    Kind.OFFBOARD: (
        lambda house: {"target_id": house.id("jane"), "assignee_id": house.id("max")},
        lambda house: house.sim.remove_person("jane@acme.example"),
    ),
    Kind.PROVISION: (
        lambda house: {"email": NEW, "first_name": "Nora", "last_name": "N", "role": "light user"},
        lambda house: house.sim.add_person(NEW, "Nora", "N", role="light user"),
    ),
    Kind.CHANGE: (
        lambda house: {"target_id": house.id("jane"), "email": "j@acme.example", "job_title": "Lead"},
        lambda house: house.sim.change_person("jane@acme.example", email="j@acme.example", job_title="Lead"),
    ),
    Kind.DELETE_TEAM: (
        lambda house: {"target_id": the_team(house)},
        lambda house: house.sim.account.remove_team(house.sim.teams[0]),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seen_by", ["check", "sync"])
def test_each_kind_waits_for_a_person_and_is_done_by_a_reading_alone(
    kind: Kind, seen_by: str, house: House, bot: Bot
) -> None:
    arguments, do = KINDS[kind]
    request = waiting(bot, kind, arguments(house))
    assert "in Help Scout under Manage >" in request.outcome
    assert not check(bot, request).accepted
    assert bot.row(request).state is State.WAITING
    do(house)
    if seen_by == "check":
        assert check(bot, request).accepted
    else:
        Sync(bot.record, bot.helpscout, guard=0.1, after=bot.approvals.after_sync).run("test")
    bot.runner.work_off()
    assert bot.row(request).state is State.DONE, bot.row(request).outcome
    assert house.sent("DELETE /users/*") == house.sent("POST /users") == house.sent("/scim/*") == 0
    assert not bot.owed(Topic.NOTICE), "what was asked for is no news"
    assert bot.record.audit.verify().whole


def test_conversations_are_handed_over_before_the_person_is_removed_by_hand(house: House, bot: Bot) -> None:
    before = len(house.sim.conversations_of("max@acme.example"))
    waiting(bot, Kind.OFFBOARD, KINDS[Kind.OFFBOARD][0](house))
    assert len(house.sim.conversations_of("max@acme.example")) == before + 15
    assert house.sim.person("jane@acme.example").active


def test_a_sync_leaves_who_is_gone_to_the_request_that_waits_for_it(house: House, bot: Bot) -> None:
    request = waiting(bot, Kind.OFFBOARD, KINDS[Kind.OFFBOARD][0](house))
    house.sim.remove_person("jane@acme.example")
    jane = house.id("jane")
    Sync(bot.record, bot.helpscout, guard=0.1).run("test")  # of a process that runs nothing
    there = bot.record.users.get(jane)
    assert there is not None
    assert there.status is Status.ACTIVE
    check(bot, request)
    bot.runner.work_off()
    person = bot.record.users.get(jane)
    assert person is not None
    assert (person.status, person.request_id) == (Status.OFFBOARDED, request.id)


def test_a_restore_waits_until_the_teams_are_given_too(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    teams = [team for team in house.sim.teams if jane in team.members]
    request = waiting(bot, Kind.OFFBOARD, {"target_id": jane})
    house.sim.remove_person("jane@acme.example")
    check(bot, request)
    bot.runner.work_off()
    request = waiting(bot, Kind.RESTORE, {"target_id": jane})
    back = house.sim.add_person("jane@acme.example", "Jane", "D'Arcy")
    assert not check(bot, request).accepted
    for team in teams:
        house.sim.account.set_members(team, [*team.members, back.id])
    assert check(bot, request).accepted
    bot.runner.work_off()
    assert bot.row(request).state is State.DONE, bot.row(request).outcome


@pytest.mark.parametrize(("actor", "allowed"), [(RITA, True), (MAX, True), (GUS, False), (JANE_IN_SLACK, False)])
def test_whoever_may_look_people_up_may_check_but_not_whom_it_is_about(
    actor: str, allowed: bool, house: House, bot: Bot
) -> None:
    request = waiting(bot, Kind.OFFBOARD, {"target_id": house.id("jane")})
    house.sim.remove_person("jane@acme.example")
    assert check(bot, request, actor).accepted is allowed


@pytest.mark.parametrize(("actor", "allowed"), [("UANA", True), (RITA, False), (MAX, False), (JANE_IN_SLACK, False)])
def test_only_an_approver_cancels_what_waits(actor: str, allowed: bool, house: House, bot: Bot) -> None:
    request = waiting(bot, Kind.OFFBOARD, {"target_id": house.id("jane")})
    assert bot.cancel(request, actor).accepted is allowed
    assert bot.row(request).state is (State.CANCELLED if allowed else State.WAITING)


def test_people_are_reminded_each_time_the_span_has_passed(house: House, bot: Bot) -> None:
    request = waiting(bot, Kind.OFFBOARD, {"target_id": house.id("jane")})
    assert bot.approvals.tick().reminded == ()
    house.clock.move(hours=23)
    assert bot.approvals.tick().reminded == ()
    house.clock.move(hours=2)
    assert bot.approvals.tick().reminded == (request.id,)
    assert bot.approvals.tick().reminded == ()
    assert bot.row(request).state is State.WAITING


def test_what_was_asked_of_a_person_is_gone_on_with_though_who_approved_has_left_since(house: House, bot: Bot) -> None:
    request = waiting(bot, Kind.OFFBOARD, {"target_id": house.id("jane")})
    house.workspace.change("UANA", deleted=True)
    house.sim.remove_person("jane@acme.example")
    check(bot, request)
    bot.runner.work_off()
    assert bot.row(request).state is State.DONE


@pytest.mark.parametrize("point", ["remove: begun", "remove: about to ask", "waiting: written"])
def test_killed_while_it_hands_over_it_waits_as_if_nothing_had_been(
    point: str, house: House, bot: Bot, processes: Processes
) -> None:
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    assert bot.approve(request).accepted
    (killed,) = processes.run(house, {"do": "run", "request": request.id, "kill_at": point})
    assert killed["signal"] == signal.SIGKILL, killed
    house.clock.move(seconds=30)  # the dead one's lease runs out
    bot.runner.work_off()
    assert bot.row(request).state is State.WAITING
    assert bot.events(request).count("request.by hand") == 1
    house.sim.remove_person("jane@acme.example")
    assert check(bot, request).accepted
    bot.runner.work_off()
    assert bot.row(request).state is State.DONE
    assert bot.record.audit.verify().whole


def test_a_person_who_waits_has_no_second_request(house: House, bot: Bot) -> None:
    waiting(bot, Kind.OFFBOARD, {"target_id": house.id("jane")})
    assert not bot.ask(house.id("jane"), actor=MAX).accepted


def test_a_role_that_may_not_read_conversations_prepares_the_rest_and_says_so(house: House, bot: Bot) -> None:
    house.sim.faults.add(fault=Fault.FORBIDDEN, match="GET /conversations", times=None)
    request = waiting(bot, Kind.OFFBOARD, {"target_id": house.id("jane"), "assignee_id": house.id("max")})
    assert "may not read or hand over conversations" in request.outcome
    assert "Hand them to Max" in request.outcome
    assert house.sim.account.duty.presence(house.id("jane")).status == "away"
    assert bot.apply(Cancel(request_id=request.id, actor="UANA", reason="stays")).accepted
    bot.runner.work_off()
    assert house.sim.account.duty.presence(house.id("jane")).status == "active"
