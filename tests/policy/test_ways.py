"""Which way a request goes, for whatever was read of the account."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.model.credential import OwnUser
from bot.model.request import Kind
from bot.model.way import Way
from bot.policy.ways import Cannot, Chosen, Means, beyond_rest, choose, possible, told, why_not_rest

OWN = st.none() | st.builds(
    OwnUser,
    id=st.integers(1, 9),
    name=st.just("Ana"),
    role=st.sampled_from(["owner", "admin", "user", "light user", ""]),
    type=st.sampled_from(["user", "virtual", ""]),
    lost=st.booleans(),
)
MEANS = st.builds(
    Means,
    writes=st.sampled_from(["auto", "scim", "rest", "hand"]),
    scim=st.booleans(),
    own=OWN,
    calls=st.sampled_from([True, False, None]),
)


@given(MEANS, st.sampled_from(Kind), st.booleans(), st.sampled_from(["", "SCIM doesn't know them."]))
def test_no_way_is_chosen_that_lacks_what_it_needs(means: Means, kind: Kind, light: bool, unknown: str) -> None:
    found = choose(means, kind, light=light, unknown=unknown)
    if isinstance(found, Cannot):
        assert found.sentence.endswith(".")
        assert means.writes in ("scim", "rest") or beyond_rest(kind)
        return
    assert means.writes in ("auto", found.way)
    if found.way is Way.SCIM:
        assert means.scim
        assert not light
        assert not unknown
    if found.way is Way.REST:
        assert means.own is not None
        assert means.own.role in ("owner", "admin")
        assert not means.own.lost
        assert means.calls is not False
        assert not beyond_rest(kind)
    if found.way is Way.HAND and means.writes == "auto":
        assert found.why, "approvers see why not in a better way"


@given(MEANS)
def test_an_account_that_may_choose_always_has_a_way_for_seats(means: Means) -> None:
    free = replace(means, writes="auto")
    for kind in (Kind.OFFBOARD, Kind.PROVISION, Kind.RESTORE):
        chosen = choose(free, kind)
        assert isinstance(chosen, Chosen)
        assert possible(free, chosen.way)


@given(MEANS)
def test_what_is_told_names_no_way_that_is_not_there(means: Means) -> None:
    said = " ".join(how for _, how in told(means))
    assert "over SCIM" not in said or means.scim
    assert "REST" not in said or not why_not_rest(means)
