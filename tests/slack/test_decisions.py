"""Approve, Deny, Cancel, Retry: what a click does, and what the person who clicked is told in private."""

import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.demo.slack import Message
from bot.model.request import Request, State, Verdict
from bot.slack.outbound.delivery import Delivery
from bot.slack.transport.request import read_request
from tests.slack.conftest import JANE, Room


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


def posted(room: Room, delivery: Delivery, request: Request) -> Message:
    """The card as it stands in the channel now."""
    room.until(lambda: delivery.round() >= 1.0)
    ts = room.row(request).message_ts
    return next(message for message in room.slack.channel("access").messages if message.ts == ts)


def third_approver(room: Room) -> None:
    """Max too: a request about Bo, an admin, needs two who are not Bo."""
    room.slack.workspace.groups["S0APPROVER"].users.append(room.id("max"))
    room.ticks += 61


def private(room: Room, who: str, words: str) -> str:
    room.slack.wait_until(lambda: any(words in message.shown for message in room.told(who)))
    return room.told(who)[-1].shown


def test_an_approval_counts_and_is_confirmed_in_private(room: Room, delivery: Delivery) -> None:
    request = room.open()
    card = posted(room, delivery, request)
    answer = room.slack.click("ana", card, "Approve")
    assert answer.status == 200
    private(room, "ana", "Approved")
    assert room.row(request).state is State.APPROVED
    assert room.woken, "the runner and the delivery were woken"
    shown = posted(room, delivery, request).shown
    assert "Approve" not in shown.replace("Approved", "")
    assert "Cancel" in shown, "until it starts"


def test_when_it_starts_is_said_in_the_readers_zone(room: Room, delivery: Delivery) -> None:
    start = (room.clock() + timedelta(days=1)).replace(second=0, microsecond=0)
    request = room.open(run_at=start)
    room.slack.click("ana", posted(room, delivery, request), "Approve")
    private(room, "ana", "Approved. It will run")
    drawn = f"It will run <!date^{int(start.timestamp())}^"
    assert drawn in json.dumps(room.told("ana")[-1].blocks)
    posted(room, delivery, request)
    assert any(drawn in json.dumps(message.blocks) for message in room.slack.channel("access").everything)


def test_approving_asks_to_be_sure_in_plain_words(room: Room, delivery: Delivery) -> None:
    request = room.open(arguments={"assignee_id": room.person("ana@acme.example").id})
    card = posted(room, delivery, request)
    confirm = next(e for b in card.blocks if b["type"] == "actions" for e in b["elements"])["confirm"]
    assert "This will remove Jane D'Arcy from Help Scout" in confirm["text"]["text"]
    assert "hand their open conversations to Ana" in confirm["text"]["text"]
    assert confirm["text"]["text"].endswith("It starts right away.")
    room.slack.click("ana", card, "Approve", confirm=False)
    assert room.row(request).state is State.PENDING


def test_the_question_before_an_approval_says_when_it_will_run(room: Room, delivery: Delivery) -> None:
    start = (room.clock() + timedelta(days=1)).replace(hour=17, minute=5, second=0, microsecond=0)
    card = posted(room, delivery, room.open(run_at=start))
    confirm = next(e for b in card.blocks if b["type"] == "actions" for e in b["elements"])["confirm"]
    assert f"It will run on {start:%A, %B} {start.day}, {start.year}, at 17:05 UTC." in confirm["text"]["text"]


def test_an_ack_does_not_wait_for_slack_or_the_engine(room: Room, delivery: Delivery) -> None:
    card = posted(room, delivery, room.open())
    room.slack.faults.slow(1.0, "users.info", times=None)
    assert room.slack.click("ana", card, "Approve").milliseconds < 500
    private(room, "ana", "Approved")


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("rita", "your own request."),
        ("max", "Only approvers"),
        ("gus", "Guests"),
        ("sid", "its own workspace"),
    ],
)
@pytest.mark.parametrize("label", ["Approve", "Deny"])
def test_who_may_not_decide_is_told_why_in_private_and_recorded(
    room: Room, delivery: Delivery, who: str, words: str, label: str
) -> None:
    request = room.open()
    answer = room.slack.click(who, posted(room, delivery, request), label)
    private(room, who, words)
    assert answer.view is None, "no form is opened for who may not deny"
    assert room.row(request).state is State.PENDING
    assert not room.record.requests.decisions(request.id)
    refused = [entry for entry in room.record.audit.entries(request_id=request.id) if entry.event == "request.refused"]
    assert [entry.actor for entry in refused] == [room.id(who)]


