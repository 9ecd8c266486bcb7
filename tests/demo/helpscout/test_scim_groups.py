"""SCIM Groups, which are teams."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.demo.helpscout.conftest import Client

JANE, MAX = "jane@acme.example", "max@acme.example"


def rest_members(client: Client, team_id: int) -> set[int]:
    body = client.page(f"/teams/{team_id}/members")
    return {row["id"] for row in body.get("_embedded", {}).get("members", [])}


def test_groups_are_the_teams_under_ids_of_their_own(client: Client) -> None:
    groups = client.scim.get("/Groups").json()["Resources"]
    assert {one["displayName"] for one in groups} == {team.name for team in client.sim.teams}
    assert not {one["id"] for one in groups} & {str(team.id) for team in client.sim.teams}
    first = client.scim.get(f"/Groups/{groups[0]['id']}").json()
    members = {client.sim.person(one["value"]).id for one in first["members"]}
    assert members == rest_members(client, client.sim.team(first["displayName"]).id) != set()


def test_groups_are_found_by_name_and_paged(client: Client) -> None:
    found = client.scim.get("/Groups", params={"filter": 'displayName eq "billing & refunds"'}).json()
    assert [one["displayName"] for one in found["Resources"]] == ["Billing & Refunds"]
    second = client.scim.get("/Groups", params={"startIndex": 2, "count": 1}).json()
    assert (second["totalResults"], len(second["Resources"])) == (len(client.sim.teams), 1)
    client.sim.behaviour.filters = "refused"
    assert client.scim.get("/Groups", params={"filter": 'displayName eq "x"'}).status_code == 400


def test_members_are_added_and_removed_in_each_of_the_forms_that_are_in_use(client: Client) -> None:
    team, jane, max_ = client.sim.team("Escalations"), client.sim.person(JANE), client.sim.person(MAX)
    client.patch_group(team.scim_id, {"op": "replace", "path": "members", "value": []})
    add = {"op": "add", "path": "members", "value": [{"value": jane.scim_id}, {"value": max_.scim_id}]}
    client.patch_group(team.scim_id, add)
    client.patch_group(team.scim_id, add)  # again: nothing to do
    assert rest_members(client, team.id) == {jane.id, max_.id}
    client.patch_group(team.scim_id, {"op": "remove", "path": f'members[value eq "{jane.scim_id}"]'})
    assert rest_members(client, team.id) == {max_.id}
    client.patch_group(team.scim_id, {"op": "Remove", "path": "members", "value": [{"value": max_.scim_id}]})
    assert rest_members(client, team.id) == set()
    resource = client.scim.get(f"/Users/{jane.scim_id}").json()
    assert "Escalations" not in {one["display"] for one in resource["groups"]}


def test_a_group_is_created_with_members_and_appears_as_a_team_over_rest(client: Client) -> None:
    jane = client.sim.person(JANE)
    answer = client.create_group("Weekend ☀️", jane.scim_id)
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(answer.json()["id"])
    team = next(row for row in client.page("/teams")["_embedded"]["teams"] if row["name"] == "Weekend ☀️")
    assert rest_members(client, team["id"]) == {jane.id}
    assert team["id"] in {row["id"] for row in client.everybody() if row["type"] == "team"}
    again = client.create_group("weekend ☀️")
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")


def test_a_group_is_renamed_unless_its_name_is_fixed_or_taken(client: Client) -> None:
    team = client.sim.team("Escalations")
    rename = {"op": "replace", "path": "displayName", "value": "Fire Brigade"}
    assert client.patch_group(team.scim_id, rename).status_code == 200
    assert client.sim.team("Fire Brigade") is team
    assert "Fire Brigade" in {row["firstName"] for row in client.everybody()}
    taken = client.patch_group(team.scim_id, {"op": "replace", "value": {"displayName": "VIP Customers"}})
    assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
    client.sim.behaviour.group_name_fixed = True
    fixed = client.patch_group(team.scim_id, rename | {"value": "Ambulance"})
    assert (fixed.status_code, fixed.json()["scimType"]) == (400, "mutability")
    assert client.sim.team("Fire Brigade") is team


def test_a_deleted_group_is_gone_everywhere_and_its_members_stay(client: Client) -> None:
    team, jane = client.sim.account.teams_of(client.sim.person(JANE))[0], client.sim.person(JANE)
    before = len(client.everybody())
    assert client.scim.delete(f"/Groups/{team.scim_id}").status_code == 204
    assert client.scim.get(f"/Groups/{team.scim_id}").status_code == 404
    assert client.rest.get(f"/teams/{team.id}/members").status_code == 404
    assert len(client.everybody()) == before - 1
    assert client.rest.get(f"/users/{jane.id}").status_code == 200
    assert client.scim.delete(f"/Groups/{team.scim_id}").status_code == 404


def test_wrong_members_and_names_are_refused_and_change_nothing(client: Client) -> None:
    team = client.sim.team("Escalations")
    before = list(team.members)
    unknown = client.patch_group(team.scim_id, {"op": "add", "path": "members", "value": [{"value": "nobody"}]})
    assert (unknown.status_code, unknown.json()["scimType"]) == (400, "invalidValue")
    assert client.patch_group(team.scim_id, {"op": "replace", "path": "displayName", "value": ""}).status_code == 400
    assert client.create_group("  ").status_code == 400
    assert client.create_group("New", "nobody").status_code == 400
    assert list(team.members) == before


def test_a_server_may_lack_the_single_group_and_answer_patch_with_204(client: Client) -> None:
    team = client.sim.team("Escalations")
    client.sim.behaviour.group_get = False
    client.sim.behaviour.patch_status = 204
    assert client.scim.get(f"/Groups/{team.scim_id}").status_code == 405
    answer = client.patch_group(team.scim_id, {"op": "replace", "path": "displayName", "value": "Quiet"})
    assert (answer.status_code, answer.content) == (204, b"")
