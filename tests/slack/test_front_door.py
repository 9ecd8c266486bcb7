"""HTTP mode before anybody is known: whatever strangers send is 400, 401 or 413 within a second, and a line or none in
the log; however they hold connections open, commands are answered.
"""

import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import structlog

from bot.demo.slack import TEAM_ID, signed
from bot.slack.transport import connections
from bot.slack.transport.http import LARGEST_BODY, Site, loopback
from bot.slack.transport.server import HttpServer
from bot.slack.transport.unsigned import Unsigned
from tests.slack.conftest import FORM, Room

EVENTS = "/slack/events"
HELP = {"command": "/hs-user", "text": "help", "team_id": TEAM_ID, "channel_id": "D1"}
DEEP = "[" * 100_000


class Door:
    """The bot behind its server; its log must stay free of faults."""

    def __init__(self, room: Room, **options: Any) -> None:
        self.room = room
        site = Site(
            room.app,
            health=lambda: (True, {"well": True, "leader": "one"}),
            metrics=lambda: b"hs_bot_up 1\n",
            **{"signing_secret": room.slack.signing_secret, "webhook_secret": "hook"} | options,
        )
        self.server = HttpServer(site, port=0, host="127.0.0.1")
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.port}"

    def sent(self, body: bytes, **headers: str) -> int:
        """The status of a request with this body and these Slack headers."""
        found = [(f"X-Slack-{name.replace('_', '-')}".encode(), value.encode()) for name, value in headers.items()]
        given = [(b"Content-Type", FORM.encode()), *found]
        return httpx.post(f"{self.url}{EVENTS}", content=body, headers=given).status_code

    def signed(self, body: bytes, kind: str = FORM) -> int:
        """The status of a request that Slack has signed, whatever is in it."""
        headers = {"Content-Type": kind, **signed(self.room.slack.signing_secret, body, at=int(time.time()))}
        return httpx.post(f"{self.url}{EVENTS}", content=body, headers=headers).status_code

    def helps(self) -> float:
        """Seconds until a signed command is answered."""
        started = time.monotonic()
        assert self.signed(urlencode({**HELP, "user_id": self.room.id("rita")}).encode()) == 200
        return time.monotonic() - started

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=5)

    def raw(self, *parts: bytes) -> bytes:
        """What comes back for these very bytes, until the other side has ended."""
        with self.connect() as peer:
            for part in parts:
                peer.sendall(part)
            found = b""
            while more := peer.recv(65536):
                found += more
            return found


@pytest.fixture
def door(cold: Room, caplog: pytest.LogCaptureFixture) -> Iterator[Door]:
    cold.workspace.member(cold.id("rita"))
    found = Door(cold)
    with structlog.testing.capture_logs() as logs, caplog.at_level(logging.WARNING):
        yield found
        found.server.stop()
    faults = [line for line in logs if line["log_level"] == "error" or "exc_info" in line]
    assert not faults, faults
    assert not [line for line in caplog.records if line.exc_info], "no traceback of the server's own"


@pytest.mark.parametrize(
    "signature", ["", "v0=", "v0=é", "é" * 70, "v0=" + "0" * 64, "v0=" + "é" * 64, "v1=0", "v0=" + "0" * 9000]
)
def test_a_signature_of_any_shape_is_401(door: Door, signature: str) -> None:
    now = str(int(time.time()))
    assert door.sent(b"a=1", Request_Timestamp=now, Signature=signature) == 401


@pytest.mark.parametrize(
    "timestamp", ["", "0", "-1", "1e400", "NaN", "inf", "١٧٠٠٠٠٠٠٠٠", "9" * 5000, "1.5", "0x10", "1_700_000_000"]
)
def test_a_timestamp_of_any_shape_is_401(door: Door, timestamp: str) -> None:
    """Signed by who knows the secret: the timestamp alone is at fault."""
    right = signed(door.room.slack.signing_secret, b"a=1", at=int(time.time()))["X-Slack-Signature"]
    assert door.sent(b"a=1", Request_Timestamp=timestamp, Signature=right) == 401


