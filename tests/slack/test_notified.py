"""Who learns of a request, and how: approvers when it waits, its requester as it goes on, the assignee afterwards."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import APPROVERS_GROUP, Message
from bot.model.outbox import Topic
from bot.model.request import Request, State, Verdict
from bot.services.requests.telling import Aside
from bot.slack.outbound.delivery import Delivery
from bot.slack.outbound.links import known_link
from tests.slack.conftest import Room

GROUP = f"<!subteam^{APPROVERS_GROUP}>"


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


def bring(room: Room, delivery: Delivery) -> None:
    """Rounds until nothing is owed."""

    def settled() -> bool:
        delivery.round()
        return not room.record.requests.cards_out_of_date() and not room.record.outbox.waiting()

    room.until(settled)


def card(room: Room, request: Request) -> Message:
    ts = room.row(request).message_ts
    return next(message for message in room.slack.channel("access").messages if message.ts == ts)


def replies(room: Room, request: Request) -> list[Message]:
    return room.slack.channel("access").thread(room.row(request).message_ts)


def direct(room: Room, handle: str) -> list[str]:
    return [message.shown for message in room.slack.dms(handle)]


def third_approver(room: Room) -> None:
    """Max too: a request about Bo, an admin, needs two who are not Bo."""
    room.slack.workspace.groups[APPROVERS_GROUP].users.append(room.id("max"))
    room.ticks += 61


def notified(room: Room, how: str) -> Delivery:
    return Delivery(replace(room.deps, notify=how), gap=0.0)


# Approvers


def test_the_card_mentions_the_approvers_group_when_it_is_posted_and_names_who_can_approve(
    room: Room, delivery: Delivery
) -> None:
    request = room.open()
    bring(room, delivery)
    shown = card(room, request)
    assert shown.text.startswith(GROUP), "for the notification"
    assert GROUP in json.dumps(shown.blocks)
    assert "Can approve" in shown.shown
    names = [room.slack.people[handle].name for handle in ("ana", "bo")]
    assert ", ".join(names) in shown.shown


def test_a_group_with_the_requester_in_it_is_not_mentioned_but_each_other_approver_is(
    room: Room, delivery: Delivery
) -> None:
    request = room.open(by="ana")
    bring(room, delivery)
    shown = card(room, request)
    assert GROUP not in json.dumps(shown.as_json())
    assert shown.text.startswith(f"<@{room.id('bo')}> ")
    assert json.dumps(shown.as_json()).count(f"<@{room.id('ana')}>") == 1, "only in Asked by"


def test_a_group_with_the_target_in_it_is_not_mentioned_and_the_target_never_is(room: Room, delivery: Delivery) -> None:
    third_approver(room)
    request = room.open("bo@acme.example")
    bring(room, delivery)
    said = json.dumps(card(room, request).as_json())
    assert GROUP not in said
    assert room.id("bo") not in said
    assert all(f"<@{room.id(handle)}>" in said for handle in ("ana", "max"))
    assert room.slack.people["bo"].name not in card(room, request).shown.partition("Can approve")[2].split("Expires")[0]


def test_approvers_who_are_named_one_by_one_are_mentioned_one_by_one(cold: Room) -> None:
    cold.approvers = (cold.id("ana"), cold.id("bo"))
    room = cold.warm().connect()
    request = room.open()
    bring(room, Delivery(room.deps, gap=0.0))
    text = card(room, request).text
    assert all(f"<@{room.id(handle)}>" in text for handle in ("ana", "bo"))
    assert f"<@{room.id('rita')}>" not in text


def test_a_reminder_mentions_who_could_decide_and_shows_in_the_channel(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    assert room.approvals.tick(room.record.now() + timedelta(hours=13)).reminded
    bring(room, delivery)
    (reminder,) = replies(room, request)
    assert GROUP in reminder.text
    assert reminder.broadcast
    assert f"<@{room.id('rita')}>" not in json.dumps(reminder.as_json())


def test_what_is_decided_mentions_nobody_to_decide_it(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.decide(request, "ana")
    bring(room, delivery)
    assert GROUP not in json.dumps(card(room, request).as_json())


def test_who_has_voted_is_not_called_again(room: Room, delivery: Delivery) -> None:
    third_approver(room)
    request = room.open("bo@acme.example")
    room.decide(request, "ana")
    bring(room, delivery)
    assert f"<@{room.id('ana')}>" not in card(room, request).text
    assert f"<@{room.id('max')}>" in card(room, request).text


def test_with_dm_each_approver_gets_a_message_with_a_link_and_the_channel_mentions_nobody(room: Room) -> None:
    delivery = notified(room, "dm")
    request = room.open()
    bring(room, delivery)
    assert "<!subteam" not in json.dumps(card(room, request).as_json())
    for handle in ("ana", "bo"):
        (told,) = direct(room, handle)
        assert "waits for your decision" in told
        assert "Open the request" in told
    link = f"p{room.row(request).message_ts.replace('.', '')}"
    assert link in json.dumps(room.slack.dms("ana")[0].blocks)
    assert not direct(room, "rita")
    assert room.approvals.tick(room.record.now() + timedelta(hours=13)).reminded
    bring(room, delivery)
    assert len(direct(room, "ana")) == 2, "the reminder"
    bring(room, notified(room, "dm"))
    assert len(direct(room, "ana")) == 2, "another process tells nobody twice"


def test_with_off_nobody_is_called(room: Room) -> None:
    request = room.open()
    bring(room, notified(room, "off"))
    said = json.dumps(card(room, request).as_json())
    assert "<!subteam" not in said
    assert f"<@{room.id('ana')}>" not in said
    assert not direct(room, "ana")
    assert "Can approve" in said


def test_a_card_is_posted_without_names_while_slack_cannot_say_who_approves(room: Room, delivery: Delivery) -> None:
    request = room.open()
    room.ticks += 61
    room.slack.faults.error("internal_error", "usergroups.users.list", times=None)
    bring(room, delivery)
    assert "Can approve" not in card(room, request).shown


# The requester


def test_the_requester_hears_of_the_approval_and_of_the_end_with_a_link(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.decide(request, "ana")
    bring(room, delivery)
    assert [told for told in direct(room, "rita") if "Approved. Starting now." in told and "Open the request" in told]
    room.work_off()
    bring(room, delivery)
    assert "removed from Help Scout" in direct(room, "rita")[-1]
    assert len(direct(room, "rita")) == 2


def test_the_requester_is_told_an_hour_before_a_scheduled_run_once(room: Room, delivery: Delivery) -> None:
    request = room.open(run_at=room.clock() + timedelta(hours=5))
    room.decide(request, "ana")
    room.approvals.tick()
    bring(room, delivery)
    assert not [told for told in direct(room, "rita") if "You can cancel it" in told]
    room.clock.ahead = timedelta(hours=4, minutes=1)
    for _ in range(2):
        room.approvals.tick()
        bring(room, delivery)
    assert len([told for told in direct(room, "rita") if "You can cancel it" in told]) == 1


def test_nearer_than_an_hour_the_approval_says_when_it_runs(room: Room, delivery: Delivery) -> None:
    request = room.open(run_at=room.clock() + timedelta(minutes=40))
    room.decide(request, "ana")
    room.approvals.tick()
    bring(room, delivery)
    (told,) = direct(room, "rita")
    assert "It will run" in told


def test_a_run_that_was_cancelled_is_not_announced(room: Room, delivery: Delivery) -> None:
    request = room.open(run_at=room.clock() + timedelta(hours=5))
    room.decide(request, "ana")
    room.clock.ahead = timedelta(hours=4, minutes=1)
    room.approvals.tick()
    room.record.requests.transition(request.id, from_states=frozenset({State.APPROVED}), to=State.CANCELLED)
    bring(room, delivery)
    assert not [told for told in direct(room, "rita") if "You can cancel it" in told]


def test_an_answer_to_a_click_links_to_the_card(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.slack.click("ana", card(room, request), "Approve")
    room.slack.wait_until(lambda: any("Approved" in message.shown for message in room.told("ana")))
    assert f"p{room.row(request).message_ts.replace('.', '')}" in json.dumps(room.told("ana")[-1].blocks)
    assert len(room.slack.calls("chat.getPermalink")) == 1, "asked once, kept"


# The assignee


def test_the_assignee_hears_how_many_conversations_came_from_whom(room: Room, delivery: Delivery) -> None:
    request = room.open(arguments={"assignee_id": room.person("max@acme.example").id})
    room.decide(request, "ana")
    room.work_off()
    bring(room, delivery)
    (told,) = direct(room, "max")
    assert "15 open conversations from *Jane D'Arcy* are now assigned to you" in told


def test_an_assignee_whose_address_changed_is_found_by_the_remembered_pair(room: Room, delivery: Delivery) -> None:
    taker = room.person("max@acme.example")
    member = room.workspace.member(room.id("max"))
    assert member is not None
    room.record.identities.see(member)
    room.record.identities.link(member.ids, taker.id)
    room.slack.people.add(replace(room.slack.people["max"], email="maximilian@elsewhere.example"))
    room.ticks += 61
    request = room.open(arguments={"assignee_id": taker.id})
    room.decide(request, "ana")
    room.work_off()
    bring(room, delivery)
    assert any("now assigned to you" in told for told in direct(room, "max"))


def test_whom_it_is_about_is_never_told(room: Room, delivery: Delivery) -> None:
    third_approver(room)
    request = room.open("bo@acme.example", arguments={"assignee_id": room.person("max@acme.example").id})
    room.decide(request, "ana")
    room.decide(request, "max")
    room.work_off()
    bring(room, delivery)
    assert room.row(request).state is State.DONE
    assert not direct(room, "bo")


def test_a_denial_reaches_the_requester_with_its_reason(room: Room, delivery: Delivery) -> None:
    request = room.open()
    room.decide(request, "ana", Verdict.DENY, "not yet")
    bring(room, delivery)
    assert any("not yet" in told for told in direct(room, "rita"))


def test_a_message_that_would_go_to_whom_it_is_about_is_not_sent(room: Room, delivery: Delivery) -> None:
    request = room.open("max@acme.example")
    payload = {"member": room.id("max"), "request_id": request.id, "event": Aside.ASKED.value}
    room.record.outbox.add("to the target", Topic.DM, payload)
    bring(room, delivery)
    assert not direct(room, "max")


def test_a_requester_who_took_the_conversations_over_is_told_once(room: Room, delivery: Delivery) -> None:
    request = room.open(by="ana", arguments={"assignee_id": room.person("ana@acme.example").id})
    room.decide(request, "bo")
    room.work_off()
    bring(room, delivery)
    assert any("Conversations handed to Ana" in told for told in direct(room, "ana"))
    assert not any("now assigned to you" in told for told in direct(room, "ana"))


def test_a_card_that_was_posted_anew_has_another_link(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    first = known_link(room.deps, room.row(request))
    assert first
    anew = room.record.requests.update(request.id, touch=False, message_ts="")
    assert not known_link(room.deps, anew)
    room.record.requests.update(request.id)
    room.slack.workspace.delete(next(m for m in room.slack.channel("access").everything if m.from_bot))
    bring(room, delivery)
    assert known_link(room.deps, room.row(request)) not in ("", first)
