"""Somebody's manager is told that the seat is gone, where that is wished, and nobody is who must not be."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.model.batch import OpenMany
from bot.model.colleague import Manager
from bot.model.member import Member
from bot.model.offboarding.conversation import Move, MoveState
from bot.model.request import Request, State
from bot.services.requests.many.batch_ends import settle
from bot.services.requests.telling import Event, tell
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import JANE, Room

MAX = "max@acme.example"
GONE = "no longer has a Help Scout seat"


@pytest.fixture
def room(cold: Room) -> Room:
    cold.settings["tell_manager"] = True
    return cold.warm()


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


def named(room: Room, address: str, *of: str) -> None:
    """A source says so."""
    room.record.managers.keep({room.person(one).id: Manager(address, "okta") for one in of or (JANE,)}, [])


def ended(room: Room, request: Request) -> Request:
    row = room.record.requests.transition(request.id, from_states=frozenset({State.PENDING}), to=State.DONE)
    assert row is not None
    tell(room.record, row, Event.DONE, "Jane D'Arcy was removed.")
    return row


def brought(room: Room, delivery: Delivery) -> None:
    """Rounds until nothing is owed."""

    def settled() -> bool:
        delivery.round()
        return not room.record.requests.cards_out_of_date() and not room.record.outbox.waiting()

    room.until(settled)


def told(room: Room, handle: str) -> list[str]:
    return [message.shown for message in room.slack.dms(handle)]


def plain_people(room: Room, count: int) -> list[str]:
    """Addresses of people of Help Scout who are nobody in these tests."""
    known = {person.email for person in room.slack.people}
    rows = [row.user for row in room.record.users.by_status() if row.user.role == "user" and row.user.is_person]
    return [one.email for one in rows if one.email and one.email not in known][:count]


def test_the_manager_hears_that_the_seat_is_gone_and_not_why(room: Room, delivery: Delivery) -> None:
    named(room, MAX)
    request = room.open(reason="dismissed for cause")
    brought(room, delivery)
    assert not told(room, "max"), "nothing before it is done"
    ended(room, request)
    brought(room, delivery)
    (said,) = told(room, "max")
    assert f"*Jane D'Arcy* {GONE}" in said
    assert "names you as their manager" in said
    assert "dismissed" not in said
    assert not [handle for handle in ("ana", "bo") if told(room, handle)]


def test_the_manager_is_on_the_card_and_in_the_form_until_the_end(room: Room, delivery: Delivery) -> None:
    named(room, MAX)
    room.open()
    brought(room, delivery)
    (card,) = [one for one in room.slack.channel("access").messages if one.from_bot]
    assert "Manager" in card.shown
    assert MAX in card.shown


def test_where_it_is_off_nobody_is_told(cold: Room) -> None:
    room = cold.warm()
    named(room, MAX)
    ended(room, room.open())
    brought(room, Delivery(room.deps, gap=0.0))
    assert not told(room, "max")


def the_leaver(room: Room, leaver: str) -> str:
    """By a pair: the address is somebody's whom nobody would take for them."""
    room.record.identities.see(Member(id=room.id("max"), email=MAX))
    room.record.identities.link([room.id("max")], room.person(leaver).id)
    return MAX


def without_an_address(room: Room, leaver: str) -> str:
    """Whose address Slack withholds: they could be the leaver."""
    address = "bo@acme.example"
    room.record.identities.see(Member(id=room.id("bo"), email=address))
    room.record.identities.link([room.id("bo")], room.person(address).id)
    room.slack.people["bo"].email = ""
    return address


UNTOLD: dict[str, Callable[[Room, str], str]] = {
    "the leaver": the_leaver,
    "without an address": without_an_address,
    "unknown to Slack": lambda room, leaver: "nobody@elsewhere.example",
    "a guest": lambda room, leaver: "gwen@acme.example",
    "deactivated": lambda room, leaver: "leo@acme.example",
    "the requester": lambda room, leaver: "rita@acme.example",
}


def test_no_manager_is_told_who_must_not_be(room: Room, delivery: Delivery) -> None:
    leavers = dict(zip(UNTOLD, plain_people(room, len(UNTOLD)), strict=True))
    requests = {why: room.open(leaver) for why, leaver in leavers.items()}
    brought(room, delivery)
    for why, manager in UNTOLD.items():
        named(room, manager(room, leavers[why]), leavers[why])
    room.ticks = 100.0  # what Slack says is asked anew
    for request in requests.values():
        ended(room, request)
    brought(room, delivery)
    said = [one for person in room.slack.people for one in told(room, person.handle) if GONE in one]
    assert [why for why, one in requests.items() if any(one.target_name in words for words in said)] == []


def test_who_took_the_conversations_is_told_once(room: Room, delivery: Delivery) -> None:
    named(room, MAX)
    taker = room.person(MAX).id
    request = room.open(arguments={"assignee_id": taker})
    move = Move(request_id=request.id, conversation_id=1, from_user=room.person().id, to_user=taker)
    room.record.moves.plan([move])
    room.record.moves.mark(request.id, 1, MoveState.MOVED, "", datetime.now(UTC))
    ended(room, request)
    brought(room, delivery)
    (said,) = told(room, "max")
    assert "1 open conversation from" in said


def test_of_a_batch_each_manager_hears_once_of_all_their_people(room: Room, delivery: Delivery) -> None:
    theirs = plain_people(room, 3)
    named(room, MAX, *theirs)
    ids = tuple(room.person(one).id for one in theirs)
    outcome = room.approvals.many(OpenMany(actor=room.id("rita"), targets=ids, reason="reorganization"))
    assert outcome.batch is not None
    first, second, third = room.record.requests.of_batch(outcome.batch.id)
    for one, state in ((first, State.DONE), (second, State.DONE), (third, State.DENIED)):
        room.record.requests.transition(one.id, from_states=frozenset({State.PENDING}), to=state)
    settle(room.record, outcome.batch.id)
    brought(room, delivery)
    (said,) = told(room, "max")
    assert f"*{first.target_name}* and *{second.target_name}* no longer have Help Scout seats." in said
    assert third.target_name not in said
    assert "reorganization" not in said
