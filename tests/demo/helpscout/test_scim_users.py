"""SCIM Users over HTTP, with the switches for what servers do differently."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout.scim.user import USER

if TYPE_CHECKING:
    import httpx

    from tests.demo.helpscout.conftest import Client, Connect

JANE, OWNER = "jane@acme.example", "olivia@acme.example"


def scim_id(client: Client, who: str) -> str:
    return client.sim.person(who).scim_id


def error(answer: httpx.Response) -> tuple[int, str]:
    """Status and scimType, after a look at the form of the body."""
    body = answer.json()
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert body["status"] == str(answer.status_code)
    assert body["detail"]
    return answer.status_code, body.get("scimType", "")


# reading


def test_a_person_is_found_by_user_name_whatever_its_case_and_has_an_id_other_than_over_rest(client: Client) -> None:
    found = client.find_scim("JANE@Acme.example")
    assert found is not None
    assert found["id"] != str(client.sim.person(JANE).id)
    assert found["name"] == {"givenName": "Jane", "familyName": "D'Arcy", "formatted": "Jane D'Arcy"}
    assert found["emails"][0] == {"value": JANE, "primary": True, "type": "work"}
    assert found["active"] is True
    assert found["roles"] == [{"value": "user"}]
    assert {group["display"] for group in found["groups"]} == {
        team.name for team in client.sim.account.teams_of(client.sim.person(JANE))
    }
    assert client.scim.get(f"/Users/{found['id']}").json() == found
    assert client.find_scim("jane.darcy@acme.example") is None  # an alternate is not the userName


def test_everybody_but_teams_and_agents_is_listed_by_start_index_and_count(connect: Connect) -> None:
    client = connect(people=300)
    client.sim.behaviour.scim_page = 40
    ids: list[str] = []
    total = 1
    while len(ids) < total:
        body = client.scim.get("/Users", params={"startIndex": len(ids) + 1, "count": 100}).json()
        assert body["startIndex"] == len(ids) + 1
        assert body["itemsPerPage"] == len(body["Resources"]) <= 40
        total = body["totalResults"]
        ids += [one["id"] for one in body["Resources"]]
    assert sorted(ids) == sorted(person.scim_id for person in client.sim.people)
    assert client.scim.get("/Users", params={"count": 0}).json()["Resources"] == []
    assert client.scim.get("/Users", params={"startIndex": -5, "count": 1}).json()["startIndex"] == 1
    assert error(client.scim.get("/Users", params={"startIndex": "x"})) == (400, "invalidValue")


def test_filters_may_be_supported_refused_or_ignored(client: Client) -> None:
    def answer(text: str) -> httpx.Response:
        return client.scim.get("/Users", params={"filter": text})

    assert answer('emails[value eq "jane.darcy@acme.example"]').json()["totalResults"] == 1
    assert answer('userName sw "JANE@" and not (active eq false)').json()["totalResults"] == 1
    assert error(answer("userName eq")) == (400, "invalidFilter")
    assert error(answer('userName eq "a\\')) == (400, "invalidFilter")
    client.sim.behaviour.filters = "refused"
    assert error(answer(f'userName eq "{JANE}"')) == (400, "invalidFilter")
    client.sim.behaviour.filters = "ignored"
    assert answer(f'userName eq "{JANE}"').json()["totalResults"] == len(client.sim.people)


def test_a_sparse_server_leaves_out_meta_schemas_and_item_counts(client: Client) -> None:
    client.sim.behaviour.sparse = True
    body = client.scim.get("/Users", params={"count": 1}).json()
    assert set(body) == {"totalResults", "Resources"}
    assert not {"meta", "schemas", "displayName"} & set(body["Resources"][0])


def test_booleans_may_be_strings_and_the_content_type_plain_json(client: Client) -> None:
    assert client.scim.get("/Users").headers["Content-Type"] == "application/scim+json"
    client.sim.behaviour.string_booleans = True
    client.sim.behaviour.scim_content_type = "application/json"
    answer = client.scim.get(f"/Users/{scim_id(client, JANE)}")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["active"] == "true"
    assert [one["primary"] for one in answer.json()["emails"]] == ["true", "false"]


# creating


def test_a_created_person_has_a_place_shows_up_over_rest_and_is_counted(client: Client) -> None:
    answer = client.create_user("nova@acme.example", roles=[{"value": "admin"}], title="Pilot", timezone="Asia/Tokyo")
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["Location"] == body["meta"]["location"] == f"{client.sim.scim_url}/Users/{body['id']}"
    over_rest = next(row for row in client.everybody() if row.get("email") == "nova@acme.example")
    assert (over_rest["role"], over_rest["jobTitle"], over_rest["timezone"]) == ("admin", "Pilot", "Asia/Tokyo")
    assert client.sim.log.creates["nova@acme.example"] == 1


def test_the_same_address_twice_is_a_conflict_also_in_capitals_and_as_somebody_s_alternate(client: Client) -> None:
    for address in (JANE, "Jane@ACME.example", "jane.darcy@acme.example"):
        assert error(client.create_user(address)) == (409, "uniqueness")


def test_a_role_may_be_ignored_and_then_stays_what_it_is(client: Client) -> None:
    client.sim.behaviour.role_ignored = True
    body = client.create_user("nova@acme.example", roles=[{"value": "admin"}]).json()
    assert body["roles"] == [{"value": "user"}]
    ana = scim_id(client, "ana@acme.example")
    client.patch_user(ana, {"op": "replace", "path": "roles", "value": [{"value": "user"}]})
    assert client.sim.person("ana@acme.example").role == "admin"


@pytest.mark.parametrize(
    "wrong",
    [
        {"userName": "no-address"},
        {"userName": ""},
        {"userName": 5},
        {"userName": "two words@acme.example"},
        {"name": {}},
        {"name": "Nova"},
        {"name": {"givenName": 1}},
        {"active": "perhaps"},
        {"active": False},
        {"emails": "a@b.example"},
        {"roles": [{"value": "owner"}]},
        {"roles": ["admin"]},
        {"timezone": "Mars/Olympus"},
    ],
)
def test_a_value_that_can_not_be_is_refused_and_nobody_is_made(client: Client, wrong: dict[str, object]) -> None:
    before = len(client.sim.people)
    answer = client.create_user("nova@acme.example", **wrong)
    assert error(answer) == (400, "invalidValue")
    assert len(client.sim.people) == before


def test_rubbish_bodies_are_refused_in_scim_s_own_words(client: Client) -> None:
    assert error(client.scim.post("/Users", content=b"{")) == (400, "invalidSyntax")
    assert error(client.scim.post("/Users", content=b"[]")) == (400, "invalidSyntax")
    assert error(client.scim.post("/Users", json={"userName": "nova@acme.example"})) == (400, "invalidSyntax")
    assert error(client.scim.post("/Users", content=b" " * 1_100_000))[0] == 413
    assert error(client.scim.post("/Users", content=b"{}", headers={"Content-Type": "text/plain"}))[0] == 415
    assert error(client.scim.get("/Nothing"))[0] == 404
    assert error(client.scim.request("DELETE", "/Users"))[0] == 405


@pytest.mark.parametrize(
    "name",
    [
        "Zoë 🦄",
        "محمد الأحمد",
        "Ng" * 100,
        "<!channel> & <@U1|x>",
        "Tab\tand \"quotes\" and 'these' \\ too",
        "e\u0301 combined",
    ],
)
def test_names_of_every_kind_survive_the_round_trip(client: Client, name: str) -> None:
    created = client.create_user("nova@acme.example", name={"givenName": name, "familyName": "Ōé"}).json()
    assert client.scim.get(f"/Users/{created['id']}").json()["name"]["givenName"] == name
    assert client.page(f"/users/{client.sim.person(created['id']).id}")["firstName"] == name


def test_who_comes_back_gets_a_new_rest_id_or_by_switch_the_old_one(client: Client) -> None:
    first = client.sim.remove_person(JANE)
    client.create_user(JANE)
    second = client.sim.person(JANE)
    assert second.id != first.id
    client.sim.remove_person(JANE)
    client.sim.behaviour.same_id_on_return = True
    client.create_user(JANE)
    third = client.sim.person(JANE)
    assert third.id == second.id
    assert third.scim_id != second.scim_id
    assert client.page(f"/users/{third.id}")["firstName"] == "Nova"


# changing


@pytest.mark.parametrize("status", [200, 204])
def test_patch_answers_with_the_resource_or_with_nothing(client: Client, status: int) -> None:
    client.sim.behaviour.patch_status = 204 if status == 204 else 200
    answer = client.patch_user(scim_id(client, JANE), {"op": "replace", "path": "title", "value": "Navigator"})
    assert answer.status_code == status
    assert (answer.json()["title"] == "Navigator") if status == 200 else (answer.content == b"")
    assert client.page(f"/users/{client.sim.person(JANE).id}")["jobTitle"] == "Navigator"


def test_patch_changes_one_thing_and_keeps_the_rest(client: Client) -> None:
    person, me = client.sim.person(JANE), scim_id(client, JANE)
    before = client.page(f"/users/{person.id}")
    client.patch_user(me, {"op": "Replace", "value": {"name": {"familyName": "Doe"}, "phoneNumbers": [{"value": "1"}]}})
    after = client.page(f"/users/{person.id}")
    assert (after["firstName"], after["lastName"], after["phone"]) == ("Jane", "Doe", "1")
    for field in ("email", "alternateEmails", "role", "timezone", "jobTitle"):
        assert after[field] == before[field]


def test_an_address_changes_by_user_name_or_by_the_primary_address(client: Client) -> None:
    me = scim_id(client, JANE)
    client.patch_user(me, {"op": "replace", "path": "userName", "value": "j2@acme.example"})
    assert client.sim.person(me).email == "j2@acme.example"
    client.patch_user(me, {"op": "replace", "path": 'emails[type eq "work"].value', "value": "j3@acme.example"})
    person = client.sim.person(me)
    assert (person.email, person.alternate_emails) == ("j3@acme.example", ("jane.darcy@acme.example",))
    assert client.find_scim(JANE) is None
    taken = client.patch_user(me, {"op": "replace", "path": "userName", "value": OWNER})
    assert error(taken) == (409, "uniqueness")


def test_a_former_address_that_is_sent_along_stays_as_an_alternate(client: Client) -> None:
    me = scim_id(client, JANE)
    resource = client.scim.get(f"/Users/{me}").json() | {"userName": "j5@acme.example"}
    resource["emails"] = [{"value": "j5@acme.example", "primary": True}, {"value": JANE, "primary": False}]
    client.scim.put(f"/Users/{me}", json=resource)
    person = client.sim.person(me)
    assert (person.email, person.alternate_emails) == ("j5@acme.example", (JANE,))


def test_adding_a_value_that_is_there_already_adds_nothing(client: Client) -> None:
    me = scim_id(client, JANE)
    for value in ("seat", "seat", "desk"):
        client.patch_user(me, {"op": "add", "path": "entitlements", "value": [{"value": value}]})
    assert client.scim.get(f"/Users/{me}").json()["entitlements"] == [{"value": "seat"}, {"value": "desk"}]


def test_a_field_that_rest_left_out_appears_once_it_has_a_value(connect: Connect) -> None:
    client = connect(people=300)
    person = next(one for one in client.sim.people if "phone" in one.absent)
    assert "phone" not in client.page(f"/users/{person.id}")
    phone = {"op": "add", "path": "phoneNumbers", "value": [{"value": "+1 555 1", "type": "work"}]}
    client.patch_user(person.scim_id, phone)
    assert client.page(f"/users/{person.id}")["phone"] == "+1 555 1"


def test_alternates_are_added_and_removed_by_patch(client: Client) -> None:
    me = scim_id(client, JANE)
    client.patch_user(me, {"op": "add", "path": "emails", "value": [{"value": "j4@acme.example"}]})
    assert client.sim.person(me).alternate_emails == ("jane.darcy@acme.example", "j4@acme.example")
    client.patch_user(me, {"op": "remove", "path": 'emails[value eq "jane.darcy@acme.example"]'})
    assert client.sim.person(me).alternate_emails == ("j4@acme.example",)


def test_put_replaces_everything_and_what_is_not_sent_is_lost(client: Client) -> None:
    me = scim_id(client, JANE)
    body = {"schemas": [USER], "userName": JANE, "name": {"givenName": "Jane", "familyName": "D'Arcy"}}
    assert client.scim.put(f"/Users/{me}", json=body).status_code == 200
    person = client.sim.person(me)
    assert (person.job_title, person.alternate_emails, person.timezone) == ("", (), "UTC")


def test_what_get_gave_put_takes_back_without_a_loss(client: Client) -> None:
    me = scim_id(client, JANE)
    before = client.scim.get(f"/Users/{me}").json()
    after = client.scim.put(f"/Users/{me}", json=before).json()
    assert after | {"meta": 0} == before | {"meta": 0}


def test_unknown_attributes_are_kept_and_passwords_never_shown(client: Client) -> None:
    body = client.create_user(
        "nova@acme.example", externalId="okta-1", password="secret", **{"urn:acme:2.0:User": {"badge": 7}}
    ).json()
    assert body["externalId"] == "okta-1"
    assert body["urn:acme:2.0:User"] == {"badge": 7}
    assert "secret" not in json.dumps(client.scim.get(f"/Users/{body['id']}").json())


def test_a_server_that_takes_only_put_refuses_patch(client: Client) -> None:
    client.sim.behaviour.put_only = True
    answer = client.patch_user(scim_id(client, JANE), {"op": "replace", "path": "active", "value": False})
    assert error(answer)[0] == 501
    assert client.sim.person(JANE).active


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "explode", "path": "title"}, "invalidSyntax"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "value": "x"}, "invalidValue"),
        ({"op": "replace", "path": "emails[", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'emails[value eq "nobody@x.example"].value', "value": "x"}, "noTarget"),
        ({"op": "replace", "path": "emails[value zz 1].value", "value": "x"}, "invalidFilter"),
        ({"op": "replace", "path": "userName.sub", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": "groups", "value": [{"value": "1"}]}, "mutability"),
    ],
)
def test_an_operation_that_makes_no_sense_is_refused(client: Client, operation: dict[str, object], kind: str) -> None:
    before = client.scim.get(f"/Users/{scim_id(client, JANE)}").json()
    assert error(client.patch_user(scim_id(client, JANE), operation)) == (400, kind)
    assert client.scim.get(f"/Users/{scim_id(client, JANE)}").json() == before


def test_a_patch_must_say_that_it_is_one_and_hold_operations(client: Client) -> None:
    path = f"/Users/{scim_id(client, JANE)}"
    assert error(client.scim.patch(path, json={"Operations": []})) == (400, "invalidSyntax")
    assert error(client.patch_user(scim_id(client, JANE))) == (400, "invalidSyntax")


# removing


@pytest.mark.parametrize("how", ["delete", "false", "False", "put"])
def test_removing_takes_the_person_from_both_apis_and_counts_once(client: Client, how: str) -> None:
    person, me = client.sim.person(JANE), scim_id(client, JANE)
    if how == "delete":
        assert client.scim.delete(f"/Users/{me}").status_code == 204
    elif how == "put":
        resource = client.scim.get(f"/Users/{me}").json() | {"active": False}
        assert client.scim.put(f"/Users/{me}", json=resource).json()["active"] is False
    else:
        value: object = False if how == "false" else how
        answer = client.patch_user(me, {"op": "replace", "path": "active", "value": value})
        assert answer.json()["active"] is False
    assert client.scim.get(f"/Users/{me}").status_code == 404
    assert client.find_scim(JANE) is None
    assert client.rest.get(f"/users/{person.id}").status_code == 404
    assert error(client.scim.delete(f"/Users/{me}"))[0] == 404
    assert client.sim.log.deletes == {person.id: 1}


def test_the_owner_can_neither_be_removed_nor_demoted_over_scim(client: Client) -> None:
    me = scim_id(client, OWNER)
    assert error(client.scim.delete(f"/Users/{me}"))[0] == 403
    assert error(client.patch_user(me, {"op": "replace", "path": "active", "value": False}))[0] == 403
    assert error(client.patch_user(me, {"op": "replace", "path": "roles", "value": [{"value": "user"}]})) == (
        400,
        "mutability",
    )
    assert client.patch_user(me, {"op": "replace", "path": "title", "value": "Queen"}).status_code == 200
    assert client.sim.person(OWNER).role == "owner"
    assert not client.sim.log.deletes


def test_a_plan_without_scim_answers_403_and_a_wrong_token_401(client: Client) -> None:
    client.sim.behaviour.scim_plan = False
    assert error(client.scim.get("/Users"))[0] == 403
    assert error(client.scim.get("/Users", headers={"Authorization": "Bearer wrong"}))[0] == 401


def test_rest_may_lag_behind_scim(client: Client) -> None:
    client.sim.behaviour.rest_lag = 60.0
    jane = client.sim.person(JANE)
    client.patch_user(scim_id(client, "max@acme.example"), {"op": "replace", "path": "title", "value": "Late"})
    client.scim.delete(f"/Users/{jane.scim_id}")
    created = client.create_user("nova@acme.example").json()
    nova = client.sim.person(created["id"])
    assert client.rest.get(f"/users/{jane.id}").status_code == 200
    assert client.rest.get(f"/users/{nova.id}").status_code == 404
    assert client.page(f"/users/{client.sim.person('max@acme.example').id}")["jobTitle"] != "Late"
    client.sim.account.catch_up()
    assert client.rest.get(f"/users/{jane.id}").status_code == 404
    assert client.rest.get(f"/users/{nova.id}").status_code == 200
    assert client.page(f"/users/{client.sim.person('max@acme.example').id}")["jobTitle"] == "Late"
    assert len(client.everybody()) == 120


def test_who_comes_back_under_the_old_id_while_rest_still_lags_is_there_once_in_the_end(client: Client) -> None:
    client.sim.behaviour.rest_lag = 60.0
    client.sim.behaviour.same_id_on_return = True
    jane = client.sim.person(JANE)
    client.scim.delete(f"/Users/{jane.scim_id}")
    assert client.create_user(JANE).status_code == 201
    again = client.sim.person(JANE)
    assert again.id == jane.id
    client.scim.delete(f"/Users/{again.scim_id}")
    client.create_user(JANE, title="Third time")
    client.sim.account.catch_up()
    rows = [row for row in client.everybody() if row["id"] == jane.id]
    assert [row["jobTitle"] for row in rows] == ["Third time"]


def test_a_removal_that_rest_learns_late_does_not_take_away_who_came_back_meanwhile(client: Client) -> None:
    client.sim.behaviour.rest_lag = 60.0
    client.sim.behaviour.same_id_on_return = True
    jane = client.sim.person(JANE)
    client.scim.delete(f"/Users/{jane.scim_id}")
    client.sim.behaviour.rest_lag = 0.0
    client.create_user(JANE)
    client.sim.account.catch_up()
    assert client.page(f"/users/{jane.id}")["firstName"] == "Nova"
    assert len(client.everybody()) == 120
