"""One person under two ids or two addresses is one person: they don't approve what they asked for, or what is about
them, whatever they change in between.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.model.member import Member
from bot.model.request import State
from bot.services.pairing import Pairing

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

from tests.services.conftest import ANA, BO, JANE_IN_SLACK, RITA


def grid(house: House, id: str, other: str) -> None:
    """Slack answers to both ids with the same user, as after a move to Enterprise Grid."""
    member = replace(house.workspace.people[id], aliases=frozenset({other}))
    house.workspace.people[id] = house.workspace.people[other] = member


def test_who_asked_under_one_id_does_not_approve_under_another(house: House, idle: Bot) -> None:
    grid(house, ANA, "WANA")
    request = idle.asked(house.id("jane"), actor="WANA")
    assert request.requester == ANA
    assert not idle.approve(request, ANA).accepted
    assert not idle.approve(request, "WANA").accepted
    assert idle.refusals() == ["requester", "requester"]


def test_who_got_another_id_meanwhile_does_not_approve_their_own_request(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"), actor=ANA)
    grid(house, ANA, "WANA")
    house.workspace.approving |= {"WANA"}
    assert not idle.approve(request, "WANA").accepted


def test_two_ids_of_one_approver_are_one_vote(house: House) -> None:
    bot = house.bot(quorum=2)
    grid(house, ANA, "WANA")
    request = bot.asked(house.id("jane"))
    assert bot.approve(request, ANA).accepted
    assert not bot.approve(request, "WANA").accepted
    assert bot.row(request).state is State.PENDING
    assert bot.approve(request, BO).accepted


@pytest.mark.parametrize("address", ["jane@ACME.example.", "ja\u200bne@acme.example", "jane+slack@acme.example"])
def test_the_target_is_known_by_every_spelling_of_their_address(house: House, idle: Bot, address: str) -> None:
    request = idle.asked(house.id("jane"))
    house.workspace.change(ANA, email=address)
    assert not idle.approve(request, ANA).accepted
    assert idle.refusals() == ["target"]


def test_a_target_at_a_domain_of_other_letters_is_known_by_either_spelling(house: House, idle: Bot) -> None:
    person = house.sim.person("jane@acme.example")
    house.sim.change_person(person.id, email="jane@bücher.example")
    row = idle.record.users.get(person.id)
    assert row is not None
    idle.record.users.put([replace(row, user=replace(row.user, email="jane@bücher.example"))])
    request = idle.asked(person.id)
    house.workspace.change(ANA, email="Jane@XN--BCHER-KVA.example")
    assert not idle.approve(request, ANA).accepted
    assert request.plan["email"] == "jane@bücher.example"


def test_a_target_who_changes_their_slack_address_is_still_the_target(house: House, idle: Bot) -> None:
    house.workspace.approving |= {JANE_IN_SLACK}
    request = idle.asked(house.id("jane"))
    house.workspace.change(JANE_IN_SLACK, email="somebody.else@acme.example")
    assert not idle.approve(request, JANE_IN_SLACK).accepted
    assert not idle.cancel(request, JANE_IN_SLACK).accepted
    assert not idle.move(request, None, JANE_IN_SLACK).accepted
    assert idle.refusals() == ["target"] * 3


def test_a_pair_is_remembered_from_whatever_the_person_did_before(house: House, idle: Bot) -> None:
    house.workspace.approving |= {JANE_IN_SLACK}
    Pairing(idle.record).noticed([house.workspace.people[JANE_IN_SLACK]])
    house.workspace.change(JANE_IN_SLACK, email="new@else.example")
    Pairing(idle.record).noticed([house.workspace.people[JANE_IN_SLACK]])
    lines = [line for line in idle.record.audit.entries() if line.event == "member.email_changed"]
    assert [line.details["after"] for line in lines] == ["new@else.example"]
    request = idle.asked(house.id("jane"))
    assert not idle.approve(request, JANE_IN_SLACK).accepted


def test_a_target_whose_address_slack_withholds_neither_cancels_nor_moves(house: House, idle: Bot) -> None:
    house.workspace.approving |= {JANE_IN_SLACK}
    request = idle.asked(house.id("jane"))
    house.workspace.change(JANE_IN_SLACK, email="")
    assert not idle.cancel(request, JANE_IN_SLACK).accepted
    assert not idle.move(request, None, JANE_IN_SLACK).accepted


def test_a_pair_is_kept_by_the_first_and_never_taken_over(house: House, idle: Bot) -> None:
    pairing = Pairing(idle.record)
    pairing.noticed([Member(id="U1", email="jane@acme.example")])
    pairing.noticed([Member(id="U1", email="max@acme.example")])
    known = idle.record.identities.account({"U1"})
    assert known is not None
    assert known.linked == {house.id("jane")}


def test_a_protected_person_under_a_new_address_is_still_protected(house: House) -> None:
    bot = house.bot(protected=frozenset({"jane@acme.example"}))
    row = bot.record.users.get(house.id("jane"))
    assert row is not None
    bot.record.users.put([replace(row, user=replace(row.user, email="jd@acme.example"))])
    assert not bot.ask(house.id("jane")).accepted
    assert bot.refusals() == ["protected"]


def test_a_protected_address_is_not_changed(house: House) -> None:
    from bot.model.request import Kind

    bot = house.bot(protected=frozenset({"jane@acme.example"}))
    outcome = bot.open(Kind.CHANGE, {"target_id": house.id("jane"), "email": "jd@acme.example"})
    assert not outcome.accepted
    assert bot.open(Kind.CHANGE, {"target_id": house.id("jane"), "phone": "+1 555"}).accepted


def test_what_was_denied_is_not_asked_for_again_at_once_by_the_same_person(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    idle.deny(request)
    assert not idle.ask(house.id("jane"), actor=RITA).accepted
    assert idle.refusals()[-1] == "denied before"
    house.clock.move(hours=1)
    assert idle.ask(house.id("jane"), actor=RITA).accepted


SECOND = {
    "the same address": {"email": "RITA@acme.example."},
    "a plus part": {"email": "rita+two@acme.example"},
    "the organization's id": {"email": "r.moreno@else.example", "aliases": frozenset({RITA})},
}


@pytest.fixture(params=list(SECOND.values()), ids=list(SECOND))
def second(house: House, request: pytest.FixtureRequest) -> str:
    """Rita's other id, under which Slack shows another account of hers."""
    house.workspace.people["WRITA"] = Member(id="WRITA", name="Rita", **request.param)
    return "WRITA"


def test_what_was_denied_is_not_asked_for_again_under_another_id(house: House, idle: Bot, second: str) -> None:
    for asked, again in ((RITA, second), (second, RITA)):
        idle.deny(idle.asked(house.id("jane"), actor=asked))
        assert not idle.ask(house.id("jane"), actor=again).accepted
        assert idle.refusals()[-1] == "denied before"
        house.clock.move(hours=1)
    assert idle.ask(house.id("jane"), actor="UNED").accepted, "and nobody else is bound by it"


def test_open_requests_of_one_person_are_counted_together(
    house: House, idle: Bot, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.policy.requests.opening.MOST_OPEN", 2)
    people = [one.id for one in house.sim.people if one.role == "user" and one.id != house.id("rita")][:3]
    for person, actor in zip(people, (RITA, second), strict=False):
        idle.asked(person, actor=actor)
    for actor in (RITA, second):
        assert not idle.ask(people[2], actor=actor).accepted
    assert idle.refusals() == ["too many open"] * 2
    assert idle.ask(people[2], actor="UNED").accepted
