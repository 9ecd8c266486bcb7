"""The card of what an identity provider asks: who takes the conversations is chosen on it."""

import json
from typing import Any
from urllib.parse import urlencode

from bot.demo.slack import TEAM_ID
from bot.model.action import Assign, Decide, Open
from bot.model.batch import Gather
from bot.model.request import Kind, Request, State, Verdict
from bot.services.requests.telling import Event
from bot.services.requests.transitions import move
from bot.slack.outbound.delivery import Courier
from bot.slack.views.request_card import ASSIGN
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
    courier = Courier(room.deps, gap=0.0)
    room.until(lambda: courier.round() >= 1.0)
    ts = room.row(request).message_ts
    return next(message for message in room.slack.channel("access").messages if message.ts == ts)


def choose(room: Room, who: str, request: Request, value: str) -> None:
    action = {
        "type": "external_select",
        "action_id": ASSIGN,
        "block_id": f"{ASSIGN}:{request.id}",
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
    choose(room, "ana", request, str(third.id))
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
    request, courier = pushed(room), Courier(room.deps, gap=0.0)
    room.until(lambda: courier.round() >= 1.0)
    opens = tuple(
        Open(kind=Kind.OFFBOARD, actor="okta", reason=request.reason, arguments={"target_id": id})
        for id in plain_people(room, 3)
    )
    outcome = room.approvals.many(Gather(actor="okta", opens=opens))
    assert outcome.batch is not None, outcome.sentence
    new = posted(room, courier, outcome.batch)
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
    card = posted(room, Courier(room.deps, gap=0.0), outcome.batch)
    assert "Okta asks to give 3 people a seat" in card.shown
    assert "Each is given a seat in Help Scout" in card.shown
    assert "nobody active has an address at elsewhere.example (2 people)" in card.shown
    assert "New Two" in card.shown
    assert "conversations" not in card.shown


def test_the_card_of_who_is_to_leave_waits_for_no_card_of_anything_else(room: Room) -> None:
    for action in seats(room, "one@elsewhere.example", "two@elsewhere.example"):
        assert room.approvals.apply(action).accepted
    leaving = pushed(room)
    courier = Courier(room.deps, gap=60.0)
    courier.round()
    assert room.row(leaving).message_ts, "one message a second in a channel, and this is the first"
    assert len(room.slack.channel("access").messages) == 1


def test_a_plain_change_of_an_identity_provider_has_a_card_only_when_somebody_has_to_look(room: Room) -> None:
    courier = Courier(room.deps, gap=0.0)
    arguments = {"target_id": room.person(JANE).id, "job_title": "Pilot"}
    action = Open(kind=Kind.CHANGE, actor="okta", reason="Okta has changed their profile.", arguments=arguments)
    request = room.approvals.apply(action).request
    assert request is not None
    running = move(
        room.record, request, from_states={State.APPROVED}, to=State.RUNNING, event=Event.STARTED, sentence="Started."
    )
    room.until(lambda: courier.round() >= 1.0)
    assert running is not None
    assert not room.slack.channel("access").messages
    assert not room.record.outbox.waiting()
    why = "I couldn't confirm whether Jane was changed."
    move(room.record, running, from_states={State.RUNNING}, to=State.ATTENTION, event=Event.ATTENTION, sentence=why)
    room.until(lambda: courier.round() >= 1.0)
    assert any(why in message.shown for message in room.slack.channel("access").messages)
