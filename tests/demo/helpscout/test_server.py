"""The HTTP server under it all."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.demo.helpscout.conftest import Client, Connect


def raw(client: Client, data: bytes) -> bytes:
    """What the server sends until it closes the connection."""
    with socket.create_connection((client.sim.server.host, client.sim.server.port), timeout=5) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received


def test_one_connection_serves_many_requests(client: Client) -> None:
    before = client.sim.server.connections
    for _ in range(20):
        client.rest.get("/teams")
    assert client.sim.server.connections == before + 1


def test_two_requests_sent_at_once_get_two_answers(client: Client) -> None:
    request = b"GET /v2/teams HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /v2/teams HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert raw(client, request + last).count(b"HTTP/1.1 401 Unauthorized\r\n") == 2


def test_an_old_client_gets_its_answer_and_the_connection_closed(client: Client) -> None:
    assert raw(client, b"GET /v2/teams HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / SPDY/1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_a_400_and_the_connection_closed(client: Client, data: bytes) -> None:
    assert raw(client, data).startswith(b"HTTP/1.1 400 ")
    assert client.rest.get("/teams").status_code == 200


def test_a_client_that_hangs_up_in_the_middle_disturbs_nobody(client: Client) -> None:
    for data in (b"", b"GET /v2", b"GET / HTTP/1.1\r\nHost", b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc"):
        with socket.create_connection((client.sim.server.host, client.sim.server.port)) as connection:
            connection.sendall(data)
    assert client.rest.get("/teams").status_code == 200


def test_a_request_that_is_cut_in_its_body_has_no_effect(client: Client) -> None:
    conversation = client.sim.conversations_of("jane@acme.example")[0]
    body = b'{"op": "remove", "path": "/assignTo"}'
    head = (
        f"PATCH /v2/conversations/{conversation.id} HTTP/1.1\r\nContent-Type: application/json\r\n"
        f"Authorization: {client.rest.headers['Authorization']}\r\nContent-Length: {len(body) + 9}\r\n\r\n"
    )
    with socket.create_connection((client.sim.server.host, client.sim.server.port), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert conversation.assignee_id is not None
    assert client.sim.log.entries() == []


def test_it_listens_on_loopback_only(client: Client) -> None:
    assert client.sim.server.host == "127.0.0.1"


def test_latency_is_waited_before_each_answer(connect: Connect) -> None:
    client = connect(latency=0.05)
    started = time.perf_counter()
    client.rest.get("/teams")
    assert 0.05 <= time.perf_counter() - started < 0.5


def test_a_page_of_twenty_thousand_people_takes_less_than_a_millisecond_in_the_server(connect: Connect) -> None:
    client = connect(people=20_000, conversations=False, page_size=50)
    for _ in range(2):  # the second time from rendered rows
        client.sim.log.clear()
        for page in range(1, 101):
            client.page("/users", page=page)
    times = sorted(entry.milliseconds for entry in client.sim.log.entries())
    assert times[len(times) // 2] < 1.0


def test_it_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys, bot.demo.helpscout.__main__\n"
        "foreign = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'bot', '__main__'}\n"
        "ours = {name for name in sys.modules if name.startswith('bot.') and not name.startswith('bot.demo')}\n"
        "print(sorted(name for name in foreign if not name.startswith('_')), sorted(ours))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[] []"
