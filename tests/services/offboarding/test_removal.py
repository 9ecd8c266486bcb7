"""The one call that can't be taken back: sent only when it is needed, settled by reading, never guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import Fault
from bot.model.change import ChangeKind
from bot.model.request import Request, State, StepState
from bot.model.user import Status
from bot.services.syncing.sync import Sync

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

DELETE = "DELETE /scim/Users/*"


def approved(house: House, bot: Bot) -> Request:
    request = bot.asked(house.id("jane"))
    assert bot.approve(request).accepted
    return request


def test_an_answer_lost_after_the_effect_is_settled_without_a_second_call(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    house.sim.faults.add(fault=Fault.DROPPED_AFTER, match=DELETE)
    request = approved(house, bot)
    bot.until(request, State.DONE)
    assert (house.sent(), house.deletes(jane)) == (1, 1)
    step = next(step for step in bot.record.requests.steps(request.id) if step.name == "remove")
    assert str(step.result["settled"]).startswith("by reading")
    lines = bot.record.audit.entries(request_id=request.id, newest_first=False)
    told = [line.details for line in lines if line.event == "step.finished" and line.details["step"] == "remove"]
    assert [details["settled"] for details in told] == [step.result["settled"]]
    answers = [(call["method"], call["status"]) for details in told for call in details["calls"]]
    assert ("DELETE", None) in answers, "each step is told with its requests and the status of their answers"


def test_a_call_lost_before_its_effect_is_sent_again(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    house.sim.faults.add(fault=Fault.DROPPED_BEFORE, match=DELETE)
    request = approved(house, bot)
    bot.until(request, State.DONE)
    assert (house.sent(), house.deletes(jane)) == (2, 1)


@pytest.mark.parametrize("fault", [Fault.SILENT_BEFORE, Fault.SILENT_AFTER])
def test_silence_is_settled_by_reading(fault: Fault, house: House) -> None:
    jane = house.id("jane")
    bot = house.bot(start=True, options={"timeout": 0.3})
    house.sim.faults.add(fault=fault, match=DELETE)
    request = approved(house, bot)
    bot.until(request, State.DONE)
    assert house.deletes(jane) == 1


def test_a_500_after_which_they_are_gone_was_a_success(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    house.sim.faults.add(fault=Fault.ERROR_500, match=DELETE)
    house.leaves_at(DELETE, jane)
    request = approved(house, bot)
    bot.until(request, State.DONE)
    assert house.sent() == 1


def test_500_three_times_needs_attention_and_a_retry_by_an_approver_finishes_it(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    house.sim.faults.add(fault=Fault.ERROR_500, match=DELETE, times=3)
    request = approved(house, bot)
    row = bot.until(request, State.ATTENTION)
    assert house.sent() == 3
    assert "tried 3 times and did not work" in row.outcome
    assert jane in house.sim.account.listing
    person = bot.record.users.get(jane)
    assert person is not None
    assert person.status is Status.ACTIVE
    assert not bot.retry(request, "URITA").accepted
    assert not bot.retry(request, "UMAX").accepted
    assert bot.retry(request).accepted
    bot.until(request, State.DONE)
    assert (house.sent(), house.deletes(jane)) == (4, 1)


def test_404_to_a_call_that_we_never_sent_before_is_no_success(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    house.leaves_at(DELETE, jane)
    request = approved(house, bot)
    row = bot.until(request, State.ATTENTION)
    assert "answered 404" in row.outcome
    person = bot.record.users.get(jane)
    assert person is not None
    assert person.status is Status.ACTIVE  # the sync will tell that they were removed outside the bot
    bot.retry(request)
    assert "no longer in Help Scout" in bot.until(request, State.STALE).outcome


def test_404_to_a_call_whose_first_answer_was_lost_is_a_success(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    house.sim.faults.add(fault=Fault.DROPPED_BEFORE, match=DELETE)
    calls: list[None] = []

    def gone_at_the_second(_: object) -> None:
        calls.append(None)
        if len(calls) == 2:  # the first call arrives late, so to say
            house.sim.remove_person(jane)

    house.sim.on_request(gone_at_the_second, DELETE)
    request = approved(house, bot)
    bot.until(request, State.DONE)
    step = next(step for step in bot.record.requests.steps(request.id) if step.name == "remove")
    assert "(HTTP 404)" in str(step.result["settled"])


def test_404_to_a_second_call_is_no_success_while_reading_still_shows_them(house: House, bot: Bot) -> None:
    house.sim.faults.add(fault=Fault.DROPPED_BEFORE, match=DELETE)
    jane, ids = house.sim.person(house.id("jane")), house.sim.account._by_scim_id
    calls: list[None] = []

    def hidden_at_the_second(_: object) -> None:
        calls.append(None)
        if len(calls) == 2:
            ids.pop(jane.scim_id)

    def shown_again(_: object) -> None:
        ids[jane.scim_id] = jane.id

    house.sim.on_request(hidden_at_the_second, DELETE)
    house.sim.on_request(shown_again, "GET /scim/Users/*")
    request = approved(house, bot)
    assert "answered 404, though reading had shown" in bot.until(request, State.ATTENTION, State.DONE).outcome
    assert house.deletes(jane.id) == 0


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.FORBIDDEN])
def test_a_refused_token_needs_attention_and_leaves_nothing_in_doubt(fault: Fault, house: House, bot: Bot) -> None:
    jane = house.id("jane")
    order = house.sim.faults.add(fault=fault, match=DELETE, times=None)
    request = approved(house, bot)
    assert "HELPSCOUT_SCIM_TOKEN" in bot.until(request, State.ATTENTION).outcome
    house.sim.faults.cancel(order)
    bot.retry(request)
    bot.until(request, State.DONE)
    assert house.deletes(jane) == 1


def test_a_call_that_was_plainly_refused_does_not_count_as_sent(house: House, bot: Bot) -> None:
    house.sim.faults.add(fault=Fault.FORBIDDEN, match=DELETE)
    request = approved(house, bot)
    bot.until(request, State.ATTENTION)
    house.sim.remove_person(house.id("jane"))  # by somebody else: not our doing, whatever the journal may suggest
    bot.retry(request)
    assert bot.until(request, State.STALE, State.DONE).state is State.STALE


def test_a_rate_limit_in_the_way_of_the_removal_is_waited_for(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    house.sim.faults.add(fault=Fault.RATE_LIMITED, match=DELETE, times=2, retry_after=0)
    request = approved(house, bot)
    bot.until(request, State.DONE)
    assert house.deletes(jane) == 1


def test_while_nobody_can_say_whether_it_worked_people_must_look(house: House, bot: Bot) -> None:
    house.sim.faults.add(fault=Fault.DROPPED_BEFORE, match=DELETE)
    sent: list[None] = []
    house.sim.on_request(lambda _: sent.append(None), DELETE)

    def fail(request: object) -> bool:
        return bool(sent) and "/scim/Users/" in request.path and request.method == "GET"  # type: ignore[attr-defined]

    order = house.sim.faults.add(fault=Fault.ERROR_500, match=fail, times=None)
    request = approved(house, bot)
    bot.until(request, State.ATTENTION)
    assert house.sent() == 1  # it was not sent again in the dark
    house.sim.faults.cancel(order)
    bot.retry(request)
    bot.until(request, State.DONE)
    assert house.deletes(house.id("jane")) == 1


def test_rest_may_lag_behind(house: House, idle: Bot) -> None:
    bot = house.bot(start=True, patience=replace(idle.patience, verify=10.0))
    house.sim.behaviour.rest_lag = 0.6
    request = approved(house, bot)
    bot.until(request, State.DONE)
    verify = next(step for step in bot.record.requests.steps(request.id) if step.name == "verify")
    assert verify.result["looks"] > 1


def test_who_stays_visible_needs_attention_and_is_looked_for_again(house: House, bot: Bot) -> None:
    house.sim.behaviour.rest_lag = 3600.0
    request = approved(house, bot)
    row = bot.until(request, State.ATTENTION)
    assert "REST still shows Jane" in row.outcome
    assert house.deletes(house.id("jane")) == 1
    jane = house.sim.account.rows[house.id("jane")]
    jane.listed = False
    with house.sim.account.lock:
        house.sim.account.listing.remove(jane.id)
    bot.retry(request)
    bot.until(request, State.DONE)
    assert house.sent() == 1


def test_who_stays_over_scim_needs_attention_and_a_sync_meanwhile_tells_nothing_twice(house: House) -> None:
    bot = house.bot()
    jane = house.sim.person(house.id("jane"))

    def stays(point: str) -> None:
        if point == "remove: acted":  # SCIM goes on showing them; REST does not
            jane.active, house.sim.account._by_scim_id[jane.scim_id] = True, jane.id

    bot.at = stays
    request = approved(house, bot)
    bot.runner.start()
    assert "SCIM still shows Jane" in bot.until(request, State.ATTENTION, State.DONE).outcome
    assert Sync(bot.record, bot.helpscout, guard=0.5).run("test").problem == ""
    known = bot.record.users.get(jane.id)
    assert known is not None
    assert (known.status, known.request_id) == (Status.OFFBOARDED, request.id)
    jane.active = False
    bot.retry(request)
    bot.until(request, State.DONE)
    assert [change.kind for change in bot.record.changes.of_request(request.id)].count(ChangeKind.OFFBOARDED) == 1
    assert house.sent() == 1


def test_deactivating_instead_of_deleting_is_what_was_approved(house: House) -> None:
    jane = house.id("jane")
    bot = house.bot(start=True, deprovision="deactivate")
    request = approved(house, bot)
    assert "was deactivated in Help Scout" in bot.until(request, State.DONE).outcome
    assert (house.sent(), house.sent("PATCH /scim/Users/*")) == (0, 1)
    assert jane not in house.sim.account.listing
    person = bot.record.users.get(jane)
    assert person is not None
    assert person.status is Status.OFFBOARDED


@pytest.mark.parametrize("fault", [Fault.DROPPED_BEFORE, Fault.DROPPED_AFTER, Fault.ERROR_500])
def test_a_lost_answer_to_a_deactivation_is_settled_too(fault: Fault, house: House) -> None:
    bot = house.bot(start=True, deprovision="deactivate")
    jane = house.id("jane")
    house.sim.faults.add(fault=fault, match="PATCH /scim/Users/*")
    request = approved(house, bot)
    bot.until(request, State.DONE)
    assert jane not in house.sim.account.listing


def test_the_record_is_complete_before_the_call_is_sent(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    house.sim.change_person(jane, job_title="Known to nobody yet")
    seen: list[tuple[str, int, list[str]]] = []

    def look(_: object) -> None:
        reader = house.bot()
        person = reader.record.users.get(jane)
        assert person is not None
        (request,) = reader.record.requests.find()
        moves = reader.record.moves.of_request(request.id)
        steps = [step.name for step in reader.record.requests.steps(request.id) if step.state is StepState.DONE]
        seen.append((person.user.job_title, len(moves), steps))

    house.sim.on_request(look, DELETE)
    bot.until(approved(house, bot), State.DONE)
    assert seen == [("Known to nobody yet", 15, ["check", "record", "quiet", "reassign"])]
