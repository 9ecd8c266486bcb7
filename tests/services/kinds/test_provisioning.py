"""A new person gets a seat; an admin's needs a second person, and so does everybody's where that is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.helpscout import Fault
from bot.model.action import Outcome
from bot.model.change import ChangeKind
from bot.model.request import Kind, Request, State
from bot.model.user import Status

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

NEW = "nora@acme.example"


def ask(bot: Bot, **more: object) -> Outcome:
    arguments = {"email": "Nora@Acme.Example", "first_name": "Nora", "last_name": "Ngũgĩ 🙂", "role": "user"} | more
    return bot.open(Kind.PROVISION, arguments)


def asked(bot: Bot, **more: object) -> Request:
    outcome = ask(bot, **more)
    assert outcome.accepted, outcome.sentence
    assert outcome.request is not None
    return outcome.request


def test_a_plain_user_needs_no_second_person(house: House, bot: Bot) -> None:
    team = house.sim.teams[0]
    request = asked(bot, team_ids=[team.id])
    row = bot.until(request, State.DONE, State.ATTENTION)
    assert row.outcome == "Nora Ngũgĩ 🙂 has a seat in Help Scout."
    person = house.sim.person(NEW)
    assert (person.first_name, person.last_name, person.role) == ("Nora", "Ngũgĩ 🙂", "user")
    assert person.id in team.members
    known = bot.record.users.get(person.id)
    assert known is not None
    assert (known.status, known.scim_id) == (Status.ACTIVE, person.scim_id)
    kinds = [change.kind for change in bot.record.changes.of_request(request.id)]
    assert kinds == [ChangeKind.JOINED, ChangeKind.TEAM_JOINED]


def test_an_admin_needs_two(house: House, idle: Bot) -> None:
    request = asked(idle, role="admin")
    assert (request.state, request.quorum) == (State.PENDING, 2)


def test_always_means_everybody(house: House) -> None:
    bot = house.bot(provision_approval="always")
    request = asked(bot)
    assert (request.state, request.quorum) == (State.PENDING, 1)


def test_the_one_who_is_to_come_can_not_approve_their_own_seat(house: House) -> None:
    bot = house.bot(provision_approval="always")
    house.workspace.change("UBO", email=NEW)
    request = asked(bot)
    assert not bot.approve(request, "UBO").accepted
    assert bot.refusals() == ["target"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"email": "nora"}, "email"),
        ({"email": ""}, "email"),
        ({"first_name": " "}, "first_name"),
        ({"last_name": ""}, "last_name"),
        ({"role": "owner"}, "role"),
        ({"team_ids": [7]}, "team_ids"),
        ({"email": "JANE@acme.example"}, "email"),
        ({"email": "jane.darcy@acme.example"}, "email"),
    ],
)
def test_a_wrong_field_is_named(more: dict[str, Any], field: str, house: House, idle: Bot) -> None:
    outcome = ask(idle, **more)
    assert (outcome.accepted, outcome.field) == (False, field)


def test_who_is_over_scim_already_is_not_created(house: House, idle: Bot) -> None:
    house.sim.add_person(NEW, "Nora", "Ngũgĩ")  # since the last sync
    assert ask(idle).field == "email"


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.DROPPED_BEFORE, Fault.ERROR_500, Fault.HALF_JSON])
def test_a_lost_answer_makes_no_second_person(fault: Fault, house: House, bot: Bot) -> None:
    house.sim.faults.add(fault=fault, match="POST /scim/Users")
    bot.until(asked(bot), State.DONE)
    assert house.sim.log.creates[NEW] == 1


def test_somebody_elses_creation_in_between_is_not_taken_for_ours(house: House, bot: Bot) -> None:
    def comes(_: object) -> None:
        house.sim.add_person(NEW, "Nora", "Other")

    house.sim.on_request(comes, "POST /scim/Users")
    row = bot.until(asked(bot), State.ATTENTION)
    assert "someone else may have created them" in row.outcome
    bot.retry(row)
    assert bot.until(row, State.ATTENTION, State.DONE).outcome.startswith("Someone else has just created a user")


def test_who_appears_right_before_the_creation_is_not_taken_for_ours_either(house: House, idle: Bot) -> None:
    request = asked(idle)

    def at(point: str) -> None:
        if point == "create: begun":
            house.sim.add_person(NEW, "Nora", "Other")

    idle.at = at
    idle.runner.start()
    row = idle.until(request, State.ATTENTION, State.DONE)
    assert row.outcome.startswith("Someone else has just created a user")
    assert house.sent("POST /scim/Users") == 0


@pytest.mark.parametrize(
    ("fault", "sent"), [(Fault.FORBIDDEN, 1), (Fault.RATE_LIMITED, 3)], ids=["403", "429 twice, then fine"]
)
def test_a_refusal_is_told_and_a_rate_limit_is_waited_for(fault: Fault, sent: int, house: House, bot: Bot) -> None:
    house.sim.faults.add(fault=fault, match="POST /scim/Users", times=2, retry_after=0)
    bot.until(asked(bot), State.DONE, State.ATTENTION)
    assert house.sent("POST /scim/Users") == sent


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.RATE_LIMITED, "HTTP 429"),
        (Fault.ERROR_500, "tried 3 times"),
        (Fault.HTML_502, "tried 3 times"),
        (Fault.UNAVAILABLE_503, "tried 3 times"),
        (Fault.UNAUTHORIZED, "make a new one under Admin > Authentication"),
        (Fault.FORBIDDEN, "Pro plan and SSO"),
        (Fault.DROPPED_BEFORE, "tried 3 times"),
        (Fault.HTML_200, "tried 3 times"),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_a_creation_that_can_not_be_is_told_and_made_once_after_a_retry(
    fault: Fault, words: str, house: House, bot: Bot
) -> None:
    order = house.sim.faults.add(fault=fault, match="POST /scim/Users", times=None, retry_after="0")
    request = asked(bot)
    row = bot.until(request, State.ATTENTION, State.DONE)
    assert words in row.outcome
    assert not house.sim.log.creates[NEW]
    house.sim.faults.cancel(order)
    assert bot.retry(request).accepted
    bot.until(request, State.DONE)
    assert house.sim.log.creates[NEW] == 1


@pytest.mark.parametrize("fault", [Fault.HALF_JSON, Fault.CUT_BODY])
def test_rubbish_after_a_creation_is_settled_by_reading(fault: Fault, house: House, bot: Bot) -> None:
    house.sim.faults.add(fault=fault, match="POST /scim/Users", times=None)
    request = asked(bot)
    bot.until(request, State.DONE, State.ATTENTION)
    assert house.sim.log.creates[NEW] == house.sent("POST /scim/Users") == 1
    assert bot.row(request).state is State.DONE


def test_a_value_that_help_scout_does_not_take_is_told_in_its_own_words(house: House, bot: Bot) -> None:
    row = bot.until(asked(bot, timezone="Middle/Earth"), State.ATTENTION, State.DONE)
    assert "(HTTP 400). It says: The time zone Middle/Earth does not exist." in row.outcome
    assert house.sent("POST /scim/Users") == 1


def test_what_is_too_large_for_help_scout_is_told(house: House, bot: Bot) -> None:
    request = asked(bot, last_name="N" * 5000)
    house.sim.behaviour.largest_body = 1000
    row = bot.until(request, State.ATTENTION, State.DONE)
    assert "too large (HTTP 413)" in row.outcome
    assert house.sim.log.creates[NEW] == 0


def test_a_role_that_the_server_ignored_is_told_with_the_place_to_set_it(house: House, bot: Bot) -> None:
    house.sim.behaviour.role_ignored = True
    request = asked(bot, role="admin")
    bot.approve(request, "UANA")
    bot.approve(request, "UBO")
    row = bot.until(request, State.DONE)
    assert "the role user instead of admin: set it in Help Scout under Manage > Users." in row.outcome


def test_only_one_request_for_an_address_is_open(house: House) -> None:
    bot = house.bot(provision_approval="always")
    first = asked(bot)
    second = ask(bot, first_name="Another")
    assert not second.accepted
    assert bot.record.requests.count() == 1
    assert (second.request, second.field) == (first, "email")
