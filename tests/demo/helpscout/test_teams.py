"""REST: teams and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.demo.helpscout.conftest import Client, Connect


def test_members_come_under_members_without_a_page_block_in_the_guide_s_reading(client: Client) -> None:
    team = client.sim.teams[0]
    body = client.page(f"/teams/{team.id}/members")
    assert [row["id"] for row in body["_embedded"]["members"]] == list(team.members)
    assert "page" not in body


def test_members_come_under_users_in_pages_in_the_pages_reading(connect: Connect) -> None:
    client = connect(people=600, reading="pages", page_size=20)
    team = max(client.sim.teams, key=lambda one: len(one.members))
    first = client.page(f"/teams/{team.id}/members")
    second = client.page(f"/teams/{team.id}/members", page=2)
    assert first["page"]["totalElements"] == len(team.members) > 20
    ids = [row["id"] for body in (first, second) for row in body["_embedded"]["users"]]
    assert ids == list(team.members)[:40]


def test_a_team_without_members_comes_without_embedded(client: Client) -> None:
    team = client.sim.account.add_team("Nobody's")
    body = client.page(f"/teams/{team.id}/members")
    assert "_embedded" not in body


def test_teams_are_listed_with_names_that_need_care(client: Client) -> None:
    names = {row["name"] for row in client.page("/teams")["_embedded"]["teams"]}
    assert names == {team.name for team in client.sim.teams}
    assert {"Billing & Refunds", "Équipe Francophone", "Night Shift 🌙"} <= names


def test_who_is_removed_leaves_the_teams(client: Client) -> None:
    jane = client.sim.person("jane@acme.example")
    team = client.sim.account.teams_of(jane)[0]
    client.sim.remove_person(jane.id)
    rows = client.page(f"/teams/{team.id}/members")["_embedded"]["members"]
    assert jane.id not in {row["id"] for row in rows}
    group = client.scim.get(f"/Groups/{team.scim_id}").json()
    assert jane.scim_id not in {one["value"] for one in group["members"]}


def test_an_unknown_team_is_not_found(client: Client) -> None:
    assert client.rest.get("/teams/1/members").status_code == 404
    assert client.rest.get("/teams/x/members").status_code == 404