def test_the_target_cannot_decide_about_themselves(room: Room, delivery: Delivery) -> None:
    third_approver(room)
    request = room.open("bo@acme.example")
    room.slack.click("bo", posted(room, delivery, request), "Approve")
    private(room, "bo", "about you")
    assert room.row(request).state is State.PENDING


def test_an_admin_needs_two_and_the_card_counts(room: Room, delivery: Delivery) -> None:
    third_approver(room)
    request = room.open("bo@acme.example")
    assert "0 of 2 approvals" in posted(room, delivery, request).shown
    room.slack.click("ana", posted(room, delivery, request), "Approve")
    private(room, "ana", "1 more approval")
    assert "1 of 2 approvals" in posted(room, delivery, request).shown
    room.slack.click("max", posted(room, delivery, request), "Approve")
    private(room, "max", "Approved")
    assert room.row(request).state is State.APPROVED


def test_a_second_click_of_the_same_person_changes_nothing_and_says_so(room: Room, delivery: Delivery) -> None:
    third_approver(room)
    request = room.open("bo@acme.example")
    card = posted(room, delivery, request)
    room.slack.click("ana", card, "Approve")
    private(room, "ana", "1 more")
    room.slack.click("ana", card, "Approve")
    private(room, "ana", "You've already voted on this request")
    assert len(room.record.requests.decisions(request.id)) == 1


def test_a_late_click_is_told_how_things_stand(room: Room, delivery: Delivery) -> None:
    request = room.open()
    card = posted(room, delivery, request)
    room.decide(request, "bo", Verdict.DENY, "not yet")
    room.slack.click("ana", card, "Approve")
    said = private(room, "ana", "has already been denied")
    assert "not yet" in said


@pytest.mark.parametrize("retry", [0, 1, 3], ids=["as it was", "x-slack-retry-num: 1", "x-slack-retry-num: 3"])
def test_slacks_second_delivery_of_the_same_click_does_and_says_nothing(
    room: Room, delivery: Delivery, retry: int
) -> None:
    request = room.open()
    answer = room.slack.click("ana", posted(room, delivery, request), "Approve")
    private(room, "ana", "Approved")
    assert room.slack.redeliver(answer, retry=retry).status == 200
    time.sleep(0.3)
    assert len(room.told("ana")) == 1
    assert len(room.record.requests.decisions(request.id)) == 1
    assert not [e for e in room.record.audit.entries(request_id=request.id) if e.event == "request.refused"]


def test_a_click_of_which_only_a_repetition_arrives_counts(room: Room, delivery: Delivery) -> None:
    """Slack numbers what it repeats; a bot that throws those away loses a click that it never saw."""
    request = room.open()
    card = posted(room, delivery, request)
    with room.slack.forging(age=3600):
        answer = room.slack.click("ana", card, "Approve")
    assert room.row(request).state is State.PENDING
    assert room.slack.redeliver(answer, retry=1).status == 200
    private(room, "ana", "Approved")
    assert room.row(request).state is State.APPROVED


@pytest.mark.parametrize("restarted", [False, True], ids=["the same process", "another process"])
def test_a_replayed_click_is_no_second_vote(room: Room, delivery: Delivery, restarted: bool) -> None:
    """The very bytes once more, signature and all, within the five minutes for which Slack's signature is good."""
    third_approver(room)
    request = room.open("bo@acme.example")
    card = posted(room, delivery, request)
    recorded = room.eavesdrop()
    room.slack.click("ana", card, "Approve")
    private(room, "ana", "1 more approval")
    if restarted:
        room.restart()
    ((body, headers),) = recorded
    for _ in range(3):
        assert room.app.dispatch(read_request(body.decode(), headers)).status == 200
    room.until(lambda: not room.worker.unfinished)
    assert room.row(request).state is State.PENDING
    assert [vote.actor for vote in room.record.requests.decisions(request.id)] == [room.id("ana")]


