"""An approval counts for the plan that the clicked card shows: who takes the conversations, and when it runs.

And not while who takes them is leaving too.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta

import pytest

from bot.demo.slack import Message
from bot.model.action import Assign, Cancel, Decide, Open, Reschedule
from bot.model.batch import AssignMany, Batch, Gather
from bot.model.request import Kind, Request, State, Verdict
from bot.policy.requests.seen import mark
from bot.services.credential import Credential
from bot.slack.outbound.delivery import Delivery
from bot.slack.outbound.managers import slack_account
from bot.slack.views.requests.request_card import ASSIGN
from tests.slack.conftest import Room
from tests.slack.test_batches import plain_people, posted
from tests.slack.test_decisions import posted as card_of
from tests.slack.test_gate_card import pushed

CHANGED = "The plan was changed after this card was shown"


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


def copied(card: Message) -> Message:
    """The card as somebody still has it before them, whatever becomes of it."""
    return Message(**{**vars(card), "blocks": deepcopy(card.blocks)})


def unmarked(card: Message) -> Message:
    """As an older hs-bot has posted it."""
    old = copied(card)
    for block in old.blocks:
        if block.get("type") == "actions":
            block["block_id"] = block["block_id"].partition(":")[0]
    return old


def told(room: Room, who: str, words: str) -> str:
    room.slack.wait_until(lambda: any(words in message.shown for message in room.told(who)))
    return room.told(who)[-1].shown


def to_max(room: Room, request: Request) -> None:
    action = Assign(request_id=request.id, actor=room.id("bo"), assignee_id=room.person("max@acme.example").id)
    assert room.approvals.apply(action).accepted


def to_friday(room: Room, request: Request) -> None:
    later = room.record.now() + timedelta(days=3)
    assert room.approvals.apply(Reschedule(request_id=request.id, actor=room.id("bo"), run_at=later)).accepted


@pytest.mark.parametrize(
    ("change", "now"), [(to_max, "Max Brückner takes the conversations"), (to_friday, "the time is 2")]
)
@pytest.mark.parametrize("seen", [copied, unmarked])
def test_a_card_that_shows_an_older_plan_approves_nothing(
    room: Room,
    delivery: Delivery,
    change: Callable[[Room, Request], None],
    now: str,
    seen: Callable[[Message], Message],
) -> None:
    request = pushed(room)
    old = seen(card_of(room, delivery, request))
    change(room, request)
    room.slack.click("ana", old, "Approve")
    said = told(room, "ana", CHANGED)
    assert now in said
    row = room.row(request)
    assert row.state is State.PENDING
    assert not room.record.requests.decisions(row.id)
    assert room.record.audit.entries(request_id=row.id)[0].details["code"] == "plan changed"
    room.slack.click("ana", card_of(room, delivery, request), "Approve")
    told(room, "ana", "Approved")
    assert room.row(request).state is State.APPROVED


def test_a_card_of_an_older_bot_approves_a_plan_that_was_never_changed(room: Room, delivery: Delivery) -> None:
    request = pushed(room)
    room.slack.click("ana", unmarked(card_of(room, delivery, request)), "Approve")
    told(room, "ana", "Approved")
    assert room.row(request).state is State.APPROVED


def test_a_card_that_missed_a_change_is_drawn_again_once_it_was_clicked(room: Room, delivery: Delivery) -> None:
    request = pushed(room)
    old = unmarked(card_of(room, delivery, request))
    to_max(room, request)
    row = room.row(request)  # the older bot has noted that the card shows this much
    room.record.requests.card_shown(row.id, version=row.version, channel=row.channel, message_ts=row.message_ts)
    assert "Max" not in card_of(room, delivery, request).shown
    room.slack.click("ana", old, "Approve")
    told(room, "ana", CHANGED)
    room.slack.click("ana", card_of(room, delivery, request), "Approve")
    told(room, "ana", "Approved")


def test_another_plan_and_an_approval_at_once_end_with_one_of_them(room: Room) -> None:
    third = room.person("max@acme.example").id
    request = pushed(room)
    seen = mark(request)
    clicks = (
        Assign(request_id=request.id, actor=room.id("bo"), assignee_id=third),
        Decide(request_id=request.id, actor=room.id("ana"), verdict=Verdict.APPROVE, seen=seen),
    )
    with ThreadPoolExecutor(2) as both:
        handed, voted = both.map(room.approvals.apply, clicks)
    row = room.row(request)
    assert handed.accepted is not voted.accepted
    assert (row.state, row.plan["assignee_id"]) == (
        (State.APPROVED, None) if voted.accepted else (State.PENDING, third)
    )


def test_the_home_approves_no_plan_but_the_one_that_it_shows(room: Room) -> None:
    request = pushed(room)
    home = room.slack.open_home("ana")
    room.slack.wait_until(lambda: "Approve" in home.shown)
    old = deepcopy(home.blocks)
    to_max(room, request)
    home.blocks[:] = old
    room.slack.click("ana", home, "Approve")
    room.slack.wait_until(
        lambda: room.record.audit.entries(request_id=request.id)[0].details.get("code") == "plan changed"
    )
    assert room.row(request).state is State.PENDING
    room.slack.click("ana", room.slack.open_home("ana"), "Approve")
    room.slack.wait_until(lambda: room.row(request).state is State.APPROVED)


# Batches


def leavers(room: Room, count: int, *, after: int = 0) -> Batch:
    opens = tuple(
        Open(kind=Kind.OFFBOARD, actor="okta", reason="Gone.", arguments={"target_id": id})
        for id in plain_people(room, after + count)[after:]
    )
    outcome = room.approvals.many(Gather(actor="okta", opens=opens))
    assert outcome.batch is not None, outcome.sentence
    return outcome.batch


def all_to_max(room: Room, batch: Batch) -> None:
    third = room.person("max@acme.example").id
    assert room.approvals.many(AssignMany(batch_id=batch.id, actor=room.id("bo"), assignee_id=third)).accepted


@pytest.mark.parametrize("seen", [copied, unmarked])
def test_a_batchs_card_that_shows_older_plans_approves_nobody(
    room: Room, delivery: Delivery, seen: Callable[[Message], Message]
) -> None:
    batch = leavers(room, 3)
    old = seen(posted(room, delivery, batch))
    all_to_max(room, batch)
    posted(room, delivery, batch)
    room.slack.click("ana", old, "Approve")
    assert "Max Brückner takes the conversations" in told(room, "ana", CHANGED)
    assert room.record.batches.states(batch.id) == {State.PENDING: 3}
    room.slack.click("ana", posted(room, delivery, batch), "Approve")
    told(room, "ana", "Approved for 3 people")


def test_who_is_asked_for_again_counts_once_and_is_approved_with_the_others(room: Room, delivery: Delivery) -> None:
    batch = leavers(room, 3)
    [id] = plain_people(room, 1)
    [first] = [one for one in room.record.requests.of_batch(batch.id) if one.target_id == id]
    assert room.approvals.apply(Cancel(request_id=first.id, actor="okta")).accepted
    assert leavers(room, 1).id == batch.id
    card = posted(room, delivery, batch)
    assert "Okta asks to offboard 3 people" in card.shown
    room.slack.click("ana", card, "Approve")
    told(room, "ana", "Approved for 3 people")


def test_a_batchs_card_that_missed_a_change_is_drawn_again_once_it_was_clicked(room: Room, delivery: Delivery) -> None:
    batch = leavers(room, 2)
    old = unmarked(posted(room, delivery, batch))
    all_to_max(room, batch)
    kept = room.record.batches.get(batch.id)
    assert kept is not None
    place = {"channel": kept.channel, "message_ts": kept.message_ts, "shown": "2/2/0/0/0/0/0//1a2b"}
    room.record.batches.card_shown(batch.id, version=room.record.batches.cards_out_of_date()[0][1], **place)
    assert "Max" not in posted(room, delivery, batch).shown
    room.slack.click("ana", old, "Approve")
    told(room, "ana", CHANGED)
    room.slack.click("ana", posted(room, delivery, batch), "Approve")
    told(room, "ana", "Approved for 2 people")


def test_an_older_bots_card_of_a_batch_counts_while_nothing_was_changed(room: Room, delivery: Delivery) -> None:
    batch = leavers(room, 2)
    room.slack.click("ana", unmarked(posted(room, delivery, batch)), "Approve")
    told(room, "ana", "Approved for 2 people")


def test_a_card_from_before_somebody_joined_approves_nobody_although_a_newer_one_was_sent(
    room: Room, delivery: Delivery
) -> None:
    batch = leavers(room, 2)
    old = copied(posted(room, delivery, batch))
    leavers(room, 1, after=2)
    posted(room, delivery, batch)
    room.slack.click("ana", old, "Approve")
    told(room, "ana", "More people have joined this batch just now")
    assert room.record.batches.states(batch.id) == {State.PENDING: 3}


def test_who_was_left_out_since_keeps_nobody_from_approving_the_others(room: Room, delivery: Delivery) -> None:
    batch = leavers(room, 3)
    old = copied(posted(room, delivery, batch))
    first = room.record.requests.of_batch(batch.id)[0]
    room.record.requests.transition(first.id, from_states=frozenset({State.PENDING}), to=State.CANCELLED)
    room.slack.click("ana", old, "Approve")
    told(room, "ana", "Approved for 2 people")


# Somebody who is to take the conversations is leaving too


def leaves_too(room: Room, email: str = "max@acme.example") -> None:
    """An identity provider wants them gone as well: by a request of their own."""
    arguments: dict[str, object] = {"target_id": room.person(email).id}
    action = Open(kind=Kind.OFFBOARD, actor="okta", reason="Gone.", arguments=arguments)
    outcome = room.approvals.apply(action)
    assert outcome.accepted, outcome.sentence


def test_an_approval_is_refused_while_who_takes_the_conversations_is_leaving_too(
    room: Room, delivery: Delivery
) -> None:
    request = pushed(room)
    to_max(room, request)
    card = card_of(room, delivery, request)
    assert "leaving too" not in card.shown
    leaves_too(room)
    room.slack.click("ana", card, "Approve")
    assert "Choose someone else on the card" in told(
        room, "ana", "Max Brückner is leaving too, so nothing was approved"
    )
    assert room.row(request).state is State.PENDING
    card = card_of(room, delivery, request)
    assert "Max Brückner is leaving too. Choose someone else" in card.shown
    team = room.directory.teams()[0]
    assert room.approvals.apply(Assign(request_id=request.id, actor=room.id("bo"), assignee_id=team.id)).accepted
    card = card_of(room, delivery, request)
    assert "leaving too" not in card.shown
    room.slack.click("ana", card, "Approve")
    told(room, "ana", "Approved")


def test_who_takes_conversations_does_not_learn_from_a_refusal_that_they_are_leaving(room: Room) -> None:
    room.terms["admin_quorum"] = 1
    request = pushed(room)
    ana = room.person("ana@acme.example")
    action = Assign(request_id=request.id, actor=room.id("bo"), assignee_id=ana.id)
    assert room.approvals.apply(action).accepted
    leaves_too(room, "ana@acme.example")
    assert "leaving" not in room.decide(request, "ana")
    assert room.row(request).state is State.APPROVED, "it stops when it starts"


def test_a_batch_that_the_assignee_has_joined_says_so_and_waits_for_another_choice(
    room: Room, delivery: Delivery
) -> None:
    batch = leavers(room, 2)
    all_to_max(room, batch)
    arguments: dict[str, object] = {"target_id": room.person("max@acme.example").id}
    joins = Open(kind=Kind.OFFBOARD, actor="okta", reason="Gone.", arguments=arguments)
    assert room.approvals.many(Gather(actor="okta", opens=(joins,))).accepted
    card = posted(room, delivery, batch)
    assert "Max Brückner is leaving too. Choose someone else" in card.shown
    room.slack.click("ana", card, "Approve")
    told(room, "ana", "Max Brückner is leaving too, so nothing was approved")
    assert room.record.batches.states(batch.id) == {State.PENDING: 3}
    team = room.directory.teams()[0]
    assert room.approvals.many(AssignMany(batch_id=batch.id, actor=room.id("bo"), assignee_id=team.id)).accepted
    card = posted(room, delivery, batch)
    assert "leaving too" not in card.shown
    room.slack.click("ana", card, "Approve")
    told(room, "ana", "Approved for 3 people")


def test_nobody_who_leaves_is_offered_but_to_themselves_nor_is_the_bots_own_user(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.terms["admin_quorum"] = 1
    request = pushed(room)
    rows = [row for row in room.directory.listing(limit=200).rows if row.user.is_person and row.user.role == "user"]
    own = next(row.user for row in rows if slack_account(room.deps, row) is None)
    leaves_too(room)
    leaves_too(room, "ana@acme.example")
    card = card_of(room, Delivery(room.deps, gap=0.0), request)

    def offered(who: str, words: str) -> list[str]:
        found = room.slack.type_ahead(card, ASSIGN, words, user=who)
        return [option["value"] for option in found]

    asked: list[str] = []
    monkeypatch.setattr(room.workspace, "member_by_email", lambda email, **_: asked.append(email))
    assert offered("bo", "max@") == []
    assert offered("bo", "ana@") == []
    assert offered("ana", "ana@") == [str(room.person("ana@acme.example").id)]
    assert offered("bo", own.email) == [str(own.id)]
    Credential(room.record).keep(own)
    assert offered("bo", own.email) == []
    assert asked == [], "nobody who types waits for Slack"
    Credential(room.record).keep(room.person("max@acme.example").user)
    assert offered("max", "max@") == [str(room.person("max@acme.example").id)], "a person who has an account in Slack"
