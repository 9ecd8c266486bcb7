"""No label of a metric names a person."""

from hypothesis import given
from hypothesis import strategies as st

from bot.policy.typed.endpoint import endpoint_of


def test_ids_are_left_out() -> None:
    assert endpoint_of("/v2/users/17") == "/v2/users/{id}"
    assert endpoint_of("/v2/scim/Users/jane@acme.example") == "/v2/scim/Users/{id}"
    assert endpoint_of("https://api.example/v2/teams/3/members") == "/v2/teams/{id}/members"


@given(st.text(alphabet=st.characters(blacklist_characters="/"), min_size=1))
def test_whatever_stands_for_an_id_is_left_out(id: str) -> None:
    assert endpoint_of(f"/v2/users/x{id}") == "/v2/users/{id}"
