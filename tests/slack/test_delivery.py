"""What Slack is owed arrives once, in order, at Slack's pace, whatever Slack does meanwhile."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.demo.slack import Message
from bot.demo.slack.people import BOT_USER_ID
from bot.model.change import Change, ChangeKind
from bot.model.outbox import Topic
from bot.model.request import State, Step, StepState, Verdict
from bot.model.user import Status
from bot.policy.requests.audit_head import parse_head
from bot.services.audit_heads import AuditHeads
from bot.services.requests.telling import Event, tell
from bot.services.syncing.held import question, settle
from bot.slack.outbound.delivery import Delivery
from bot.slack.outbound.was_it_posted import find_sent, stamp
from tests.slack.conftest import Room


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


def bring(room: Room, delivery: Delivery, seconds: float = 10.0) -> None:
    """Rounds until nothing is owed."""

    def settled() -> bool:
        delivery.round()
        return not room.record.requests.cards_out_of_date() and not room.record.outbox.waiting()

    room.until(settled, seconds)


def cards(room: Room) -> list[Message]:
    return [message for message in room.slack.channel("access").messages if message.from_bot]


def thread(room: Room) -> list[str]:
    return [reply.shown for reply in room.slack.channel("access").thread(cards(room)[-1].ts)]


def warn(room: Room, *sentences: str) -> None:
    for sentence in sentences:
        room.record.outbox.add(f"test:{sentence}", Topic.WARNING, {"sentence": sentence})


# Cards


def test_a_new_request_becomes_a_card_with_everything_an_approver_needs(room: Room, delivery: Delivery) -> None:
    request = room.open(arguments={"assignee_id": room.person("ana@acme.example").id})
    bring(room, delivery)
    (card,) = cards(room)
    for words in (
        "Offboard Jane D'Arcy", "jane@acme.example", "user", "Onboarding", "15, handed to Ana", "left the company",
        "0 of 1 approval", "Expires", "as soon as approved", "Approve", "Deny", "Cancel", request.id,
    ):  # fmt: skip
        assert words in card.shown
    assert f"<@{request.requester}>" in str(card.blocks)
    assert "<!date^" in str(card.blocks), "times in the reader's own zone"
    assert card.text, "a fallback for notifications"
    row = room.row(request)
    assert (row.channel, row.message_ts, row.card_version) == (card.channel, card.ts, row.version)


def test_a_card_is_rewritten_when_the_row_moves_on_and_not_posted_again(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.decide(request, "ana")
    bring(room, delivery)
    (card,) = cards(room)
    assert "Approved" in card.shown
    assert "Approve:" not in str(card.blocks), "the button is gone"
    assert len(room.slack.calls("chat.postMessage")) == 3, "the card, one line in its thread, and one to who asked"


def test_what_looks_the_same_is_not_sent_again(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.record.requests.update(request.id, reminded=0)
    bring(room, delivery)
    assert not room.slack.calls("chat.update")
    assert room.row(request).card_version == room.row(request).version


def test_long_work_shows_a_progress_bar(room: Room, delivery: Delivery) -> None:
    request = room.open()
    room.decide(request, "ana")
    now = room.record.now()
    room.record.requests.transition(request.id, from_states={State.APPROVED}, to=State.RUNNING)
    for position, name in enumerate(("check", "record"), 1):
        room.record.requests.step_finished(
            Step(request_id=request.id, position=position, name=name, state=StepState.DONE, started_at=now)
        )
    room.record.requests.step_started(Step(request_id=request.id, position=3, name="reassign", started_at=now))
    room.record.requests.step_progress(request.id, 3, 260, 500)
    bring(room, delivery)
    shown = cards(room)[-1].shown
    assert "52 % · 260 of 500" in shown
    assert "✓ check" in shown
    assert "▸ reassign" in shown


def test_a_card_is_updated_at_most_once_a_second_and_ends_up_right(room: Room) -> None:
    delivery = Delivery(room.deps)
    request = room.open()
    room.decide(request, "ana")
    room.record.requests.transition(request.id, from_states={State.APPROVED}, to=State.RUNNING)
    room.record.requests.step_started(
        Step(request_id=request.id, position=1, name="reassign", started_at=room.record.now())
    )
    delivery.start()
    try:
        for done in range(40):
            room.record.requests.step_progress(request.id, 1, done, 40)
            delivery.wake()
            threading.Event().wait(0.05)
        room.record.requests.step_progress(request.id, 1, 40, 40)
        delivery.wake()
        room.slack.wait_until(lambda: bool(cards(room)) and "40 of 40" in cards(room)[-1].shown)
    finally:
        assert delivery.stop()
    moments = [call.at for call in room.slack.calls("chat.update")]
    assert 1 <= len(moments) <= 4
    assert all(after - before > timedelta(seconds=0.9) for before, after in pairwise(moments))


def test_after_a_restart_old_cards_are_updated_and_none_is_posted_again(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    assert delivery.stop()
    room.decide(request, "ana", Verdict.DENY, "no")
    bring(room, Delivery(room.deps, gap=0.0))
    (card,) = cards(room)
    assert "Denied" in card.shown


def test_a_card_that_somebody_deleted_is_posted_anew_while_it_can_be_decided(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.slack.workspace.delete(cards(room)[0])
    room.record.requests.update(request.id, reminded=1)
    room.decide(request, "ana")
    bring(room, delivery)
    (card,) = cards(room)
    assert "Approved" in card.shown
    assert room.row(request).message_ts == card.ts


def test_a_decided_card_that_somebody_deleted_is_not_posted_again(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.slack.workspace.delete(cards(room)[0])
    room.decide(request, "ana", Verdict.DENY, "no")
    delivery.round()
    room.until(lambda: (delivery.round(), not room.record.requests.cards_out_of_date())[1])
    assert not cards(room)


# Threads, direct messages, notices


def test_the_head_of_the_audit_log_stands_in_the_channel_and_under_a_removal(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    tell(room.record, request, Event.DONE, "Jane D'Arcy was removed.")
    AuditHeads(room.record).tick()
    bring(room, delivery)
    card, daily = cards(room)
    assert "Audit log today" in daily.shown
    (done,) = room.slack.channel("access").thread(card.ts)
    for shown in (done.shown, daily.shown):
        kept = re.search(r"\d+:[0-9a-f]{64}", shown)
        assert kept is not None
        assert room.record.audit.verify(parse_head(kept[0])).whole


def test_every_event_stands_in_the_cards_thread_in_order(room: Room, delivery: Delivery) -> None:
    request = room.open()
    room.decide(request, "ana", Verdict.DENY, "she *stays*")
    bring(room, delivery)
    lines = thread(room)
    assert len(lines) == 1
    assert "Denied" in lines[0]
    assert f"<@{room.id('ana')}>" in str(room.slack.channel("access").thread(cards(room)[-1].ts)[0].blocks)


def test_the_requester_is_told_the_end_in_a_direct_message(room: Room, delivery: Delivery) -> None:
    request = room.open()
    room.decide(request, "ana", Verdict.DENY, "not yet")
    bring(room, delivery)
    (message,) = room.slack.dms("rita")
    assert "Offboard Jane D'Arcy" in message.shown
    assert "not yet" in message.shown
    assert request.id in message.shown


def test_nothing_is_ever_sent_to_the_person_it_is_about(room: Room, delivery: Delivery) -> None:
    request = room.open("max@acme.example")
    payload = {"member": room.id("max"), "request_id": request.id, "event": "done", "sentence": "x", "actor": ""}
    room.record.outbox.add("forged", Topic.DM, payload)
    bring(room, delivery)
    assert not room.slack.dms("max")


def test_a_notice_tells_what_changed_outside_the_bot_the_alarm_first(room: Room, delivery: Delivery) -> None:
    jane, ana = room.person(), room.person("ana@acme.example")
    room.record.users.mark_gone(jane.id, Status.REMOVED, room.record.now(), None)
    now = room.record.now()
    promoted = Change(
        user_id=ana.id, kind=ChangeKind.CHANGED, field="role", before="user", after="admin", seen_at=now, sync_id=1
    )
    room.record.changes.add(
        [
            promoted,
            Change(user_id=jane.id, kind=ChangeKind.REMOVED, seen_at=now, sync_id=1),
        ]
    )
    room.record.outbox.add("sync:1", Topic.NOTICE, {"sync_id": 1})
    bring(room, delivery)
    shown = cards(room)[-1].shown
    assert shown.index("Jane D'Arcy") < shown.index("Ana")
    assert "without a request" in shown
    assert "role user → admin" in shown


def test_many_changes_are_one_digest(room: Room, delivery: Delivery) -> None:
    rows = list(room.record.users.by_status(Status.ACTIVE))[:40]
    now = room.record.now()
    room.record.changes.add([Change(user_id=row.id, kind=ChangeKind.JOINED, seen_at=now, sync_id=1) for row in rows])
    room.record.outbox.add("sync:1", Topic.NOTICE, {"sync_id": 1})
    bring(room, delivery)
    (message,) = cards(room)
    assert "joined" in message.shown
    assert "others" in message.shown


def test_the_guards_question_has_a_button_that_an_approver_may_press(room: Room, delivery: Delivery) -> None:
    jane, now = room.person(), room.record.now()
    with room.record.transaction():
        settle(room.record, 1, asked=frozenset({jane.id}), missing=frozenset({jane.id}), seen_at=now)
    bring(room, delivery)
    (card,) = cards(room)
    assert "D'Arcy" in card.shown
    room.slack.click("max", card, "Confirm removals")
    room.slack.wait_until(lambda: any("Only an approver" in m.shown for m in room.told("max")))
    room.slack.click("ana", card, "Confirm removals")
    room.slack.wait_until(lambda: any("Confirmed" in m.shown for m in room.told("ana")))
    room.slack.wait_until(lambda: "Confirm removals" not in card.shown)
    room.until(lambda: question(room.record) is None or question(room.record).confirmed_by)  # type: ignore[union-attr]


def test_nothing_that_is_posted_unfurls(room: Room, delivery: Delivery) -> None:
    room.open(reason="see https://example.com")
    warn(room, "see https://example.com")
    bring(room, delivery)
    for call in room.slack.calls("chat.postMessage"):
        assert str(call.arguments["unfurl_links"]).lower() in ("0", "false")
        assert str(call.arguments["unfurl_media"]).lower() in ("0", "false")


# What Slack does meanwhile


def test_one_message_a_second_in_a_channel(room: Room) -> None:
    room.slack.installation.one_post_a_second = True
    delivery = Delivery(room.deps, gap=1.05)
    warn(room, "one", "two", "three")
    bring(room, delivery, 15)
    assert [m.shown for m in cards(room)] == [":warning: one", ":warning: two", ":warning: three"]
    assert all(call.status == 200 for call in room.slack.calls("chat.postMessage"))


def fault(name: str, **options: Any) -> Callable[[Room], None]:
    return lambda room: getattr(room.slack.faults, name)("chat.postMessage", **options)


@pytest.mark.parametrize(
    "trouble",
    [
        fault("rate_limit", times=2, retry_after=1),
        fault("server_error", times=2),
        fault("server_error", times=1, status=503),
        fault("garbage"),
        fault("lose_answer"),
        fault("refuse", times=2),
        lambda room: room.slack.faults.error("fatal_error", "chat.postMessage"),
    ],
    ids=["429", "500", "503", "html", "lost answer", "refused", "fatal_error"],
)
def test_whatever_slack_answers_each_message_arrives_exactly_once_and_in_order(
    room: Room, delivery: Delivery, trouble: Callable[[Room], None]
) -> None:
    trouble(room)
    request = room.open()
    room.decide(request, "ana", Verdict.DENY, "no")
    warn(room, "first", "second")
    bring(room, delivery, 20)
    shown = [message.shown for message in cards(room)]
    assert sum("Offboard Jane" in one for one in shown) == 1
    warnings = [one for one in shown if "warning" in one]
    assert warnings == [":warning: first", ":warning: second"]
    assert len(room.slack.channel("access").thread(next(m for m in cards(room) if "Offboard" in m.shown).ts)) == 1
    assert len(room.slack.dms("rita")) == 1


@pytest.mark.parametrize("how", ["rate_limit", "server_error", "lose_answer"])
def test_an_update_that_fails_is_made_up_for(room: Room, delivery: Delivery, how: str) -> None:
    request = room.open()
    bring(room, delivery)
    getattr(room.slack.faults, how)("chat.update", times=2)
    room.decide(request, "ana", Verdict.DENY, "no")
    bring(room, delivery, 15)
    assert "Denied" in cards(room)[-1].shown


def test_retry_after_is_waited_for(room: Room, delivery: Delivery) -> None:
    room.slack.faults.rate_limit("chat.postMessage", retry_after=2)
    warn(room, "patience")
    bring(room, delivery, 15)
    refused, sent = room.slack.calls("chat.postMessage")
    assert sent.at - refused.at >= timedelta(seconds=1.9)


def test_one_members_trouble_does_not_hold_up_the_others(room: Room, delivery: Delivery) -> None:
    request = room.open()
    for number, name in enumerate(("leo", "rita")):
        payload = {"member": room.id(name), "request_id": request.id, "event": "done", "sentence": name, "actor": ""}
        room.record.outbox.add(f"dm:{number}", Topic.DM, payload)
    bring(room, delivery)
    assert any("rita" in message.shown for message in room.slack.dms("rita"))
    assert not room.slack.dms("leo"), "nobody who has left is written to"


def test_a_message_that_slack_would_not_show_is_sent_as_text(room: Room, delivery: Delivery) -> None:
    room.slack.faults.error("invalid_blocks", "chat.postMessage")
    request = room.open()
    bring(room, delivery)
    assert "Offboard Jane D'Arcy" in cards(room)[-1].shown
    room.slack.faults.error("invalid_blocks", "chat.postMessage")
    room.decide(request, "ana", Verdict.DENY, "no")
    bring(room, delivery)
    assert "Denied" in thread(room)[-1]


# A channel that is closed to us


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived"])
def test_a_channel_the_bot_was_removed_from_is_said_and_made_up_for(room: Room, delivery: Delivery, code: str) -> None:
    closed = room.slack.faults.error(code, "chat.postMessage", times=1)
    request = room.open()
    delivery.round()
    assert delivery.problem()
    room.until(lambda: (delivery.round(), room.slack.dms("rita"))[1])
    assert "can't be posted" in room.slack.dms("rita")[0].shown
    assert closed not in room.slack.faults.on
    bring(room, delivery)
    assert len(cards(room)) == 1
    assert not delivery.problem()
    assert room.row(request).message_ts
    assert len(room.slack.dms("rita")) == 1, "said once"


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found"])
def test_removed_from_the_channel_after_the_card_was_posted_a_click_counts_and_all_is_made_up_for(
    room: Room, delivery: Delivery, code: str
) -> None:
    request = room.open()
    bring(room, delivery)
    channel = room.slack.channel("access")
    channel.members.discard(BOT_USER_ID)
    room.slack.faults.error(code, "chat.update", times=None)
    room.decide(request, "ana", Verdict.DENY, "she stays")
    assert room.row(request).state is State.DENIED
    room.until(lambda: (delivery.round(), room.slack.dms("rita"))[1])
    assert "she stays" in room.slack.dms("rita")[0].shown, "the requester is told though the thread can't be"
    room.until(lambda: (delivery.round(), delivery.problem())[1])
    assert "/invite" in delivery.problem()
    assert "Denied" not in cards(room)[0].shown
    channel.members.add(BOT_USER_ID)
    room.slack.faults.clear()
    bring(room, delivery, 30)
    assert len(cards(room)) == 1
    assert "Denied" in cards(room)[0].shown
    assert "she stays" in thread(room)[-1]
    assert not delivery.problem()


def test_trouble_with_the_channel_is_said_in_the_status(room: Room) -> None:
    delivery = Delivery(room.deps, gap=0.0)
    object.__setattr__(room.deps, "post_problem", delivery.problem)
    room.slack.faults.error("not_in_channel", "chat.postMessage", times=None)
    warn(room, "hello")
    delivery.round()
    assert "/invite" in room.slack.command("max", "/hs-status").shown


def test_a_dead_token_drops_nothing(room: Room, delivery: Delivery) -> None:
    room.slack.faults.error("token_revoked", "chat.*", times=2)
    room.open()
    warn(room, "still here")
    delivery.round()
    assert "install" in delivery.problem()
    bring(room, delivery, 15)
    assert len(cards(room)) == 2


# More than one delivery, and a sudden end


def test_of_two_deliveries_one_works(room: Room) -> None:
    first, second = Delivery(room.deps, owner="one", gap=0.0), Delivery(room.deps, owner="two", gap=0.0)
    warn(room, *(f"message {number}" for number in range(20)))
    threads = [threading.Thread(target=bring, args=(room, delivery)) for delivery in (first, second)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    shown = [message.shown for message in cards(room)]
    assert len(shown) == len(set(shown)) == 20


def test_a_message_that_a_dead_process_had_sent_is_not_sent_again(room: Room, delivery: Delivery) -> None:
    warn(room, "told once")
    (item,) = room.record.outbox.claim("a dead delivery", room.record.now(), timedelta(seconds=1))
    room.deps.client.chat_postMessage(channel=room.deps.channel, text="told once", metadata=stamp(item.key))
    room.clock.ahead = timedelta(seconds=5)
    bring(room, delivery)
    assert len(cards(room)) == 1


def test_a_message_that_a_dead_process_had_not_sent_is_sent(room: Room, delivery: Delivery) -> None:
    warn(room, "told at last")
    room.record.outbox.claim("a dead delivery", room.record.now(), timedelta(seconds=1))
    room.clock.ahead = timedelta(seconds=5)
    bring(room, delivery)
    assert [message.shown for message in cards(room)] == [":warning: told at last"]


def test_a_card_that_a_dead_process_had_posted_is_found_and_brought_up_to_date(room: Room, delivery: Delivery) -> None:
    request = room.open()
    original = room.record.requests.card_shown
    room.record.requests.card_shown = lambda *_, **__: (_ for _ in ()).throw(SystemExit)  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        delivery.round()
    room.record.requests.card_shown = original  # type: ignore[method-assign]
    assert len(cards(room)) == 1
    room.decide(request, "ana", Verdict.DENY, "no")
    room.clock.ahead = timedelta(minutes=5)
    bring(room, Delivery(room.deps, owner="the next", gap=0.0))
    (card,) = cards(room)
    assert "Denied" in card.shown


def test_a_direct_message_whose_answer_was_lost_is_not_sent_again(room: Room, delivery: Delivery) -> None:
    request = room.open()
    bring(room, delivery)
    room.decide(request, "ana", Verdict.DENY, "no")
    room.slack.faults.lose_answer("chat.postMessage", times=3)
    bring(room, delivery, 20)
    assert len(room.slack.dms("rita")) == 1
    assert len(thread(room)) == 1


def test_a_delivery_that_stops_hands_back_what_it_has_not_sent(room: Room) -> None:
    room.slack.faults.rate_limit("chat.postMessage", times=None, retry_after=30)
    first = Delivery(room.deps, owner="one", gap=0.0)
    warn(room, "for the next one")
    first.round()
    assert first.stop()
    room.slack.faults.clear()
    bring(room, Delivery(room.deps, owner="two", gap=0.0))
    assert len(cards(room)) == 1


def test_settling_reads_page_by_page_and_only_believes_our_own_key(room: Room) -> None:
    for number in range(250):
        room.slack.say("max", f"chatter {number}", channel="access")
    since = room.record.now() - timedelta(hours=1)
    channel = room.deps.channel
    assert find_sent(room.deps.client, "k", channel=channel, thread_ts="", since=since) is None
    assert len(room.slack.calls("conversations.history")) == 2


def test_a_fault_in_one_message_does_not_keep_the_others_waiting(room: Room, delivery: Delivery) -> None:
    room.record.outbox.add("bad", Topic.GUARD, {"sync_id": "x", "missing": [10**30]})
    room.record.outbox.add("dm", Topic.DM, {"member": "", "request_id": "none"})
    request = room.open()
    room.until(lambda: (delivery.round(), room.row(request).message_ts)[1])
    assert cards(room)


def test_the_delivery_wakes_at_once(room: Room) -> None:
    delivery = Delivery(room.deps, poll=30.0, gap=0.0)
    delivery.start()
    try:
        warn(room, "quick")
        delivery.wake()
        room.slack.wait_until(lambda: bool(cards(room)), 3)
    finally:
        assert delivery.stop()


def test_a_kind_without_approval_has_a_card_without_buttons(room: Room, delivery: Delivery) -> None:
    request = room.open()
    room.record.requests.transition(request.id, from_states={State.PENDING}, to=State.RUNNING)
    bring(room, delivery)
    assert not any(block["type"] == "actions" for block in cards(room)[-1].blocks)
