"""What was approved is no longer so: nothing is sent, and the requester is asked to ask again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.helpscout.scim.api import Operation
from bot.model.outbox import Topic
from bot.model.request import State

if TYPE_CHECKING:
    from tests.services.conftest import House

JANE = "jane@acme.example"


def renamed(sim: SimulatedHelpScout) -> None:
    sim.change_person(JANE, email="jane.new@acme.example")


def promoted(sim: SimulatedHelpScout) -> None:
    sim.change_person(JANE, role="admin")


def made_owner(sim: SimulatedHelpScout) -> None:
    sim.change_person(JANE, role="owner")


def created_anew(sim: SimulatedHelpScout) -> None:
    sim.remove_person(JANE)
    sim.add_person(JANE, "Jane", "D'Arcy")


def gone(sim: SimulatedHelpScout) -> None:
    sim.remove_person(JANE)


def another_scim_user(sim: SimulatedHelpScout) -> None:
    person = sim.person(JANE)
    person.scim_id = "11111111-2222-3333-4444-555555555555"
    sim.account._by_scim_id = {one.scim_id: one.id for one in sim.account.rows.values()}


CHANGES = [renamed, promoted, made_owner, created_anew, gone, another_scim_user]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_who_differs_from_who_was_approved_is_not_touched(
    change: Callable[[SimulatedHelpScout], None], house: House
) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    bot.approve(request)
    change(house.sim)
    bot.runner.start()
    row = bot.until(request, State.STALE, State.DONE, State.ATTENTION)
    assert row.state is State.STALE, row.outcome
    assert row.outcome.endswith("Nothing was done; ask again.")
    assert (house.sent(), house.sent("PATCH /conversations/*")) == (0, 0)
    assert [item.payload["event"] for item in bot.owed(Topic.DM)] == ["approved", "stale"]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_they_are_looked_at_again_right_before_the_removal(
    change: Callable[[SimulatedHelpScout], None], house: House
) -> None:
    bot = house.bot()
    bot.at = lambda point: change(house.sim) if point == "remove: begun" else None
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    bot.approve(request)
    bot.runner.start()
    row = bot.until(request, State.STALE, State.DONE, State.ATTENTION)
    assert row.state is State.STALE, row.outcome
    assert "Open conversations handed over by then: 15; nobody was removed; ask again." in row.outcome
    assert house.sent() == 0


def test_who_became_protected_meanwhile_is_not_touched(house: House) -> None:
    asking = house.bot()
    request = asking.asked(house.id("jane"))
    asking.approve(request)
    bot = house.bot(protected=frozenset({"jane.darcy@acme.example"}), start=True)
    assert "protected" in bot.until(request, State.STALE).outcome
    assert house.sent() == 0


def test_a_scim_user_who_got_another_address_is_not_touched_though_rest_still_shows_the_old_one(house: House) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"))
    bot.approve(request)
    house.sim.behaviour.rest_lag = 3600.0
    assert bot.helpscout.scim is not None
    other = [{"value": "somebody@acme.example", "primary": True}]
    change = [Operation(op="replace", value={"userName": "somebody@acme.example", "emails": other})]
    bot.helpscout.scim.patch_user(str(request.plan["scim_id"]), change)
    bot.runner.start()
    assert "isn't Jane D'Arcy: neither its userName" in bot.until(request, State.STALE, State.DONE).outcome
    assert house.sent() == 0


def test_a_changed_title_is_no_reason_to_stop(house: House) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"))
    bot.approve(request)
    house.sim.change_person(JANE, job_title="Leaving soon", phone="+1 555 0100")
    bot.runner.start()
    bot.until(request, State.DONE)


@pytest.mark.parametrize("who", ["ana", "rita"], ids=["approved", "asked"])
def test_somebody_involved_who_turns_out_to_be_the_person_by_a_new_address_stops_it(who: str, house: House) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"))
    bot.approve(request)
    house.sim.change_person(JANE, alternate_emails=(f"{who.upper()}.private@acme.example",))
    house.workspace.change(f"U{who.upper()}", email=f"{who}.private@acme.example")
    bot.runner.start()
    row = bot.until(request, State.STALE, State.DONE, State.ATTENTION)
    assert row.state is State.STALE, row.outcome
    assert "may be the person it is about" in row.outcome
    assert house.sent() == 0


def test_a_new_address_of_nobody_involved_is_no_reason_to_stop(house: House) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"))
    bot.approve(request)
    house.sim.change_person(JANE, alternate_emails=("cleo@acme.example", "jane@private.example"))
    bot.runner.start()
    bot.until(request, State.DONE)


def test_a_new_address_that_slack_can_not_be_asked_about_waits_for_people(house: House) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"))
    bot.approve(request)
    house.sim.change_person(JANE, alternate_emails=("jane@private.example",))
    bot.at = lambda point: setattr(house.workspace, "away", point == "check: begun")
    bot.runner.start()
    row = bot.until(request, State.ATTENTION, State.DONE)
    assert "Press Retry when Slack answers again" in row.outcome
    assert house.sent() == 0
