"""Bodies as Okta and Entra ID publish them, names invented, and what these expect as an answer.

Sources: developer.okta.com, “SCIM 2.0 protocol reference”; learn.microsoft.com, “Develop and plan provisioning for a
SCIM endpoint in Microsoft Entra ID” (with its examples 1 to 6); what authentik's client sends (its source); samples of
JumpCloud's and OneLogin's bodies in the tests of other service providers.
"""

from typing import Any

import pytest

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
APP_ROLE = '{"id":"18d14569-c3bd-439b-9a66-3a2aee01d14f","value":"admin","displayName":"Administrator"}'
OKTA_NEW = {
    "schemas": [CORE],
    "userName": "test.user@acme.example",
    "name": {"givenName": "Test", "familyName": "User"},
    "emails": [{"primary": True, "value": "test.user@acme.example", "type": "work"}],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}
ENTRA_NEW = {
    "schemas": [CORE, ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Test_User_ab6490ee@acme.example",
    "active": True,
    "emails": [{"primary": True, "type": "work", "value": "Test_User_fd0ea19b@acme.example"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
    "roles": [],
    ENTERPRISE: {"department": "Support", "manager": "1000"},
}
ENTRA_NULLS = {
    "schemas": [CORE, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],
    "externalId": "jyoung",
    "userName": "jyoung@acme.example",
    "active": True,
    "addresses": None,
    "displayName": "Joy Young",
    "emails": [{"type": "work", "value": "jyoung@acme.example", "primary": True}],
    "meta": {"resourceType": "User"},
    "name": {"familyName": "Young", "givenName": "Joy"},
    "phoneNumbers": None,
    "preferredLanguage": None,
    "title": None,
    "department": None,
    "manager": None,
}
ONELOGIN_NEW = {
    "schemas": ["urn:scim:schemas:core:1.0", CORE, ENTERPRISE],
    "userName": "one.login@acme.example",
    "name": {"givenName": "One", "familyName": "Login", "formatted": "One Login"},
    "emails": [{"value": "one.login@acme.example", "type": "work", "primary": True}],
    "phoneNumbers": [],
    "externalId": "12345",
    ENTERPRISE: {"manager": {"managerId": "", "displayName": ""}, "employeeNumber": ""},
    "urn:onelogin:custom": {"shoe": "42"},
}


JUMPCLOUD_NEW = {
    "active": True,
    "addresses": [{"country": "US", "locality": "Louisville", "primary": True, "type": "work"}],
    "displayName": "jump.cloud",
    "emails": [{"primary": True, "type": "work", "value": "jump.cloud@acme.example"}],
    "externalId": "66e2d689590450d073d2df3b",
    "locale": "en-US",
    "name": {"familyName": "Cloud", "givenName": "Jump"},
    "phoneNumbers": [{"primary": True, "type": "work", "value": "tel:+1-555-555-0100"}],
    "preferredLanguage": "en-US",
    "schemas": [CORE, ENTERPRISE],
    "userName": "jump.cloud@acme.example",
}
AUTHENTIK_NEW = {
    "schemas": [CORE],
    "externalId": "6a1c2f9e0d",
    "userName": "auth.entik@acme.example",
    "name": {"formatted": "Auth Entik", "givenName": "Auth", "familyName": "Entik"},
    "displayName": "Auth Entik",
    "photos": [],
    "locale": "en",
    "active": True,
    "emails": [{"value": "auth.entik@acme.example", "type": "other", "primary": True}],
}


NEW = {
    "jumpcloud": JUMPCLOUD_NEW,
    "authentik": AUTHENTIK_NEW,
    "okta": OKTA_NEW,
    "entra": ENTRA_NEW,
    "entra's nulls": ENTRA_NULLS,
    "onelogin": ONELOGIN_NEW,
}


@pytest.mark.parametrize("body", NEW.values(), ids=NEW)
def test_a_new_user_of_each_provider_is_answered_as_it_was_sent(quiet: Any, body: dict[str, Any]) -> None:
    nobody = quiet.send("GET", "/Users", params={"filter": f'userName eq "{body["userName"]}"', "startIndex": 1})
    assert (nobody.status_code, nobody.json()["totalResults"], nobody.json()["Resources"]) == (200, 0, [])
    made = quiet.send("POST", "/Users", body)
    assert made.status_code == 201, made.text
    said = made.json()
    for name in ("userName", "externalId", "name", "emails"):
        assert said[name] == body[name], name
    assert said["active"] is True
    assert "password" not in said
    assert "1mz050nq" not in str(quiet.bot.record.wishes.open_ones())
    assert quiet.find(str(body["userName"]))["id"] == said["id"]
    quiet.round()
    assert len(quiet.requests()) == 1


def test_unknown_attributes_are_kept_and_returned(quiet: Any) -> None:
    made = quiet.send("POST", "/Users", {**ONELOGIN_NEW, "favoriteColor": "teal"}).json()
    assert made["urn:onelogin:custom"] == {"shoe": "42"}
    assert "urn:onelogin:custom" in made["schemas"]
    after = quiet.patch(
        f"/Users/{made['id']}",
        {"op": "Add", "path": "urn:okta:custom:1.0:user:floor", "value": "3"},
        {"op": "replace", "value": {"favoriteColor": "plum"}},
    ).json()
    assert after["favoriteColor"] == "plum"
    assert after["urn:okta:custom:1.0:user:floor"] == "3"


PATCHES: list[tuple[str, dict[str, Any], Any]] = [
    ("entra disables with text", {"op": "Replace", "path": "active", "value": "False"}, ("active", False)),
    ("okta disables", {"op": "replace", "value": {"active": False}}, ("active", False)),
    ("entra's title", {"op": "Add", "path": "title", "value": "Agent"}, ("title", "Agent")),
    ("a title is taken away", {"op": "Remove", "path": "title"}, ("title", None)),
    (
        "entra's path filter",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "work@acme.example"},
        ("emails", [{"value": "work@acme.example", "type": "work", "primary": True}]),
    ),
    (
        "a filter that meets nothing makes the entry",
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+1 555 0100"},
        ("phoneNumbers", [{"value": "+1 555 0100", "type": "mobile"}]),
    ),
    (
        "entra's manager by the schema",
        {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": "77"},
        (ENTERPRISE, {"manager": {"value": "77", "$ref": "../Users/77"}}),
    ),
    (
        "entra's manager as a list",
        {"op": "Add", "path": "manager", "value": [{"$ref": "http://x/scim/Users/77", "value": "77"}]},
        (ENTERPRISE, {"manager": {"value": "77", "$ref": "http://x/scim/Users/77"}}),
    ),
    (
        "a path where a name belongs",
        {"op": "Replace", "value": {'emails[type eq "work"].value': "work@acme.example", "name.familyName": "Arc"}},
        ("emails", [{"value": "work@acme.example", "type": "work", "primary": True}]),
    ),
    ("dotted names", {"op": "replace", "value": {"name.givenName": "Joan"}}, ("displayName", None)),
    ("an id is sent along", {"op": "replace", "value": {"id": "other", "title": "Lead"}}, ("title", "Lead")),
    (
        "a bare manager",
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "77"},
        (ENTERPRISE, {"manager": {"value": "77", "$ref": "../Users/77"}}),
    ),
    (
        "a department by its name with the schema",
        {"op": "Replace", "value": {f"{ENTERPRISE}:department": "Tea"}},
        (ENTERPRISE, {"department": "Tea"}),
    ),
    ("the schema's own name as a key", {"op": "replace", "value": {CORE: {"active": False}}}, ("active", False)),
    ("the same spelled otherwise", {"op": "replace", "value": {CORE.lower(): {"Active": "False"}}}, ("active", False)),
    ("the same before a name", {"op": "replace", "value": {f"{CORE}:active": "false"}}, ("active", False)),
    ("the same as a path", {"op": "replace", "path": CORE, "value": {"active": False}}, ("active", False)),
    ("the same before a path", {"op": "replace", "path": f"{CORE}:active", "value": False}, ("active", False)),
    ("a role by its bare name", {"op": "replace", "path": "roles", "value": "admin"}, ("roles", [{"value": "admin"}])),
    ("roles by bare names", {"op": "add", "value": {"roles": ["Admin"]}}, ("roles", [{"value": "Admin"}])),
    ("a boolean in a list", {"op": "replace", "path": "active", "value": [False]}, ("active", False)),
    (
        "onelogin's address without its list",
        {"op": "replace", "path": "emails", "value": {"value": "one@acme.example", "primary": True}},
        ("emails", [{"value": "one@acme.example", "primary": True}]),
    ),
    (
        "the extension by its name in SCIM 1.1",
        {"op": "replace", "value": {"urn:scim:schemas:extension:enterprise:1.0": {"department": "Tea"}}},
        (ENTERPRISE, {"department": "Tea"}),
    ),
    (
        "a whole resource in a replace",
        {
            "op": "replace",
            "value": {"schemas": [CORE], "id": "x", "userName": "jane@acme.example", "active": "False", "groups": []},
        },
        ("active", False),
    ),
    (
        "a number as a tel: address",
        {"op": "replace", "path": "phoneNumbers", "value": [{"value": "tel:+1-555-555-0100", "type": "work"}]},
        ("phoneNumbers", [{"value": "tel:+1-555-555-0100", "type": "work"}]),
    ),
    (
        "entra's app role as JSON in a text",
        {"op": "Add", "path": "roles", "value": [{"primary": False, "value": APP_ROLE}]},
        ("roles", [{"primary": False, "value": APP_ROLE}]),
    ),
    (
        "a role that nobody gives",
        {"op": "replace", "path": "roles", "value": [{"value": "owner"}, {"value": "emperor"}]},
        ("roles", [{"value": "user", "primary": True}]),
    ),
]


@pytest.mark.parametrize(("operation", "shown"), [one[1:] for one in PATCHES], ids=[one[0] for one in PATCHES])
def test_an_operation_of_each_provider_shows(quiet: Any, house: Any, operation: dict[str, Any], shown: Any) -> None:
    id = house.id("jane")
    answer = quiet.patch(f"/Users/{id}", operation)
    assert answer.status_code == 200, answer.text
    name, value = shown
    if name == ENTERPRISE and "manager" in value:
        for attribute in ("manager", f"{ENTERPRISE}:manager"):
            query = {"filter": f'id eq "{id}" and {attribute} eq "77"', "attributes": "id"}
            assert quiet.send("GET", "/Users", params=query).json()["totalResults"] == 1, "as Entra ID asks before"
    if name == "displayName":
        assert answer.json()["name"]["givenName"] == "Joan"
    else:
        assert answer.json().get(name) == value
    assert answer.json()["id"] == str(id)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_within_its_schemas_name_is_the_resource_itself(quiet: Any, house: Any, method: str) -> None:
    body = {"schemas": [CORE], CORE: {"userName": "jane@acme.example", "active": False, "title": "Pilot"}}
    answer = quiet.send(method, "/Users" if method == "POST" else f"/Users/{house.id('jane')}", body)
    assert answer.status_code in (200, 201), answer.text
    said = answer.json()
    assert (said["active"], said["title"], CORE in said) == (False, "Pilot", False)
    team = next(one for one in quiet.bot.record.teams.all())
    group = CORE.replace("User", "Group")
    patch = {"op": "replace", "value": {group: {"members": [{"value": house.id("jane")}]}}}
    assert quiet.patch(f"/Groups/{team.id}", patch).status_code == 204
    members = quiet.send("GET", f"/Groups/{team.id}").json()["members"]
    assert [one["value"] for one in members] == [str(house.id("jane"))], "a number as a member's value"


WRONG = [
    ({"op": "replace", "path": "active", "value": [{"value": False}]}, "active must be true or false."),
    ({"op": "replace", "value": {"active": "perhaps"}}, "active must be true or false."),
    ({"op": "replace", "path": "active.value", "value": False}, "active is true or false, and has no parts."),
    ({"op": "replace", "path": CORE, "value": False}, "An operation without a path needs an object as its value."),
    ({"op": "replace", "value": {CORE: False}}, f"{CORE} must be an object: it is the user itself."),
    ({"op": "replace", "path": "roles", "value": [True]}, "roles: each entry must be an object."),
    ({"op": "replace", "path": "name.givenName", "value": {"a": 1}}, "name.givenName must be a text."),
    ({"op": "replace", "path": "name", "value": 5}, "name must be an object."),
    ({"op": "add", "path": 'emails[type eq "work"].value', "value": True}, "emails.value must be a text."),
]


@pytest.mark.parametrize(("operation", "sentence"), WRONG)
def test_what_cannot_be_is_refused_in_one_plain_sentence(
    quiet: Any, house: Any, operation: dict[str, Any], sentence: str
) -> None:
    answer = quiet.patch(f"/Users/{house.id('jane')}", operation)
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"] == sentence


def test_a_number_as_an_address_is_a_plain_one_in_help_scout(quiet: Any) -> None:
    quiet.send("POST", "/Users", JUMPCLOUD_NEW)
    quiet.round()
    [request] = quiet.requests()
    assert request.plan["phone"] == "+1-555-555-0100"


def test_several_operations_are_all_or_nothing(quiet: Any, house: Any) -> None:
    id = house.id("jane")
    before = quiet.send("GET", f"/Users/{id}").json()
    answer = quiet.patch(
        f"/Users/{id}",
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Replace", "path": "emails[", "value": 1},
    )
    assert answer.status_code == 400
    assert quiet.send("GET", f"/Users/{id}").json() == before


def test_a_profile_that_is_put_without_changes_changes_nothing(quiet: Any, house: Any) -> None:
    jane = quiet.find("jane@acme.example")
    put = quiet.send("PUT", f"/Users/{jane['id']}", {**jane, "externalId": "00u9"})
    assert put.status_code == 200
    quiet.round()
    assert not quiet.requests()
    assert quiet.send("GET", "/Users", params={"filter": 'externalId eq "00u9"'}).json()["totalResults"] == 1


def test_who_was_there_before_is_taken_over_by_a_provider_that_looks_for_its_own_ids(quiet: Any, house: Any) -> None:
    looked = {"filter": 'externalId eq "7f3a"'}
    assert quiet.send("GET", "/Users", params=looked).json()["totalResults"] == 0
    body = {"userName": "Jane@acme.example", "externalId": "7f3a", "name": {"givenName": "Jane"}, "active": True}
    made = quiet.send("POST", "/Users", body)
    assert (made.status_code, made.json()["id"]) == (201, str(house.id("jane")))
    quiet.round()
    assert not quiet.requests(), "as they are wanted"
    [found] = quiet.send("GET", "/Users", params=looked).json()["Resources"]
    assert found["id"] == made.json()["id"]
    assert quiet.send("POST", "/Users", body).status_code == 409


def test_an_import_reads_everybody_once_page_by_page(quiet: Any) -> None:
    seen: list[str] = []
    while True:
        page = quiet.send("GET", "/Users", params={"startIndex": str(len(seen) + 1), "count": "17"}).json()
        seen += [one["id"] for one in page["Resources"]]
        if len(seen) >= page["totalResults"]:
            break
    assert len(set(seen)) == len(seen) == page["totalResults"]
    everybody = [row for row in quiet.bot.record.users.by_status() if row.user.is_person]
    assert len(seen) == len(everybody)


FILTERS = [
    ('userName eq "JANE@acme.example"', 1),
    ('username EQ "jane@ACME.example"', 1),
    ('userName  eq  "jane@acme.example"', 1),
    ('emails[primary eq true].value eq "jane@acme.example"', 1),
    ('userName eq "jane@acme.example" and active eq true', 1),
    ('userName eq "jane@acme.example" and active eq "False"', 0),
    ('emails.value eq "jane@acme.example"', 1),
    ('emails[type eq "work"].value eq "jane@acme.example"', 1),
    ('emails[type eq "work" and value eq "jane@acme.example"]', 1),
    ('userName sw "jane@" or userName sw "max@"', 2),
    ("not (userName pr)", 0),
    (f'{CORE}:userName eq "jane@acme.example"', 1),
    ('externalId eq "nothing"', 0),
    ('nosuch eq "x"', 0),
]


@pytest.mark.parametrize(("filter", "count"), FILTERS)
def test_a_filter_finds_who_it_describes(quiet: Any, filter: str, count: int) -> None:
    answer = quiet.send("GET", "/Users", params={"filter": filter})
    assert answer.status_code == 200, answer.text
    assert answer.json()["totalResults"] == count


def test_attributes_can_be_chosen_and_left_out(quiet: Any, house: Any) -> None:
    id = house.id("jane")
    only = quiet.send("GET", f"/Users/{id}", params={"attributes": "userName,name.givenName"}).json()
    assert set(only) == {"schemas", "id", "userName", "name"}
    assert set(only["name"]) == {"givenName"}
    team = quiet.send("GET", "/Groups").json()["Resources"][0]["id"]
    without = quiet.send("GET", f"/Groups/{team}", params={"excludedAttributes": "members"}).json()
    assert "members" not in without
    assert "displayName" in without


def test_an_etag_holds_a_change_to_what_was_read(quiet: Any, house: Any) -> None:
    path = f"/Users/{house.id('jane')}"
    read = quiet.send("GET", path)
    tag = read.headers["ETag"]
    assert quiet.send("GET", path, headers={"If-None-Match": tag}).status_code == 304
    body = {**read.json(), "title": "Pilot"}
    assert quiet.send("PUT", path, body, headers={"If-Match": tag}).status_code == 200
    assert quiet.send("PUT", path, body, headers={"If-Match": tag}).status_code == 412