@pytest.mark.parametrize("seconds", [-301, 330, 3600])
def test_a_timestamp_five_minutes_off_is_401_in_both_directions(door: Door, seconds: int) -> None:
    headers = signed(door.room.slack.signing_secret, b"a=1", at=int(time.time()) + seconds)
    assert httpx.post(f"{door.url}{EVENTS}", content=b"a=1", headers=headers).status_code == 401


@pytest.mark.parametrize("lacks", ["type", "callback_id"])
def test_a_form_without_what_it_is_known_by_is_400(door: Door, lacks: str) -> None:
    view = {"type": "modal", "callback_id": "offboard", "state": {"values": {}}}
    del view[lacks]
    payload = {"type": "view_submission", "user": {"id": door.room.id("rita")}, "view": view}
    body = urlencode({"payload": json.dumps(payload)}).encode()
    headers = signed(door.room.slack.signing_secret, body, at=int(time.time()))
    assert httpx.post(f"{door.url}{EVENTS}", content=body, headers=headers).status_code == 400


def test_headers_that_are_missing_or_doubled_are_401(door: Door) -> None:
    body = urlencode({**HELP, "user_id": door.room.id("rita")}).encode()
    good = signed(door.room.slack.signing_secret, body, at=int(time.time()))
    assert httpx.post(f"{door.url}{EVENTS}", content=body).status_code == 401
    for name, value in good.items():
        doubled = [*good.items(), (name, value)]
        assert httpx.post(f"{door.url}{EVENTS}", content=body, headers=doubled).status_code == 401
        alone = {name: value}
        assert httpx.post(f"{door.url}{EVENTS}", content=body, headers=alone).status_code == 401


BODIES = [
    *(b"", b"\x00", b"\xff\xfe", b"payload=%FF%FE", b"payload=%ED%A0%80", b"payload=" + b"%7B" * 20_000),
    *(DEEP.encode(), b"payload=" + DEEP.encode(), b'{"a":' * 50_000, b"payload=[1]", b'{"type":"event_callback"}'),
    *(b"payload=" + b"1" * 9000, b"payload=NaN", b"payload={", b"&=&=&payload", b"payload=1&payload=2"),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:12].decode("latin-1") + str(len(body)))
def test_a_body_of_any_shape_is_401_unsigned_and_never_a_fault_signed(door: Door, body: bytes) -> None:
    now, started = str(int(time.time())), time.monotonic()
    assert door.sent(body, Request_Timestamp=now, Signature="v0=" + "0" * 64) == 401
    assert door.signed(body) in (200, 400, 404)
    assert door.signed(body, "application/json") in (200, 400, 404)
    assert time.monotonic() - started < 3


def test_json_that_is_too_deep_to_be_walked_is_400(door: Door) -> None:
    for depth in (61, 500, 900, 9_000):
        nested = '{"a":' * depth + "1" + "}" * depth
        assert door.signed(urlencode({"payload": nested}).encode()) == 400
        assert door.signed(nested.encode(), "application/json") == 400


def test_halves_of_surrogates_are_taken_as_any_other_character(door: Door) -> None:
    click = {
        "type": "block_actions",
        "user": {"id": "U\ud800"},
        "actions": [{"action_id": "user.show", "value": "\ud800"}],
    }
    assert door.signed(urlencode({"payload": json.dumps(click)}).encode()) == 200
    door.room.until(lambda: not door.room.worker.unfinished)
    (line,) = door.room.record.audit.entries()
    assert (line.event, line.actor) == ("caller.refused", "U?")


