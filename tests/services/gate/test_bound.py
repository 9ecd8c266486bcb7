"""A resource is whoever is active under its address: also after what was asked for by it was denied or taken back."""

from typing import Any

import pytest

from bot.model.request import Kind, State
from bot.model.user import Status, UserRecord
from tests.services.gate.conftest import Provider

NEW = {"userName": "new.one@acme.example", "name": {"givenName": "New", "familyName": "One"}}


@pytest.fixture
def quiet(house: Any) -> Provider:
    """Every seat needs approval, and nothing is carried out."""
    return Provider(house.bot(provision_approval="always"))


def given(quiet: Any, house: Any, address: str = "new.one@acme.example") -> int:
    """Somebody else has given a seat to this address, and the record has seen it: its REST id."""
    seat: int = house.sim.add_person(address, "New", "One").id
    now = quiet.bot.record.now()
    quiet.bot.record.users.put([UserRecord(user=quiet.bot.helpscout.rest.user(seat), first_seen=now, last_seen=now)])
    return seat


def ended(quiet: Any, how: str) -> str:
    """The resource of somebody new whose seat was asked for in vain."""
    id = str(quiet.send("POST", "/Users", NEW).json()["id"])
    if how == "taken back before it was asked for":
        quiet.unassign(id)
        quiet.round()
        return id
    quiet.round()
    [request] = quiet.open()
    if how == "denied":
        assert quiet.bot.deny(request).accepted
    else:
        quiet.unassign(id)
    quiet.round()
    quiet.round()
    assert not quiet.open()
    assert quiet.send("GET", f"/Users/{id}").json()["active"] is False
    return id


@pytest.mark.parametrize("how", ["denied", "taken back", "taken back before it was asked for"])
@pytest.mark.parametrize("by", ["PATCH", "DELETE"])
def test_who_was_given_the_seat_by_others_is_removed_when_their_resource_says_so(
    quiet: Any, house: Any, how: str, by: str
) -> None:
    id = ended(quiet, how)
    seat = given(quiet, house)
    house.clock.move(hours=1, minutes=1)  # for so long a denial binds who asked
    assert (quiet.unassign(id) if by == "PATCH" else quiet.send("DELETE", f"/Users/{id}")).status_code in (200, 204)
    quiet.round()
    [request] = quiet.open()
    assert (request.kind, request.target_id, request.requester) == (Kind.OFFBOARD, seat, "okta")


def test_the_resource_shows_the_person_wherever_it_is_read(quiet: Any, house: Any) -> None:
    id = ended(quiet, "denied")
    seat = given(quiet, house)
    listed = quiet.send("GET", "/Users", params={"count": "1000"}).json()["Resources"]
    assert [one["id"] for one in listed if one["userName"] == NEW["userName"]] == [id]
    assert quiet.send("GET", f"/Users/{id}").json()["active"] is True
    assert quiet.find(str(NEW["userName"]))["id"] == id
    assert quiet.send("GET", f"/Users/{seat}").status_code == 404, "one resource a person"
    assert quiet.find(str(NEW["userName"]), by="entra")["id"] == str(seat)


def test_the_rest_id_is_read_only_by_the_resource_that_was_pushed(quiet: Any, house: Any) -> None:
    id = ended(quiet, "denied")
    seat = given(quiet, house)
    assert quiet.unassign(seat).status_code == 404
    team = next(one for one in quiet.bot.record.teams.all())
    quiet.patch(f"/Groups/{team.id}", {"op": "add", "path": "members", "value": [{"value": id}]})
    assert quiet.roster.user_id("okta", id) == seat


def test_who_has_come_back_under_another_rest_id_is_the_same_resource(quiet: Any, house: Any) -> None:
    old, record = house.id("jane"), quiet.bot.record
    house.sim.remove_person(old)
    record.users.mark_gone(old, Status.OFFBOARDED, record.now(), None)
    quiet.patch(f"/Users/{old}", {"op": "replace", "path": "active", "value": True})
    jane = {"userName": "jane@acme.example", "name": {"givenName": "Jane", "familyName": "D'Arcy"}}
    made = quiet.send("POST", "/Users", jane).json()
    quiet.round()
    [request] = quiet.open()
    assert request.kind is Kind.RESTORE
    assert quiet.bot.deny(request).accepted
    quiet.round()
    seat = given(quiet, house, "jane@acme.example")
    house.clock.move(hours=1, minutes=1)
    assert quiet.unassign(made["id"]).status_code == 200
    quiet.round()
    [request] = quiet.open()
    assert (request.kind, request.target_id) == (Kind.OFFBOARD, seat)


def test_a_seat_that_is_not_wanted_back_is_left_to_whoever_has_given_it(quiet: Any, house: Any) -> None:
    ended(quiet, "taken back")
    given(quiet, house)
    quiet.round()
    assert [one.state for one in quiet.requests()] == [State.CANCELLED]
