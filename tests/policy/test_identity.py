"""Who is who: Slack people under several ids and addresses, SCIM users and whose seat they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.member import Member
from bot.model.user import User
from bot.policy.people.identity import About, Neighbours, could_be, is_about, same_member, why_not_theirs

AL = ("al@acme.example",)
ALICE = User(
    id=1, first_name="Alice", last_name="Ash", email="alice@acme.example", alternate_emails=("al@acme.example",)
)


@dataclass(frozen=True)
class Scim:
    user_name: str
    primary: str = ""
    further: tuple[str, ...] = ()
    id: str = "s1"
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def identifying(self) -> frozenset[str]:
        return frozenset({self.user_name, self.primary} - {""})

    @property
    def addresses(self) -> frozenset[str]:
        return self.identifying | frozenset(self.further)


@pytest.mark.parametrize(
    "seat",
    [
        Scim("alice@acme.example"),
        Scim("aash", "alice@acme.example"),
        Scim("alice@acme.example", "al@acme.example"),
        Scim("alice@acme.example", further=("old@acme.example",)),
    ],
)
def test_a_scim_user_is_theirs_by_user_name_or_primary_email(seat: Scim) -> None:
    assert why_not_theirs(ALICE, seat, Neighbours()) is None


@pytest.mark.parametrize(
    ("seat", "around", "said"),
    [
        (Scim("bob@acme.example", "bob@acme.example", ("alice@acme.example",)), Neighbours(), "isn't Alice Ash"),
        (Scim("al@acme.example"), Neighbours(), "isn't Alice Ash"),  # an alternate never identifies
        (Scim("alice@acme.example"), Neighbours(holder="Bob Birch"), "belongs to Bob Birch"),
        (
            Scim("alice@acme.example", further=("bob@acme.example",)),
            Neighbours(mains={"bob@acme.example": "Bob Birch"}),
            "main e-mail address of Bob Birch",
        ),
        (
            Scim("alice@acme.example", further=("boss@acme.example",)),
            Neighbours(protected=frozenset({"boss@acme.example"})),
            "someone who is protected",
        ),
    ],
)
def test_a_scim_user_that_may_be_somebody_else_is_refused_by_name(seat: Scim, around: Neighbours, said: str) -> None:
    sentence = why_not_theirs(ALICE, seat, around)
    assert sentence is not None
    assert said in sentence
    assert seat.user_name in sentence


def test_nobody_without_an_address_has_a_seat_over_scim() -> None:
    nameless = User(id=2, first_name="No", last_name="Mail")
    assert why_not_theirs(nameless, Scim(""), Neighbours()) is not None


def member(id: str, *aliases: str, email: str = "") -> Member:
    return Member(id=id, aliases=frozenset(aliases), email=email)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (member("U1"), member("U1"), True),
        (member("U1", "W1"), member("W1"), True),
        (member("U1", "W1"), member("U2", "W1"), True),
        (member("U1", email="ana@bücher.example"), member("U2", email="ANA@xn--bcher-kva.example"), True),
        (member("U1", email="ana+1@x.example"), member("U2", email="ana@x.example"), True),
        (member("U1"), member("U2"), False),
        (member("U1", email="ana@x.example"), member("U2", email="bo@x.example"), False),
    ],
)
def test_two_slack_ids_are_one_person_by_an_id_in_common_or_the_address(one: Member, other: Member, same: bool) -> None:
    assert same_member(one, other) is same
    assert same_member(other, one) is same


def test_an_address_that_is_somebody_elses_does_not_make_its_owner_the_target() -> None:
    boss = member("U1", email="boss@acme.example")
    keys = frozenset({"jane@acme.example", "boss@acme.example"})
    assert is_about(boss, About(person=True, keys=keys))
    assert not is_about(boss, About(person=True, keys=keys, others_mains=frozenset({"boss@acme.example"})))
    assert not is_about(boss, About(person=True, keys=keys, others_pairs=frozenset({"boss@acme.example"})))


def test_nobody_is_a_team() -> None:
    assert not could_be(member("U1"), About())
    assert could_be(member("U1"), About(person=True))


@given(
    st.frozensets(st.sampled_from(["a@x", "b@x", "c@x"])),
    st.frozensets(st.sampled_from(["a@x", "b@x", "c@x"])),
    st.frozensets(st.sampled_from(["U1", "U2"])),
    st.sampled_from(["", "a@x", "b+t@x", "c@x"]),
    st.sampled_from(["U1", "U2", "U3"]),
)
def test_a_remembered_pair_outlives_every_address(
    keys: frozenset[str], others: frozenset[str], ids: frozenset[str], email: str, id: str
) -> None:
    about = About(person=True, keys=keys, others_mains=others, slack_ids=ids)
    who = member(id, email=email)
    assert is_about(who, about) or id not in ids
    if not email:
        assert could_be(who, about)
