"""`hs-bot gate check` knocks as an identity provider does, and says what is wrong and what to do."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.gate.check import knock, to_enter
from tests.services.gate.conftest import OKTA

MINE = (("okta", OKTA),)


def said(url: str, tokens: tuple[tuple[str, str], ...] = MINE) -> dict[str, tuple[bool, str]]:
    return {one.check: (one.well, one.sentence) for one in knock(url, tokens, timeout=2.0)}


def test_a_gate_that_answers_is_well_and_refuses_a_wrong_token(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # no way to this machine itself
    found = said(address)
    assert found == {
        "okta": (True, "it answers, and a search for an unknown address finds nobody."),
        "a wrong token": (True, "it is refused."),
    }
    assert said(address.removesuffix("/scim/v2") + "/")["okta"][0], "with the path or without it"


def test_a_token_that_the_running_bot_does_not_know_is_named(address: str) -> None:
    well, why = said(address, (("entra", "not-the-token-of-this-bot"),))["entra"]
    assert not well
    assert "the running bot has other HS_BOT_GATE_TOKENS" in why


def test_where_nobody_listens_is_said_once_for_each(unused: str) -> None:
    found = said(unused)
    assert not any(well for well, _ in found.values())
    assert "can't be reached (ConnectError)" in found["okta"][1]


class Elsewhere(BaseHTTPRequestHandler):
    """A web server that isn't the bot: it redirects, or has a page for everything."""

    def do_GET(self) -> None:
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "https://login.acme.example/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def other() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def unused() -> str:
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"


def test_what_is_not_the_gate_is_told_apart(other: str) -> None:
    found = said(other)
    assert "answers 200 and 200, not as hs-bot would" in found["okta"][1]
    assert "something else answers there" in found["a wrong token"][1]
    assert "it redirects to https://login.acme.example/" in said(f"{other}/moved")["okta"][1]


def test_an_address_without_tls_is_a_fault_of_its_own() -> None:
    first = next(knock("http://bot.invalid", MINE, timeout=0.1))
    assert (first.check, first.well) == ("address", False)


@pytest.mark.parametrize("url", ["bot.example/scim/v2", "htps://bot.example", "", "127.0.0.1:8080"])
def test_what_is_no_address_is_not_knocked_at(url: str) -> None:
    [only] = knock(url, MINE, timeout=0.1)
    assert (only.check, only.well) == ("address", False)
    assert only.sentence == f"{url} isn't an address: begin with https://"


def test_what_to_enter_names_the_address_and_no_token(address: str) -> None:
    lines = list(to_enter(address, ["okta", "entra", "onelogin", "hr"]))
    for name in ("Okta", "Entra ID", "OneLogin", "Hr"):
        assert any(line.startswith(name) and address in line for line in lines), name
    assert not any(OKTA in line for line in lines)
