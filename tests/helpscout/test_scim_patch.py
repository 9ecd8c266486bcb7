"""PATCH done here for servers that take only PUT: what is named changes, everything else stays as it was."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpscout.errors import Rejected
from bot.helpscout.scim.patch import patched
from bot.helpscout.scim.resources import Operation, quoted

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


def resource() -> dict[str, Any]:
    return {
        "schemas": [CORE],
        "id": "1",
        "userName": "a@x.org",
        "name": {"givenName": "Ann", "familyName": "Lee"},
        "emails": [{"value": "a@x.org", "type": "work", "primary": True}, {"value": "b@x.org", "type": "home"}],
        "active": True,
        "members": [{"value": "u1"}, {"value": "U 2"}],
        ENTERPRISE: {"department": "Care"},
        "x-unknown": [1, {"deep": True}],
    }


CASES: list[tuple[str, Operation, dict[str, Any]]] = [
    ("an attribute", Operation(op="replace", path="userName", value="n"), {"userName": "n"}),
    ("an attribute in another case", Operation(op="replace", path="USERNAME", value="n"), {"userName": "n"}),
    ("a new attribute", Operation(op="add", path="title", value="Lead"), {"title": "Lead"}),
    (
        "a part",
        Operation(op="replace", path="name.givenName", value="Bea"),
        {"name": {"givenName": "Bea", "familyName": "Lee"}},
    ),
    ("a part of what is not there", Operation(op="add", path="manager.value", value="9"), {"manager": {"value": "9"}}),
    (
        "several without a path",
        Operation(op="replace", value={"active": False, "name": {"givenName": "Bea"}}),
        {"active": False, "name": {"givenName": "Bea", "familyName": "Lee"}},
    ),
    (
        "a path within the object",
        Operation(op="replace", value={"name.familyName": "Kay"}),
        {"name": {"givenName": "Ann", "familyName": "Kay"}},
    ),
    (
        "a value by filter",
        Operation(op="replace", path='emails[type eq "work"].value', value="n"),
        {"emails": [{"value": "n", "type": "work", "primary": True}, {"value": "b@x.org", "type": "home"}]},
    ),
    (
        "an entry by filter",
        Operation(op="replace", path='emails[type eq "home"]', value={"display": "B"}),
        {
            "emails": [
                {"value": "a@x.org", "type": "work", "primary": True},
                {"value": "b@x.org", "type": "home", "display": "B"},
            ]
        },
    ),
    (
        "an entry that is not there",
        Operation(op="add", path='emails[type eq "other"].value', value="c"),
        {"emails": [*resource()["emails"], {"type": "other", "value": "c"}]},
    ),
    (
        "a member",
        Operation(op="add", path="members", value=[{"value": "u3"}]),
        {"members": [{"value": "u1"}, {"value": "U 2"}, {"value": "u3"}]},
    ),
    ("a member who is there", Operation(op="add", path="members", value=[{"value": "u1"}]), {}),
    ("a member taken out", Operation(op="remove", path='members[value eq "U 2"]'), {"members": [{"value": "u1"}]}),
    (
        "members taken out by value",
        Operation(op="remove", path="members", value=[{"value": "u1"}]),
        {"members": [{"value": "U 2"}]},
    ),
    (
        "all members replaced",
        Operation(op="replace", path="members", value=[{"value": "z"}]),
        {"members": [{"value": "z"}]},
    ),
    (
        "a part of an entry taken out",
        Operation(op="remove", path="emails[primary eq true].primary"),
        {"emails": [{"value": "a@x.org", "type": "work"}, {"value": "b@x.org", "type": "home"}]},
    ),
    (
        "an attribute of an extension",
        Operation(op="replace", path=f"{ENTERPRISE}:department", value="Sales"),
        {ENTERPRISE: {"department": "Sales"}},
    ),
    (
        "an attribute of another extension",
        Operation(op="add", path="urn:x:2.0:User:colour", value="red"),
        {"urn:x:2.0:User": {"colour": "red"}},
    ),
    (
        "a core attribute by its whole name",
        Operation(op="replace", path=f"{CORE}:userName", value="n"),
        {"userName": "n"},
    ),
]


@pytest.mark.parametrize(("name", "operation", "changed"), CASES)
def test_only_what_is_named_changes(name: str, operation: Operation, changed: dict[str, Any]) -> None:
    before = resource()
    assert patched(before, [operation]) == {**resource(), **changed}
    assert before == resource(), "the resource handed in stays as it was"


def test_a_removed_attribute_is_gone() -> None:
    after = patched(resource(), [Operation(op="remove", path="name.familyName"), Operation(op="remove", path="emails")])
    assert after["name"] == {"givenName": "Ann"}
    assert "emails" not in after


@pytest.mark.parametrize(
    "operation",
    [
        Operation(op="replace", path="emails[type", value=1),
        Operation(op="replace", path='emails[type co "w"].value', value=1),
        Operation(op="replace", path="a.b.c", value=1),
        Operation(op="remove"),
        Operation(op="replace", value="text"),
        Operation(op="replace", path='emails[type eq "work"]', value="text"),
    ],
)
def test_a_path_that_is_not_understood_is_refused_and_not_guessed(operation: Operation) -> None:
    with pytest.raises(Rejected, match="can't be done by PUT"):
        patched(resource(), [operation])


@given(st.text(min_size=1))
def test_a_member_is_taken_out_whatever_signs_the_id_has(id: str) -> None:
    group = {"members": [{"value": id}, {"value": f"other {id}"}]}
    operation = Operation(op="remove", path=f"members[value eq {quoted(id)}]")
    assert patched(group, [operation])["members"] == [{"value": f"other {id}"}]
