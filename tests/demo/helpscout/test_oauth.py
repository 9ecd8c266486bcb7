"""Tokens for apps and for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

if TYPE_CHECKING:
    import httpx

    from bot.demo.helpscout import Reading
    from tests.demo.helpscout.conftest import Client, Connect


def ask(client: Client, **form: str) -> httpx.Response:
    secrets = {"client_id": client.sim.app_id, "client_secret": client.sim.app_secret}
    return client.plain.post(client.sim.token_url, data=secrets | form)


def authorize(client: Client, **query: str) -> str:
    """Press Allow and return the code."""
    page = client.plain.get(
        client.sim.authorize_url, params={"client_id": client.sim.app_id, "state": "s1", "allow": "1"} | query
    )
    assert page.status_code == 302
    return parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]


@pytest.mark.parametrize(
    ("reading", "path", "other"),
    [("guide", "/v2/auth/token", "/v2/oauth2/token"), ("pages", "/v2/oauth2/token", "/v2/auth/token")],
)
def test_the_token_endpoint_is_where_the_reading_says_and_nowhere_else(
    connect: Connect, reading: Reading, path: str, other: str
) -> None:
    client = connect(reading=reading)
    form = {
        "grant_type": "client_credentials",
        "client_id": client.sim.app_id,
        "client_secret": client.sim.app_secret,
    }
    answer = client.plain.post(path, data=form)
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 172_800
    assert answer.json()["token_type"] == "bearer"
    assert "refresh_token" not in answer.json()
    assert client.plain.post(other, data=form).status_code == 404
    client.sim.behaviour.other_token_endpoint = 405
    assert client.plain.post(other, data=form).status_code == 405
    client.sim.behaviour.other_token_endpoint = 200
    assert client.plain.post(other, data=form).status_code == 200


def test_the_token_opens_rest_but_not_scim_and_the_scim_token_opens_scim_but_not_rest(client: Client) -> None:
    token = ask(client, grant_type="client_credentials").json()["access_token"]
    oauth = {"Authorization": f"Bearer {token}"}
    scim = {"Authorization": f"Bearer {client.sim.scim_token}"}
    assert client.plain.get("/v2/users", headers=oauth).status_code == 200
    assert client.plain.get("/v2/scim/Users", headers=oauth).status_code == 401
    assert client.plain.get("/v2/scim/Users", headers=scim).status_code == 200
    assert client.plain.get("/v2/users", headers=scim).status_code == 401


def test_a_wrong_secret_and_an_unknown_grant_get_oauth_s_own_errors(client: Client) -> None:
    wrong = ask(client, grant_type="client_credentials", client_secret="wrong")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    unknown = ask(client, grant_type="password")
    assert (unknown.status_code, unknown.json()["error"]) == (400, "unsupported_grant_type")


def test_a_request_without_a_token_or_with_a_made_up_one_is_refused_with_a_log_reference(client: Client) -> None:
    for headers in ({}, {"Authorization": "Bearer made-up"}):
        answer = client.plain.get("/v2/users", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/vnd.error+json"
        assert answer.json()["logRef"] == client.sim.log.entries(last=1)[0].log_ref != ""


def test_a_token_ends_when_its_time_is_over_and_when_all_are_killed(client: Client) -> None:
    client.sim.behaviour.token_seconds = 0
    client.renew()
    assert client.rest.get("/users").status_code == 401
    client.sim.behaviour.token_seconds = 60
    client.renew()
    assert client.rest.get("/users").status_code == 200
    client.sim.oauth.expire_all()
    assert client.rest.get("/users").status_code == 401


def test_the_authorize_page_shows_a_button_that_leads_back_with_code_and_state(client: Client) -> None:
    client.sim.oauth.redirect_url = "http://127.0.0.1:9/back?x=1"
    page = client.plain.get(client.sim.authorize_url, params={"client_id": client.sim.app_id, "state": 'a"b&c'})
    assert page.status_code == 200
    assert "<button>Allow</button>" in page.text
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    assert hidden["allow"] == "1"
    assert hidden["state"] == "a&quot;b&amp;c"
    back = client.plain.get(
        client.sim.authorize_url, params={"client_id": client.sim.app_id, "state": 'a"b&c', "allow": "1"}
    )
    location = urlsplit(back.headers["Location"])
    assert back.headers["Location"].startswith("http://127.0.0.1:9/back?x=1&")
    assert parse_qs(location.query)["state"] == ['a"b&c']
    assert client.plain.get(client.sim.authorize_url, params={"client_id": "other"}).status_code == 400


def test_a_code_gives_a_person_s_token_pair_once(client: Client) -> None:
    code = authorize(client, redirect_uri="http://127.0.0.1:9/elsewhere")
    pair = ask(client, grant_type="authorization_code", code=code)
    assert pair.status_code == 200
    headers = {"Authorization": f"Bearer {pair.json()['access_token']}"}
    assert client.plain.get("/v2/users", headers=headers).status_code == 200
    assert client.sim.log.entries(last=1)[0].token == "person"
    again = ask(client, grant_type="authorization_code", code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_refresh_token_is_rotated_and_the_old_one_dies_unless_told_otherwise(client: Client) -> None:
    first: dict[str, Any] = ask(client, grant_type="authorization_code", code=client.sim.oauth.new_code()).json()
    second = ask(client, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert ask(client, grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 400
    client.sim.behaviour.rotate_refresh_tokens = False
    for _ in range(2):
        again = ask(client, grant_type="refresh_token", refresh_token=second.json()["refresh_token"])
        assert again.status_code == 200


def test_access_that_was_withdrawn_ends_the_person_s_tokens_only(client: Client) -> None:
    pair = ask(client, grant_type="authorization_code", code=client.sim.oauth.new_code()).json()
    client.sim.oauth.revoke_refresh()
    assert ask(client, grant_type="refresh_token", refresh_token=pair["refresh_token"]).status_code == 400
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    assert client.plain.get("/v2/users", headers=headers).status_code == 401
    assert client.rest.get("/users").status_code == 200


def test_secrets_never_stand_in_the_log(client: Client) -> None:
    ask(client, grant_type="client_credentials")
    entry = client.sim.log.entries("POST /auth/token")[0]
    assert client.sim.app_secret not in f"{entry} {entry.body!r}"
