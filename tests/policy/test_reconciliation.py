"""Who should have a seat, compared with who has one: no false orphans, and what contradicts itself is shown."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.colleague import Colleague, Employment, Listing, Manager
from bot.model.user import User
from bot.policy.people.finding import Finding, Kind, newly_said
from bot.policy.people.matching import Seat
from bot.policy.people.reconciliation import Compared, reconcile, same_name


def seat(id: int, email: str, *, keys: tuple[str, ...] = (), slack: tuple[str, ...] = (), **fields: Any) -> Seat:
    user = User(id=id, email=email, **{"first_name": "Jane", "last_name": "Doe", "role": "user", **fields})
    return Seat(user=user, keys=frozenset(keys), slack_ids=frozenset(slack))


def who(email: str, state: Employment = Employment.ACTIVE, **fields: Any) -> Colleague:
    said = {Employment.SUSPENDED: "suspended since 2026-11-02"}.get(state, state.value)
    return Colleague(**{"id": email, "email": email, "state": state, "said": said, "name": "Jane Doe", **fields})


def okta(*people: Colleague, group: str = "") -> Listing:
    return Listing(source="okta", title="Okta", people=people, group=group)


def slack(*people: Colleague) -> Listing:
    return Listing(source="slack", title="Slack", people=people, complete=True, own_names=True)


def hr(*people: Colleague, group: str = "") -> Listing:
    return Listing(source="csv", title="the CSV file", people=people, group=group)


def found(seats: list[Seat], *listings: Listing, **more: Any) -> list[Finding]:
    return reconcile(seats, listings, **more).findings


JANE = seat(1, "jane@acme.example")


def test_who_is_suspended_is_an_orphan_with_the_reason() -> None:
    (one,) = found([JANE], okta(who("jane@acme.example", Employment.SUSPENDED)))
    assert (one.kind, one.id, one.email, one.sure) == (Kind.ORPHAN, 1, "jane@acme.example", True)
    assert one.detail == "suspended in Okta since 2026-11-02"
    assert one.sources == {"okta": "suspended since 2026-11-02"}


def test_the_first_source_that_names_a_manager_counts_and_nobody_is_their_own() -> None:
    own = who("jane@acme.example", manager="JANE+hs@acme.example")
    assert reconcile([JANE], [okta(own)]).managers == {}
    assert reconcile([JANE], [okta(replace(own, manager="the boss"))]).managers == {}
    named = hr(who("jane@acme.example", manager="bo@acme.example"))
    other = slack(who("jane@acme.example", manager="cy@acme.example"))
    assert reconcile([JANE], [okta(own), named, other]).managers == {1: Manager("bo@acme.example", "csv")}


def test_without_an_account_one_is_gone_by_slack_and_unknown_to_the_others() -> None:
    assert [one.kind for one in found([JANE], slack())] == [Kind.ORPHAN]
    assert [one.kind for one in found([JANE], okta())] == [Kind.UNKNOWN]
    assert found([JANE], okta(), all_read=False) == [], "a source that failed may have them"
    assert [one.kind for one in found([JANE], okta(group="Help Scout"))] == [Kind.ORPHAN]


def test_whom_a_source_had_and_has_no_more_is_an_orphan() -> None:
    (one,) = found([JANE], okta(), remembered={("okta", "00u1"): 1})
    assert (one.kind, one.detail) == (Kind.ORPHAN, "not listed anymore in Okta")


def test_sources_that_contradict_each_other_are_shown_with_what_each_says() -> None:
    (one,) = found([JANE], slack(who("jane@acme.example")), okta(who("jane@acme.example", Employment.SUSPENDED)))
    assert (one.kind, one.sure) == (Kind.ORPHAN, False)
    assert one.sources == {"slack": "active", "okta": "suspended since 2026-11-02"}
    assert one.detail == "suspended in Okta since 2026-11-02, but active in Slack"


def test_of_two_accounts_in_one_source_the_living_one_counts() -> None:
    """A contractor of two companies, or somebody who came back under another address."""
    both = seat(1, "jo@contractor.example", alternate_emails=("jo@acme.example",))
    assert found([both], okta(who("jo@contractor.example", Employment.LEFT), who("jo@acme.example"))) == []


def test_somebody_elses_main_address_is_nobodys_alias() -> None:
    lists_it = seat(1, "jane@acme.example", alternate_emails=("bo@acme.example",))
    bo = seat(2, "bo@acme.example", first_name="Bo")
    gone = who("bo@acme.example", Employment.SUSPENDED)
    findings = found([lists_it, bo], okta(who("jane@acme.example"), gone))
    assert [(one.kind, one.id) for one in findings] == [(Kind.ORPHAN, 2)]


def test_a_renamed_person_stays_who_they_are_by_a_remembered_pair() -> None:
    renamed = who("jane.married@acme.example", id="00u1", name="Jane Married")
    (one,) = found([JANE], okta(renamed), remembered={("okta", "00u1"): 1})
    assert one.kind is Kind.DIFFERENT
    assert one.asks == {"email": "jane.married@acme.example", "name": "Jane Married"}
    paired = seat(1, "jane@acme.example", slack=("U1",))
    assert found([paired], slack(who("new@acme.example", slack_ids=frozenset({"U1"}))))[0].kind is Kind.DIFFERENT


def test_an_address_that_differs_by_a_plus_part_alone_is_remembered_where_it_can_be_nobody_elses() -> None:
    ann, other = seat(2, "ann+helpscout@acme.example"), seat(3, "ann+sales@acme.example")
    account = who("ann@acme.example", id="00u2")
    pairs = reconcile([JANE, ann], [okta(account)]).pairs
    assert pairs == {("okta", "00u2"): 2}
    (one,) = found([ann], okta(replace(account, email="annie@acme.example")), remembered=pairs)
    assert (one.kind, one.asks) == (Kind.DIFFERENT, {"email": "annie@acme.example"})
    (one,) = found([ann], okta(replace(account, email="annie@acme.example", state=Employment.LEFT)), remembered=pairs)
    assert (one.kind, one.sure) == (Kind.ORPHAN, True)
    assert reconcile([ann, other], [okta(account)]).pairs == {}, "either seat could be theirs"
    assert reconcile([ann], [okta(account, who("ann+x@acme.example"))]).pairs == {}, "either account could be"
    alias = seat(4, "an@acme.example", alternate_emails=("ann+helpscout@acme.example",))
    assert reconcile([alias], [okta(account)]).pairs == {}, "an alias proves nothing"


def test_a_name_alone_proves_nothing_and_is_a_hint() -> None:
    (one,) = found([JANE], slack(who("private@mail.example")))
    assert (one.kind, one.sure) == (Kind.ORPHAN, False)
    assert "somebody of that name has private@mail.example there" in one.detail


def test_who_is_in_the_group_without_a_seat_is_missing() -> None:
    (one,) = found([], okta(who("new@acme.example", name="New"), who("out@acme.example", Employment.LEFT), group="HS"))
    assert (one.kind, one.id, one.email) == (Kind.MISSING, None, "new@acme.example")
    assert found([], okta(who("new@acme.example"))) == [], "without a group nobody must have one"
    (contested,) = found([], okta(who("n@a.example"), group="HS"), hr(who("n@a.example", Employment.LEFT)))
    assert not contested.sure
    assert "but left in the CSV file" in contested.detail
    (once,) = found([], okta(who("n@a.example"), group="HS"), hr(who("N+hs@a.example"), group="Support"))
    assert set(once.sources) == {"okta", "csv"}


def test_the_role_of_a_group_is_compared_and_the_owner_never() -> None:
    lead = who("jane@acme.example", groups=frozenset({"Agents", "Leads"}))
    roles = {"Agents": "user", "Leads": "admin"}
    (one,) = found([JANE], okta(lead), roles=roles)
    assert (one.kind, one.asks) == (Kind.DIFFERENT, {"role": "admin"})
    assert found([seat(1, "jane@acme.example", role="owner")], okta(lead), roles=roles) == []
    assert found([JANE], hr(who("jane@acme.example", role="Light user")))[0].asks == {"role": "light user"}


def test_a_role_that_a_file_gives_is_said_so_and_the_owner_can_not_be_made() -> None:
    (one,) = found([JANE], hr(who("jane@acme.example", role="owner")), okta(who("jane@acme.example")))
    assert (one.kind, one.asks) == (Kind.DIFFERENT, {})
    assert one.detail.startswith("role user; the CSV file says owner; hs-bot can't make anyone the owner")
    lead = who("jane@acme.example", groups=frozenset({"Leads"}))
    (both,) = found([JANE], hr(who("jane@acme.example", role="Owner")), okta(lead), roles={"Leads": "admin"})
    assert (both.asks, both.sure) == ({"role": "admin"}, True)
    assert "; the CSV file says owner; their groups in Okta give admin; " in both.detail
    assert found([seat(1, "jane@acme.example", role="owner")], hr(who("jane@acme.example", role="owner"))) == []


def test_names_differ_only_where_no_source_agrees_and_never_by_slack() -> None:
    other = who("jane@acme.example", name="Zelda Quux")
    assert found([JANE], okta(other))[0].asks == {"name": "Zelda Quux"}
    assert found([JANE], okta(other), hr(who("jane@acme.example"))) == []
    assert found([JANE], slack(other)) == []


ALIKE = [
    ("Zoë D'Arcy", "zoe darcy"),
    ("Ana María López", "Ana Lopez"),
    ("Bo", ""),
    ("Jane Doe", "Ja\u0000ne\tDo\u200be\u0007"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_may_be_one_persons_are_the_same(one: str, other: str) -> None:
    assert same_name(one, other)


def test_a_name_is_told_and_asked_for_as_people_see_it() -> None:
    (one,) = found([JANE], okta(who("jane@acme.example", name="Zel\u0000da\u202e Quux")))
    assert (one.asks, one.detail) == ({"name": "Zelda Quux"}, "Okta calls them Zelda Quux")


def test_what_was_left_as_it_is_comes_back_when_a_source_newly_says_that_they_are_gone() -> None:
    paused = who("jane@acme.example", Employment.SUSPENDED)
    (before,) = found([JANE], okta(paused), slack(who("jane@acme.example")))

    def newly(*listings: Listing) -> frozenset[str]:
        (now,) = found([JANE], *listings)
        return newly_said(now, before.kind.value, before.sources)

    assert newly(okta(paused), slack(who("jane@acme.example"))) == frozenset()
    assert newly(okta(paused)) == frozenset(), "a source that can't be read says nothing new"
    assert newly(okta(who("jane@acme.example", Employment.LEFT)), slack(who("jane@acme.example"))) == {"okta"}
    assert newly(okta(paused), slack()) == {"slack"}
    assert newly(okta(who("jane@acme.example")), slack()) == {"slack"}
    assert newly(okta(paused), hr(who("jane@acme.example", Employment.LEFT))) == {"csv"}, "also one that was not there"
    assert newly_said(before, "unknown", None) == {"okta"}, "left before what was seen was kept"
    assert newly_said(before, "orphan", None) == frozenset()


def test_teams_and_bots_are_not_people() -> None:
    assert found([seat(1, "team@acme.example", type="team")], okta(), slack()) == []


def test_a_finding_keeps_its_key_and_another_difference_has_another() -> None:
    gone = found([JANE], okta(who("jane@acme.example", Employment.SUSPENDED)))[0]
    unknown = found([JANE], okta())[0]
    assert gone.key == unknown.key == "seat:1"
    first = found([JANE], okta(who("jane@acme.example", name="Zelda Quux")))[0]
    second = found([JANE], okta(who("jane@acme.example", name="Zelda Smith")))[0]
    assert first.key != second.key


# No false orphans


_LOCAL = st.text("abcdefghij.", min_size=2, max_size=8).filter(lambda t: t.strip(".") == t and ".." not in t)
_DOMAIN = st.sampled_from(["acme.example", "contractor.example", "müller.example", "例え.example"])


@st.composite
def spelled(draw: st.DrawFn, address: str) -> str:
    """The same mailbox, as another system may write it."""
    local, _, domain = address.partition("@")
    if draw(st.booleans()):
        local = local.upper()
    if draw(st.booleans()):
        local = f"{local}+hs"
    if draw(st.booleans()):
        domain = domain.encode("idna").decode()
    return f"{local}@{domain}{'.' if draw(st.booleans()) else ''}"


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Seat], list[Listing]]:
    """People who all work here, each known to every source by some address of theirs or by a remembered pair."""
    locals_ = draw(st.lists(_LOCAL, min_size=2, max_size=12, unique=True))
    seats: list[Seat] = []
    okta_people: list[Colleague] = []
    slack_people: list[Colleague] = []
    hr_people: list[Colleague] = []
    for number, local in enumerate(locals_, 1):
        main = f"{local}@{draw(_DOMAIN)}"
        alias = f"{local}.alias@{draw(_DOMAIN)}"
        old = f"{local}.old@{draw(_DOMAIN)}"
        key = Colleague(id="", email=old).key
        seats.append(seat(number, main, keys=(key,), slack=(f"U{number}",), alternate_emails=(alias,)))
        for people, letter in ((okta_people, "o"), (slack_people, "s"), (hr_people, "h")):
            address = draw(spelled(draw(st.sampled_from([main, alias, old]))))
            ids = frozenset({f"U{number}"}) if letter == "s" else frozenset()
            if letter == "s" and draw(st.booleans()):
                address = f"renamed{number}@elsewhere.example"
            people.append(who(address, id=f"{letter}{number}", slack_ids=ids))
            if draw(st.booleans()):  # and an account at the company they were at before
                people.append(who(draw(spelled(alias)), Employment.LEFT, id=f"{letter}{number}x"))
    return seats, [okta(*okta_people), slack(*slack_people), hr(*hr_people)]


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_nobody_who_works_here_is_ever_an_orphan_or_unknown(world: tuple[list[Seat], list[Listing]]) -> None:
    compared: Compared = reconcile(*world)
    again = reconcile(*world, remembered=compared.pairs)
    for found in (compared, again):
        assert [one for one in found.findings if one.kind in (Kind.ORPHAN, Kind.UNKNOWN)] == []
    assert again.pairs.items() >= compared.pairs.items(), "whose account is whose stays so"
