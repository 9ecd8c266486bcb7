"""HTTP mode over real HTTP: Slack's requests, Help Scout's webhooks, health, metrics, and a clean end."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from bot.demo.slack import signed
from bot.slack.transport.http import Site, kind_of
from bot.slack.transport.server import HttpServer
from bot.slack.transport.signature import of_help_scout
from tests.slack.conftest import FORM, JANE, Room

SECRET = "webhook secret"


class Running:
    """A server on a free port; `noted`, `told` are what it called."""

    def __init__(self, room: Room, **options: Any) -> None:
        self.noted: list[tuple[str, float]] = []
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.well = True
        site = Site(
            room.app,
            health=lambda: (self.well, {"well": self.well, "problem": "" if self.well else "no sync"}),
            metrics=lambda: b"hs_bot_up 1\n",
            webhook=lambda event, body: self.told.append((event, body)),
            noted=lambda kind, seconds: self.noted.append((kind, seconds)),
            **{"webhook_secret": SECRET, "signing_secret": room.slack.signing_secret} | options,
        )
        self.server = HttpServer(site, port=0, host="127.0.0.1")
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.port}"
        room.slack.connect(f"{self.url}/slack/events")


@contextmanager
def serving(room: Room, **options: Any) -> Iterator[Running]:
    running = Running(room, **options)
    try:
        yield running
    finally:
        running.server.stop()


@pytest.fixture
def web(room: Room) -> Iterator[Running]:
    with serving(room) as running:
        yield running


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha1).digest()).decode()


def test_a_command_is_answered_and_then_filled_in_within_one_message(room: Room, web: Running) -> None:
    for _ in range(5):
        answer = room.slack.command("max", f"/hs-user {JANE}")
        assert answer.status == 200
        answer.wait("15 conversations")
        assert len(answer.messages) == 1
    assert {kind for kind, _ in web.noted} == {"command"}
    assert all(0 < seconds < 3 for _, seconds in web.noted)


def test_a_command_with_the_word_payload_in_it_is_a_command(room: Room, web: Running) -> None:
    assert room.slack.command("max", "/hs-user jane@payload.example").status == 200
    room.slack.command("max", "/hs-user payload").wait("payload")


def test_a_whole_offboarding_is_asked_for_over_http(room: Room, web: Running) -> None:
    view = room.slack.command("rita", f"/hs-offboard {JANE}").wait_for_view()
    room.slack.submit(view, {"Reason": "left"})
    assert view.closed
    assert room.record.requests.count() == 1
    assert {kind for kind, _ in web.noted} == {"command", "view_submission"}


@pytest.mark.parametrize("how", [{"secret": "wrong"}, {"age": 3600}], ids=["wrong", "old"])
def test_a_bad_signature_is_401(room: Room, web: Running, how: dict[str, Any]) -> None:
    with room.slack.forging(**how):
        assert room.slack.command("max", f"/hs-user {JANE}").status == 401


def test_slack_verifies_the_address(room: Room, web: Running) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "say this"}).encode()
    headers = {"content-type": "application/json", **signed(room.slack.signing_secret, body, at=int(time.time()))}
    answer = httpx.post(f"{web.url}/slack/events", content=body, headers=headers)
    assert answer.json() == {"challenge": "say this"}


@pytest.mark.parametrize(
    "body", [b"payload=%5B1%5D", b"payload=%7B", b"\xff\xfe", b'payload={"authorizations": 5}', b"\x00" * 100, b""]
)
@pytest.mark.parametrize("honest", [True, False])
def test_nonsense_is_refused_and_breaks_nothing(room: Room, web: Running, body: bytes, honest: bool) -> None:
    headers = {"content-type": FORM}
    if honest:
        headers |= signed(room.slack.signing_secret, body, at=int(time.time()))
    answer = httpx.post(f"{web.url}/slack/events", content=body, headers=headers)
    assert answer.status_code in ((200, 400, 401, 404) if honest else (400, 401))
    assert room.slack.command("max", "/hs-user help").status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/slack/events", 405),
        ("POST", "/healthz", 405),
        ("HEAD", "/healthz", 200),
        ("POST", "/slack/events/", 404),
        ("GET", "/../etc/passwd", 404),
    ],
)
def test_nothing_else_is_served(web: Running, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, web.url + path)
    assert answer.status_code == status
    assert "server" not in answer.headers, "who serves is nobody's business"


def test_health_is_503_when_the_bot_is_not_fit(web: Running) -> None:
    assert httpx.get(f"{web.url}/healthz").json() == {"well": True, "problem": ""}
    web.well = False
    answer = httpx.get(f"{web.url}/healthz")
    assert answer.status_code == 503
    assert answer.json()["problem"] == "no sync"


def test_metrics_are_in_prometheus_format(web: Running) -> None:
    answer = httpx.get(f"{web.url}/metrics")
    assert answer.text == "hs_bot_up 1\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_a_webhook_with_help_scouts_signature_is_handed_on(web: Running) -> None:
    body = json.dumps({"id": 5}).encode()
    headers = {"X-HelpScout-Signature": signature(body), "X-HelpScout-Event": "convo.assigned"}
    assert httpx.post(f"{web.url}/helpscout/webhook", content=body, headers=headers).status_code == 200
    assert web.told == [("convo.assigned", {"id": 5})]


@pytest.mark.parametrize("forged", ["", "nonsense", "é", signature(b"{}", "another secret"), signature(b"other body")])
def test_a_webhook_with_another_signature_is_401(web: Running, forged: str) -> None:
    headers = [(b"X-HelpScout-Signature", forged.encode())]
    answer = httpx.post(f"{web.url}/helpscout/webhook", content=b"{}", headers=headers)
    assert answer.status_code == 401
    assert not web.told


def test_without_a_secret_no_webhook_is_believed(room: Room) -> None:
    with serving(room, webhook_secret="") as web:
        headers = {"X-HelpScout-Signature": signature(b"{}", "")}
        assert httpx.post(f"{web.url}/helpscout/webhook", content=b"{}", headers=headers).status_code == 401


def test_a_signed_webhook_that_is_no_json_is_400(web: Running) -> None:
    headers = {"X-HelpScout-Signature": signature(b"<xml>")}
    assert httpx.post(f"{web.url}/helpscout/webhook", content=b"<xml>", headers=headers).status_code == 400


def test_the_signature_is_base64_of_hmac_sha1_over_the_raw_body() -> None:
    # printf body | openssl dgst -sha1 -hmac secret -binary | base64
    assert of_help_scout(b"body", "oYmR/35FE6HC0u5R46jpnKiR2c0=", "secret")
    assert not of_help_scout(b"body!", "oYmR/35FE6HC0u5R46jpnKiR2c0=", "secret")


def test_kinds_for_metrics_are_a_small_set_of_words() -> None:
    assert kind_of({"command": "/hs-user"}) == "command"
    assert kind_of({"type": "block_actions"}) == "block_actions"
    assert kind_of({"type": "<script>"}) == "other"


def test_a_fault_of_a_handler_is_500_and_the_server_goes_on(room: Room) -> None:
    def broken() -> bytes:
        raise RuntimeError("broken")

    site = Site(room.app, signing_secret="s", metrics=broken)
    server = HttpServer(site, port=0, host="127.0.0.1")
    server.start()
    try:
        url = f"http://127.0.0.1:{server.port}"
        assert httpx.get(f"{url}/metrics").status_code == 500
        assert httpx.get(f"{url}/healthz").status_code == 200
    finally:
        assert server.stop()


def test_a_stop_finishes_what_came_in_and_takes_no_more(room: Room) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow() -> bytes:
        entered.set()
        go_on.wait(5)
        return b"finished"

    server = HttpServer(Site(room.app, signing_secret="s", metrics=slow), port=0, host="127.0.0.1")
    server.start()
    url, answers = f"http://127.0.0.1:{server.port}", list[str]()
    asking = threading.Thread(target=lambda: answers.append(httpx.get(f"{url}/metrics").text))
    asking.start()
    assert entered.wait(5)
    stopped = list[bool]()
    stopping = threading.Thread(target=lambda: stopped.append(server.stop(5)))
    stopping.start()
    room.until(lambda: _refused(url))
    go_on.set()
    asking.join(5)
    stopping.join(5)
    assert answers == ["finished"]
    assert stopped == [True]


def test_a_stop_does_not_wait_for_ever(room: Room) -> None:
    go_on = threading.Event()
    entered = threading.Event()

    def stuck() -> bytes:
        entered.set()
        go_on.wait(20)
        return b""

    server = HttpServer(Site(room.app, signing_secret="s", metrics=stuck), port=0, host="127.0.0.1")
    server.start()
    threading.Thread(target=_quietly(lambda: httpx.get(f"http://127.0.0.1:{server.port}/metrics")), daemon=True).start()
    assert entered.wait(5)
    started = time.monotonic()
    assert not server.stop(0.3)
    assert time.monotonic() - started < 3
    go_on.set()


def test_many_at_once_are_all_answered(room: Room, web: Running) -> None:
    statuses = list[int | None]()
    askers = [
        threading.Thread(target=lambda: statuses.append(room.slack.command("max", f"/hs-user {JANE}").status))
        for _ in range(40)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert statuses == [200] * 40


def _refused(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz", timeout=0.2)
    except httpx.TransportError:
        return True
    return False


def _quietly(work: Callable[[], object]) -> Callable[[], None]:
    def go() -> None:
        try:
            work()
        except httpx.TransportError:
            return  # cut off, as meant

    return go


def test_a_server_whose_loop_can_not_be_woken_any_more_is_stopped_all_the_same(room: Room) -> None:
    running = Running(room)
    running.server._server.trigger.close()
    running.server.stop(1)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/healthz")
