"""The requester's button Remind, cards that have ended, and asking again from one."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import APPROVERS_GROUP, Message
from bot.model.request import Request, State, Verdict
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import Room
from tests.slack.test_notified import bring, card, replies


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


def private(room: Room, who: str, words: str) -> str:
    room.slack.wait_until(lambda: any(words in message.shown for message in room.told(who)))
    return next(message.shown for message in reversed(room.told(who)) if words in message.shown)


def labels(message: Message) -> list[str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element["text"]["text"] for row in rows for element in row]


# Remind


def test_the_requester_reminds_and_the_approvers_are_mentioned_anew(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.slack.click("rita", card(room, request), "Remind")
    private(room, "rita", "Reminder sent")
    bring(room, delivery)
    (reminder,) = replies(room, request)
    assert f"<!subteam^{APPROVERS_GROUP}>" in reminder.text
    assert room.slack.people["rita"].name in reminder.shown
    assert f"<@{room.id('rita')}>" not in json.dumps(reminder.as_json()), "who asked is named, not called"
    assert [line.actor for line in room.record.audit.entries() if line.event == "request.reminded"] == [room.id("rita")]


def test_a_second_reminder_within_the_hour_is_refused_and_after_it_sent(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.slack.click("rita", card(room, request), "Remind")
    private(room, "rita", "Reminder sent")
    room.clock.ahead = timedelta(minutes=45)
    room.slack.click("rita", card(room, request), "Remind")
    private(room, "rita", "You can send the next one in 15 minutes.")
    room.clock.ahead = timedelta(minutes=61)
    room.slack.click("rita", card(room, request), "Remind")
    room.slack.wait_until(lambda: sum("Reminder sent" in message.shown for message in room.told("rita")) == 2)
    bring(room, delivery)
    assert len(replies(room, request)) == 2


@pytest.mark.parametrize("who", ["ana", "max"])
def test_nobody_else_can_remind_and_it_is_recorded(room: Room, delivery: Delivery, who: str) -> None:
    request = room.open()
    bring(room, delivery)
    room.slack.click(who, card(room, request), "Remind")
    private(room, who, f"Only {room.slack.people['rita'].name} can send a reminder")
    bring(room, delivery)
    assert not replies(room, request)
    refused = [line for line in room.record.audit.entries(request_id=request.id) if line.event == "request.refused"]
    assert [line.actor for line in refused] == [room.id(who)]


def test_what_is_decided_is_not_reminded_of(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    before = card(room, request)
    old = [dict(block) for block in before.blocks]
    room.decide(request, "ana")
    bring(room, delivery)
    assert "Remind" not in labels(card(room, request))
    before.blocks = old  # what somebody still sees who has not scrolled
    room.slack.click("rita", before, "Remind")
    private(room, "rita", "has already been approved")


# Cards that have ended


def ended(room: Room, delivery: Delivery, state: State) -> Request:
    taker = room.person("max@acme.example").id
    request = room.open(arguments={"assignee_id": taker})
    bring(room, delivery)
    match state:
        case State.DONE:
            room.decide(request, "ana")
            room.work_off()
        case State.DENIED:
            room.decide(request, "ana", Verdict.DENY, "she stays")
        case State.EXPIRED:
            room.clock.ahead = timedelta(hours=25)
            room.approvals.tick()
        case _:
            room.record.requests.transition(
                request.id, from_states=frozenset({State.PENDING}), to=state, outcome="Her role is another one now."
            )
    bring(room, delivery)
    assert room.row(request).state is state
    return request


@pytest.mark.parametrize("state", [State.DONE, State.DENIED, State.EXPIRED, State.STALE])
def test_a_finished_card_shrinks_to_its_outcome(room: Room, delivery: Delivery, state: State) -> None:
    request = ended(room, delivery, state)
    shown = card(room, request)
    assert len(shown.blocks) <= 5
    assert not [block for block in shown.blocks if block.get("fields")], "no facts"
    for words in ("Offboard Jane D'Arcy", request.id):
        assert words in shown.shown
    assert f"<@{room.id('rita')}>" in json.dumps(shown.blocks)
    decided = {State.DONE: "Approved by", State.DENIED: "she stays", State.EXPIRED: "expired", State.STALE: "Her role"}
    assert decided[state] in shown.shown
    again = state in (State.EXPIRED, State.STALE)
    assert labels(shown) == (["Ask again…"] if again else [])


def test_the_whole_of_a_finished_request_is_in_its_status(room: Room, delivery: Delivery) -> None:
    request = ended(room, delivery, State.DENIED)
    answer = room.slack.command("rita", f"/hs-offboard status {request.id}")
    answer.wait("left the company")
    assert "Open the request" in answer.messages[-1].shown


# Ask again


@pytest.mark.parametrize("state", [State.EXPIRED, State.STALE])
def test_ask_again_opens_the_form_filled_in_and_it_can_be_sent(room: Room, delivery: Delivery, state: State) -> None:
    request = ended(room, delivery, state)
    answer = room.slack.click("rita", card(room, request), "Ask again…")
    room.slack.wait_until(lambda: answer.view is not None)
    view = answer.view
    assert view is not None
    held = json.dumps(view.blocks)
    assert f'"value": "{room.person().id}"' in held
    assert f'"value": "{room.person("max@acme.example").id}"' in held
    assert "left the company" in held
    room.slack.submit(view)
    room.until(lambda: len(room.record.requests.find(states={State.PENDING})) == 1)
    (anew,) = room.record.requests.find(states={State.PENDING})
    assert (anew.target_id, anew.reason, anew.plan["assignee_id"]) == (
        request.target_id,
        request.reason,
        request.plan["assignee_id"],
    )


def test_what_did_not_expire_cannot_be_asked_again(room: Room, delivery: Delivery) -> None:
    expired = ended(room, delivery, State.EXPIRED)
    stood = card(room, expired)
    room.record.requests.update(expired.id)
    room.record.requests.transition(expired.id, from_states=frozenset({State.EXPIRED}), to=State.DENIED)
    answer = room.slack.click("rita", stood, "Ask again…")
    private(room, "rita", "Only one that expired or is out of date")
    assert answer.view is None


def test_whom_it_is_about_is_answered_as_if_there_were_no_such_request(room: Room, delivery: Delivery) -> None:
    request = room.open("max@acme.example")
    bring(room, delivery)
    room.clock.ahead = timedelta(hours=25)
    room.approvals.tick()
    bring(room, delivery)
    answer = room.slack.click("max", card(room, request), "Ask again…")
    private(room, "max", "This request doesn't exist.")
    assert answer.view is None
