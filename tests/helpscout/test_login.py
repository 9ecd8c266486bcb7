"""`hs-bot login`: the loopback redirect takes one code that carries our state, and nothing else."""

import logging
import threading
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.helpscout.client import HelpScout
from bot.helpscout.errors import Unauthorized, Unreachable
from bot.helpscout.sign_in.login import Receiver, code_of, paste_code, receive_code


def browser(sim: SimulatedHelpScout, told: list[str]) -> Any:
    """What a person does in a browser: open the address, press Allow, follow the redirect."""

    def open_(url: str) -> None:
        def visit() -> None:
            page = httpx.get(url)
            assert "Allow" in page.text
            httpx.get(f"{url}&allow=1", follow_redirects=True)

        told.append(url)
        threading.Thread(target=visit, daemon=True).start()

    return open_


def test_a_person_logs_in_by_browser_and_the_bot_acts_for_them(
    sim: SimulatedHelpScout, make_client: Any, tmp_path: Any
) -> None:
    with Receiver(0) as probe:
        port = int(probe.redirect_url.split(":")[2].split("/")[0])
    sim.oauth.redirect_url = f"http://127.0.0.1:{port}/callback"
    told: list[str] = []
    code = receive_code(
        sim.app_id,
        port=port,
        authorize_url=sim.authorize_url,
        open_browser=browser(sim, told),
        tell=told.append,
        timeout=10,
    )
    client: HelpScout = make_client(sim.api_url, token_file=tmp_path / "login.json")
    client.log_in(code)
    assert client.rest.me().id
    query = parse_qs(urlsplit(told[-1]).query)
    assert query["client_id"] == [sim.app_id]
    assert len(query["state"][0]) >= 32
    assert sim.oauth.redirect_url in told[1], "the person is told which redirect URL the app needs"


def redirect(receiver: Receiver, **query: str) -> httpx.Response:
    return httpx.get(f"{receiver.redirect_url}?{urlencode(query)}")


def test_a_code_with_another_state_is_turned_away_and_the_wait_goes_on() -> None:
    with Receiver(0) as receiver:
        assert redirect(receiver, code="evil", state="guessed").status_code == 400
        assert redirect(receiver, code="evil").status_code == 400
        assert redirect(receiver, code="good", state=receiver.state).status_code == 200
        assert receiver.wait(5) == "good"


def test_other_paths_are_not_there() -> None:
    with Receiver(0) as receiver:
        base = receiver.redirect_url.removesuffix("/callback")
        assert httpx.get(f"{base}/favicon.ico").status_code == 404
        assert httpx.get(f"{base}/?code=x&state={receiver.state}").status_code == 404
        with pytest.raises(Unreachable):
            receiver.wait(0.01)


def test_a_no_of_the_person_ends_the_wait_with_a_sentence() -> None:
    with Receiver(0) as receiver:
        redirect(receiver, error="access_denied", state=receiver.state)
        with pytest.raises(Unauthorized, match="was not allowed to log hs-bot in"):
            receiver.wait(5)


def test_a_code_with_signs_in_it_arrives_as_it_was() -> None:
    with Receiver(0) as receiver:
        redirect(receiver, code="a+b/c=&d%é", state=receiver.state)
        assert receiver.wait(5) == "a+b/c=&d%é"


def test_nobody_coming_is_told_after_the_time() -> None:
    with pytest.raises(Unreachable, match="Nobody came back"):
        receive_code("app", port=0, open_browser=lambda url: None, tell=lambda line: None, timeout=0.05)


def test_a_taken_port_is_told_with_what_to_do() -> None:
    with Receiver(0) as receiver:
        port = int(receiver.redirect_url.split(":")[2].split("/")[0])
        with pytest.raises(Unreachable, match=f"Port {port} on this machine is taken"):
            Receiver(port)


def test_the_receiver_listens_on_loopback_only_and_logs_no_code(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    with Receiver(0) as receiver:
        assert receiver.redirect_url.startswith("http://127.0.0.1:")
        redirect(receiver, code="plover", state=receiver.state)
        assert receiver.wait(5) == "plover"
    captured = capsys.readouterr()
    assert "plover" not in captured.err + captured.out


def test_the_page_keeps_the_code_out_of_caches_and_referrers() -> None:
    with Receiver(0) as receiver:
        answer = redirect(receiver, code="x", state=receiver.state)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_pasted_address_or_code_is_taken_where_there_is_no_browser() -> None:
    assert code_of("  abc ", "state-1") == "abc"
    assert code_of("http://127.0.0.1:8765/callback?code=a%2Bb&state=state-1", "state-1") == "a+b"
    with pytest.raises(Unauthorized, match="another login"):
        code_of("http://127.0.0.1:8765/callback?code=abc&state=other", "state-1")


def test_the_address_that_a_browser_elsewhere_shows_holds_the_code_of_this_login() -> None:
    told: list[str] = []

    def pasted() -> str:
        state = parse_qs(urlsplit(told[0].rpartition(" ")[2]).query)["state"][0]
        return f" http://127.0.0.1:8765/callback?code=a%2Bb&state={state}#_ "

    assert paste_code("app", tell=told.append, ask=pasted) == "a+b"
    assert "any machine" in told[0]


@pytest.mark.parametrize("query", ["error=access_denied&state=state-1", "code=&state=state-1"])
def test_an_address_without_a_code_is_told(query: str) -> None:
    with pytest.raises(Unauthorized, match="no code in it"):
        code_of(f"http://127.0.0.1:8765/callback?{query}", "state-1")
