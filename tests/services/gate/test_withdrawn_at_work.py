"""What an identity provider takes back at the last moment: nothing starts once its push was answered."""

from dataclasses import replace
from typing import Any

import pytest

from bot.model.outbox import Topic
from bot.model.request import Kind, Request, State
from tests.services.gate.conftest import Provider

BACK = {"op": "replace", "path": "active", "value": True}
NEW = {"userName": "new.one@acme.example", "name": {"givenName": "New", "familyName": "One"}}
LEAD = {"op": "replace", "path": "roles", "value": [{"value": "admin"}]}
SAID = "Cancelled: no longer wanted by the identity provider"


@pytest.fixture
def quiet(idle: Any) -> Provider:
    """What is approved is worked off when the test says so."""
    return Provider(idle)


def asked(quiet: Any, house: Any, kind: Kind) -> tuple[Request, str]:
    """An approved request of Okta, and the path of its resource."""
    path = f"/Users/{house.id('jane')}"
    if kind is Kind.OFFBOARD:
        quiet.unassign(house.id("jane"))
    elif kind is Kind.CHANGE:
        quiet.patch(path, LEAD)
    else:
        path = f"/Users/{quiet.send('POST', '/Users', NEW).json()['id']}"
    quiet.round()
    [request] = quiet.open()
    for approver in ("UANA", "UBO")[: request.quorum]:
        assert quiet.bot.approve(request, approver).accepted
    return quiet.bot.row(request), path


def take_back(quiet: Any, kind: Kind, path: str) -> None:
    match kind:
        case Kind.OFFBOARD:
            answer = quiet.patch(path, BACK)
            assert answer.json()["active"] is True
        case Kind.CHANGE:
            quiet.patch(path, {"op": "remove", "path": "roles"})
        case _:
            assert quiet.send("DELETE", path).status_code == 204


def written(house: Any) -> int:
    return sum(
        house.sent(f"{method} /scim/Users{id}") for method, id in (("DELETE", "/*"), ("PATCH", "/*"), ("POST", ""))
    )


KINDS = pytest.mark.parametrize("kind", [Kind.OFFBOARD, Kind.PROVISION, Kind.CHANGE])


@KINDS
def test_a_push_that_takes_back_what_is_approved_is_answered_when_it_is_cancelled(
    quiet: Any, house: Any, kind: Kind
) -> None:
    request, path = asked(quiet, house, kind)
    assert request.state is State.APPROVED
    take_back(quiet, kind, path)
    ended = quiet.bot.row(request)
    assert (ended.state, ended.outcome) == (State.CANCELLED, SAID)
    quiet.bot.runner.work_off()
    quiet.round()
    assert not written(house)
    assert [one.state for one in quiet.requests()] == [State.CANCELLED], "nothing has to be undone"
    assert not quiet.bot.record.wishes.open_ones()
    assert not quiet.told()


@KINDS
def test_nothing_starts_for_a_wish_that_is_gone(quiet: Any, house: Any, kind: Kind) -> None:
    request, _ = asked(quiet, house, kind)
    [wish] = quiet.bot.record.wishes.open_ones()
    quiet.bot.record.wishes.put(replace(wish, open=False, wanted={}, request_id=None))
    quiet.bot.runner.work_off()
    ended = quiet.bot.row(request)
    assert (ended.state, ended.outcome, ended.started_at) == (State.CANCELLED, SAID, None)
    assert not written(house)
    assert quiet.bot.events(request)[-1] == "request.cancelled"


@KINDS
def test_no_call_goes_out_for_what_is_taken_back_while_it_runs(quiet: Any, house: Any, kind: Kind) -> None:
    request, path = asked(quiet, house, kind)
    last = {Kind.OFFBOARD: "remove", Kind.PROVISION: "create", Kind.CHANGE: "change"}[kind]
    crossed: list[str] = []

    def at(point: str) -> None:
        crossed.append(point)
        if point == f"{last}: begun":
            take_back(quiet, kind, path)

    quiet.bot.at = at
    quiet.bot.runner.work_off()
    ended = quiet.bot.row(request)
    assert ended.state is State.CANCELLED, (ended.outcome, crossed)
    assert ended.outcome.startswith(f"{SAID}. ")
    assert "ask again" not in ended.outcome
    assert not written(house)
    quiet.round()
    assert [one.state for one in quiet.requests()] == [State.CANCELLED]
    assert not quiet.told()
    if kind is Kind.OFFBOARD:
        put_back = [one for one in quiet.bot.owed(Topic.THREAD) if one.payload["event"] == "put back"]
        assert len(put_back) == 1


def test_what_a_dead_bot_had_begun_is_not_gone_on_with_when_it_is_wanted_no_longer(quiet: Any, house: Any) -> None:
    class Died(BaseException):
        pass

    def die(point: str) -> None:
        if point == "remove: begun":
            raise Died

    request, path = asked(quiet, house, Kind.OFFBOARD)
    quiet.bot.at = die
    with pytest.raises(Died):
        quiet.bot.runner.work_off()
    take_back(quiet, Kind.OFFBOARD, path)
    assert quiet.bot.row(request).state is State.RUNNING, "it is another bot's, for all this one knows"
    house.clock.move(seconds=5)
    quiet.bot.at = lambda _: None
    other = house.bot()
    other.runner.work_off()
    assert (quiet.bot.row(request).state, quiet.bot.row(request).outcome) == (State.CANCELLED, SAID)
    assert not written(house)
