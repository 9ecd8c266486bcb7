"""What Slack refuses for good: given up and said once where people look, posted anew, or told to whom it concerns."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.demo.slack import Message
from bot.demo.slack.people import BOT_USER_ID
from bot.model.outbox import Topic
from bot.model.request import State, Step, Verdict
from bot.services.syncing.held import settle
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import JANE, Room


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


def rounds(delivery: Delivery, count: int = 6) -> None:
    for _ in range(count):
        delivery.round()


def posted(room: Room, channel: str = "access") -> list[Message]:
    return [message for message in room.slack.channel(channel).messages if message.from_bot]


def has_button(message: Message, words: str) -> bool:
    return f"'text': '{words}'" in str(message.blocks)


def restarted(room: Room, delivery: Delivery) -> Delivery:
    """Another process: what the first one kept in memory is gone."""
    assert delivery.stop()
    return Delivery(room.deps, gap=0.0)


def elsewhere(room: Room, delivery: Delivery) -> str:
    """The bot is stopped, and another channel configured; returns the channel's name."""
    assert delivery.stop()
    room.slack.channel("general").members.add(BOT_USER_ID)
    room.restart()
    object.__setattr__(room.deps, "channel", room.slack.channel("general").id)
    room.connect()
    return "general"


# The channel is wrong

NOT_A_CHANNEL = [
    "not_in_channel", "is_archived", "channel_not_found", "restricted_action", "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel", "message_limit_exceeded",
    "ekm_access_denied", "team_access_not_granted", "no_permission", "access_denied", "external_channel_migrating",
    "slack_connect_file_link_sharing_blocked", "account_inactive", "a_word_of_next_year",
]  # fmt: skip


@pytest.mark.parametrize("code", NOT_A_CHANNEL)
def test_a_channel_that_takes_no_card_is_told_to_the_requester_and_in_the_status(
    room: Room, delivery: Delivery, code: str
) -> None:
    object.__setattr__(room.deps, "post_problem", delivery.problem)
    room.slack.faults.error(code, "chat.postMessage", times=None, channel=room.deps.channel)
    room.open()
    rounds(delivery)
    assert ["can't be posted" in message.shown for message in room.slack.dms("rita")] == [True]
    assert delivery.problem()
    assert delivery.problem() in room.slack.command("max", "/hs-status").shown


@pytest.mark.parametrize("code", ["is_inactive", "channel_not_found", "a_word_of_next_year"])
def test_an_open_request_moves_to_the_channel_that_is_configured_now(room: Room, delivery: Delivery, code: str) -> None:
    request = room.open()
    rounds(delivery)
    room.slack.faults.error(code, "chat.update", times=None, channel=room.deps.channel)
    room.slack.channel("access").is_archived = True
    name = elsewhere(room, delivery)
    second = Delivery(room.deps, gap=0.0)
    rounds(second)
    (card,) = posted(room, name)
    assert has_button(card, "Approve")
    assert room.row(request).channel == room.slack.channel(name).id
    assert not second.problem()
    room.decide(request, "ana", Verdict.DENY, "she stays")
    rounds(second)
    assert not has_button(card, "Approve")
    assert "she stays" in room.slack.channel(name).thread(card.ts)[0].shown
    assert len(posted(room, name)) == 1


def test_the_card_that_was_left_loses_its_buttons_and_says_where_the_request_is(room: Room, delivery: Delivery) -> None:
    room.open()
    rounds(delivery)
    name = elsewhere(room, delivery)
    second = Delivery(room.deps, gap=0.0)
    rounds(second)
    (old,) = posted(room)
    assert not has_button(old, "Approve")
    assert f"<#{room.slack.channel(name).id}>" in str(old.blocks)
    rounds(restarted(room, second))
    assert len(posted(room, name)) == 1, "moved once"


@pytest.mark.parametrize("code", ["is_archived", "not_in_channel", "restricted_action_read_only_channel"])
def test_an_old_channel_is_owed_nothing(room: Room, delivery: Delivery, code: str) -> None:
    request = room.open()
    rounds(delivery)
    room.decide(request, "ana", Verdict.DENY, "she stays")
    room.slack.faults.error(code, "chat.*", times=None, channel=room.deps.channel)
    name = elsewhere(room, delivery)
    second = Delivery(room.deps, gap=0.0)
    rounds(second)
    assert not room.record.outbox.waiting()
    assert not room.record.requests.cards_out_of_date()
    assert not second.problem()
    assert ["she stays" in message.shown for message in posted(room, name)] == [True], "the end is told, no card"


# Never again for this one


@pytest.mark.parametrize(
    "code",
    [
        "cannot_reply_to_message", "restricted_action_thread_locked", "thread_not_found", "message_not_found",
        "restricted_action_non_threadable_channel", "invalid_arguments",
    ],
)  # fmt: skip
def test_what_a_thread_takes_no_longer_is_told_once_in_the_channel(room: Room, delivery: Delivery, code: str) -> None:
    room.slack.faults.error(code, "chat.postMessage", times=None, replies=True)
    request = room.open()
    rounds(delivery)
    room.decide(request, "ana", Verdict.DENY, "she stays")
    rounds(delivery)
    told = [message for message in posted(room) if "she stays" in message.shown and not message.thread_ts]
    assert len([message for message in told if has_button(message, "x") or "Denied" in message.shown]) == 2
    assert not room.record.outbox.waiting()
    assert not delivery.problem()
    rounds(restarted(room, delivery))
    assert len(posted(room)) == 2, "the card, and its end once"


