"""Who has a seat without a Slack account, and how that is known."""

from hypothesis import given
from hypothesis import strategies as st

from bot.model.address import without_plus
from bot.model.member import Member
from bot.model.user import User
from bot.policy.people.orphans import Why, find_orphans

JANE = User(id=1, first_name="Jane", last_name="Doe", email="Jane@acme.example", alternate_emails=("jd@acme.example",))


def one(*members: Member, user: User = JANE, exempt: frozenset[int] = frozenset()) -> tuple[Why, str] | None:
    found = find_orphans([user], members, exempt=exempt)
    return (found[0].why, found[0].matched_by) if found else None


def test_a_full_member_with_any_of_their_addresses_is_no_orphan() -> None:
    assert one(Member(id="U1", email="jane@ACME.example")) is None
    assert one(Member(id="U1", email="jd@acme.example")) is None


def test_a_deactivated_account_a_guest_and_a_stranger_are_told_apart() -> None:
    assert one(Member(id="U1", email="jane@acme.example", deleted=True)) == (Why.DEACTIVATED, "e-mail")
    assert one(Member(id="U1", email="jane@acme.example", is_guest=True)) == (Why.GUEST, "e-mail")
    assert one(Member(id="U1", email="jane@acme.example", is_stranger=True)) == (Why.STRANGER, "e-mail")


def test_a_living_account_outweighs_a_deactivated_one() -> None:
    dead, living = (
        Member(id=i, email=e, deleted=d)
        for i, e, d in [("U1", "jane@acme.example", True), ("U2", "jd@acme.example", False)]
    )
    assert one(dead, living) is None


def test_nobody_with_their_address_or_name_is_missing() -> None:
    assert one(Member(id="U1", name="John Doe", email="john@acme.example")) == (Why.MISSING, "")


def test_a_tag_or_the_name_is_a_match_to_be_judged_by_a_person() -> None:
    assert one(Member(id="U1", email="jane+slack@acme.example")) == (Why.OTHER_ADDRESS, "the address without its +tag")
    assert one(Member(id="U1", name="JANE  dóe", email="x@y.example")) == (Why.OTHER_ADDRESS, "name")
    assert one(Member(id="U1", name="Jane Doe", email="x@y.example", deleted=True)) == (Why.DEACTIVATED, "name")


def test_bots_match_nobody_and_teams_and_ai_agents_have_no_account() -> None:
    assert one(Member(id="U1", email="jane@acme.example", is_bot=True)) == (Why.MISSING, "")
    assert one(user=User(id=2, first_name="Support", type="team")) is None
    assert one(user=User(id=3, first_name="Answers", last_name="Bot", type="virtual")) is None


def test_who_was_exempted_is_left_out() -> None:
    assert one(exempt=frozenset({1})) is None


def test_the_most_alarming_come_first() -> None:
    users = [User(id=i, first_name=n, email=f"{n}@a.example") for i, n in enumerate(["guest", "gone", "zoe", "amy"], 1)]
    members = [
        Member(id="U1", email="guest@a.example", is_guest=True),
        Member(id="U2", email="gone@a.example", deleted=True),
    ]
    assert [o.user.first_name for o in find_orphans(users, members, exempt=frozenset())] == [
        "gone",
        "amy",
        "zoe",
        "guest",
    ]


@given(st.emails())
def test_taking_a_tag_off_twice_changes_nothing(email: str) -> None:
    assert without_plus(without_plus(email)) == without_plus(email)
