"""People and members of teams over REST, by the pages: what may be done, by whose credential, and what is refused."""

from collections.abc import Iterator

import httpx
import pytest

from bot.demo.helpscout import SimulatedHelpScout

NEW = {"firstName": "Nele", "lastName": "Park", "email": "nele@acme.example", "role": "light user"}


@pytest.fixture
def sim() -> Iterator[SimulatedHelpScout]:
    with SimulatedHelpScout(people=40, reading="pages") as sim:
        sim.behaviour.credential = "ana@acme.example"
        yield sim


@pytest.fixture
def rest(sim: SimulatedHelpScout) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=sim.api_url, headers={"Authorization": f"Bearer {sim.access_token()}"}, trust_env=False, verify=False
    ) as client:
        yield client


def test_a_user_is_created_and_deleted(sim: SimulatedHelpScout, rest: httpx.Client) -> None:
    made = rest.post("/users", json=NEW)
    assert (made.status_code, made.content) == (201, b"")
    id = int(made.headers["Resource-ID"])
    assert made.headers["Location"].endswith(f"/v2/users/{id}")
    assert rest.get(f"/users/{id}").json()["role"] == "light user"
    assert rest.delete(f"/users/{id}").status_code == 204
    assert rest.delete(f"/users/{id}").status_code == rest.get(f"/users/{id}").status_code == 404


@pytest.mark.parametrize("change", [{"role": "owner"}, {"firstName": ""}, {"email": "x"}, {"lastName": "N" * 41}])
def test_what_the_pages_forbid_is_400(change: dict[str, str], rest: httpx.Client) -> None:
    assert rest.post("/users", json=NEW | change).status_code == 400


@pytest.mark.parametrize("status", [400, 409])
def test_a_taken_address_is_refused_either_way(status: int, sim: SimulatedHelpScout, rest: httpx.Client) -> None:
    sim.behaviour.taken = status  # type: ignore[assignment]
    assert rest.post("/users", json=NEW | {"email": "Jane@acme.example"}).status_code == status


def test_neither_the_owner_nor_oneself_is_deleted(sim: SimulatedHelpScout, rest: httpx.Client) -> None:
    for email in ("olivia@acme.example", "ana@acme.example"):
        assert rest.delete(f"/users/{sim.person(email).id}").status_code == 403


def test_members_are_changed_by_a_difference(sim: SimulatedHelpScout, rest: httpx.Client) -> None:
    team, jane = sim.teams[0], sim.person("jane@acme.example").id
    for _ in range(2):
        change = {"addedUserIds": [jane], "deletedUserIds": []}
        assert rest.put(f"/teams/{team.id}/members", json=change).status_code == 204
    assert list(team.members).count(jane) == 1
    assert rest.put(f"/teams/{team.id}/members", json={"addedUserIds": [jane]}).status_code == 400
    rest.put(f"/teams/{team.id}/members", json={"addedUserIds": [], "deletedUserIds": [jane]})
    assert jane not in team.members


def test_a_plain_user_may_write_nothing(sim: SimulatedHelpScout, rest: httpx.Client) -> None:
    sim.behaviour.credential = "max@acme.example"
    assert rest.post("/users", json=NEW).status_code == 403
    assert rest.get("/users/me").json()["email"] == "max@acme.example"


def test_a_credential_ends_with_its_user(sim: SimulatedHelpScout, rest: httpx.Client) -> None:
    sim.remove_person("ana@acme.example")
    assert rest.get("/users").status_code == rest.get("/users/me").status_code == 401