@pytest.mark.parametrize("code", ["edit_window_closed", "cant_update_message", "message_not_found", "block_mismatch"])
def test_a_card_that_can_not_be_changed_comes_anew_once_a_state(room: Room, delivery: Delivery, code: str) -> None:
    request = room.open()
    rounds(delivery)
    room.slack.faults.error(code, "chat.update", times=None)
    room.decide(request, "ana")
    room.record.requests.transition(request.id, from_states={State.APPROVED}, to=State.RUNNING)
    step = Step(request_id=request.id, position=1, name="reassign", started_at=room.record.now())
    room.record.requests.step_started(step)
    for done in range(10):
        room.record.requests.step_progress(request.id, 1, done, 40)
        rounds(delivery, 2)
        delivery = restarted(room, delivery)
    assert len(posted(room)) == 2
    assert not delivery.problem()
    assert room.row(request).message_ts == posted(room)[-1].ts


@pytest.mark.parametrize("code", ["messages_tab_disabled", "user_disabled", "invalid_arguments"])
def test_a_direct_message_that_is_never_taken_is_given_up(room: Room, delivery: Delivery, code: str) -> None:
    request = room.open()
    rounds(delivery)
    room.slack.faults.error(code, "chat.postMessage", times=None, channel=room.id("rita"))
    room.decide(request, "ana", Verdict.DENY, "she stays")
    rounds(delivery)
    assert not room.record.outbox.waiting()
    lines = [reply.shown for reply in room.slack.channel("access").thread(posted(room)[-1].ts)]
    said = [line for line in lines if "could not be told" in line]
    assert len(said) == (code != "user_disabled")
    assert bool(delivery.problem()) == bool(said)


def test_a_direct_message_that_is_refused_for_an_unknown_reason_is_tried_for_three_days(
    room: Room, delivery: Delivery
) -> None:
    request = room.open()
    rounds(delivery)
    room.slack.faults.error("a_word_of_next_year", "chat.postMessage", times=None, channel=room.id("rita"))
    room.decide(request, "ana", Verdict.DENY, "she stays")
    rounds(delivery)
    assert "Direct messages" in delivery.problem()
    assert room.record.outbox.waiting() == 1
    room.clock.ahead = timedelta(days=4)
    rounds(restarted(room, delivery))
    assert not room.record.outbox.waiting()


def test_a_message_that_slack_never_takes_is_said_once_in_the_channel(room: Room, delivery: Delivery) -> None:
    room.slack.faults.error("invalid_arguments", "chat.postMessage", times=1)
    room.record.outbox.add("odd", Topic.WARNING, {"sentence": "odd"})
    rounds(delivery)
    assert ["could not be posted" in message.shown for message in posted(room)] == [True]
    room.slack.faults.error("invalid_arguments", "chat.postMessage", times=None)
    room.record.outbox.add("odder", Topic.WARNING, {"sentence": "odder"})
    rounds(delivery)
    assert not room.record.outbox.waiting(), "what says so is not owed for ever either"


# What is decided in one place loses its buttons everywhere


def held(room: Room) -> None:
    jane, now = room.person(), room.record.now()
    with room.record.transaction():
        settle(room.record, 1, asked=frozenset({jane.id}), missing=frozenset({jane.id}), seen_at=now)


def back(room: Room) -> None:
    with room.record.transaction():
        settle(room.record, 2, asked=frozenset(), missing=frozenset(), seen_at=None)


def again(room: Room) -> None:
    more = frozenset({room.person().id, room.person("max@acme.example").id})
    with room.record.transaction():
        settle(room.record, 2, asked=more, missing=more, seen_at=None)


def from_home(room: Room) -> None:
    room.slack.click("ana", room.slack.open_home("ana"), "Confirm removals")
    room.until(lambda: room.record.outbox.waiting())


@pytest.mark.parametrize(
    ("ends", "words"),
    [(from_home, "Confirmed by"), (back, "in Help Scout again"), (again, "Asked again")],
    ids=["from the Home", "they are back", "asked again"],
)
def test_the_guards_question_loses_its_button_wherever_it_is_settled(
    room: Room, delivery: Delivery, ends: Callable[[Room], None], words: str
) -> None:
    held(room)
    rounds(delivery)
    (question,) = posted(room)
    assert has_button(question, "Confirm removals")
    ends(room)
    rounds(delivery)
    assert not has_button(question, "Confirm removals")
    assert words in question.shown
    assert not room.record.outbox.waiting()


@pytest.mark.parametrize("code", ["message_not_found", "edit_window_closed", "is_inactive"])
def test_a_question_that_can_not_be_changed_is_left_as_it_is(room: Room, delivery: Delivery, code: str) -> None:
    held(room)
    rounds(delivery)
    room.slack.faults.error(code, "chat.update", times=None)
    back(room)
    rounds(delivery)
    assert not room.record.outbox.waiting()
    assert len(posted(room)) == 1
    assert not delivery.problem()


# A trigger that came too late


@pytest.mark.parametrize("command", [f"/hs-offboard {JANE}", "/hs-provision", "/hs-offboard"])
@pytest.mark.parametrize("code", ["expired_trigger_id", "exchanged_trigger_id", "invalid_arguments"])
def test_who_was_too_late_hears_to_try_again(room: Room, command: str, code: str) -> None:
    messages = ["[ERROR] `trigger_id` expired [json-pointer:/trigger_id]"] if code == "invalid_arguments" else []
    room.slack.faults.error(code, "views.open", times=None, details={"response_metadata": {"messages": messages}})
    answer = room.slack.command("rita", command)
    room.until(lambda: "try again" in answer.shown)