@pytest.mark.parametrize("path", [EVENTS, "/helpscout/webhook"])
def test_a_body_over_256_kb_is_413_and_one_of_just_that_is_read(door: Door, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    for size, status in ((LARGEST_BODY, b"401"), (LARGEST_BODY + 1, b"413"), (4 * LARGEST_BODY, b"413")):
        peer_gets = door.raw((head % size).encode().replace(b"Host", b"Connection: close\r\nHost"), b"x" * size)
        assert peer_gets.split()[1] == status


def test_what_is_said_to_be_too_long_is_refused_before_it_is_sent(door: Door) -> None:
    for more in (b"", b"Expect: 100-continue\r\n"):
        started = time.monotonic()
        with door.connect() as peer:
            peer.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\n" + more + b"Content-Length: 9999999999\r\n\r\n")
            assert peer.recv(100).split()[1] == b"413"
        assert time.monotonic() - started < 1


CHUNKED = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
LENGTH = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (CHUNKED + b"zz\r\n", b"400"),
        (CHUNKED + b"-1\r\n", b"400"),
        (CHUNKED + b"5\r\nabcdefgh\r\n0\r\n\r\n", b"400"),
        (CHUNKED + b"50000\r\n" + b"x" * 0x50000 + b"\r\n0\r\n\r\n", b"413"),
        (CHUNKED + b"1\r\na\r\n" * 60_000, b"413"),
        (CHUNKED.replace(b"chunked", b"gzip, chunked") + b"0\r\n\r\n", b"400"),
        (LENGTH + b"-5\r\n\r\n", b"400"),
        (LENGTH + b"+5\r\n\r\n", b"400"),
        (LENGTH + b"5, 5\r\n\r\nabcde", b"400"),
        (LENGTH + b"\xb2\r\n\r\n", b"400"),
        (LENGTH + b"9" * 5000 + b"\r\n\r\n", b"400"),
        (LENGTH + b"abc\r\nExpect: 100-continue\r\n\r\n", b"400"),
        (LENGTH + b"0\r\nExpect: 100-continue\r\n\r\n", b"401"),
        (b"POST http://[::1/slack/events HTTP/1.1\r\n\r\n", b"400"),
        (b"POST http://[v1.x]:99999999/ HTTP/1.1\r\nConnection: close\r\n\r\n", b"404"),
        (b"GET /\x00\xff HTTP/1.1\r\nConnection: close\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST /slack/events HTTP/1.1\r\nA b: c\r\n\r\n", b"400"),
        (b"POST /slack/events HTTP/1.1\r\n" + b"A: " + b"x" * 40_000 + b"\r\n\r\n", b"400"),
        (b"POST /healthz HTTP/1.1\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20_000, b"413"),
    ],
    ids=range(21),
)
def test_what_is_no_request_is_refused_within_a_second(door: Door, sent: bytes, status: bytes) -> None:
    assert min(refused_after(door, sent, status) for _ in range(3)) < 1  # the machine may be busy with other things
    assert door.helps() < 3


def refused_after(door: Door, sent: bytes, status: bytes) -> float:
    started = time.monotonic()
    with door.connect() as peer:
        peer.sendall(sent)
        assert peer.recv(4096).split()[1] == status
    return time.monotonic() - started


def test_a_webhook_as_deep_as_a_well_is_400(door: Door) -> None:
    import base64
    import hashlib
    import hmac

    body = DEEP.encode()
    right = base64.b64encode(hmac.new(b"hook", body, hashlib.sha1).digest()).decode()
    answer = httpx.post(f"{door.url}/helpscout/webhook", content=body, headers={"X-HelpScout-Signature": right})
    assert answer.status_code == 400


# Connections that bring nothing


def test_120_connections_that_trickle_leave_commands_answered(door: Door) -> None:
    head = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n"
    with ExitStack() as opened:
        peers = [opened.enter_context(door.connect()) for _ in range(120)]
        for number, peer in enumerate(peers):
            peer.sendall((b"", b"POST", head, head + b"\r\n")[number % 4])
        for _ in range(3):
            for number, peer in enumerate(peers):
                if number % 4:
                    peer.sendall(b"x")
            assert door.helps() < 3


