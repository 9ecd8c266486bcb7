"""Quiet first: away and out of every rotation before anything is handed over; put back when no removal follows."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.demo.helpscout import Fault
from bot.demo.helpscout.world.conversations import MAILBOX
from bot.model.offboarding.quiet import QuietState
from bot.model.request import State
from tests.services.bent import Bent

if TYPE_CHECKING:
    from bot.demo.helpscout.duty import Routing
    from bot.model.request import Request
    from tests.services.conftest import Bot, House

JANE = "jane@acme.example"
BILLING = 85_002
BEGUN = "reassign: begun"
ENDS = (State.DONE, State.ATTENTION, State.STALE, State.FAILED)


def rotating(house: House, *names: str, inbox: int = MAILBOX) -> Routing:
    return house.sim.account.duty.rotate(inbox, [house.id(name) for name in names])


def approved(house: House, bot: Bot, assignee: str | None = "max") -> Request:
    request = bot.asked(house.id("jane"), assignee=house.id(assignee) if assignee else None)
    assert bot.approve(request).accepted
    return request


def result(bot: Bot, request: Request, name: str = "quiet") -> Any:
    return next(step.result for step in bot.record.requests.steps(request.id) if step.name == name)


def promoted(house: House, bot: Bot) -> None:
    """Somebody else than who was approved, when it comes to the removal."""

    def act(point: str) -> None:
        if point == "remove: begun":
            house.sim.change_person(JANE, role="admin")

    bot.at = act


def stopped(house: House, bot: Bot) -> Request:
    """Ended as stale after `quiet`, before the removal; what it changed is put back by then."""
    request = approved(house, bot)
    promoted(house, bot)
    bot.runner.start()
    bot.until(request, State.STALE)
    settled(bot, request)
    return request


def settled(bot: Bot, request: Request, state: QuietState = QuietState.UNDONE) -> str:
    ends = time.monotonic() + 5
    while (held := bot.record.quiets.of_request(request.id)) is None or held.state is QuietState.HELD:
        assert time.monotonic() < ends, "nothing was put back"
        time.sleep(0.01)
    assert held.state is state, held.note
    return held.note


def test_who_leaves_is_away_and_out_of_every_rotation_before_anything_is_handed_over(house: House) -> None:
    support, billing = rotating(house, "jane", "rita"), rotating(house, "max", "jane", inbox=BILLING)
    bot = house.bot()
    seen: list[tuple[Any, ...]] = []

    def look(point: str) -> None:
        if point == "reassign: begun":
            presence = house.sim.account.duty.presence(house.id("jane"))
            seen.append((presence.status, list(support.user_ids), list(billing.user_ids), len(house.sim.log.moves)))

    request = approved(house, bot)
    bot.at = look
    bot.runner.start()
    bot.until(request, State.DONE)
    assert seen == [("away", [house.id("rita")], [house.id("max")], 0)]
    assert result(bot, request)["left"] == ["Support", "Billing"]
    assert [one["user_ids"] for one in result(bot, request, "record")["duty"]["rotations"]] == [
        [house.id("jane"), house.id("rita")],
        [house.id("max"), house.id("jane")],
    ]
    held = bot.record.quiets.of_request(request.id)
    assert held is not None
    assert held.state is QuietState.KEPT


def test_with_ten_new_conversations_a_second_none_reaches_the_leaver_after_a_second_and_none_is_lost(
    house: House,
) -> None:
    rotating(house, "jane", "rita").limit = 1000
    bot = house.bot(start=True)
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    flow = house.sim.account.duty.flow(20)
    time.sleep(0.2)
    clicked = time.monotonic()
    bot.approve(request)
    bot.until(request, State.DONE)
    flow.set()
    arrivals = house.sim.account.duty.arrivals
    theirs = [one for one in arrivals if one.assignee_id == house.id("jane")]
    assert theirs, "before the click some reached the leaver"
    assert not [one for one in theirs if one.at > clicked + 1]
    assert {one.conversation.assignee_id for one in theirs} == {house.id("max")}
    assert all(one.conversation.assignee_id is not None for one in arrivals)


@pytest.mark.parametrize(
    ("assignee", "may", "stays"),
    [("max", True, False), ("max", False, True), (None, True, True)],
    ids=["the assignee takes the place", "an assignee without that inbox", "no assignee"],
)
def test_the_last_one_of_an_enabled_rotation_is_replaced_or_stays_and_the_card_says_so(
    assignee: str | None, may: bool, stays: bool, house: House
) -> None:
    house.sim.behaviour.reading = "pages"
    routing = rotating(house, "jane", inbox=BILLING)
    if not may:
        house.sim.account.duty.inboxes[BILLING].people = {house.id("jane"), house.id("olivia")}
    bot = house.bot()
    request = approved(house, bot, assignee)
    facts = dict(bot.approvals.words(request).facts)
    assert ("stays in Billing" in facts["Rotations"]) is stays
    held: list[list[int]] = []
    bot.at = lambda point: held.append(list(routing.user_ids)) if point == "reassign: begun" else None
    bot.runner.start()
    row = bot.until(request, *ENDS)
    assert row.state is State.DONE, row.outcome
    assert held == [[house.id("jane" if stays else "max")]]
    assert ("stayed in the rotation of Billing until the removal: nobody else" in row.outcome) is stays


def test_a_disabled_rotation_may_become_empty(house: House) -> None:
    routing = house.sim.account.duty.rotate(MAILBOX, [house.id("jane")], state="disabled")
    bot = house.bot(start=True)
    bot.until(approved(house, bot), State.DONE)
    assert routing.user_ids == []


@pytest.mark.parametrize("fault", [None, Fault.DROPPED_AFTER, Fault.DROPPED_BEFORE, Fault.ERROR_500])
def test_what_somebody_else_writes_meanwhile_is_kept(fault: Fault | None, house: House) -> None:
    """Between the recording and the change, and after a change whose answer was lost."""
    routing = rotating(house, "jane", "rita")
    bot = house.bot()
    if fault is not None:
        house.sim.faults.add(fault=fault, match=f"PUT /mailboxes/{MAILBOX}/routing", times=1)
    request = approved(house, bot)

    def meanwhile(point: str) -> None:
        if point == "record: finished":
            routing.user_ids.append(house.id("ana"))
            routing.limit = 7

    def after_ours(_: object) -> None:
        if house.id("bo") not in routing.user_ids and house.sent(f"PUT /mailboxes/{MAILBOX}/routing"):
            routing.user_ids.append(house.id("bo"))

    house.sim.on_request(after_ours, f"GET /mailboxes/{MAILBOX}/routing")
    bot.at = meanwhile
    bot.runner.start()
    bot.until(request, State.DONE)
    assert set(routing.user_ids) == {house.id(name) for name in ("rita", "ana", "bo")}
    assert routing.limit == 7
    assert result(bot, request)["others_wrote"] == ([] if fault else ["Support"])


def test_it_is_put_back_when_the_request_ends_before_the_removal(house: House) -> None:
    routing = rotating(house, "jane", "rita")
    alone = rotating(house, "jane", inbox=BILLING)
    custom = {"text": "On the phone", "emoji": "☎"}
    house.sim.account.duty.set_status(house.id("jane"), "active", custom=custom)
    bot = house.bot()
    request = stopped(house, bot)
    assert set(routing.user_ids) == {house.id("jane"), house.id("rita")}
    assert alone.user_ids == [house.id("jane")], "who took the place has left it again"
    presence = house.sim.account.duty.presence(house.id("jane"))
    assert (presence.status, presence.custom) == ("active", custom)
    assert "quiet.undone" in bot.events(request)
    puts = house.sent("PUT")
    bot.runner.wake()
    time.sleep(0.2)
    assert house.sent("PUT") == puts, "once"


def test_the_rotation_they_come_back_to_is_the_one_of_then(house: House) -> None:
    routing = rotating(house, "jane", "rita")
    bot = house.bot()
    request = approved(house, bot)

    def meanwhile(point: str) -> None:
        if point == "reassign: begun":
            routing.user_ids[:] = [house.id("ana")]
            routing.limit = 3
        if point == "remove: begun":
            house.sim.change_person(JANE, role="admin")

    bot.at = meanwhile
    bot.runner.start()
    bot.until(request, State.STALE)
    settled(bot, request)
    assert (routing.user_ids, routing.limit) == ([house.id("ana"), house.id("jane")], 3)


def test_who_was_away_before_stays_away(house: House) -> None:
    house.sim.account.duty.set_status(house.id("jane"), "away")
    rotating(house, "jane", "rita")
    bot = house.bot()
    stopped(house, bot)
    assert house.sim.account.duty.presence(house.id("jane")).status == "away"


def test_given_up_by_an_approver_it_is_put_back_and_a_later_request_remembers_what_was_before(house: House) -> None:
    routing = rotating(house, "jane", "rita")
    bot = house.bot()
    request = approved(house, bot)
    gone: list[object] = []
    bot.at = lambda point: gone.append(house.sim.remove_person("max@acme.example")) if point == BEGUN else None
    bot.runner.start()
    row = bot.until(request, State.ATTENTION)
    assert house.id("jane") not in routing.user_ids, "a Retry may follow"
    bot.at = lambda _: None
    given_up = bot.cancel(row, "UANA", "Another assignee")
    assert given_up.accepted
    assert "their status and rotations are put back" in given_up.sentence
    assert settled(bot, request) == "Jane D'Arcy's status is active again. They are back in the rotation of Support."
    assert house.id("jane") in routing.user_ids


@pytest.mark.parametrize("status", ["away", "active"])
def test_a_status_that_somebody_set_meanwhile_stays_and_that_is_said(status: str, house: House) -> None:
    bot = house.bot()
    request = approved(house, bot)

    def meanwhile(point: str) -> None:
        if point == "remove: begun":
            house.sim.account.duty.set_status(house.id("jane"), status)
            house.sim.change_person(JANE, role="admin")

    bot.at = meanwhile
    bot.runner.start()
    bot.until(request, State.STALE)
    said = f"Jane D'Arcy's status was set to {status} in Help Scout meanwhile, so it stays so."
    assert settled(bot, request) == said
    assert house.sim.account.duty.presence(house.id("jane")).status == status


def test_what_can_not_be_put_back_now_is_put_back_later_and_by_another_process(house: House) -> None:
    routing = rotating(house, "jane", "rita")
    bot = house.bot()
    order = house.sim.faults.add(fault=Fault.ERROR_500, match=f"PUT /mailboxes/{MAILBOX}/routing", times=None, after=1)
    request = approved(house, bot)
    promoted(house, bot)
    bot.runner.start()
    bot.until(request, State.STALE)
    time.sleep(0.3)
    bot.runner.stop(5)
    assert house.id("jane") not in routing.user_ids
    house.sim.faults.cancel(order)
    house.clock.move(minutes=10)
    other = house.bot(start=True)
    settled(other, request)
    assert house.id("jane") in routing.user_ids


def test_with_the_seat_gone_nothing_is_put_back(house: House) -> None:
    routing = rotating(house, "jane", "rita")
    bot = house.bot(start=True)
    request = approved(house, bot)
    bot.until(request, State.DONE)
    time.sleep(0.1)
    assert settled(bot, request, QuietState.KEPT) == "the seat is gone"
    assert routing.user_ids == [house.id("rita")]


@pytest.mark.parametrize("answer", [404, 405])
@pytest.mark.parametrize("group", ["status_calls", "routing_calls", "reassignment_calls"])
def test_where_the_api_lacks_the_calls_the_step_says_so_and_goes_on(group: str, answer: int, house: House) -> None:
    rotating(house, "jane", "rita")
    setattr(house.sim.behaviour, group, False)
    house.sim.behaviour.missing = answer  # type: ignore[assignment]
    bot = house.bot(start=True)
    row = bot.until(approved(house, bot), *ENDS)
    assert row.state is State.DONE, row.outcome
    assert ("API doesn't allow" in row.outcome) is (group != "reassignment_calls")


def test_where_the_role_may_not_set_others_the_step_says_so_and_goes_on(house: House) -> None:
    house.sim.faults.add(fault=Fault.FORBIDDEN, match="PUT /users/*", times=None)
    bot = house.bot(start=True)
    row = bot.until(approved(house, bot), *ENDS)
    assert row.state is State.DONE
    assert "API doesn't allow setting a status" in row.outcome


def test_help_scout_s_own_reassignment_of_the_leaver_is_named(house: House) -> None:
    house.sim.account.duty.native[house.id("jane")] = (True, 2, 30)
    house.sim.behaviour.new_calls = True
    bot = house.bot(start=True)
    row = bot.until(approved(house, bot), State.DONE)
    assert "after 2 hours and 30 minutes away" in row.outcome


def test_who_clicks_back_to_active_is_set_away_once_more(house: House) -> None:
    bot = house.bot()
    request = approved(house, bot)
    seen: list[str] = []

    def back(point: str) -> None:
        duty = house.sim.account.duty
        if point == "quiet: finished":
            duty.set_status(house.id("jane"), "active", source="presence_detection")
        if point == "remove: begun":
            seen.append(duty.presence(house.id("jane")).status)

    bot.at = back
    bot.runner.start()
    bot.until(request, State.DONE)
    assert seen == ["away"]


def test_a_change_that_is_accepted_and_does_not_show_is_said(house: House) -> None:
    rotating(house, "jane", "rita")
    bot = house.bot()
    bent = Bent(bot.helpscout)

    def ignored(request: httpx.Request, _: object) -> httpx.Response | None:
        routing = request.method == "PUT" and request.url.path.endswith("/routing")
        assert not routing or json.loads(request.content)["userIds"] == [house.id("rita")]
        return httpx.Response(204) if routing else None

    bent.bends.append(ignored)
    bot.runner.start()
    row = bot.until(approved(house, bot), *ENDS)
    assert row.state is State.DONE
    assert "stayed in the rotation of Support until the removal: Help Scout accepts the change each time" in row.outcome
