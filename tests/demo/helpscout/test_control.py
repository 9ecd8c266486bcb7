"""The control endpoint and the process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.demo.helpscout import Request
from bot.demo.helpscout.control import control

if TYPE_CHECKING:
    from tests.demo.helpscout.conftest import Client

JANE = "jane@acme.example"


def test_state_and_log_tell_what_happened(client: Client) -> None:
    client.rest.get("/users")
    jane = client.sim.person(JANE)
    client.scim.delete(f"/Users/{jane.scim_id}")
    state = client.plain.get("/_sim/state").json()
    assert state["rows"] == 119
    assert state["requests"] == 2
    assert state["by_status"] == {"200": 1, "204": 1}
    assert state["deletes"] == {str(jane.id): 1}
    log = client.plain.get("/_sim/log", params={"match": "DELETE"}).json()
    assert [(entry["method"], entry["status"], entry["token"]) for entry in log] == [("DELETE", 204, "scim")]
    assert client.plain.delete("/_sim/log").status_code == 204
    assert client.plain.get("/_sim/log").json() == []


def test_faults_are_ordered_watched_released_and_taken_back(client: Client) -> None:
    order = {"fault": "HTML_502", "match": "GET /users?page=2", "times": 1}
    planned = client.plain.post("/_sim/faults", json=order).json()
    assert client.rest.get("/users", params={"page": 2}).status_code == 502
    assert client.plain.get(f"/_sim/faults/{planned['id']}").json()["hits"] == 1
    forever = client.plain.post("/_sim/faults", json={"fault": "ERROR_500", "times": None}).json()
    assert client.rest.get("/teams").status_code == 500
    assert len(client.plain.get("/_sim/faults").json()) == 2
    client.plain.delete(f"/_sim/faults/{forever['id']}")
    assert client.rest.get("/teams").status_code == 200
    held = client.plain.post("/_sim/faults", json={"fault": "HOLD_BEFORE"}).json()
    with pytest.raises(httpx.ReadTimeout):
        client.rest.get("/teams", timeout=0.1)
    assert client.plain.get(f"/_sim/faults/{held['id']}").json()["reached"] is True
    assert client.plain.post(f"/_sim/faults/{held['id']}/release", json={"drop": True}).status_code == 204
    assert client.plain.delete("/_sim/faults").status_code == 204
    assert client.plain.get("/_sim/faults").json() == []


def test_people_come_change_and_go(client: Client) -> None:
    body = {"email": "nova@acme.example", "first_name": "Nova", "last_name": "Newcomer", "id": 5}
    assert client.plain.post("/_sim/people", json=body).json()["id"] == 5
    assert client.page("/users")["_embedded"]["users"][0]["firstName"] == "Nova"
    assert client.plain.patch("/_sim/people/5", json={"role": "admin"}).json()["role"] == "admin"
    assert client.plain.get("/_sim/people/nova@acme.example").json()["role"] == "admin"
    assert client.plain.delete("/_sim/people/5").status_code == 204
    assert client.rest.get("/users/5").status_code == 404
    owner = client.plain.delete("/_sim/people/olivia@acme.example")
    assert (owner.status_code, "owner" in owner.json()["error"]) == (400, True)


def test_conversations_limit_tokens_and_switches_are_set(client: Client) -> None:
    added = client.plain.post("/_sim/conversations", json={"who": JANE, "many": 3}).json()
    assert len(added) == 3
    assert client.plain.patch(f"/_sim/conversations/{added[0]}", json={"who": None}).status_code == 204
    assert client.sim.account.conversations[added[0]].assignee_id is None
    client.plain.patch("/_sim/limit", json={"limit": 1, "window": 60, "sliding": True})
    assert [client.rest.get("/teams").status_code for _ in range(2)] == [200, 429]
    client.plain.patch("/_sim/limit", json={"limit": None})
    client.plain.post("/_sim/tokens/expire")
    assert client.rest.get("/teams").status_code == 401
    client.renew()
    changed = {"reading": "pages", "role_ignored": True, "latency": 0, "page_size": 10}
    assert client.plain.patch("/_sim/behaviour", json=changed).status_code == 204
    assert client.page("/users")["page"]["size"] == 10
    assert client.plain.get("/_sim/behaviour").json()["role_ignored"] is True


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "behaviour", {"reading": "tea leaves"}),
        ("PATCH", "behaviour", {"page_size": "ten"}),
        ("PATCH", "behaviour", {"page_size": True}),
        ("PATCH", "behaviour", {"put_only": 1}),
        ("PATCH", "behaviour", {"nonsense": 1}),
        ("PATCH", "limit", {"limits": 1}),
        ("POST", "faults", {"fault": "NO_SUCH"}),
        ("POST", "faults", {"fault": "SLOW", "when": "now"}),
        ("POST", "people", {"email": JANE}),
        ("POST", "people", {"email": "nova@acme.example", "id": 101003}),
        ("POST", "people", {"first_name": "No address"}),
        ("PATCH", "people/jane@acme.example", {"active": False}),
        ("PUT", "people", {}),
        ("GET", "nothing", {}),
    ],
)
def test_a_wrong_order_is_refused_with_a_sentence_and_changes_nothing(
    client: Client, method: str, path: str, body: dict[str, object]
) -> None:
    before = client.plain.get("/_sim/behaviour").json()
    answer = client.plain.request(method, f"/_sim/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.plain.get("/_sim/behaviour").json() == before
    assert client.plain.get("/_sim/faults").json() == []


def test_what_is_not_there_is_not_found(client: Client) -> None:
    for path in ("people/nobody@acme.example", "faults/99"):
        assert client.plain.get(f"/_sim/{path}").status_code == 404
    assert client.plain.patch("/_sim/conversations/1", json={"who": None}).status_code == 404


def test_the_control_endpoint_answers_only_on_loopback(client: Client) -> None:
    for peer, status in (("192.0.2.7", 403), ("2001:db8::1", 403), ("127.0.0.1", 200), ("::1", 200)):
        assert control(Request("GET", "/_sim/state", peer=peer), client.sim).status == status


def start(*options: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.demo.helpscout", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def test_as_a_process_it_tells_its_addresses_serves_and_ends_on_a_signal() -> None:
    process, told = start("--people", "80", "--page-size", "50", "--reading", "pages", "--limit", "9", "--sliding")
    try:
        form = {"grant_type": "client_credentials", "client_id": told["app_id"], "client_secret": told["app_secret"]}
        token = httpx.post(told["token_url"], data=form, verify=False).json()["access_token"]
        users = httpx.get(told["api_url"] + "/users", headers={"Authorization": f"Bearer {token}"}, verify=False)
        assert users.json()["page"] == {"size": 50, "totalElements": 80, "totalPages": 2, "number": 1}
        assert users.headers["X-RateLimit-Limit-Minute"] == "9"
        assert httpx.get(told["control_url"] + "/state", verify=False).json()["requests"] == 2
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_as_a_process_it_ends_with_its_standard_input_when_asked_and_refuses_a_taken_port(client: Client) -> None:
    process, _ = start("--people", "10", "--until-eof")
    process.communicate(timeout=10)
    assert process.returncode == 0
    taken = subprocess.run(
        [sys.executable, "-m", "bot.demo.helpscout", "--people", "10", "--port", str(client.sim.server.port)],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert taken.returncode == 2
    assert "--port" in taken.stderr
    assert "Traceback" not in taken.stderr
