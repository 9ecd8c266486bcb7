"""Webhooks: signed, of convo.assigned, and only that."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout.http.server import Reply, Request, Server

if TYPE_CHECKING:
    from tests.demo.helpscout.conftest import Client

JANE, MAX = "jane@acme.example", "max@acme.example"


class Receiver:
    """Takes what is posted and answers with `status`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.status = 200
        self.server = Server(self._take)

    def _take(self, request: Request) -> Reply:
        self.requests.append(request)
        return Reply(self.status)

    @property
    def url(self) -> str:
        return f"http://{self.server.host}:{self.server.port}/helpscout/webhook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.server.start()
    yield receiver
    receiver.server.stop()


def test_an_assignment_is_told_with_event_signature_and_conversation(client: Client, receiver: Receiver) -> None:
    client.sim.webhooks.target(receiver.url, "shared secret")
    conversation, max_ = client.sim.conversations_of(JANE)[0], client.sim.person(MAX)
    change = {"op": "replace", "path": "/assignTo", "value": max_.id}
    client.rest.patch(f"/conversations/{conversation.id}", json=change)
    client.sim.webhooks.settle()
    (request,) = receiver.requests
    assert (request.method, request.path) == ("POST", "/helpscout/webhook")
    assert request.headers["x-helpscout-event"] == "convo.assigned"
    expected = base64.b64encode(hmac.new(b"shared secret", request.body, hashlib.sha1).digest()).decode()
    assert request.headers["x-helpscout-signature"] == expected
    body = json.loads(request.body)
    assert (body["id"], body["assignee"]["id"], body["assignee"]["email"]) == (conversation.id, max_.id, MAX)
    assert [(one.about, one.status) for one in client.sim.webhooks.deliveries] == [(conversation.id, 200)]


def test_what_people_assign_in_help_scout_itself_is_told_too_and_nothing_without_a_change(
    client: Client, receiver: Receiver
) -> None:
    client.sim.webhooks.target(receiver.url, "s")
    conversation = client.sim.conversations_of(JANE)[0]
    client.sim.assign(conversation, MAX)
    client.sim.assign(conversation, MAX)
    client.sim.assign(conversation, None)
    client.sim.webhooks.settle()
    assert ["assignee" in json.loads(request.body) for request in receiver.requests] == [True, False]


def test_without_a_target_nothing_is_sent_nor_kept_for_later(client: Client, receiver: Receiver) -> None:
    client.sim.assign(client.sim.conversations_of(JANE)[0], MAX)
    assert "helpscout-webhooks" not in {thread.name for thread in threading.enumerate()}
    client.sim.webhooks.target(receiver.url, "s")
    client.sim.webhooks.settle()
    assert receiver.requests == []


def test_people_who_come_and_go_cause_no_webhook(client: Client, receiver: Receiver) -> None:
    client.sim.webhooks.target(receiver.url, "s")
    client.sim.add_person("nova@acme.example", "Nova", "Newcomer")
    client.sim.remove_person(JANE)
    client.sim.webhooks.settle()
    assert receiver.requests == []


def test_a_refusal_and_a_dead_receiver_are_noted(client: Client, receiver: Receiver) -> None:
    client.sim.webhooks.target(receiver.url, "s")
    receiver.status = 401
    conversation = client.sim.conversations_of(JANE)[0]
    client.sim.assign(conversation, MAX)
    client.sim.webhooks.settle()
    receiver.server.stop()
    client.sim.assign(conversation, None)
    client.sim.webhooks.settle()
    refused, unheard = client.sim.webhooks.deliveries
    assert refused.status == 401
    assert (unheard.status, unheard.problem != "") == (0, True)