def test_deny_asks_for_the_reason_and_one_denial_ends_it(room: Room, delivery: Delivery) -> None:
    request = room.open()
    view = room.slack.click("ana", posted(room, delivery, request), "Deny").wait_for_view()
    assert "Jane D'Arcy" in view.shown
    assert room.row(request).state is State.PENDING, "nothing is decided by opening the form"
    room.slack.submit(view, {"Reason": "she stays"})
    assert view.closed
    private(room, "ana", "Denied")
    assert room.row(request).state is State.DENIED
    card = posted(room, delivery, request)
    assert "she stays" in card.shown
    assert "Deny" not in card.shown.replace("Denied", "")


def test_a_denial_without_a_reason_is_refused_at_its_field(room: Room, delivery: Delivery) -> None:
    request = room.open()
    view = room.slack.click("ana", posted(room, delivery, request), "Deny").wait_for_view()
    room.slack.submit(view, {"Reason": " \u200b "})
    assert "reason" in view.errors
    assert room.row(request).state is State.PENDING


def test_who_lost_the_right_while_writing_the_reason_denies_nothing(room: Room, delivery: Delivery) -> None:
    request = room.open()
    view = room.slack.click("ana", posted(room, delivery, request), "Deny").wait_for_view()
    room.slack.workspace.groups["S0APPROVER"].users.remove(room.id("ana"))
    room.slack.submit(view, {"Reason": "she stays"})
    private(room, "ana", "Only approvers")
    assert room.row(request).state is State.PENDING


@pytest.mark.parametrize("who", ["rita", "ana"])
def test_the_requester_and_an_approver_may_cancel(room: Room, delivery: Delivery, who: str) -> None:
    request = room.open()
    room.slack.click(who, posted(room, delivery, request), "Cancel")
    private(room, who, "Cancelled")
    assert room.row(request).state is State.CANCELLED
    assert not any(b["type"] == "actions" for b in posted(room, delivery, request).blocks)


def test_nobody_else_may_cancel(room: Room, delivery: Delivery) -> None:
    request = room.open()
    room.slack.click("max", posted(room, delivery, request), "Cancel")
    private(room, "max", "Only the person who asked for this, or an approver")
    assert room.row(request).state is State.PENDING


def needs_attention(room: Room) -> Request:
    request = room.open()
    room.decide(request, "ana")
    outcome = "The removal is not settled."
    room.record.requests.transition(
        request.id, from_states={State.APPROVED}, to=State.ATTENTION, outcome=outcome, started_at=room.record.now()
    )
    return room.row(request)


def test_retry_goes_on_and_needs_an_approver(room: Room, delivery: Delivery) -> None:
    request = needs_attention(room)
    card = posted(room, delivery, request)
    assert "The removal is not settled." in card.shown
    room.slack.click("rita", card, "Retry")
    private(room, "rita", "your own request.")
    room.slack.click("bo", card, "Retry")
    private(room, "bo", "Trying again")
    assert room.row(request).state is State.RUNNING


def test_giving_up_ends_it(room: Room, delivery: Delivery) -> None:
    request = needs_attention(room)
    room.slack.click("bo", posted(room, delivery, request), "Give up")
    private(room, "bo", "Given up")
    assert room.row(request).state is State.FAILED


