"""The card of what an identity provider asks: who takes the conversations is chosen on it."""

import json
from typing import Any
from urllib.parse import urlencode

from bot.demo.slack import TEAM_ID
from bot.model.action import Assign, Decide, Open
from bot.model.batch import AssignMany, DecideMany, Gather
from bot.model.request import Kind, Request, State, Verdict
from bot.services.requests.telling import Event
from bot.services.requests.transitions import move
from bot.slack.outbound.delivery import Delivery
from bot.slack.views.many import batch_card
from bot.slack.views.requests.request_card import ASSIGN
from tests.slack.conftest import JANE, Room
from tests.slack.test_batches import plain_people, posted


def pushed(room: Room) -> Request:
    """What Okta has asked of Jane."""
    action = Open(
        kind=Kind.OFFBOARD,
        actor="okta",
        reason="Okta no longer assigns Help Scout to them.",
        arguments={"target_id": room.person(JANE).id},
    )
    outcome = room.approvals.apply(action)
    assert outcome.request is not None, outcome.sentence
    return outcome.request


def card_of(room: Room, request: Request) -> Any:
    delivery = Delivery(room.deps, gap=0.0)
    room.until(lambda: delivery.round() >= 1.0)
    ts = room.row(request).message_ts
    return next(message for message in room.slack.channel("access").messages if message.ts == ts)


def choose(room: Room, who: str, about: str, value: str, *, menu: str = ASSIGN) -> None:
    action = {
        "type": "external_select",
        "action_id": menu,
        "block_id": f"{menu}:{about}",
        "selected_option": {"text": {"type": "plain_text", "text": "x"}, "value": value},
    }
    user, team = {"id": room.id(who), "team_id": TEAM_ID}, {"id": TEAM_ID}
    payload = {"type": "block_actions", "user": user, "team": team, "actions": [action]}
    assert room.deliver(urlencode({"payload": json.dumps(payload)})).status == 200


def test_the_card_says_who_asks_and_offers_who_takes_the_conversations(room: Room) -> None:
    card = card_of(room, pushed(room))
    assert "Okta asks to offboard Jane" in card.shown
    assert "Hand conversations to" in card.shown
    assert "<@okta>" not in json.dumps(card.blocks)


def test_who_is_chosen_on_the_card_is_a_new_plan_that_voids_the_votes(room: Room) -> None:
    request = pushed(room)
    third = room.person("max@acme.example")
    choose(room, "ana", request.id, str(third.id))
    room.until(lambda: room.row(request).plan["assignee_id"] == third.id)
    row = room.row(request)
    assert row.digest != request.digest
    assert row.plan["assignee_name"] == third.user.name
    assert row.state is State.PENDING
    room.approvals.apply(Decide(request_id=request.id, actor=room.id("ana"), verdict=Verdict.APPROVE))
    assert room.row(request).state is State.APPROVED
    late = room.approvals.apply(Assign(request_id=request.id, actor=room.id("bo"), assignee_id=None))
    assert not late.accepted


def test_nobody_but_who_may_decide_chooses(room: Room) -> None:
    request = pushed(room)
    third = room.person("max@acme.example")
    for who in ("max", "rita"):
        outcome = room.approvals.apply(Assign(request_id=request.id, actor=room.id(who), assignee_id=third.id))
        assert not outcome.accepted, who
    unfit = room.approvals.apply(Assign(request_id=request.id, actor=room.id("ana"), assignee_id=request.target_id))
    assert "can't be handed" in unfit.sentence
    assert room.row(request).digest == request.digest


def test_a_card_that_became_part_of_a_batch_loses_its_buttons_and_leads_to_it(room: Room) -> None:
    request, delivery = pushed(room), Delivery(room.deps, gap=0.0)
    room.until(lambda: delivery.round() >= 1.0)
    opens = tuple(
        Open(kind=Kind.OFFBOARD, actor="okta", reason=request.reason, arguments={"target_id": id})
        for id in plain_people(room, 3)
    )
    outcome = room.approvals.many(Gather(actor="okta", opens=opens))
    assert outcome.batch is not None, outcome.sentence
    new = posted(room, delivery, outcome.batch)
    assert "Okta asks to offboard 4 people" in new.shown
    assert "Approve" in new.shown
    old = next(one for one in room.slack.channel("access").messages if one.ts == room.row(request).message_ts)
    assert "decided together with others" in old.shown
    assert new.ts.replace(".", "") in json.dumps(old.blocks) + old.text
    assert "Approve" not in old.shown


def seats(room: Room, *addresses: str) -> tuple[Open, ...]:
    """What Okta asks for people who are new."""
    return tuple(
        Open(
            kind=Kind.PROVISION,
            actor="okta",
            reason="Okta assigns Help Scout to them.",
            arguments={"email": address, "first_name": "New", "last_name": address.partition("@")[0].title()},
        )
        for address in addresses
    )


