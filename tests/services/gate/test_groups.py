"""Groups are teams: members at once, a deletion by a request."""

from typing import Any

from bot.model.request import Kind, State


def test_members_of_a_group_are_in_the_team_at_once_and_the_channel_is_told(okta: Any, house: Any) -> None:
    team = next(one for one in okta.bot.record.teams.all())
    jane = house.id("jane")
    before = okta.send("GET", f"/Groups/{team.id}").json()
    inside = [one["value"] for one in before.get("members", [])]
    wanted = [id for id in inside if id != str(jane)] + ([] if str(jane) in inside else [str(jane)])
    answer = okta.patch(
        f"/Groups/{team.id}", {"op": "Replace", "path": "members", "value": [{"value": id} for id in wanted]}
    )
    assert answer.status_code == 200
    assert sorted(one["value"] for one in answer.json()["members"]) == sorted(wanted)
    okta.round()
    now = {one.user_id for one in okta.bot.record.teams.members() if one.team_id == team.id}
    assert (jane in now) is (str(jane) not in inside)
    assert any(said.startswith("Okta ") and team.name in said for said in okta.told())
    assert not okta.open(), "a second person decides about seats, not about teams"


def test_entra_removes_members_by_a_value_and_okta_by_a_filter(okta: Any, house: Any) -> None:
    team = next(one for one in okta.bot.record.teams.all())
    jane, max = str(house.id("jane")), str(house.id("max"))
    okta.patch(f"/Groups/{team.id}", {"op": "Add", "path": "members", "value": [{"value": jane}, {"value": max}]})
    shown = okta.patch(f"/Groups/{team.id}", {"op": "Remove", "path": "members", "value": [{"value": jane}]}).json()
    assert jane not in {one["value"] for one in shown["members"]}
    shown = okta.patch(f"/Groups/{team.id}", {"op": "remove", "path": f'members[value eq "{max}"]'}).json()
    assert max not in {one["value"] for one in shown.get("members", [])}


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


def test_a_group_that_is_pushed_by_the_name_of_a_team_is_that_team(quiet: Any) -> None:
    team = next(one for one in quiet.bot.record.teams.all())
    made = quiet.send("POST", "/Groups", {"displayName": f" {team.name.upper()} "})
    assert (made.status_code, made.json()["id"]) == (201, str(team.id))


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
