"""Groups are teams: members at once, a deletion by a request."""

from dataclasses import replace
from typing import Any

import pytest

from bot.model.request import Kind, State
from bot.model.way import Way
from bot.slack.commands.status import wishes_waiting
from tests.services.gate.conftest import Provider


def test_members_of_a_group_are_in_the_team_at_once_and_the_channel_is_told(okta: Any, house: Any) -> None:
    team = next(one for one in okta.bot.record.teams.all())
    jane = house.id("jane")
    before = okta.send("GET", f"/Groups/{team.id}").json()
    inside = [one["value"] for one in before.get("members", [])]
    wanted = [id for id in inside if id != str(jane)] + ([] if str(jane) in inside else [str(jane)])
    answer = okta.patch(
        f"/Groups/{team.id}", {"op": "Replace", "path": "members", "value": [{"value": id} for id in wanted]}
    )
    assert (answer.status_code, answer.content) == (204, b"")
    shown = okta.send("GET", f"/Groups/{team.id}")
    assert answer.headers["ETag"] == shown.headers["ETag"]
    assert sorted(one["value"] for one in shown.json()["members"]) == sorted(wanted)
    okta.round()
    now = {one.user_id for one in okta.bot.record.teams.members() if one.team_id == team.id}
    assert (jane in now) is (str(jane) not in inside)
    assert any(said.startswith("Okta ") and team.name in said for said in okta.told())
    assert not okta.open(), "a second person decides about seats, not about teams"


