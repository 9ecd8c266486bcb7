"""Everything is handed over: snoozed ones, scheduled replies, drafts; what the assignee can't have is known before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.helpscout.world.conversations import MAILBOX
from bot.model.action import Assign
from bot.model.offboarding.conversation import MoveState
from bot.model.request import State
from bot.services.steps.holdings import holdings
from bot.services.steps.scheduled import Everywhere, said_of, settle_scheduled
from tests.services.conftest import JANE_IN_SLACK
from tests.services.conftest import MAX as MAX_THERE

if TYPE_CHECKING:
    from bot.model.request import Request
    from tests.services.conftest import Bot, House

JANE, MAX = "jane@acme.example", "max@acme.example"
BILLING = 85_002
ENDS = (State.DONE, State.ATTENTION, State.STALE, State.FAILED)


def approved(house: House, bot: Bot, assignee: str | None = "max") -> Request:
    request = bot.asked(house.id("jane"), assignee=house.id(assignee) if assignee else None)
    assert bot.approve(request).accepted
    return request


def ended(house: House, assignee: str | None = "max", **terms: Any) -> tuple[Bot, Request]:
    bot = house.bot(start=True, **terms)
    request = approved(house, bot, assignee)
    row = bot.until(request, *ENDS)
    assert row.state is State.DONE, row.outcome
    return bot, row


def result(bot: Bot, request: Request, name: str) -> Any:
    return next(step.result for step in bot.record.requests.steps(request.id) if step.name == name)


@pytest.mark.parametrize("wakes", [False, True], ids=["assigning keeps it", "assigning ends it"])
@pytest.mark.parametrize("listed", ["listed", "only all"])
def test_what_is_snoozed_goes_to_the_assignee_and_stays_snoozed(listed: Any, wakes: bool, house: House) -> None:
    house.sim.behaviour.snoozed, house.sim.behaviour.assign_ends_snooze = listed, wakes
    active, pending, closed = (
        house.sim.conversations_of(JANE, status)[0] for status in ("active", "pending", "closed")
    )
    for conversation in (active, pending, closed):
        house.sim.account.work.snooze(conversation, 3_600, on_reply=conversation is not pending)
    until = {one.id: int(one.snooze.until) for one in (active, pending, closed) if one.snooze}
    bot, row = ended(house)
    assert "handed to Max Brückner: 16." in row.outcome
    for conversation in (active, pending, closed):
        assert conversation.assignee_id == house.id("max")
        assert conversation.snooze is not None, "it is still asleep"
        assert int(conversation.snooze.until) == until[conversation.id]
        assert conversation.snooze.on_reply is (conversation is not pending)
    recorded = result(bot, row, "record")["snoozed"]
    assert {one["id"] for one in recorded} == until.keys()


def test_a_snooze_that_can_not_be_set_again_is_named(house: House) -> None:
    house.sim.behaviour.assign_ends_snooze, house.sim.behaviour.snooze_calls = True, False
    conversation = house.sim.conversations_of(JANE)[0]
    house.sim.account.work.snooze(conversation)
    _, row = ended(house)
    assert conversation.assignee_id == house.id("max")
    assert f"#{conversation.id} woke up when handed over" in row.outcome


@pytest.mark.parametrize("outlives", [True, False])
def test_scheduled_replies_of_the_leaver_become_drafts_wherever_they_are(outlives: bool, house: House) -> None:
    house.sim.behaviour.scheduled_outlives = outlives
    work, jane = house.sim.account.work, house.id("jane")
    mine, theirs = house.sim.conversations_of(JANE)[0], house.sim.conversations_of("rita@acme.example")[0]
    hidden = house.sim.conversations_of(JANE)[1]
    work.snooze(hidden, 60)
    closed = [
        *house.sim.conversations_of(JANE, "closed")[:1],
        *house.sim.account.add_conversations(house.id("rita"), 1),
    ]
    closed += house.sim.account.add_conversations(None, 1)
    for one in closed:
        house.sim.account.set_status(one, "closed")
    replies = [work.schedule(one, jane, 3_600) for one in (mine, theirs, hidden, *closed)]
    other = work.schedule(theirs, house.id("rita"), 7_200)
    bot, row = ended(house)
    assert {reply.state for reply in replies} == {"draft"}
    assert other.state == "scheduled", "a colleague's goes out"
    assert "Scheduled replies of Jane D'Arcy that are drafts now: " in row.outcome
    assert len(result(bot, row, "reassign")["scheduled"]) == 6
    assert [one.status for one in closed] == ["closed"] * 3
    for reply in replies:
        reply.at = time.time() - 1
    house.sim.account.work.act(time.time())
    assert not [one for one in work.sent if one.by_somebody_gone]


def test_the_leavers_own_closed_conversations_are_read_where_the_account_has_too_many(house: House) -> None:
    rest, jane = house.bot().helpscout.rest, house.id("jane")
    reply = house.sim.account.work.schedule(house.sim.conversations_of(JANE, "closed")[0], jane)
    bound = Everywhere(scheduled=(), looked_at=0, total=0, closed_looked_at=500, closed=9_000)
    found = settle_scheduled(rest, jane, "draft", holdings(rest, jane), bound)
    assert reply.state == "draft"
    said = "Of the 9,000 closed conversations I looked for scheduled replies in the 500 that were changed last."
    assert said in said_of(found, "Jane")


def test_with_keep_they_stay_and_are_named(house: House) -> None:
    theirs = house.sim.conversations_of("rita@acme.example")[0]
    reply = house.sim.account.work.schedule(theirs, house.id("jane"))
    _, row = ended(house, scheduled_replies="keep")
    assert reply.state == "scheduled"
    assert f"still go out in Jane D'Arcy's name: #{theirs.number}" in row.outcome


def test_without_an_assignee_scheduled_replies_are_drafts_all_the_same(house: House) -> None:
    reply = house.sim.account.work.schedule(house.sim.conversations_of("rita@acme.example")[0], house.id("jane"))
    ended(house, assignee=None)
    assert reply.state == "draft"


@pytest.mark.parametrize("lacks", [404, 405])
def test_where_a_scheduled_reply_can_not_be_stopped_it_is_named(lacks: Any, house: House) -> None:
    house.sim.behaviour.schedule_calls, house.sim.behaviour.missing = False, lacks
    house.sim.account.work.schedule(house.sim.conversations_of(JANE)[0], house.id("jane"))
    _, row = ended(house)
    assert "will still go out in Jane D'Arcy's name" in row.outcome


def test_drafts_are_listed_with_a_link(house: House) -> None:
    draft = house.sim.conversations_of(JANE)[0]
    draft.state = "draft"
    _, row = ended(house)
    assert f"https://secure.helpscout.net/conversation/{draft.id}/{draft.number}" in row.outcome


def test_what_keeps_coming_is_handed_over_again_three_times_and_then_said_by_id(house: House) -> None:
    bot = house.bot()
    request = approved(house, bot)
    late: list[Any] = []

    def one_more(point: str) -> None:
        if point == "reassign: marked" and len(late) < 20:
            late.extend(house.sim.account.add_conversations(house.id("jane"), 1))

    bot.at = one_more
    bot.runner.start()
    row = bot.until(request, *ENDS)
    assert row.state is State.DONE, row.outcome
    taken = [one for one in late if one.assignee_id == house.id("max")]
    assert len(taken) == len(late) - 1 == 3
    assert f"/conversation/{late[-1].id}/" in row.outcome


def test_with_many_closed_ones_only_so_many_are_looked_at_and_that_is_said(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.steps.holdings.MOST", 50)
    house.sim.behaviour.snoozed = "only all"
    house.sim.account.add_conversations(house.id("jane"), 400, status="closed")
    asleep = house.sim.conversations_of(JANE)[0]
    time.sleep(1.1)  # times of the API are whole seconds
    house.sim.account.work.snooze(asleep)
    bot = house.bot()
    request = approved(house, bot)
    house.sim.log.clear()
    bot.runner.start()
    row = bot.until(request, State.DONE)
    assert asleep.assignee_id == house.id("max")
    assert "I looked at the 50 conversations of Jane D'Arcy that were changed last, of 4" in row.outcome
    walked = house.sim.log.count(f"GET /conversations?assigned_to={house.id('jane')}&status=all")
    assert walked <= 3 * 4, "no walk over what is closed"


def test_inboxes_that_the_assignee_can_not_see_are_known_on_the_card_and_stop_nothing_else(house: House) -> None:
    house.sim.behaviour.reading = "pages"
    house.sim.account.duty.inboxes[BILLING].people = {house.id("jane"), house.id("olivia")}
    theirs = house.sim.conversations_of(JANE)
    for conversation in theirs[:10]:
        conversation.mailbox_id = BILLING
    bot = house.bot(start=True)
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    assert dict(bot.approvals.words(request).facts)["Not handed over"].startswith(
        "10 in Billing: Max Brückner can't see"
    )
    bot.approve(request)
    row = bot.until(request, *ENDS)
    assert row.state is State.DONE, row.outcome
    assert (
        "couldn't be given to Max Brückner, so they stay unassigned (refused: no access to that inbox)" in row.outcome
    )
    assert {one.assignee_id for one in theirs[10:]} == {house.id("max")}
    assert not house.sim.log.moves.keys() & {one.id for one in theirs[:10]}
    skipped = [one for one in bot.record.moves.of_request(request.id) if one.state is MoveState.SKIPPED]
    assert len(skipped) == 10


@pytest.mark.parametrize("combine", [True, False])
def test_access_is_read_also_where_the_two_filters_do_not_hold_together(combine: bool, house: House) -> None:
    house.sim.behaviour.reading, house.sim.behaviour.filters_combine = "pages", combine
    house.sim.account.duty.inboxes[BILLING].people = {house.id("jane"), house.id("olivia")}
    bot = house.bot()
    max_ = bot.helpscout.rest.user(house.id("max"))
    assert [bot.helpscout.rest.duty.lets_in(max_, id) for id in (MAILBOX, BILLING)] == [True, False]


def test_where_the_api_knows_no_filter_nothing_is_said_about_access(house: House) -> None:
    house.sim.account.duty.inboxes[BILLING].people = {house.id("jane")}
    bot = house.bot()
    max_ = bot.helpscout.rest.user(house.id("max"))
    assert bot.helpscout.rest.duty.lets_in(max_, BILLING) is None
    assert "Not handed over" not in dict(bot.approvals.words(bot.asked(house.id("jane"))).facts)


def test_a_team_can_take_them(house: House) -> None:
    bot = house.bot(start=True)
    team = house.sim.teams[0]
    request = bot.asked(house.id("jane"), assignee=team.id)
    bot.approve(request)
    row = bot.until(request, *ENDS)
    assert row.state is State.DONE, row.outcome
    assert len(house.sim.account.conversations_of(team.id)) >= 15


@pytest.mark.parametrize("role", ["light user", "light_user", "LightUser", "light"])
def test_a_light_user_can_not_be_chosen(role: str, house: House) -> None:
    house.sim.change_person(MAX, role=role)
    outcome = house.bot().ask(house.id("jane"), assignee=house.id("max"))
    assert (outcome.accepted, outcome.field) == (False, "assignee_id")
    assert "light user" in outcome.sentence


def test_an_agent_and_who_is_being_offboarded_can_not_be_chosen(house: House) -> None:
    bot = house.bot()
    agent = next(one for one in house.sim.account.rows.values() if one.type == "virtual")
    assert "AI agent" in bot.ask(house.id("jane"), assignee=agent.id).sentence
    bot.asked(house.id("max"))
    outcome = bot.ask(house.id("jane"), assignee=house.id("max"))
    assert (outcome.accepted, outcome.field) == (False, "assignee_id")
    assert "about to be offboarded too" in outcome.sentence


def test_nobody_learns_of_their_own_offboarding_by_taking_conversations(house: House) -> None:
    bot = house.bot()
    bot.asked(house.id("max"))
    asked = bot.ask(house.id("jane"), assignee=house.id("max"), actor=MAX_THERE)
    assert asked.accepted, asked.sentence
    assert asked.request is not None
    for taker in (None, house.id("max")):
        changed = bot.apply(Assign(request_id=asked.request.id, actor=MAX_THERE, assignee_id=taker))
        assert changed.accepted, changed.sentence
    refused = bot.approve(asked.request)
    assert "is leaving too, so nothing was approved" in refused.sentence
    assert bot.row(asked.request).state is State.PENDING


def test_who_is_to_take_conversations_can_not_be_offboarded_until_that_is_over(house: House) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    outcome = bot.ask(house.id("max"))
    assert (outcome.accepted, outcome.field) == (False, "target_id")
    assert f"is to take Jane D'Arcy's conversations ({request.id}, pending)" in outcome.sentence
    bot.cancel(request)
    assert bot.ask(house.id("max")).accepted


@pytest.mark.parametrize("moment", ["check", "quiet"])
@pytest.mark.parametrize("change", ["light", "leaving", "gone"])
def test_who_can_not_take_them_any_longer_stops_it_before_anything_is_changed(
    change: str, moment: str, house: House
) -> None:
    others = [house.id("rita")] if change == "leaving" else []
    rotation = house.sim.account.duty.rotate(BILLING, [house.id("jane"), *others])
    bot = house.bot()
    request = approved(house, bot)

    def cannot(point: str) -> None:
        if point != f"{moment}: begun":
            return
        if change == "light":
            house.sim.change_person(MAX, role="light user")
        elif change == "gone":
            house.sim.remove_person(MAX)
        else:  # by whom the other request is about: to be refused would tell them
            assert bot.ask(house.id("max"), actor=JANE_IN_SLACK).accepted

    bot.at = cannot
    bot.runner.start()
    row = bot.until(request, *ENDS)
    assert row.state is State.ATTENTION
    why = {"light": "is a light user now", "leaving": "can't take them now", "gone": "is no longer in Help Scout"}
    assert f"Max Brückner, who was to take the conversations, {why[change]}" in row.outcome
    assert "their status and rotations weren't changed. Give this up" in row.outcome
    assert bot.record.requests.steps(request.id)[-1].name == moment
    assert rotation.user_ids == [house.id("jane"), *others]
    assert house.sim.account.duty.presence(house.id("jane")).status == "active"
    assert house.sent("PUT") == house.sent("DELETE") == house.sent("PATCH") == 0


def test_workflows_that_turned_invalid_and_rotations_that_keep_the_id_are_named(house: House) -> None:
    house.sim.behaviour.rotation_keeps_gone = True
    house.sim.account.work.workflow("VIP to Jane", assigns_to=house.id("jane"), mailbox_id=MAILBOX)
    old = house.sim.account.work.workflow("Broken before", assigns_to=None, mailbox_id=MAILBOX)
    old.status = "invalid"
    house.sim.account.duty.rotate(BILLING, [house.id("jane")])
    _, row = ended(house, assignee=None)
    assert "Workflows that became invalid: VIP to Jane." in row.outcome
    assert "Rotations that still name them: Billing." in row.outcome
    assert "Broken before" not in row.outcome
    assert "until the removal" not in row.outcome, "it still names them"


@pytest.mark.parametrize("answer", [404, 405])
def test_an_old_api_without_the_new_calls_is_offboarded_as_before(answer: Any, house: House) -> None:
    for group in ("status", "reassignment", "routing", "snooze", "schedule", "workflow", "webhook"):
        setattr(house.sim.behaviour, f"{group}_calls", False)
    house.sim.behaviour.missing = answer
    _, row = ended(house)
    assert "handed to Max Brückner: 15." in row.outcome
    assert house.deletes(house.id("jane")) == 1