@pytest.mark.parametrize("label", ["Approve", "Deny", "Cancel"])
@pytest.mark.parametrize("forged", ["nosuchrequest", "", "1", "' OR 1=1 --", "x" * 1900, "\u0000", "{}"])
def test_a_forged_button_does_nothing(room: Room, delivery: Delivery, label: str, forged: str) -> None:
    request = room.open()
    card = posted(room, delivery, request)
    for block in card.blocks:
        for element in block.get("elements", ()):
            if "value" in element:
                element["value"] = forged
    answer = room.slack.click("ana", card, label)
    private(room, "ana", "This request doesn't exist")
    assert answer.view is None
    assert room.row(request).state is State.PENDING


def test_a_button_carries_the_requests_id_and_nothing_else(room: Room, delivery: Delivery) -> None:
    request = room.open()
    card = posted(room, delivery, request)
    values = {e["value"] for b in card.blocks for e in b.get("elements", ()) if e.get("type") == "button"}
    assert values == {request.id}


def test_what_the_message_says_is_never_believed(room: Room, delivery: Delivery) -> None:
    """A payload whose message claims another person: only the row of the id counts."""
    request = room.open()
    card = posted(room, delivery, request)
    card.blocks[0] = {"type": "header", "text": {"type": "plain_text", "text": "Offboard Max Brückner"}}
    room.slack.click("ana", card, "Approve")
    private(room, "ana", "Approved")
    assert room.row(request).target_email == JANE


def test_when_slack_is_away_nothing_is_decided_and_it_is_recorded(room: Room, delivery: Delivery) -> None:
    request = room.open()
    card = posted(room, delivery, request)
    room.ticks += 61
    room.slack.faults.error("fatal_error", "users*", times=None)
    room.slack.click("ana", card, "Approve")
    private(room, "ana", "nothing was done")
    assert room.row(request).state is State.PENDING


def test_two_approvers_at_once_make_one_approval(room: Room, delivery: Delivery) -> None:
    import threading

    request = room.open()
    card = posted(room, delivery, request)
    clicks = [threading.Thread(target=room.slack.click, args=(who, card, "Approve")) for who in ("ana", "bo") * 5]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    room.until(lambda: len(room.told("ana")) + len(room.told("bo")) == 10)
    said = [message.shown for who in ("ana", "bo") for message in room.told(who)]
    assert sum("Starting now" in one for one in said) == 1
    assert room.row(request).state is State.APPROVED


def test_a_click_without_most_of_its_fields_breaks_nothing(room: Room) -> None:
    request = room.open()
    bodies: list[dict[str, Any]] = [
        {"actions": [{"type": "button", "action_id": "request.approve", "value": request.id}]},
        {"user": "ana", "actions": [{"type": "button", "action_id": "request.approve", "value": request.id}]},
        {"user": {"id": 7}, "actions": [{"type": "button", "action_id": "request.deny", "value": [request.id]}]},
        {"user": {"id": room.id("ana")}, "actions": [{"type": "button", "action_id": "request.approve"}]},
    ]
    for body in bodies:
        payload = json.dumps({"type": "block_actions", **body})
        assert room.deliver(urlencode({"payload": payload})).status == 200
    room.until(lambda: not room.worker.unfinished)
    assert room.row(request).state is State.PENDING


def test_the_leaver_is_told_nothing(room: Room, delivery: Delivery) -> None:
    request = room.open("max@acme.example")
    room.slack.click("ana", posted(room, delivery, request), "Approve")
    private(room, "ana", "Approved")
    card = posted(room, delivery, request)
    assert not room.slack.dms("max")
    assert not room.told("max")
    assert f"<@{room.id('max')}>" not in json.dumps(card.blocks) + card.text
    for reply in room.slack.channel("access").thread(card.ts):
        assert f"<@{room.id('max')}>" not in json.dumps(reply.blocks) + reply.text


def test_denying_waits_for_no_mouse(room: Room, delivery: Delivery) -> None:
    """The trigger lives three seconds: Slack's answers about the caller are known, so the form opens at once."""
    card = posted(room, delivery, room.open())

    def seconds() -> float:
        started = time.monotonic()
        room.slack.click("ana", card, "Deny").wait_for_view()
        return time.monotonic() - started

    assert min(seconds() for _ in range(3)) < 1.5  # the machine may be busy with other things
