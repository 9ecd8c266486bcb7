"""Access tokens: one request for twenty threads, renewed in time and on 401, from whichever endpoint, never shown."""

import logging
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.demo.helpscout.http.faults import Fault
from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.helpscout.client import HelpScout, Waits
from bot.helpscout.errors import HelpScoutError, NotFound, ServerFault, Unauthorized, Unbelievable
from bot.helpscout.secret import Secret
from bot.helpscout.sign_in.oauth import UNTOLD_LIFE, life_of

SECRET, SCIM_SECRET = "app-secret-xyzzy", "scim-secret-plugh"


@pytest.fixture
def quiet(raw: Any, say: Any) -> Any:
    """The raw server, with one user for everything that is asked for."""
    raw.answer = lambda asked: say(200, {"id": 1})
    return raw


def in_threads(count: int, act: Any) -> list[Any]:
    """Run `act` in so many threads at the same time; results or errors."""
    ready = threading.Barrier(count)

    def one(_: int) -> Any:
        ready.wait(5)
        try:
            return act()
        except HelpScoutError as exc:
            return exc

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_the_form_is_what_rfc_6749_asks_for(quiet: Any, client: HelpScout) -> None:
    client.rest.me()
    asked = quiet.asked[0]
    assert (asked.method, asked.path) == ("POST", "/v2/auth/token")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.form == {
        "grant_type": "client_credentials",
        "client_id": "simulated-app-id",
        "client_secret": "simulated-app-secret",
    }
    assert quiet.asked[1].headers["authorization"] == "Bearer token-1"


def test_one_token_serves_many_requests(quiet: Any, client: HelpScout) -> None:
    for _ in range(5):
        client.rest.me()
    assert quiet.paths("POST") == ["/v2/auth/token"]


def test_twenty_threads_cause_one_token_request(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    sim.behaviour.latency = 0.05
    assert all(not isinstance(found, Exception) for found in in_threads(20, hs.rest.me))
    assert sim.log.count("POST */token", status=200) == 1


def test_twenty_threads_with_a_dead_token_cause_one_renewal(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    hs.rest.me()
    sim.oauth.expire_all()
    sim.behaviour.latency = 0.05
    assert all(not isinstance(found, Exception) for found in in_threads(20, hs.rest.me))
    assert sim.log.count("POST */token", status=200) == 2
    assert sim.log.count("GET /users/me", status=401) <= 20


def test_twenty_threads_at_a_broken_endpoint_do_not_try_twenty_times(quiet: Any, client: HelpScout, say: Any) -> None:
    def slow_fault(asked: Any) -> Any:
        time.sleep(0.1)
        return say(500)

    quiet.token = slow_fault
    found = in_threads(20, client.rest.me)
    assert {type(one) for one in found} == {ServerFault}
    assert len(quiet.paths("POST")) == 4, "the attempts of one thread; the others share its failure"


def test_a_dead_token_is_renewed_once_and_the_request_sent_again(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    hs.rest.me()
    sim.oauth.expire_all()
    assert hs.rest.me().id
    assert [entry.status for entry in sim.log.entries("GET /users/me")] == [200, 401, 200]
    tokens = 2 * sim.log.count("POST */token")
    assert hs.budget.left() == 100_000 - 3 - tokens, "the refused one counts too"


def test_a_token_that_stays_refused_is_an_error_after_one_retry(quiet: Any, client: HelpScout, say: Any) -> None:
    quiet.answer = lambda asked: say(401)
    with pytest.raises(Unauthorized, match="HELPSCOUT_APP_ID"):
        client.rest.me()
    assert len(quiet.paths("GET")) == 2


def test_a_write_with_a_dead_token_is_sent_again_because_401_means_not_done(
    sim: SimulatedHelpScout, hs: HelpScout
) -> None:
    conversation = next(one for one in sim.conversations if one.assignee_id)
    hs.rest.me()
    sim.oauth.expire_all()
    hs.rest.assign(conversation.id, None)
    assert conversation.assignee_id is None


@pytest.mark.parametrize("missing", [404, 405])
def test_the_endpoint_that_answers_is_found_and_remembered(
    quiet: Any, make_client: Any, say: Any, missing: int
) -> None:
    ordinary = quiet.token
    quiet.token = lambda asked: say(missing) if asked.path == "/v2/auth/token" else ordinary(asked)
    client = make_client(quiet.api_url)
    client.rest.me()
    assert quiet.paths("POST") == ["/v2/auth/token", "/v2/oauth2/token"]
    assert client.token_url.endswith("/v2/oauth2/token")
    answers = [say(401), say(200, {"id": 1})]
    quiet.answer = lambda asked: answers.pop(0)
    quiet.token = lambda asked: say(200, {"access_token": "token-2", "expires_in": 60})
    client.rest.me()
    assert quiet.paths("POST")[2:] == ["/v2/oauth2/token"]


def test_an_endpoint_that_moves_back_is_found_again(quiet: Any, make_client: Any, say: Any) -> None:
    ordinary = quiet.token
    client = make_client(quiet.api_url)
    for path in ("/v2/oauth2/token", "/v2/auth/token"):
        quiet.token = lambda asked, path=path: ordinary(asked) if asked.path == path else say(404)
        answers = [say(401), say(200, {"id": 1})]
        quiet.answer = lambda asked, answers=answers: answers.pop(0) if answers else say(200, {"id": 1})
        client.rest.me()
        assert client.token_url.endswith(path)


def test_no_endpoint_at_all_is_told_with_what_to_check(quiet: Any, client: HelpScout, say: Any) -> None:
    quiet.token = lambda asked: say(404)
    with pytest.raises(NotFound, match="HELPSCOUT_API_URL"):
        client.rest.me()


def test_a_token_url_of_one_s_own_is_asked_first(quiet: Any, make_client: Any) -> None:
    client = make_client(quiet.api_url, token_url=f"{quiet.url}/v2/oauth2/token")
    client.rest.me()
    assert quiet.paths("POST") == ["/v2/oauth2/token"]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_wrong_credentials_are_told_without_a_second_try(quiet: Any, client: HelpScout, say: Any, status: int) -> None:
    quiet.token = lambda asked: say(status, {"error": "invalid_client", "error_description": "Unknown app"})
    with pytest.raises(Unauthorized, match="HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET") as caught:
        client.rest.me()
    assert caught.value.api == "OAuth"
    assert "Unknown app" in caught.value.sentence
    assert len(quiet.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "two words"},
        {"access_token": "évil"},
        {"access_token": "a\r\nb"},
        [],
    ],
)
def test_a_token_answer_without_a_usable_token_is_refused(quiet: Any, client: HelpScout, say: Any, answer: Any) -> None:
    quiet.token = lambda asked: say(200, answer)
    with pytest.raises(Unbelievable):
        client.rest.me()


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (172800, 172800),
        ("3600", 3600),
        (7200.5, 7200.5),
        (None, UNTOLD_LIFE),
        ("soon", UNTOLD_LIFE),
        (True, UNTOLD_LIFE),
        (0, UNTOLD_LIFE),
        (-5, UNTOLD_LIFE),
    ],
)
def test_the_life_of_a_token_is_read_however_it_is_told(told: Any, seconds: float) -> None:
    assert life_of({"expires_in": told}) == seconds


