"""Somebody comes back from their tombstone: data, role, teams, and their conversations when that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import Fault
from bot.model.change import ChangeKind
from bot.model.request import Kind, Request, State
from bot.model.user import Status
from bot.services.syncing.sync import Sync

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

JANE = "jane@acme.example"


@pytest.fixture
def gone(house: House, bot: Bot) -> Request:
    """Jane was offboarded, and her conversations went to Max."""
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    bot.approve(request)
    return bot.until(request, State.DONE)


def restore(house: House, bot: Bot, **arguments: object) -> Request:
    outcome = bot.open(Kind.RESTORE, {"target_id": house.id("jane"), **arguments})
    assert outcome.accepted, outcome.sentence
    assert outcome.request is not None
    assert outcome.request.state is State.PENDING
    bot.approve(outcome.request)
    return outcome.request


@pytest.mark.parametrize("same_id", [True, False], ids=["their old id", "a new id"])
def test_they_have_a_seat_role_and_teams_again(same_id: bool, house: House, bot: Bot, gone: Request) -> None:
    house.sim.behaviour.same_id_on_return = same_id
    old = house.id("jane")
    teams = {team.name for team in bot.record.teams.of_user(old)}
    assert teams
    request = restore(house, bot)
    row = bot.until(request, State.DONE, State.ATTENTION)
    assert row.outcome == "Jane D'Arcy has a seat in Help Scout again."
    person = house.sim.person(JANE)
    assert (person.id == old) is same_id
    assert (person.name, person.role, person.job_title) == ("Jane D'Arcy", "user", "Senior Support Engineer")
    assert {team.name for team in house.sim.account.teams_of(person)} == teams
    known = bot.record.users.get(person.id)
    assert known is not None
    assert (known.status, known.request_id, known.removed_at) == (Status.ACTIVE, request.id, None)
    assert {team.name for team in bot.record.teams.of_user(person.id)} == teams
    kinds = [change.kind for change in bot.record.changes.of_request(request.id)]
    assert kinds[0] is ChangeKind.RETURNED
    tombstone = bot.record.users.get(old)
    assert tombstone is not None
    assert tombstone.status is (Status.ACTIVE if same_id else Status.OFFBOARDED)


def test_conversations_still_open_and_with_the_taker_come_back(house: House, bot: Bot, gone: Request) -> None:
    taken = [move.conversation_id for move in bot.record.moves.of_request(gone.id)]
    by_id = {conversation.id: conversation for conversation in house.sim.conversations}
    house.sim.account.set_status(by_id[taken[0]], "closed")
    house.sim.assign(by_id[taken[1]], "rita@acme.example")
    others = {c.id for c in house.sim.conversations_of("max@acme.example")} - set(taken)
    request = restore(house, bot, hand_back=True)
    row = bot.until(request, State.DONE, State.ATTENTION)
    assert row.outcome.startswith("Jane D'Arcy has a seat in Help Scout again. Conversations handed back: 13.")
    assert {c.id for c in house.sim.conversations_of(JANE)} == set(taken[2:])
    assert {c.id for c in house.sim.conversations_of("max@acme.example")} == others


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.DROPPED_BEFORE, Fault.ERROR_500, Fault.SILENT_AFTER])
def test_a_lost_answer_to_the_creation_makes_no_second_person(fault: Fault, house: House, gone: Request) -> None:
    bot = house.bot(start=True, options={"timeout": 0.4})
    house.sim.faults.add(fault=fault, match="POST /scim/Users")
    request = restore(house, bot)
    bot.until(request, State.DONE)
    assert house.sim.log.creates[JANE] == 1


def test_a_team_that_fails_is_named_and_retried_without_a_second_person(house: House, bot: Bot, gone: Request) -> None:
    order = house.sim.faults.add(fault=Fault.ERROR_500, match="PATCH /scim/Groups/*", times=None)
    request = restore(house, bot)
    row = bot.until(request, State.ATTENTION)
    for team in bot.record.teams.of_user(house.id("jane")):
        assert team.name in row.outcome
    house.sim.faults.cancel(order)
    bot.retry(request)
    bot.until(request, State.DONE)
    assert house.sim.log.creates[JANE] == 1


def test_a_sync_that_meets_them_before_the_retry_tells_nothing_twice(house: House, bot: Bot, gone: Request) -> None:
    order = house.sim.faults.add(fault=Fault.ERROR_500, match="PATCH /scim/Groups/*", times=None)
    request = restore(house, bot)
    bot.until(request, State.ATTENTION)
    assert Sync(bot.record, bot.helpscout, guard=0.5).run("test").problem == ""
    assert [change.kind for change in bot.record.changes.of_request(request.id)] == [ChangeKind.RETURNED]
    house.sim.faults.cancel(order)
    bot.retry(request)
    bot.until(request, State.DONE)
    kinds = [change.kind for change in bot.record.changes.of_request(request.id)]
    assert sum(kind in (ChangeKind.JOINED, ChangeKind.RETURNED) for kind in kinds) == 1


def test_who_came_back_by_themselves_is_not_created_again(house: House, gone: Request) -> None:
    bot = house.bot()
    request = restore(house, bot)
    house.sim.add_person(JANE, "Jane", "D'Arcy")
    bot.runner.start()
    bot.until(request, State.STALE)
    assert house.sent("POST /scim/Users") == 0


def test_who_is_active_is_not_restored(house: House, idle: Bot) -> None:
    assert not idle.open(Kind.RESTORE, {"target_id": house.id("jane")}).accepted
    assert idle.refusals() == ["already active"]


def test_rest_may_show_them_late(house: House, bot: Bot, gone: Request) -> None:
    house.sim.behaviour.rest_lag = 0.15
    bot.until(restore(house, bot), State.DONE)
