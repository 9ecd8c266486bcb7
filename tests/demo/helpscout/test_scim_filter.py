"""The filter language of RFC 7644 §3.4.2.2."""

import pytest

from bot.demo.helpscout.scim.filter import ScimProblem, parse_filter

RESOURCE = {
    "userName": 'j"ane\\@acme.example',
    "name": {"givenName": "Jane", "familyName": "D'Arcy"},
    "emails": [{"value": "a@x.example", "primary": True}, {"value": "b@y.example", "primary": False}],
    "active": True,
    "title": "",
    "roles": [{"value": "admin"}],
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('userName eq "J\\"ANE\\\\@acme.example"', True),
        ('username EQ "other"', False),
        ('userName ne "other"', True),
        ('name.givenName co "an"', True),
        ('name.givenName sw "an"', False),
        ('name.familyName ew "arcy"', True),
        ('emails co "@y"', True),
        ('emails.value eq "b@y.example"', True),
        ('emails[value eq "b@y.example" and primary eq true]', False),
        ('emails[value eq "a@x.example" and primary eq true]', True),
        ("active eq true", True),
        ("not (active eq true)", False),
        ("title pr", False),
        ("name.givenName pr", True),
        ('roles eq "admin" and active eq false or name.givenName eq "jane"', True),
        ('roles eq "admin" and (active eq false or name.givenName eq "june")', False),
        ('urn:ietf:params:scim:schemas:core:2.0:User:name.givenName eq "Jane"', True),
        ('nickName eq "x"', False),
    ],
)
def test_a_filter_means_what_the_rfc_says(text: str, holds: bool) -> None:
    assert parse_filter(text)(RESOURCE) is holds


@pytest.mark.parametrize(
    "text", ["", "userName", "userName eq", "userName is 1", 'userName eq "x" extra', "(a pr", "a eq x"]
)
def test_an_unreadable_filter_is_an_invalid_filter(text: str) -> None:
    with pytest.raises(ScimProblem) as caught:
        parse_filter(text)
    assert caught.value.scim_type == "invalidFilter"