def test_a_token_is_renewed_shortly_before_its_end(quiet: Any, make_client: Any, say: Any) -> None:
    now = [1000.0]
    client = make_client(quiet.api_url, waits=Waits(clock=lambda: now[0]))
    quiet.token = lambda asked: say(200, {"access_token": f"t{len(quiet.asked)}", "expires_in": 3600})
    client.rest.me()
    now[0] += 3600 - 61
    client.rest.me()
    assert len(quiet.paths("POST")) == 1
    now[0] += 2
    client.rest.me()
    assert len(quiet.paths("POST")) == 2


def test_a_token_in_the_middle_of_a_walk_dies_and_the_walk_goes_on(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    sim.faults.add(fault=Fault.TOKEN_DEAD, match="GET /users?page=2")
    assert set(hs.rest.users()) == set(sim.account.listing)


# Secrets


def test_no_secret_is_in_a_repr_a_log_or_an_error(
    raw: Any, make_client: Any, say: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    client = make_client(raw.api_url, app_secret=SECRET, scim_token=SCIM_SECRET)
    raw.token = lambda asked: say(200, {"access_token": "access-token-plover", "expires_in": 60})
    shown = []
    raw.answer = lambda asked: say(500, {"message": "no"})
    for act in (client.rest.me, client.scim.users, lambda: client.scim.delete_user("1")):
        with pytest.raises(HelpScoutError) as caught:
            act()
        shown += ["".join(traceback.format_exception(caught.value)), repr(caught.value), str(vars(caught.value))]
    raw.token = lambda asked: say(401, {"error": "invalid_client"})
    fresh = make_client(raw.api_url, app_secret=SECRET)
    with pytest.raises(Unauthorized) as refused:
        fresh.rest.me()
    shown += ["".join(traceback.format_exception(refused.value)), repr(client), repr(vars(client)), repr(client.scim)]
    shown += [repr(vars(client.rest)), caplog.text, *capsys.readouterr()]
    for text in shown:
        for secret in (SECRET, SCIM_SECRET, "access-token-plover"):
            assert secret not in text


def test_no_address_of_a_person_is_logged_at_info(
    quiet: Any, client: HelpScout, say: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    quiet.answer = lambda asked: say(200, {"_embedded": {"users": [{"id": 1, "email": "jane@acme.example"}]}})
    client.rest.find_by_email("jane@acme.example")
    assert "jane" not in caplog.text


def test_a_secret_gives_itself_away_only_when_asked() -> None:
    secret = Secret("xyzzy")
    assert "xyzzy" not in f"{secret!r}{secret}"
    assert secret.reveal() == "xyzzy"
    assert secret == Secret("xyzzy")
    assert secret != Secret("")
    assert len({secret, Secret("xyzzy")}) == 1
    assert not Secret("")
