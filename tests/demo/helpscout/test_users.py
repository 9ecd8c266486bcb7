"""REST: users, and what the two readings make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.demo.helpscout.conftest import Client, Connect


@pytest.mark.parametrize(("reading", "size"), [("guide", 25), ("pages", 50)])
def test_everybody_comes_once_over_pages_of_the_reading_s_size(connect: Connect, reading: str, size: int) -> None:
    client = connect(people=1_000, reading=reading)
    rows = client.everybody()
    assert len(rows) == len({row["id"] for row in rows}) == 1_000
    page = client.page("/users")["page"]
    assert page == {"size": size, "totalElements": 1_000, "totalPages": 1_000 // size, "number": 1}


def test_links_lead_to_the_next_page_and_the_last_has_none(client: Client) -> None:
    url, pages = f"{client.sim.api_url}/users", 0
    while url:
        body = client.rest.get(url).json()
        pages += 1
        url = body["_links"].get("next", {}).get("href", "")
    assert pages == body["page"]["totalPages"] == 5
    assert body["page"]["number"] == 5
    assert body["_links"]["previous"]["href"].endswith("page=4")


def test_a_page_beyond_the_end_is_empty_and_page_nought_is_wrong(connect: Connect) -> None:
    guide, pages = connect(), connect(reading="pages")
    beyond = guide.page("/users", page=99)
    assert "_embedded" not in beyond
    assert beyond["page"]["totalElements"] == 120
    assert pages.page("/users", page=99)["_embedded"] == {"users": []}
    wrong = guide.rest.get("/users", params={"page": "0"})
    assert wrong.status_code == 400
    assert wrong.json()["_embedded"]["errors"][0]["path"] == "page"


def test_a_page_size_may_be_asked_for_under_the_guide_up_to_fifty_and_not_under_the_pages(connect: Connect) -> None:
    guide, pages = connect(), connect(reading="pages")
    assert guide.page("/users", pageSize=10)["page"]["size"] == 10
    assert guide.page("/users", pageSize=500)["page"]["size"] == 50
    assert pages.page("/users", pageSize=10)["page"]["size"] == 50


def test_an_email_filter_works_under_the_pages_and_is_ignored_under_the_guide(connect: Connect) -> None:
    guide, pages = connect(), connect(reading="pages")
    assert guide.page("/users", email="jane@acme.example")["page"]["totalElements"] == 120
    found = pages.page("/users", email="JANE@acme.example")
    assert [row["email"] for row in found["_embedded"]["users"]] == ["jane@acme.example"]
    assert pages.page("/users", email="jane.darcy@acme.example")["page"]["totalElements"] == 0  # an alternate
    assert pages.page("/users", mailbox=1)["page"]["totalElements"] == 0


def test_a_user_object_has_the_documented_fields(client: Client) -> None:
    jane = client.sim.person("jane@acme.example")
    body = client.page(f"/users/{jane.id}")
    assert set(body) == {
        *("id", "firstName", "lastName", "email", "role", "timezone", "type", "createdAt", "updatedAt", "photoUrl"),
        *("jobTitle", "phone", "alternateEmails", "mention", "initials", "_links"),
    }
    assert (body["id"], body["firstName"], body["initials"], body["mention"]) == (jane.id, "Jane", "JD", "jane")
    photo = client.plain.get(body["photoUrl"])
    assert photo.headers["Content-Type"] == "image/svg+xml"
    assert ">JD</text>" in photo.text


def test_me_is_the_app_s_bot_under_the_guide_and_the_owner_under_the_pages(connect: Connect) -> None:
    guide, pages = connect(), connect(reading="pages")
    assert guide.page("/users/me")["type"] == "virtual"
    assert guide.rest.get(f"/users/{guide.page('/users/me')['id']}").status_code == 404
    assert pages.page("/users/me")["role"] == "owner"


def test_teams_are_rows_of_type_team_under_their_own_id(client: Client) -> None:
    teams = {team.id for team in client.sim.teams}
    rows = [row for row in client.everybody() if row["type"] == "team"]
    assert {row["id"] for row in rows} == teams
    assert "email" not in rows[0]


def test_who_was_removed_vanishes_from_the_list_and_by_id(client: Client) -> None:
    gone = client.sim.remove_person("jane@acme.example")
    assert gone.id not in {row["id"] for row in client.everybody()}
    answer = client.rest.get(f"/users/{gone.id}")
    assert answer.status_code == 404
    assert answer.json()["logRef"]
    assert not answer.json().keys() & {"id", "email", "status"}


def test_people_come_change_and_come_back_behind_the_api_s_back(client: Client) -> None:
    jane = client.sim.person("jane@acme.example")
    client.page(f"/users/{jane.id}")  # so that an old rendering would be noticed
    client.sim.change_person("jane@acme.example", email="jane.new@acme.example", role="admin")
    body = client.page(f"/users/{jane.id}")
    assert (body["email"], body["role"]) == ("jane.new@acme.example", "admin")
    assert body["updatedAt"] > body["createdAt"]
    client.sim.remove_person(jane.id)
    back = client.sim.add_person("jane.new@acme.example", "Jane", "Again")
    assert back.id != jane.id
    revived = client.sim.add_person("jane@acme.example", "Jane", "Old", id=jane.id)
    assert client.page(f"/users/{revived.id}")["lastName"] == "Old"
    assert len(client.everybody()) == 121


def test_the_owner_can_not_be_removed(client: Client) -> None:
    from bot.demo.helpscout import Refused

    with pytest.raises(Refused):
        client.sim.remove_person("olivia@acme.example")


def test_there_is_no_way_to_create_or_delete_users_over_rest(client: Client) -> None:
    assert client.rest.post("/users", json={}).status_code == 405
    assert client.rest.delete(f"/users/{client.sim.people[0].id}").status_code == 405
    assert client.rest.get("/nothing").status_code == 404