def test_more_connections_than_may_be_open_make_room_for_new_ones(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.server._server.most = 20
    with ExitStack() as opened:
        first = opened.enter_context(door.connect())
        first.sendall(b"POST ")
        for _ in range(60):
            opened.enter_context(door.connect()).sendall(b"POST /slack")
        assert door.helps() < 3
        assert first.recv(1) == b"", "who has waited longest has made room"
        assert len(door.server._server.active_channels) <= 20


@pytest.mark.parametrize(
    "begun",
    [b"", b"POST /slack/events HTTP/1.1\r\n", b"POST /slack/events HTTP/1.1\r\nContent-Length: 9000\r\n\r\n"],
    ids=["silent", "headers", "body"],
)
def test_a_request_has_a_deadline_however_steadily_it_trickles(
    door: Door, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(connections, "DEADLINE", 0.5)
    started = time.monotonic()
    with door.connect() as peer:
        peer.sendall(begun)
        peer.settimeout(0.05)
        while time.monotonic() - started < 5:
            try:
                if begun:
                    peer.sendall(b"x")
                if peer.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    assert 0.4 < time.monotonic() - started < 4


def test_who_does_not_read_the_answers_is_let_go(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "DEADLINE", 0.5)
    door.server._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # soon there is no room for more
    with door.connect() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        peer.settimeout(0.5)
        try:
            for _ in range(200):
                peer.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
        except OSError:
            pass  # nobody takes more of it
        door.room.until(lambda: not door.server._server.active_channels, 10)


def test_a_connection_may_rest_between_two_requests_for_longer_than_one_may_take(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "DEADLINE", 0.3)
    with httpx.Client() as client:
        first = client.get(f"{door.url}/healthz").extensions["network_stream"]
        time.sleep(2.2)
        assert client.get(f"{door.url}/healthz").extensions["network_stream"] is first


# The log


def test_refused_signatures_are_one_line_a_minute_with_their_number() -> None:
    ticks = [0.0]
    unsigned = Unsigned(lambda: ticks[0])
    with structlog.testing.capture_logs() as logs:
        for second in range(150):
            ticks[0] = float(second)
            unsigned.count(EVENTS)
        ticks[0] = 500.0
        unsigned.tell()
        unsigned.tell()
    assert [line["refused"] for line in logs] == [1, 60, 60, 29]


def test_the_last_of_them_are_told_though_nothing_follows(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.transport.unsigned.A_MINUTE", 2.0)
    with structlog.testing.capture_logs() as logs:
        for _ in range(5):
            door.sent(b"a=1")
        door.room.until(lambda: sum(line.get("refused", 0) for line in logs) == 5)
    told = [line["refused"] for line in logs if "refused" in line]
    assert told[0] == 1
    assert len(told) < 5
    assert not any("a=1" in str(line) for line in logs)


# Metrics and health


def seen(door: Door, path: str, **headers: str) -> tuple[int, str]:
    answer = httpx.get(f"{door.url}{path}", headers=headers)
    return answer.status_code, answer.text


PASSED_ON = [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=1.2.3.4"}, {"Via": "1.1 proxy"}, {"X-Real-IP": "::1"}]


def test_without_a_token_only_the_machine_itself_sees_metrics_and_details(door: Door) -> None:
    assert seen(door, "/metrics") == (200, "hs_bot_up 1\n")
    assert json.loads(seen(door, "/healthz")[1]) == {"well": True, "leader": "one"}
    for headers in PASSED_ON:
        assert seen(door, "/metrics", **headers)[0] == 403, "a proxy on this machine asks for others"
        assert seen(door, "/healthz", **headers) == (200, '{"well": true}')


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer wrong", "Basic tok en", "tok en", "Bearer tok en é"])
def test_with_a_token_only_who_bears_it_does(cold: Room, sent: str) -> None:
    door = Door(cold, metrics_token="tok en")
    try:
        for scheme in ("Bearer", "bearer"):
            assert seen(door, "/metrics", Authorization=f"{scheme} tok en")[0] == 200
            assert "leader" in seen(door, "/healthz", Authorization=f"{scheme} tok en")[1]
        headers = [(b"Authorization", sent.encode())]
        answer = httpx.get(f"{door.url}/metrics", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert httpx.get(f"{door.url}/healthz", headers=headers).text == '{"well": true}'
    finally:
        door.server.stop()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_by_any_spelling_is_this_machine(address: str) -> None:
    assert loopback(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "::ffff:10.0.0.1", "", "localhost", "127.0.0.1, 10.0.0.1", "0.0.0.0"])
def test_nothing_else_is(address: str) -> None:
    assert not loopback(address)
