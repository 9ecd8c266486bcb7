"""REST: statuses, rotations, access, snoozes, scheduled replies, merges; each group of calls may be missing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.helpscout.world.conversations import MAILBOX

if TYPE_CHECKING:
    from tests.demo.helpscout.conftest import Client, Connect

JANE, MAX = "jane@acme.example", "max@acme.example"
BILLING = 85_002
WHOLE = {"state": "enabled", "assignmentLimit": 20, "assignmentMethod": "round_robin"}


def test_a_status_is_set_and_read(client: Client) -> None:
    path = f"/users/{client.sim.person(JANE).id}/status"
    assert client.page(path)["email"]["status"] == "active"
    assert client.rest.put(path, json={"status": "away"}).status_code == 204
    assert (client.page(path)["email"]["status"], client.page(path)["email"]["source"]) == ("away", "api")
    assert client.rest.put(path, json={"status": "available"}).status_code == 400
    assert client.page("/users/status")["page"]["totalElements"] > 50


def test_new_conversations_go_round_to_who_is_not_away(client: Client) -> None:
    duty, ids = client.sim.account.duty, [client.sim.person(one).id for one in (JANE, MAX)]
    for conversation in client.sim.conversations:
        client.sim.account.set_status(conversation, "closed")
    duty.rotate(MAILBOX, ids)
    assert [duty.arrive().assignee_id for _ in range(4)] == [*ids, *ids]
    duty.set_status(ids[0], "away")
    assert {duty.arrive().assignee_id for _ in range(3)} == {ids[1]}
    duty.set_status(ids[1], "away")
    assert duty.arrive().assignee_id is None


@pytest.mark.parametrize(
    "change",
    [{"userIds": []}, {"assignmentLimit": 0}, {"assignmentLimit": 101}, {"assignmentMethod": "x"}, {"userIds": [5]}],
)
def test_a_rotation_takes_whole_configurations_only(client: Client, change: dict[str, Any]) -> None:
    path, jane = f"/mailboxes/{MAILBOX}/routing", client.sim.person(JANE).id
    assert client.rest.put(path, json={**WHOLE, "userIds": [jane]}).status_code == 204
    assert client.rest.put(path, json={**WHOLE, "userIds": [jane], **change}).status_code == 400
    assert client.page(path)["userIds"] == [jane]


def test_people_are_filtered_by_inbox(connect: Connect) -> None:
    client = connect(reading="pages")
    jane, max_ = (client.sim.person(one).id for one in (JANE, MAX))
    client.sim.account.duty.inboxes[BILLING].people = {jane}
    listed = client.page("/users", mailbox=BILLING)["_embedded"]["users"]
    assert [one["id"] for one in listed] == [jane]
    conversation = client.sim.conversations_of(JANE)[0]
    conversation.mailbox_id = BILLING
    change = {"op": "replace", "path": "/assignTo", "value": max_}
    assert client.rest.patch(f"/conversations/{conversation.id}", json=change).status_code == 400


@pytest.mark.parametrize(("reading", "listed"), [("listed", 12), ("only all", 11)])
def test_a_snoozed_conversation_is_listed_by_either_reading(reading: Any, listed: int, client: Client) -> None:
    client.sim.behaviour.snoozed = reading
    jane, conversation = client.sim.person(JANE).id, client.sim.conversations_of(JANE, "active")[0]
    body = {"snoozedUntil": "2099-01-01T00:00:00Z", "unsnoozeOnCustomerReply": False}
    assert client.rest.put(f"/conversations/{conversation.id}/snooze", json=body).status_code == 204
    assert client.page("/conversations", assigned_to=jane, status="active")["page"]["totalElements"] == listed
    assert client.page("/conversations", assigned_to=jane, status="all")["page"]["totalElements"] == 20
    assert client.page(f"/conversations/{conversation.id}")["snooze"]["snoozedUntil"] == "2099-01-01T00:00:00Z"
    past = {**body, "snoozedUntil": "2001-01-01T00:00:00Z"}
    assert client.rest.put(f"/conversations/{conversation.id}/snooze", json=past).status_code == 400


def test_a_snooze_ends_with_nobody_and_a_reply_goes_out_in_the_name_of_somebody_gone(client: Client) -> None:
    work, (asleep, other, *_) = client.sim.account.work, client.sim.conversations_of(JANE)
    work.snooze(asleep, 0.1)
    work.schedule(other, client.sim.person(JANE).id, 0.1)
    client.sim.remove_person(JANE)
    time.sleep(0.15)
    client.page("/users/me")
    assert [one.assignee_id for one in work.woken] == [None]
    assert [one.by_somebody_gone for one in work.sent] == [True]


def test_a_merged_conversation_answers_301_to_a_reading_and_404_to_a_write(client: Client) -> None:
    gone, into, *_ = client.sim.conversations_of(JANE)
    client.sim.account.work.merge(gone, into)
    answer = client.rest.get(f"/conversations/{gone.id}")
    assert (answer.status_code, answer.headers["location"].rpartition("/")[2]) == (301, str(into.id))
    change = {"op": "remove", "path": "/assignTo"}
    assert client.rest.patch(f"/conversations/{gone.id}", json=change).status_code == 404


@pytest.mark.parametrize("answer", [404, 405])
def test_each_group_of_calls_may_be_missing(client: Client, answer: Any) -> None:
    jane, conversation = client.sim.person(JANE).id, client.sim.conversations_of(JANE)[0].id
    paths = {
        "status_calls": ("GET", f"/users/{jane}/status"),
        "reassignment_calls": ("GET", f"/users/{jane}/conversation-reassignment"),
        "routing_calls": ("GET", f"/mailboxes/{MAILBOX}/routing"),
        "snooze_calls": ("DELETE", f"/conversations/{conversation}/snooze"),
        "schedule_calls": ("DELETE", f"/conversations/{conversation}/threads/1/schedule"),
        "workflow_calls": ("GET", "/workflows"),
        "webhook_calls": ("GET", "/webhooks"),
    }
    client.sim.behaviour.missing, client.sim.behaviour.new_calls = answer, True
    for switch, (method, path) in paths.items():
        setattr(client.sim.behaviour, switch, False)
        assert client.rest.request(method, path).status_code == answer


def test_more_than_twelve_writes_in_five_seconds_are_refused(connect: Connect) -> None:
    client = connect(reading="pages", limit=1_000)
    client.sim.limit.bursts = True
    path = f"/users/{client.sim.person(JANE).id}/status"
    answers = [client.rest.put(path, json={"status": "away"}).status_code for _ in range(13)]
    assert answers == [204] * 12 + [429]