def test_many_seats_at_once_are_one_card_that_says_what_to_look_at(room: Room) -> None:
    opens = seats(room, "one@acme.example", "two@elsewhere.example", "three@elsewhere.example")
    outcome = room.approvals.many(Gather(actor="okta", opens=opens))
    assert outcome.batch is not None, outcome.sentence
    card = posted(room, Delivery(room.deps, gap=0.0), outcome.batch)
    assert "Okta asks to give 3 people a seat" in card.shown
    assert "Each is given a seat in Help Scout" in card.shown
    assert "nobody active has an address at elsewhere.example (2 people)" in card.shown
    assert "New Two" in card.shown
    assert "conversations" not in card.shown


def test_the_card_of_who_is_to_leave_waits_for_no_card_of_anything_else(room: Room) -> None:
    for action in seats(room, "one@elsewhere.example", "two@elsewhere.example"):
        assert room.approvals.apply(action).accepted
    leaving = pushed(room)
    delivery = Delivery(room.deps, gap=60.0)
    delivery.round()
    assert room.row(leaving).message_ts, "one message a second in a channel, and this is the first"
    assert len(room.slack.channel("access").messages) == 1


def test_who_takes_the_conversations_of_a_whole_batch_is_chosen_on_its_card(room: Room) -> None:
    opens = tuple(
        Open(kind=Kind.OFFBOARD, actor="okta", reason="Gone.", arguments={"target_id": id})
        for id in plain_people(room, 3)
    )
    batch = room.approvals.many(Gather(actor="okta", opens=opens)).batch
    assert batch is not None
    delivery = Delivery(room.deps, gap=0.0)
    card = posted(room, delivery, batch)
    assert batch_card.ASSIGN in json.dumps(card.blocks)
    first = room.record.requests.of_batch(batch.id)[0]
    assert room.approvals.apply(Decide(request_id=first.id, actor=room.id("bo"), verdict=Verdict.APPROVE)).accepted
    posted(room, delivery, batch)
    max = room.person("max@acme.example")
    choose(room, "ana", batch.id, str(max.id), menu=batch_card.ASSIGN)

    def rest() -> list[Request]:
        return [one for one in room.record.requests.of_batch(batch.id) if one.id != first.id]

    room.until(lambda: {one.plan["assignee_id"] for one in rest()} == {max.id})
    assert room.row(first).plan["assignee_id"] is None, "what is approved stays as it was approved"
    assert "Max Brückner (2)" in posted(room, delivery, batch).shown
    for who, target, said in (
        ("ana", max.id, "That's how it is already"),
        ("rita", room.person(JANE).id, "Only"),
        ("ana", rest()[0].target_id, "can't be handed"),
    ):
        outcome = room.approvals.many(AssignMany(batch_id=batch.id, actor=room.id(who), assignee_id=target))
        assert not outcome.accepted
        assert said in outcome.sentence
    assert {one.plan["assignee_id"] for one in rest()} == {max.id}


def test_another_choice_for_a_batch_voids_the_votes_of_all_who_are_pending(room: Room) -> None:
    admins = [row for row in room.directory.listing(limit=200).rows if row.user.role == "admin"]
    admins = [row for row in admins if row.user.email.partition("@")[0] not in ("ana", "bo", "cleo")][:2]
    opens = tuple(
        Open(kind=Kind.OFFBOARD, actor="okta", reason="Gone.", arguments={"target_id": row.id}) for row in admins
    )
    batch = room.approvals.many(Gather(actor="okta", opens=opens)).batch
    assert batch is not None, len(admins)
    vote = DecideMany(batch_id=batch.id, actor=room.id("bo"), verdict=Verdict.APPROVE)
    assert room.approvals.many(vote).sentence.endswith("need another approval.")
    max = room.person("max@acme.example")
    action = AssignMany(batch_id=batch.id, actor=room.id("ana"), assignee_id=max.id)
    said = room.approvals.many(action).sentence
    assert said.startswith("Max Brückner takes the conversations of 2 people. That is part of what is approved")
    assert room.record.requests.votes_of_batch(batch.id) == 0
    assert room.approvals.many(vote).sentence.endswith("2 people need another approval.")


def test_a_plain_change_of_an_identity_provider_has_a_card_only_when_somebody_has_to_look(room: Room) -> None:
    delivery = Delivery(room.deps, gap=0.0)
    arguments = {"target_id": room.person(JANE).id, "job_title": "Pilot"}
    action = Open(kind=Kind.CHANGE, actor="okta", reason="Okta has changed their profile.", arguments=arguments)
    request = room.approvals.apply(action).request
    assert request is not None
    running = move(
        room.record, request, from_states={State.APPROVED}, to=State.RUNNING, event=Event.STARTED, sentence="Started."
    )
    room.until(lambda: delivery.round() >= 1.0)
    assert running is not None
    assert not room.slack.channel("access").messages
    assert not room.record.outbox.waiting()
    why = "I couldn't confirm whether Jane was changed."
    move(room.record, running, from_states={State.RUNNING}, to=State.ATTENTION, event=Event.ATTENTION, sentence=why)
    room.until(lambda: delivery.round() >= 1.0)
    assert any(why in message.shown for message in room.slack.channel("access").messages)
