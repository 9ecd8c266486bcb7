"""People who are there are changed: small things at once, e-mail and role with a second person's approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import Fault
from bot.model.change import ChangeKind
from bot.model.request import Kind, Request, State
from bot.services.syncing.sync import Sync

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

JANE = "jane@acme.example"


def asked(house: House, bot: Bot, who: str = "jane", **wanted: object) -> Request:
    outcome = bot.open(Kind.CHANGE, {"target_id": house.id(who), **wanted})
    assert outcome.accepted, outcome.sentence
    assert outcome.request is not None
    return outcome.request


@pytest.mark.parametrize("put_only", [False, True], ids=["PATCH", "a server that takes PUT only"])
def test_name_title_phone_and_zone_are_changed_at_once(put_only: bool, house: House, bot: Bot) -> None:
    house.sim.behaviour.put_only = put_only
    wanted = {
        "first_name": "Janet",
        "last_name": "O'Darcy",
        "job_title": "Lead",
        "phone": "+1 555",
        "timezone": "Asia/Tokyo",
    }
    request = asked(house, bot, **wanted)
    row = bot.until(request, State.DONE, State.ATTENTION)
    assert row.outcome == "Jane D'Arcy was changed."
    person = house.sim.person(JANE)
    assert {name: getattr(person, name) for name in wanted} == wanted
    known = bot.record.users.get(person.id)
    assert known is not None
    assert known.user.job_title == "Lead"
    changes = bot.record.changes.of_request(request.id)
    assert {(one.kind, one.field, one.after) for one in changes} == {
        (ChangeKind.CHANGED, name, value) for name, value in wanted.items()
    }


@pytest.mark.parametrize(("wanted", "quorum"), [({"email": "j@acme.example"}, 1), ({"role": "admin"}, 2)])
def test_email_and_role_need_a_second_person(wanted: dict[str, str], quorum: int, house: House, bot: Bot) -> None:
    request = asked(house, bot, **wanted)
    assert (request.state, request.quorum) == (State.PENDING, quorum)
    for actor in ("UANA", "UCLEO")[:quorum]:
        bot.approve(request, actor)
    bot.until(request, State.DONE)
    person = house.sim.account.rows[house.id("jane")]
    assert {name: getattr(person, name) for name in wanted} == wanted


@pytest.mark.parametrize("put_only", [False, True], ids=["PATCH", "a server that takes PUT only"])
def test_another_address_leaves_the_alternates_alone(put_only: bool, house: House, bot: Bot) -> None:
    house.sim.behaviour.put_only = put_only
    before = house.sim.person(JANE).alternate_emails
    assert before
    request = asked(house, bot, email="j@acme.example")
    bot.approve(request)
    bot.until(request, State.DONE)
    assert house.sim.person("j@acme.example").alternate_emails == before


def test_an_alternate_address_can_become_the_first_one(house: House, bot: Bot) -> None:
    (alternate,) = house.sim.person(JANE).alternate_emails
    request = asked(house, bot, email=alternate)
    bot.approve(request)
    bot.until(request, State.DONE)
    assert house.sim.person(alternate).alternate_emails == ()


def test_taking_an_admins_role_away_needs_the_admins_quorum(house: House, idle: Bot) -> None:
    assert asked(house, idle, "bo", role="user").quorum == 2


def test_who_gets_the_new_address_can_not_approve_it(house: House, idle: Bot) -> None:
    house.workspace.change("UBO", email="j@acme.example")
    request = asked(house, idle, email="j@acme.example")
    assert not idle.approve(request, "UBO").accepted
    assert idle.refusals() == ["target"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "max@acme.example"}, "email"),
        ({"role": "owner"}, "role"),
        ({"first_name": ""}, "first_name"),
        ({"job_title": "Senior Support Engineer"}, ""),
        ({}, ""),
    ],
)
def test_what_can_not_be_or_changes_nothing_is_refused(
    wanted: dict[str, str], field: str, house: House, idle: Bot
) -> None:
    outcome = idle.open(Kind.CHANGE, {"target_id": house.id("jane"), **wanted})
    assert (outcome.accepted, outcome.field) == (False, field)


def test_the_owner_is_never_changed(house: House, idle: Bot) -> None:
    assert not idle.open(Kind.CHANGE, {"target_id": house.id("olivia"), "job_title": "Guest"}).accepted
    assert idle.refusals() == ["owner"]


def test_who_was_changed_meanwhile_is_left_alone(house: House, idle: Bot) -> None:
    request = asked(house, idle, email="j@acme.example")
    idle.approve(request)
    house.sim.change_person(JANE, email="other@acme.example")
    idle.runner.start()
    idle.until(request, State.STALE)
    assert house.sent("PATCH /scim/Users/*") == 0


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.DROPPED_BEFORE, Fault.ERROR_500])
def test_a_lost_answer_is_followed_by_the_same_call(fault: Fault, house: House, bot: Bot) -> None:
    house.sim.faults.add(fault=fault, match="PATCH /scim/Users/*")
    bot.until(asked(house, bot, job_title="Lead"), State.DONE)
    assert house.sim.person(JANE).job_title == "Lead"


def test_a_sync_that_meets_the_change_before_the_retry_tells_nothing_twice(house: House, bot: Bot) -> None:
    request = asked(house, bot, role="admin")
    order = house.sim.faults.add(fault=Fault.ERROR_500, match=f"GET /users/{house.id('jane')}", times=None, after=1)
    bot.approve(request, "UANA")
    bot.approve(request, "UBO")
    bot.until(request, State.ATTENTION)
    house.sim.faults.cancel(order)
    assert house.sim.person(JANE).role == "admin"
    assert Sync(bot.record, bot.helpscout, guard=0.5).run("test").problem == ""
    bot.retry(request)
    bot.until(request, State.DONE)
    told = [(one.field, one.before, one.after) for one in bot.record.changes.of_request(request.id)]
    assert told.count(("role", "user", "admin")) == 1


def test_a_role_that_the_server_ignored_is_told(house: House, bot: Bot) -> None:
    house.sim.behaviour.role_ignored = True
    request = asked(house, bot, role="admin", job_title="Lead")
    bot.approve(request, "UANA")
    bot.approve(request, "UBO")
    row = bot.until(request, State.DONE)
    assert row.outcome.startswith("Jane D'Arcy was changed. Help Scout did not take over the role")
    assert [change.field for change in bot.record.changes.of_request(request.id)] == ["job_title"]
