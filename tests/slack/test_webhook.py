"""Help Scout's webhook `convo.assigned`, over real HTTP from the simulated Help Scout to the channel."""

from collections.abc import Iterator

import httpx
import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.helpscout.world.conversations import Conversation
from bot.demo.slack import Message
from bot.model.action import Open
from bot.model.request import Kind, State
from bot.model.user import Status
from bot.services.assignments import Assignments
from bot.slack.outbound.delivery import Delivery
from bot.slack.transport.http import Site
from bot.slack.transport.server import HttpServer
from tests.slack.conftest import JANE, Room

SECRET = "webhook-secret"


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


@pytest.fixture
def url(room: Room) -> Iterator[str]:
    """Where the bot listens; Help Scout is told."""
    delivery = Delivery(room.deps, gap=0.01, poll=0.01)
    site = Site(
        room.app, signing_secret="s", webhook_secret=SECRET, webhook=Assignments(room.record, wake=delivery.wake).told
    )
    server = HttpServer(site, port=0, host="127.0.0.1")
    server.start()
    delivery.start()
    address = f"http://127.0.0.1:{server.port}/helpscout/webhook"
    room.helpscout.webhooks.target(address, SECRET)
    yield address
    delivery.stop()
    server.stop()


def given_to(room: Room, who: str | int) -> Conversation:
    """A conversation of somebody else that is given to this person now."""
    person = room.helpscout.person(who).id
    conversation = next(one for one in room.helpscout.conversations if one.assignee_id != person)
    room.helpscout.assign(conversation, who)
    room.helpscout.webhooks.settle()
    return conversation


def warnings(room: Room) -> list[Message]:
    return [m for m in room.slack.channel("access").messages if "was given to" in m.shown]


def settled(room: Room) -> None:
    room.until(lambda: not room.record.outbox.waiting())


def test_work_for_somebody_about_to_leave_is_warned_of_once(room: Room, url: str) -> None:
    request = room.open()
    conversation = given_to(room, JANE)
    room.slack.wait_until(lambda: bool(warnings(room)))
    [told] = warnings(room)
    assert f"#{conversation.number} was given to Jane D'Arcy" in told.shown
    assert request.id in told.shown
    room.helpscout.assign(conversation, "max@acme.example")
    room.helpscout.assign(conversation, JANE)
    room.helpscout.webhooks.settle()
    settled(room)
    assert len(warnings(room)) == 1
    assert {delivery.status for delivery in room.helpscout.webhooks.deliveries} == {200}


def test_work_for_somebody_who_is_gone_is_warned_of(room: Room, url: str) -> None:
    """Help Scout may give out work with a workflow, late; the record knows already."""
    room.record.users.mark_gone(room.person().id, Status.REMOVED, room.record.now(), None)
    given_to(room, JANE)
    room.slack.wait_until(lambda: any("is no longer in Help Scout" in one.shown for one in warnings(room)))


def test_ordinary_work_warns_nobody(room: Room, url: str) -> None:
    room.open()
    given_to(room, "max@acme.example")
    room.helpscout.assign(room.helpscout.conversations[0], None)
    room.helpscout.webhooks.settle()
    settled(room)
    assert len(room.helpscout.webhooks.deliveries) == 2
    assert not warnings(room)


def test_an_ended_request_is_none(room: Room, url: str) -> None:
    request = room.open()
    room.record.requests.transition(request.id, from_states={State.PENDING}, to=State.CANCELLED)
    given_to(room, JANE)
    settled(room)
    assert not warnings(room)


def test_what_is_handed_back_to_somebody_restored_is_no_alarm(room: Room, url: str) -> None:
    room.helpscout.behaviour.same_id_on_return = True
    request = room.open(arguments={"assignee_id": room.person("max@acme.example").id})
    room.decide(request, "ana")
    room.work_off()
    arguments: dict[str, object] = {"target_id": room.person().id, "hand_back": True}
    asked = Open(kind=Kind.RESTORE, actor=room.id("rita"), reason="a mistake", arguments=arguments)
    restore = room.approvals.apply(asked).request
    assert restore is not None
    room.decide(restore, "ana")
    room.work_off()
    room.helpscout.webhooks.settle()
    settled(room)
    assert room.row(restore).state is State.DONE, room.row(restore).outcome
    assert room.helpscout.conversations_of(JANE)
    assert not warnings(room)


def test_a_forged_signature_is_refused(room: Room, url: str) -> None:
    room.open()
    body = {"id": 1, "number": 1, "assignee": {"id": room.person().id}}
    for signature in ("", "bm90IG91cnM=", "é"):
        headers = [(b"X-HelpScout-Event", b"convo.assigned"), (b"X-HelpScout-Signature", signature.encode())]
        assert httpx.post(url, json=body, headers=headers).status_code == 401
    assert not warnings(room)


BODIES: list[dict[str, object]] = [
    {},
    {"id": 1},
    {"id": "1", "assignee": {"id": 5}},
    {"id": True, "assignee": {"id": True}},
    {"id": 1, "assignee": []},
    {"id": 1, "assignee": {"id": 10**30}},
    {"id": 1, "assignee": {"id": 3, "type": "team"}},
    {"id": 1, "assignee": {"id": 999_999_999}},
    {"id": 1, "owner": []},
    {"id": 1, "owner": {"id": 3, "type": "team"}},
]


@pytest.mark.parametrize("empty", [{}, {"assignee": []}, {"assignee": None}])
def test_the_owner_of_an_older_payload_is_the_assignee(room: Room, empty: dict[str, object]) -> None:
    room.open()
    owed = room.record.outbox.waiting()
    owner = {"id": room.person().id, "firstName": "Jane", "type": "user"}
    body = {"id": 291938, "number": 349, "isDraft": "false", "folderId": "1234", **empty, "owner": owner}
    Assignments(room.record).told("convo.assigned", body)
    assert room.record.outbox.waiting() == owed + 1


def test_any_body_is_borne_and_other_events_are_none_of_ours(room: Room) -> None:
    room.open()
    owed = room.record.outbox.waiting()
    for body in BODIES:
        Assignments(room.record).told("convo.assigned", body)
    Assignments(room.record).told("convo.created", {"id": 1, "assignee": {"id": room.person().id}})
    assert room.record.outbox.waiting() == owed
