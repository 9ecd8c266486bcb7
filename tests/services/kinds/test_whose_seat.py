"""Whose seat is it? A SCIM user is taken for somebody only when nobody else could be meant."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.helpscout.scim.api import AddressMatch, ScimUser
from bot.model.request import Kind, State
from bot.model.user import UserRecord
from bot.services.requests.execution import Stale
from bot.services.steps.same_person import NotOverScim, find_over_scim
from bot.services.steps.seating import AddressTaken, deactivated, vacant

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

ALICE, BOB = "jane@acme.example", "max@acme.example"


class Directory:
    """SCIM as it shows these users."""

    def __init__(self, *users: ScimUser) -> None:
        self.users = {user.id: user for user in users}
        self.searches = 0

    def user(self, id: str) -> ScimUser:
        return self.users[id]

    def search(self, address: str) -> AddressMatch:
        self.searches += 1
        theirs = next((one for one in self.users.values() if address.lower() in one.identifying), None)
        others = tuple(one for one in self.users.values() if address.lower() in one.addresses and one is not theirs)
        return AddressMatch(theirs, others)


def scim(id: str, name: str, *emails: str, primary: str = "", active: bool = True) -> ScimUser:
    return ScimUser(id=id, user_name=name, emails=emails, primary=primary, active=active)


def row(house: House, bot: Bot, name: str) -> UserRecord:
    found = bot.record.users.get(house.id(name))
    assert found is not None
    return found


def sought(bot: Bot, who: UserRecord, *users: ScimUser, protected: frozenset[str] = frozenset()) -> Any:
    return find_over_scim(bot.record, Directory(*users), who, protected)  # type: ignore[arg-type]


def test_somebody_who_only_has_the_address_further_on_is_not_the_person(house: House, idle: Bot) -> None:
    with pytest.raises(NotOverScim, match=r"max@acme\.example only has it as a further address"):
        sought(idle, row(house, idle, "jane"), scim("s1", BOB, BOB, ALICE, primary=BOB))


def test_a_user_with_the_main_address_of_somebody_else_too_is_refused(house: House, idle: Bot) -> None:
    with pytest.raises(NotOverScim, match="main e-mail address of"):
        sought(idle, row(house, idle, "jane"), scim("s1", ALICE, ALICE, BOB, primary=ALICE))


def test_a_user_with_a_protected_address_too_is_refused(house: House, idle: Bot) -> None:
    boss = frozenset({"boss@acme.example"})
    with pytest.raises(NotOverScim, match="protected"):
        sought(idle, row(house, idle, "jane"), scim("s1", ALICE, ALICE, "boss@acme.example"), protected=boss)


def test_a_scim_id_that_the_record_has_as_somebody_elses_is_refused(house: House, idle: Bot) -> None:
    idle.record.users.set_scim_id(house.id("max"), "s1")
    with pytest.raises(NotOverScim, match="already belongs to"):
        sought(idle, row(house, idle, "jane"), scim("s1", ALICE, ALICE, primary=ALICE))


def test_a_remembered_scim_id_counts_only_while_it_has_the_main_address(house: House, idle: Bot) -> None:
    idle.record.users.set_scim_id(house.id("jane"), "s1")
    renamed, other = scim("s1", BOB, BOB, ALICE, primary=BOB), scim("s2", ALICE, ALICE, primary=ALICE)
    assert sought(idle, row(house, idle, "jane"), renamed, other).id == "s2"


def test_the_pair_that_was_found_is_kept(house: House, idle: Bot) -> None:
    assert sought(idle, row(house, idle, "jane"), scim("s9", ALICE.upper(), ALICE)).id == "s9"
    assert row(house, idle, "jane").scim_id == "s9"


def test_the_scim_id_that_the_record_has_saves_the_search(house: House, idle: Bot) -> None:
    jane, directory = row(house, idle, "jane"), Directory(scim("s1", ALICE, ALICE, primary=ALICE))
    assert find_over_scim(idle.record, directory, replace(jane, scim_id="s1")).id == "s1"  # type: ignore[arg-type]
    assert directory.searches == 0


@pytest.mark.parametrize("id", ["..", "a/../b", ""])
def test_an_id_that_would_lead_elsewhere_is_not_kept(house: House, idle: Bot, id: str) -> None:
    jane = row(house, idle, "jane")
    with pytest.raises(NotOverScim, match="under an id that can't be used"):
        sought(idle, jane, scim(id, ALICE, ALICE, primary=ALICE))
    assert row(house, idle, "jane").scim_id == jane.scim_id


def test_who_is_deactivated_already_is_not_deactivated_again(house: House, idle: Bot) -> None:
    with pytest.raises(NotOverScim, match="already deactivated"):
        sought(idle, row(house, idle, "jane"), scim("s1", ALICE, ALICE, primary=ALICE, active=False))


def test_addresses_swapped_between_opening_and_running_stop_it(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    idle.approve(request)
    jane, other = house.sim.person(ALICE), house.sim.person(BOB)
    house.sim.change_person(jane.id, email="between@acme.example")
    house.sim.change_person(other.id, email=ALICE)
    house.sim.change_person(jane.id, email=BOB)
    idle.runner.start()
    idle.until(request, State.STALE)
    assert house.sent() == 0


def test_a_deactivated_user_with_the_address_further_on_is_not_woken(idle: Bot) -> None:
    dormant = scim("s1", "admin@acme.example", "admin@acme.example", "nora@acme.example", active=False)
    assert deactivated(idle.record, Directory(dormant), "nora@acme.example") is None  # type: ignore[arg-type]


def test_an_address_that_an_active_user_has_further_on_is_taken(idle: Bot) -> None:
    busy = scim("s1", "bob@acme.example", "bob@acme.example", "nora@acme.example", primary="bob@acme.example")
    with pytest.raises(AddressTaken, match=r"bob@acme\.example has nora@acme\.example as a further address"):
        deactivated(idle.record, Directory(busy), "nora@acme.example")  # type: ignore[arg-type]


def new(bot: Bot, **more: object) -> Any:
    return bot.open(
        Kind.PROVISION, {"email": "nora@acme.example", "first_name": "Nora", "last_name": "New", "role": "user"} | more
    )


def offboarded(house: House, bot: Bot, name: str) -> None:
    request = bot.asked(house.id(name))
    for approver in ("UANA", "UBO"):
        bot.approve(request, approver)
    bot.until(request, State.DONE)


def test_a_seat_for_somebody_who_was_offboarded_needs_an_approval(house: House, bot: Bot) -> None:
    offboarded(house, bot, "jane")
    outcome = new(bot, email="Jane@ACME.example")
    assert outcome.accepted, outcome.sentence
    assert (outcome.request.state, outcome.request.quorum) == (State.PENDING, 1)
    assert outcome.request.plan["returns"]


def test_a_plus_part_makes_nobody_somebody_new(house: House, bot: Bot) -> None:
    offboarded(house, bot, "jane")
    outcome = new(bot, email="jane+back@acme.example")
    assert (outcome.request.state, outcome.request.plan["returns"]) == (State.PENDING, True)
    safe = house.bot(protected=frozenset({"max+hs@acme.example"}))
    assert not safe.ask(house.id("max")).accepted


def test_an_address_of_somebody_gone_is_given_to_a_colleague_with_the_heavier_quorum(house: House, bot: Bot) -> None:
    admin = next(one for one in house.sim.people if one.role == "admin")
    request = bot.asked(admin.id)
    for approver in ("UANA", "UBO", "UCLEO"):
        bot.approve(request, approver)
    bot.until(request, State.DONE)
    outcome = bot.open(Kind.CHANGE, {"target_id": house.id("max"), "email": admin.email})
    assert outcome.accepted, outcome.sentence
    assert outcome.request is not None
    assert outcome.request.quorum == 2
    assert "New address was" in dict(bot.approvals.words(outcome.request).facts)


def test_a_seat_for_a_former_admin_needs_the_admins_quorum(house: House, bot: Bot) -> None:
    admin = next(one for one in house.sim.people if one.role == "admin")
    request = bot.asked(admin.id)
    for approver in ("UANA", "UBO", "UCLEO"):
        bot.approve(request, approver)
    bot.until(request, State.DONE)
    outcome = new(bot, email=admin.email)
    assert outcome.accepted, outcome.sentence
    assert (outcome.request.state, outcome.request.quorum) == (State.PENDING, 2)


def test_without_named_requesters_every_seat_needs_an_approval(house: House) -> None:
    outcome = new(house.bot(requesters_named=False))
    assert (outcome.request.state, outcome.request.quorum) == (State.PENDING, 1)


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("nora@acme-support.example", "nobody active has an address at"),
        ("nora@аcme.example", "several alphabets"),
        ("ｎora@acme.example", "look like others"),
    ],
)
def test_an_unusual_address_always_needs_an_approval_and_the_card_says_why(
    house: House, idle: Bot, email: str, said: str
) -> None:
    outcome = new(idle, email=email)
    assert outcome.request.state is State.PENDING
    assert said in dict(idle.approvals.words(outcome.request).facts)["Check the address"]


def test_a_domain_that_is_configured_needs_none(house: House) -> None:
    bot = house.bot(domains=frozenset({"acme-support.example"}))
    assert new(bot, email="nora@acme-support.example").request.state is State.APPROVED
    assert new(bot, email="nora@acme.example").request.state is State.PENDING


@pytest.mark.parametrize("email", ["Nora@großmann.example", "nora.ſ@acme.example", "Nora+HS@Acme.Example"])
def test_a_seat_is_given_at_the_address_as_it_was_written(house: House, bot: Bot, email: str) -> None:
    request = new(bot, email=f"  {email} ").request
    bot.approve(request)
    bot.until(request, State.DONE)
    assert email in {one.email for one in house.sim.people}


def test_somebody_is_restored_at_the_address_as_it_was_written(house: House, bot: Bot) -> None:
    request = new(bot, email="Jana@großmann.example").request
    bot.approve(request)
    bot.until(request, State.DONE)
    person = house.sim.person("Jana@großmann.example")
    offboard = bot.asked(person.id)
    bot.approve(offboard)
    bot.until(offboard, State.DONE)
    back = bot.open(Kind.RESTORE, {"target_id": person.id}).request
    assert back is not None
    bot.approve(back)
    bot.until(back, State.DONE)
    assert "Jana@großmann.example" in {one.email for one in house.sim.people}


@pytest.mark.parametrize("approved", [None, "s1"])
def test_who_would_be_woken_must_be_who_was_approved(house: House, idle: Bot, approved: str | None) -> None:
    request = new(idle, role="admin").request
    request = replace(request, plan={**request.plan, "deactivated_scim_id": approved})
    sleeper = scim("s2", "nora@acme.example", "nora@acme.example", active=False)
    run: Any = SimpleNamespace(record=idle.record, scim=Directory(sleeper), request=request)
    with pytest.raises(Stale, match="unlike when this was approved"):
        vacant(run)
    run.request = replace(request, plan={**request.plan, "deactivated_scim_id": "s2"})
    assert vacant(run) == {"deactivated_scim_id": "s2"}