def test_entra_removes_members_by_a_value_and_okta_by_a_filter(okta: Any, house: Any) -> None:
    team = next(one for one in okta.bot.record.teams.all())
    jane, max = str(house.id("jane")), str(house.id("max"))

    def inside(*operations: dict[str, Any]) -> set[str]:
        assert okta.patch(f"/Groups/{team.id}", *operations).status_code == 204
        return {one["value"] for one in okta.send("GET", f"/Groups/{team.id}").json().get("members", [])}

    both = [{"$ref": None, "value": jane}, {"$ref": None, "value": max}]
    assert {jane, max} <= inside({"op": "Add", "path": "members", "value": both})
    query = {"filter": f'id eq "{team.id}" and members eq "{jane}"', "attributes": "id"}
    assert okta.send("GET", "/Groups", params=query).json()["totalResults"] == 1, "as Entra ID asks before it adds"
    assert jane not in inside({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": jane}]})
    of_jane = {"op": "add", "path": "members", "value": [{"value": jane, "display": "jane@acme.example"}]}
    now = inside({"op": "remove", "path": f'members[value eq "{max}"]'}, of_jane)
    assert max not in now
    assert jane in now
    assert not inside({"op": "replace", "path": "members", "value": []}), "Okta's push of an empty group"


def test_authentik_compares_members_and_sends_an_operation_for_each(quiet: Any, house: Any) -> None:
    made = quiet.send("POST", "/Groups", {"displayName": "Night Shift", "externalId": "6a1c"}).json()
    path, jane, max = f"/Groups/{made['id']}", str(house.id("jane")), str(house.id("max"))
    assert made["members"] == [], "a group without the list would be one whose members it can't compare"
    each = [{"op": "add", "path": "members", "value": [{"value": id}]} for id in (jane, max)]
    assert quiet.patch(path, *each).status_code == 204
    whole = {**made, "displayName": "Late Shift", "members": None}
    assert quiet.patch(path, {"op": "replace", "path": None, "value": whole}).status_code == 204
    shown = quiet.send("GET", path).json()
    assert (shown["displayName"], {one["value"] for one in shown["members"]}) == ("Late Shift", {jane, max})
    for _ in range(2):  # nobody is taken out twice, and it is no error
        answer = quiet.patch(path, {"op": "remove", "path": "members", "value": [{"value": jane}]})
        assert answer.status_code == 204
    assert [one["value"] for one in quiet.send("GET", path).json()["members"]] == [max]


def test_onelogin_names_a_member_in_the_path_alone(quiet: Any, house: Any) -> None:
    made, jane = quiet.send("POST", "/Groups", {"displayName": "Night Shift"}).json(), str(house.id("jane"))
    path = f"/Groups/{made['id']}"
    assert quiet.patch(path, {"op": "add", "path": f'members[value eq "{jane}"]'}).status_code == 204
    assert [one["value"] for one in quiet.send("GET", path).json()["members"]] == [jane]


def test_a_group_is_created_looked_for_and_renamed_as_entra_and_okta_do(quiet: Any) -> None:
    microsofts = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", microsofts],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "displayName": "Night Shift",
        "meta": {"resourceType": "Group"},
    }
    made = quiet.send("POST", "/Groups", body)
    assert made.status_code == 201, made.text
    id = made.json()["id"]
    query = {"excludedAttributes": "members", "filter": 'displayName eq "Night Shift"'}
    [found] = quiet.send("GET", "/Groups", params=query).json()["Resources"]
    assert (found["id"], found["externalId"]) == (id, body["externalId"])
    for operation in (
        {"op": "replace", "value": {"id": id, "displayName": "Day Shift"}},
        {"op": "Replace", "path": "displayName", "value": "Late Shift"},
    ):
        assert quiet.patch(f"/Groups/{id}", operation).status_code == 204
    assert quiet.send("GET", f"/Groups/{id}").json()["displayName"] == "Late Shift"
    put = quiet.send("PUT", f"/Groups/{id}", {"displayName": "Night Shift", "id": id, "members": []})
    assert (put.status_code, put.json()["displayName"]) == (200, "Night Shift")


def test_a_group_of_an_unknown_name_becomes_a_team(okta: Any, house: Any) -> None:
    jane = str(house.id("jane"))
    body = {"displayName": "Night Owls", "members": [{"value": jane, "display": "Jane"}]}
    made = okta.send("POST", "/Groups", body)
    assert made.status_code == 201
    okta.round()
    okta.round()
    [team] = [one for one in okta.bot.record.teams.all() if one.name == "Night Owls"]
    assert house.id("jane") in {one.user_id for one in okta.bot.record.teams.members() if one.team_id == team.id}
    assert okta.send("GET", f"/Groups/{made.json()['id']}").json()["members"][0]["value"] == jane
    assert okta.send("POST", "/Groups", body).status_code == 409


def inside(provider: Provider, team: Any) -> set[int]:
    return {one.user_id for one in provider.bot.record.teams.members() if one.team_id == team.id}


def in_a_team(provider: Provider) -> tuple[Any, set[int], int]:
    """A team that somebody is in, those people, and somebody who isn't among them."""
    team = max(provider.bot.record.teams.all(), key=lambda one: len(inside(provider, one)))
    there = inside(provider, team)
    assert there
    return team, there, next(int(id) for id in provider.leavers(20) if int(id) not in there)


@pytest.mark.parametrize("named", ["nobody", "an empty list", "somebody"])
def test_a_group_that_is_pushed_by_the_name_of_a_team_is_that_team_and_takes_nobody_out(quiet: Any, named: str) -> None:
    team, there, other = in_a_team(quiet)
    body: dict[str, Any] = {"displayName": f" {team.name.upper()} "}
    if named != "nobody":
        body["members"] = [{"value": str(other)}] if named == "somebody" else []
    made = quiet.send("POST", "/Groups", body)
    assert (made.status_code, made.json()["id"]) == (201, str(team.id))
    expected = there | {other} if named == "somebody" else there
    assert {int(one["value"]) for one in made.json()["members"]} == expected
    quiet.round()
    quiet.round()
    assert inside(quiet, team) == expected
    assert quiet.patch(f"/Groups/{team.id}", {"op": "add", "path": "members", "value": [{"value": str(other)}]})
    quiet.round()
    assert inside(quiet, team) == there | {other}, "as Entra ID goes on"


def test_a_team_that_appears_while_a_group_waits_keeps_who_is_in_it(quiet: Any) -> None:
    team, there, other = in_a_team(quiet)
    teams, members = quiet.bot.record.teams.all(), quiet.bot.record.teams.members()
    quiet.bot.record.teams.replace(
        [one for one in teams if one.id != team.id], {one for one in members if one.team_id != team.id}
    )
    body = {"displayName": team.name, "members": [{"value": str(other)}]}
    made = quiet.send("POST", "/Groups", body).json()
    assert made["id"] != str(team.id)
    quiet.bot.record.teams.replace(teams, members)
    quiet.round()
    assert inside(quiet, team) == there | {other}


def test_a_group_that_is_deleted_and_pushed_again_keeps_who_is_in_its_team(quiet: Any) -> None:
    team, there, _ = in_a_team(quiet)
    quiet.send("DELETE", f"/Groups/{team.id}")
    quiet.send("POST", "/Groups", {"displayName": team.name, "members": []})
    quiet.round()
    assert inside(quiet, team) == there


def test_a_put_without_members_leaves_them_alone_and_one_with_none_empties_the_team(quiet: Any) -> None:
    team, there, _ = in_a_team(quiet)
    for body in ({"displayName": team.name}, {"displayName": team.name, "members": None}):
        put = quiet.send("PUT", f"/Groups/{team.id}", body)
        assert {int(one["value"]) for one in put.json()["members"]} == there
        quiet.round()
        assert inside(quiet, team) == there
    quiet.send("PUT", f"/Groups/{team.id}", {"displayName": team.name, "members": []})
    quiet.round()
    assert len(inside(quiet, team)) == max(0, len(there) - 10), "no more than ten an hour"


def test_who_was_deleted_leaves_no_team_before_somebody_has_decided(quiet: Any) -> None:
    team, there, other = in_a_team(quiet)
    leaver = next(id for id in quiet.leavers(60) if int(id) in there)
    assert quiet.send("DELETE", f"/Users/{leaver}").status_code == 204
    shown = quiet.send("GET", f"/Groups/{team.id}").json().get("members", [])
    assert leaver not in {one["value"] for one in shown}, "its id is unknown"
    assert quiet.patch(f"/Groups/{team.id}", {"op": "add", "path": "members", "value": [{"value": str(other)}]})
    quiet.round()
    assert inside(quiet, team) == there | {other}


def test_the_deletion_of_a_group_is_a_request(quiet: Any) -> None:
    team = next(one for one in quiet.bot.record.teams.all())
    assert quiet.send("DELETE", f"/Groups/{team.id}").status_code == 204
    quiet.round()
    quiet.round()
    [request] = quiet.open()
    assert (request.kind, request.state, request.requester) == (Kind.DELETE_TEAM, State.PENDING, "okta")
    assert quiet.send("GET", f"/Groups/{team.id}").status_code == 404


def test_a_member_nobody_knows_is_refused_and_nothing_is_kept(quiet: Any) -> None:
    team = next(one for one in quiet.bot.record.teams.all())
    answer = quiet.patch(f"/Groups/{team.id}", {"op": "add", "path": "members", "value": [{"value": "nobody"}]})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert not quiet.bot.record.wishes.open_ones()


def test_many_members_at_once_are_one_line_and_one_who_can_not_join_holds_up_nobody(okta: Any, house: Any) -> None:
    team = next(one for one in okta.bot.record.teams.all())
    people = okta.leavers(9)
    row = okta.bot.record.users.get(int(people[4]))
    okta.bot.record.users.put([replace(row, user=replace(row.user, role="light user"))])
    answer = okta.patch(
        f"/Groups/{team.id}", {"op": "replace", "path": "members", "value": [{"value": id} for id in people]}
    )
    assert answer.status_code == 204
    for _ in range(2):
        okta.round()
        house.clock.move(minutes=3)
    now = {one.user_id for one in okta.bot.record.teams.members() if one.team_id == team.id}
    assert now == {int(id) for id in people} - {row.id}
    told, why = okta.told()
    assert told.startswith("Okta put ")
    assert " more into and took " in told
    assert "light users can't be in a team" in why


def test_the_channel_is_told_who_has_left_a_team_and_once_who_waits_for_the_hour(okta: Any, house: Any) -> None:
    okta.groups._teams._max_per_hour = 6
    team, there, _ = in_a_team(okta)
    assert len(there) > 6
    for title in ("one", "two", "three"):
        okta.send("PUT", f"/Groups/{team.id}", {"displayName": team.name, "externalId": title, "members": []})
        okta.round()
    stay = inside(okta, team)
    assert len(there - stay) == 6
    names = {id: okta.bot.record.users.get(id).user.name for id in there}
    done, wait = okta.told()
    assert done.startswith("Okta took ")
    assert done.endswith(f" and 1 more out of the team {team.name}.")
    assert not any(names[id] in done for id in stay)
    assert wait.startswith(f"6 of {len(there)} whom Okta takes out of the team {team.name} are out of it.")
    assert "At most 6 people an hour can leave teams, so the others follow from about 20" in wait
    assert not any(names[id] in wait for id in there - stay)
    status = wishes_waiting(okta.bot.record, None)
    assert status == ["1 thing that Okta wants can't be done now. hs-bot tries again."]
    house.clock.move(hours=1, minutes=2)
    okta.round()
    assert len(inside(okta, team)) == max(0, len(there) - 12)


def test_a_team_that_only_a_person_can_change_is_told_in_the_channel_once(house: Any) -> None:
    house.over(Way.HAND)
    okta = Provider(house.bot())
    team = next(one for one in okta.bot.record.teams.all())
    max = {"value": str(house.id("max"))}
    assert okta.patch(f"/Groups/{team.id}", {"op": "add", "path": "members", "value": [max]}).status_code == 204
    okta.round()
    assert not okta.told(), "what is over in two minutes is no news"
    for _ in range(3):
        house.clock.move(minutes=3)
        okta.round()
    [told] = okta.told()
    assert told.startswith(f"What Okta wants of the team {team.name} can't be done now.")
    assert f"Add Max Brückner to the team {team.name} in Help Scout" in told
