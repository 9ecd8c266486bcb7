"""REST: conversations and their hand-over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.demo.helpscout.conftest import Client

JANE, MAX = "jane@acme.example", "max@acme.example"


def listed(client: Client, who: str, status: str) -> list[int]:
    ids: list[int] = []
    number = pages = 1
    while number <= pages:
        body = client.page("/conversations", assigned_to=client.sim.person(who).id, status=status, page=number)
        ids += [row["id"] for row in body.get("_embedded", {}).get("conversations", [])]
        pages, number = body["page"]["totalPages"], number + 1
    return ids


def test_conversations_are_filtered_by_assignee_and_status(client: Client) -> None:
    assert len(listed(client, JANE, "active")) == 12
    assert len(listed(client, JANE, "pending")) == 3
    assert len(listed(client, JANE, "closed")) == 5
    assert len(listed(client, JANE, "all")) == 20
    wrong = client.rest.get("/conversations", params={"status": "sleeping"})
    assert (wrong.status_code, wrong.json()["_embedded"]["errors"][0]["path"]) == (400, "status")


def test_hundreds_come_over_several_pages(client: Client) -> None:
    client.sim.account.add_conversations(client.sim.person(MAX).id, 300)
    before = len(client.sim.conversations_of(MAX, "active"))
    assert len(set(listed(client, MAX, "active"))) == before >= 300


def test_replace_and_remove_of_assign_to_answer_204_and_move_the_conversation(client: Client) -> None:
    conversation = client.sim.conversations_of(JANE, "active")[0]
    target = client.sim.person(MAX)
    change = {"op": "replace", "path": "/assignTo", "value": target.id}
    answer = client.rest.patch(f"/conversations/{conversation.id}", json=change)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.page(f"/conversations/{conversation.id}")["assignee"]["id"] == target.id
    assert conversation.id in listed(client, MAX, "active")
    assert conversation.id not in listed(client, JANE, "active")
    client.rest.patch(f"/conversations/{conversation.id}", json=change)  # again: nothing to do
    assert client.sim.log.moves[conversation.id] == 1
    gone = client.rest.patch(f"/conversations/{conversation.id}", json={"op": "remove", "path": "/assignTo"})
    assert gone.status_code == 204
    assert "assignee" not in client.page(f"/conversations/{conversation.id}")


def test_a_filtered_list_shrinks_while_its_members_are_moved(client: Client) -> None:
    client.sim.account.add_conversations(client.sim.person(JANE).id, 40)
    first = client.page("/conversations", assigned_to=client.sim.person(JANE).id, status="active")
    for row in first["_embedded"]["conversations"]:
        client.sim.assign(client.sim.account.conversations[row["id"]], MAX)
    second = client.page("/conversations", assigned_to=client.sim.person(JANE).id, status="active", page=2)
    assert second["page"]["totalElements"] == 52 - 25
    assert len(second["_embedded"]["conversations"]) == 2


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"op": "replace", "path": "/assignTo", "value": 1}, "value"),
        ({"op": "replace", "path": "/assignTo", "value": "101003"}, "value"),
        ({"op": "replace", "path": "/assignTo", "value": True}, "value"),
        ({"op": "replace", "path": "/status", "value": "asleep"}, "value"),
        ({"op": "add", "path": "/assignTo", "value": 1}, "path"),
        ({}, "path"),
    ],
)
def test_a_change_that_can_not_be_made_is_refused_with_the_field_at_fault(
    client: Client, change: dict[str, object], path: str
) -> None:
    conversation = client.sim.conversations_of(JANE)[0]
    answer = client.rest.patch(f"/conversations/{conversation.id}", json=change)
    assert answer.status_code == 400
    assert answer.json()["_embedded"]["errors"][0]["path"] == path
    assert conversation.assignee_id == client.sim.person(JANE).id


def test_a_conversation_can_not_be_given_to_somebody_who_is_gone(client: Client) -> None:
    conversation = client.sim.conversations_of(JANE)[0]
    gone = client.sim.remove_person(MAX)
    change = {"op": "replace", "path": "/assignTo", "value": gone.id}
    assert client.rest.patch(f"/conversations/{conversation.id}", json=change).status_code == 400


def test_wrong_media_type_broken_json_and_a_body_too_large_each_have_their_status(client: Client) -> None:
    path = f"/conversations/{client.sim.conversations[0].id}"
    json = {"Content-Type": "application/json"}
    assert client.rest.patch(path, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.rest.patch(path, content=b"{", headers=json).status_code == 400
    assert client.rest.patch(path, content=b"[]", headers=json).status_code == 400
    assert client.rest.patch(path, content=b" " * 1_100_000, headers=json).status_code == 413
    assert client.rest.patch("/conversations/1", json={}).status_code == 404


def test_who_is_removed_leaves_their_conversations_unassigned_and_not_deleted(client: Client) -> None:
    before = client.sim.conversations_of(JANE, "active", "pending", "closed")
    client.sim.remove_person(JANE)
    for conversation in before:
        assert "assignee" not in client.page(f"/conversations/{conversation.id}")
