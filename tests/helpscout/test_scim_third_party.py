"""The SCIM client against a server that somebody else wrote: scim2-server from PyPI, on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.helpscout.client import HelpScout, Waits
from bot.helpscout.errors import Conflict, NotFound, Rejected, Unauthorized
from bot.helpscout.scim.api import Scim
from bot.helpscout.scim.resources import Operation, ScimUser
from tests.third_party_scim import TOKEN, running

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture
def connect(server: str) -> Iterator[Any]:
    clients: list[HelpScout] = []

    def scim(token: str = TOKEN, path: str = "") -> Scim:
        client = HelpScout(
            api_url="http://127.0.0.1:9/v2",
            scim_url=server + path,
            app_id="-",
            app_secret="-",
            scim_token=token,
            per_minute=100_000,
            waits=Waits.none(),
        )
        clients.append(client)
        assert client.scim is not None
        return client.scim

    yield scim
    for client in clients:
        client.close()


@pytest.fixture
def scim(connect: Any) -> Scim:
    found: Scim = connect()
    return found


@pytest.mark.parametrize("path", ["", "/v2"])
def test_a_user_lives_from_creation_to_removal(connect: Any, path: str) -> None:
    scim: Scim = connect(path=path)
    name = f'zoë+"q"\\{len(path)}@x.example'
    made = scim.create_user(
        ScimUser(
            user_name=name,
            given_name="Zoë 🎈",
            family_name="עברית <@U1> *b*",
            emails=("first@x.example", "second@x.example"),
            title="Engineer",
            phone="+49 30 1",
            timezone="Europe/Berlin",
            roles=("admin",),
        )
    )
    with pytest.raises(Conflict) as caught:
        scim.create_user(ScimUser(user_name=name, given_name="Twice"))
    assert caught.value.scim_type == "uniqueness"
    by_name, by_mail = scim.find_user(name.upper()), scim.search("SECOND@x.example")
    assert by_name is not None
    assert by_name.id == made.id
    assert [one.id for one in (by_mail.user, *by_mail.others) if one is not None] == [made.id]
    scim.patch_user(
        made.id,
        [
            Operation(op="replace", path="name.givenName", value="Zoe"),
            Operation(op="replace", value={"title": "Lead"}),
        ],
    )
    after = scim.user(made.id)
    assert (after.given_name, after.family_name, after.title) == ("Zoe", "עברית <@U1> *b*", "Lead")
    assert (after.emails, after.roles, after.phone) == (("first@x.example", "second@x.example"), ("admin",), "+49 30 1")
    scim.set_active(made.id, False)
    assert scim.user(made.id).active is False
    assert scim.delete_user(made.id).status == 204
    with pytest.raises(NotFound):
        scim.delete_user(made.id)
    assert scim.find_user(name) is None


def test_a_group_lives_from_creation_to_removal(scim: Scim) -> None:
    first = scim.create_user(ScimUser(user_name="g1@x.example", given_name="A", family_name="A"))
    second = scim.create_user(ScimUser(user_name="g2@x.example", given_name="B", family_name="B"))
    group = scim.create_group("Night shift", [first.id])
    scim.add_member(group.id, second.id)
    scim.add_member(group.id, second.id)
    assert scim.group(group.id).members == {first.id, second.id}
    scim.remove_member(group.id, first.id)
    scim.patch_group(group.id, [Operation(op="replace", path="displayName", value="Day shift")])
    after = scim.group(group.id)
    assert (after.display_name, set(after.members)) == ("Day shift", {second.id})
    assert [one.id for one in scim.groups()] == [group.id]
    scim.delete_group(group.id)
    assert scim.groups() == []
    with pytest.raises(NotFound):
        scim.group(group.id)
    for user in (first, second):
        scim.delete_user(user.id)


def test_everybody_comes_over_several_pages(scim: Scim) -> None:
    made = [
        scim.create_user(ScimUser(user_name=f"p{n}@x.example", given_name="P", family_name=str(n))) for n in range(130)
    ]
    assert {user.id for user in scim.users()} == {user.id for user in made}
    for user in made:
        scim.delete_user(user.id)


def test_a_wrong_token_says_where_to_make_a_new_one(connect: Any) -> None:
    with pytest.raises(Unauthorized, match="SCIM refused the token: make a new one under Admin > Authentication"):
        connect(token="other").users()


def test_a_change_that_makes_no_sense_is_refused_in_the_server_s_words(scim: Scim) -> None:
    made = scim.create_user(ScimUser(user_name="bad@x.example", given_name="B", family_name="B"))
    with pytest.raises(Rejected, match="It says:"):
        scim.patch_user(made.id, [Operation(op="replace", path="nonsense[", value=1)])
    scim.delete_user(made.id)
