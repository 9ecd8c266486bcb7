"""What an identity provider takes back is asked for no longer, whichever was first: its taking back or its request."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.model.action import Open
from bot.model.request import Kind, State
from bot.model.user import Status
from bot.model.way import Way
from bot.policy.requests.wishing import Next, NextAction
from tests.services.conftest import ANA
from tests.services.gate.conftest import Provider

JANE = {"userName": "jane@acme.example", "name": {"givenName": "Jane", "familyName": "D'Arcy"}}
NEW = {"userName": "new.one@acme.example", "name": {"givenName": "New", "familyName": "One"}}
ADMIN = {"op": "replace", "path": "roles", "value": [{"value": "admin"}]}


class Died(BaseException):
    pass


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """So that `act` happens once while a request is being opened: before it is committed, or after."""

    def arrange(provider: Provider, act: Callable[[], object], *, when: str) -> None:
        apply, left = provider.bot.approvals.apply, [act]

        def raced(action: Any) -> Any:
            if isinstance(action, Open) and when == "before" and left:
                left.pop()()
            outcome = apply(action)
            if isinstance(action, Open) and left:
                left.pop()()
            return outcome

        monkeypatch.setattr(provider.bot.approvals, "apply", raced)

    return arrange


def states(provider: Provider, kind: Kind) -> list[State]:
    return [one.state for one in provider.requests() if one.kind is kind]


@pytest.mark.parametrize("when", ["before", "after"])
def test_who_is_pushed_again_while_their_offboarding_is_being_opened_keeps_the_seat(
    quiet: Any, house: Any, meanwhile: Any, when: str
) -> None:
    quiet.send("DELETE", f"/Users/{house.id('jane')}")
    meanwhile(quiet, lambda: quiet.send("POST", "/Users", JANE), when=when)
    quiet.round()
    assert states(quiet, Kind.OFFBOARD) == [State.CANCELLED]
    assert not quiet.bot.record.wishes.open_ones()
    assert quiet.find("jane@acme.example")["active"] is True
    assert not quiet.told()


def test_who_is_deleted_pushed_and_deleted_again_has_one_request(quiet: Any, house: Any, meanwhile: Any) -> None:
    def again() -> None:
        made = quiet.send("POST", "/Users", JANE).json()
        assert quiet.send("DELETE", f"/Users/{made['id']}").status_code == 204

    quiet.send("DELETE", f"/Users/{house.id('jane')}")
    meanwhile(quiet, again, when="after")
    quiet.round()
    quiet.round()
    assert [one.state for one in quiet.open()] == [State.PENDING]


def test_somebody_new_who_is_deleted_while_their_seat_is_being_asked_for_gets_none(quiet: Any, meanwhile: Any) -> None:
    made = quiet.send("POST", "/Users", NEW).json()
    meanwhile(quiet, lambda: quiet.send("DELETE", f"/Users/{made['id']}"), when="after")
    quiet.round()
    assert states(quiet, Kind.PROVISION) == [State.CANCELLED]


def test_a_group_that_is_pushed_again_keeps_its_team(quiet: Any, meanwhile: Any) -> None:
    team = next(one for one in quiet.bot.record.teams.all())
    quiet.send("DELETE", f"/Groups/{team.id}")
    meanwhile(quiet, lambda: quiet.send("POST", "/Groups", {"displayName": team.name}), when="after")
    quiet.round()
    assert states(quiet, Kind.DELETE_TEAM) == [State.CANCELLED]
    assert not quiet.bot.record.wishes.open_ones()


@pytest.mark.parametrize("what", ["offboard", "provision"])
def test_what_was_opened_by_a_bot_that_died_is_cancelled_by_the_next(
    quiet: Any, house: Any, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    apply = quiet.bot.approvals.apply

    def die(action: Any) -> None:
        apply(action)
        raise Died

    path = f"/Users/{house.id('jane')}"
    if what == "offboard":
        quiet.send("DELETE", path)
    else:
        path = f"/Users/{quiet.send('POST', '/Users', NEW).json()['id']}"
    with monkeypatch.context() as dying:
        dying.setattr(quiet.bot.approvals, "apply", die)
        with pytest.raises(Died):
            quiet.round()
    assert len(quiet.open()) == 1
    quiet.send("POST", "/Users", JANE) if what == "offboard" else quiet.send("DELETE", path)
    quiet.round()
    assert [one.state for one in quiet.requests()] == [State.CANCELLED]


def test_what_cannot_be_cancelled_is_not_tried_at_every_look(quiet: Any, house: Any, meanwhile: Any) -> None:
    quiet.send("DELETE", f"/Users/{house.id('jane')}")
    meanwhile(quiet, lambda: quiet.send("POST", "/Users", JANE), when="after")
    okta = quiet.bot.workspace.people["okta"]
    meanwhile(quiet, lambda: quiet.bot.workspace.people.pop("okta"), when="after")
    for _ in range(4):
        quiet.round()
    assert len(quiet.bot.refusals()) == 1
    quiet.bot.workspace.people["okta"] = okta
    house.clock.move(minutes=6)
    quiet.round()
    assert states(quiet, Kind.OFFBOARD) == [State.CANCELLED]


def test_what_people_ask_for_is_nobody_elses_to_take_back(quiet: Any, house: Any) -> None:
    request = quiet.bot.asked(house.id("jane"))
    quiet.patch(f"/Users/{house.id('jane')}", {"op": "replace", "path": "active", "value": True})
    quiet.round()
    assert quiet.bot.row(request).state is State.PENDING


def test_what_people_have_denied_is_no_answer_to_another_wish(quiet: Any, house: Any) -> None:
    request = quiet.bot.asked(house.id("jane"))
    quiet.patch(f"/Users/{house.id('jane')}", {"op": "replace", "path": "userName", "value": "jane.new@acme.example"})
    quiet.round()
    quiet.bot.deny(request)
    quiet.round()
    assert [one.kind for one in quiet.open()] == [Kind.CHANGE]
    assert not quiet.told()


def test_who_is_wanted_back_while_they_are_being_removed_is_restored(quiet: Any, house: Any) -> None:
    id, record = house.id("jane"), quiet.bot.record
    quiet.unassign(id)
    quiet.round()
    [request] = quiet.open()
    quiet.bot.approve(request)
    record.requests.transition(request.id, from_states=frozenset({State.APPROVED}), to=State.RUNNING)
    quiet.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": True})
    quiet.round()
    assert quiet.bot.row(request).state is State.RUNNING
    record.requests.transition(request.id, from_states=frozenset({State.RUNNING}), to=State.DONE)
    house.sim.remove_person(id)
    record.users.mark_gone(id, Status.OFFBOARDED, record.now(), request.id)
    quiet.round()
    assert states(quiet, Kind.RESTORE) == [State.PENDING]


def test_what_waits_for_a_persons_hand_is_cancelled_like_anything_else(house: Any) -> None:
    house.over(Way.HAND)
    okta = Provider(house.bot(start=True))
    jane = f"/Users/{house.id('jane')}"
    okta.unassign(house.id("jane"))
    new = okta.send("POST", "/Users", NEW).json()
    title = okta.bot.record.users.get(house.id("max")).user.job_title
    assert okta.patch(f"/Users/{house.id('max')}", {"op": "replace", "value": {"title": "Lead"}}).status_code == 200
    okta.round()
    for request in okta.open():
        if request.state is State.PENDING:
            assert okta.bot.approve(request).accepted
    for request in okta.open():
        okta.bot.until(request, State.WAITING)
    okta.round()
    assert len(okta.open()) == 3, "what waits is still wanted"
    okta.patch(jane, {"op": "replace", "path": "active", "value": True})
    okta.send("DELETE", f"/Users/{new['id']}")
    okta.patch(f"/Users/{house.id('max')}", {"op": "replace", "value": {"title": title}})
    okta.round()
    assert {one.kind: one.state for one in okta.requests()} == dict.fromkeys(
        (Kind.OFFBOARD, Kind.PROVISION, Kind.CHANGE), State.CANCELLED
    )
    told = {one.outcome.partition(". ")[0] for one in okta.requests()}
    assert told == {"Cancelled: no longer wanted by the identity provider"}
    assert not okta.told()


def test_an_admin_role_that_is_taken_back_is_raised_no_longer(quiet: Any, house: Any) -> None:
    jane = f"/Users/{house.id('jane')}"
    for back in (
        {"op": "remove", "path": "roles"},
        {"op": "replace", "path": "roles", "value": []},
        {"op": "remove", "path": 'roles[value eq "admin"]'},
        {"op": "replace", "path": "roles", "value": [{"value": "emperor"}]},
    ):
        quiet.patch(jane, ADMIN)
        quiet.round()
        assert [one.quorum for one in quiet.open()] == [2]
        answer = quiet.patch(jane, back)
        assert [one["value"] for one in answer.json()["roles"]] == ["user"], back
        quiet.round()
        assert not quiet.open(), back
    assert set(states(quiet, Kind.CHANGE)) == {State.CANCELLED}


def test_a_put_takes_a_role_back_by_an_empty_list_and_says_nothing_without_one(quiet: Any, house: Any) -> None:
    jane = f"/Users/{house.id('jane')}"
    quiet.patch(jane, ADMIN)
    quiet.round()
    quiet.send("PUT", jane, JANE)
    quiet.round()
    assert [one.state for one in quiet.open()] == [State.PENDING]
    quiet.send("PUT", jane, {**JANE, "roles": []})
    quiet.round()
    assert not quiet.open()


def test_an_address_that_rode_along_with_a_role_is_asked_for_by_itself(quiet: Any, house: Any) -> None:
    jane = f"/Users/{house.id('jane')}"
    quiet.patch(jane, ADMIN, {"op": "replace", "path": "userName", "value": "jane.new@acme.example"})
    quiet.round()
    quiet.patch(jane, {"op": "remove", "path": "roles"})
    quiet.round()
    [request] = quiet.open()
    assert (set(request.plan["changes"]), request.quorum) == ({"email"}, 1)


def test_somebody_new_who_is_to_be_no_admin_after_all_is_asked_for_anew(quiet: Any) -> None:
    made = quiet.send("POST", "/Users", {**NEW, "roles": [{"value": "admin"}]}).json()
    quiet.round()
    assert [one.plan["role"] for one in quiet.open()] == ["admin"]
    quiet.patch(f"/Users/{made['id']}", {"op": "remove", "path": "roles"})
    quiet.round()
    assert [one.plan["role"] for one in quiet.open()] == ["user"]


@pytest.mark.parametrize("ends", ["cancelled", "denied"])
def test_what_ended_before_it_could_be_cancelled_is_no_alarm(quiet: Provider, ends: str) -> None:
    [id] = quiet.leavers(1)
    quiet.unassign(id)
    quiet.round()
    [request] = quiet.open()
    wish = quiet.bot.record.wishes.get("okta", id)
    assert (quiet.bot.cancel(request, ANA) if ends == "cancelled" else quiet.bot.deny(request)).accepted
    assert quiet.pursuit._follow(wish, {}, request, Next(NextAction.CANCEL)) == 0
    assert quiet.told() == []
