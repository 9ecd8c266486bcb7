"""Two bots on one record: what one of them has answered is there for the other at once, and is asked for once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.model.request import State
from bot.services.requests.many.gathering import Gathering
from bot.services.wishes.pushes import Pushes
from bot.services.wishes.refusals import Changed
from tests.services.gate.conftest import Provider

GUARD = 0.01  # more than five removals at once are too many


@pytest.fixture
def both(house: Any) -> tuple[Provider, Provider]:
    return Provider(house.bot(), guard=GUARD), Provider(house.bot(), guard=GUARD)


def test_whatever_was_answered_outlives_whoever_answered_it(both: tuple[Provider, Provider], house: Any) -> None:
    """An answer is sent after the commit, so that kill -9 after any of them loses no wish."""
    first, second = both
    jane, names = f"/Users/{house.id('jane')}", {"givenName": "Jane", "familyName": "Arc"}
    person = {"userName": "new.comer@acme.example", "name": names}
    pushes: list[tuple[str, str, Any, int]] = [
        ("POST", "/Users", person, 201),
        ("PUT", jane, {"userName": "jane@acme.example", "name": names}, 200),
        ("PATCH", jane, {"Operations": [{"op": "Replace", "path": "active", "value": "False"}]}, 200),
        ("DELETE", jane, None, 204),
        ("POST", "/Groups", {"displayName": "Night Shift"}, 201),
    ]
    for method, path, body, status in pushes:
        answer = first.send(method, path, body)
        assert answer.status_code == status, answer.text
        id = answer.json()["id"] if status == 201 else str(house.id("jane"))
        mine, theirs = (one.bot.record.wishes.get("okta", id) for one in both)
        assert mine is not None
        assert theirs == mine, (method, path)
        assert theirs.open or method == "PUT"
    assert first.patch(f"/Groups/{id}", {"op": "Replace", "path": "displayName", "value": "Owls"}).status_code == 204
    assert second.send("GET", f"/Groups/{id}").json()["displayName"] == "Owls"
    assert first.send("DELETE", f"/Groups/{id}").status_code == 204
    assert second.send("GET", f"/Groups/{id}").status_code == 404


def test_members_that_are_pushed_to_both_at_once_are_all_kept(both: tuple[Provider, Provider]) -> None:
    people, team = both[0].leavers(12), next(one for one in both[0].bot.record.teams.all())

    def add(number: int) -> int:
        operation = {"op": "Add", "path": "members", "value": [{"value": people[number]}]}
        return both[number % 2].patch(f"/Groups/{team.id}", operation).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(add, range(12))) == {204}
    shown = both[0].send("GET", f"/Groups/{team.id}").json()["members"]
    assert set(people) <= {one["value"] for one in shown}


def test_what_others_never_let_through_is_to_be_sent_again(
    both: tuple[Provider, Provider], house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*_: object) -> None:
        raise Changed("This user was changed meanwhile.")

    monkeypatch.setattr(Pushes, "change", changed)
    answer = both[0].unassign(house.id("jane"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_both_at_it_at_once_open_one_batch(both: tuple[Provider, Provider], monkeypatch: pytest.MonkeyPatch) -> None:
    for id in both[0].leavers(7):
        assert both[0].unassign(id).status_code == 200
    for one in both:
        monkeypatch.setattr(one.pursuit, "_leads", lambda: True)  # as when a lease ran out in the middle of a round
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Provider.round, both))
    both[0].round()
    [batch] = both[0].bot.record.batches.latest()
    assert dict(both[1].bot.record.batches.states(batch.id)) == {State.PENDING: 7}
    assert len(both[0].requests()) == len(batch.members) == 7


def test_a_batch_that_dies_halfway_was_none(both: tuple[Provider, Provider], monkeypatch: pytest.MonkeyPatch) -> None:
    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    first, second = both
    for id in first.leavers(7):
        first.unassign(id)
    with monkeypatch.context() as dying:
        dying.setattr(Gathering, "_open_one", die)
        with pytest.raises(Died):
            first.round()
    assert not first.requests()
    first.bot.record.leases.release("gate", "test")
    second.round()
    [batch] = second.bot.record.batches.latest()
    assert len(batch.members) == len(second.open()) == 7
