"""What was approved stays what is done."""

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.request import Kind
from bot.policy.requests.digest import canonical, plan_digest, stale

PLAN = {
    "target_id": 7,
    "scim_id": "s7",
    "email": "jane@acme.example",
    "role": "user",
    "assignee_id": None,
    "run_at": None,
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert plan_digest(Kind.OFFBOARD, PLAN) == plan_digest(Kind.OFFBOARD, dict(reversed(PLAN.items())))


def test_it_is_the_sha_256_of_the_canonical_text() -> None:
    assert canonical(["offboard", {"b": 1, "a": "é"}]) == '["offboard",{"a":"é","b":1}]'
    assert plan_digest(Kind.OFFBOARD, {"a": 1}) == "6873fcc320c330c8caa6eec2fda52d24052d6da7f092fec2d5607c1ff3f3bb28"


@pytest.mark.parametrize("key", PLAN)
def test_every_part_of_the_plan_is_bound(key: str) -> None:
    changed = {**PLAN, key: "something else"}
    assert plan_digest(Kind.OFFBOARD, changed) != plan_digest(Kind.OFFBOARD, PLAN)
    assert stale(PLAN, changed) is not None
    missing = {name: value for name, value in PLAN.items() if name != key}
    assert plan_digest(Kind.OFFBOARD, missing) != plan_digest(Kind.OFFBOARD, PLAN)
    assert stale(PLAN, missing) is not None


def test_the_kind_is_bound_too() -> None:
    assert plan_digest(Kind.OFFBOARD, PLAN) != plan_digest(Kind.RESTORE, PLAN)


def test_the_same_moment_in_two_zones_is_the_same_plan() -> None:
    utc = datetime(2026, 12, 1, 18, tzinfo=UTC)
    vienna = utc.astimezone(timezone(timedelta(hours=1)))
    assert plan_digest(Kind.OFFBOARD, {"run_at": utc}) == plan_digest(Kind.OFFBOARD, {"run_at": vienna})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), datetime(2026, 1, 1), b"x"])  # noqa: DTZ001
def test_what_has_no_one_spelling_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        plan_digest(Kind.OFFBOARD, {"x": value})


def test_a_stale_plan_says_what_differs_in_words_of_people() -> None:
    sentence = stale(PLAN, {**PLAN, "role": "admin", "scim_id": None})
    assert sentence == (
        "What was approved is no longer so: role was user and is admin; SCIM id was s7 and is nothing. "
        "Nothing was done; ask again."
    )
    assert "assignee was nothing and is 8; e-mail was jane@acme.example and is nothing" in (
        stale(PLAN, {**PLAN, "assignee_id": 8, "email": ""}) or ""
    )
    assert "e-mail was jane@acme.example" in (stale(PLAN, {**PLAN, "email": "j@acme.example"}) or "")


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5))
def test_a_plan_is_never_stale_against_itself_and_always_has_one_digest(plan: dict[str, object]) -> None:
    assert stale(plan, dict(plan)) is None
    assert plan_digest(Kind.CHANGE, plan) == plan_digest(Kind.CHANGE, dict(sorted(plan.items())))


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4), st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_equal_digests_mean_nothing_differs(one: dict[str, object], other: dict[str, object]) -> None:
    assert (plan_digest(Kind.OFFBOARD, one) == plan_digest(Kind.OFFBOARD, other)) == (stale(one, other) is None)


def test_sets_and_mappings_have_one_spelling() -> None:
    assert canonical({"teams": frozenset({"b", "a"}), "ids": {2, 1}}) == '{"ids":[1,2],"teams":["a","b"]}'
    assert canonical(MappingProxyType({"a": MappingProxyType({"b": 1})})) == '{"a":{"b":1}}'
