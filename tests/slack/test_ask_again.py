"""*Ask again…* opens the form of every kind of request, filled in as it was; nothing that is no longer so is asked."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import View
from bot.model.action import Open
from bot.model.request import Kind, Request, State
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import JANE, Room


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


def expired(room: Room, kind: Kind, **arguments: object) -> Request:
    """A request of this kind that nobody decided, with its card in the channel."""
    asked = room.approvals.apply(Open(kind=kind, actor=room.id("rita"), reason="the new lead", arguments=arguments))
    assert asked.request is not None, asked.sentence
    room.clock.ahead = timedelta(hours=25)
    room.approvals.tick()
    delivery = Delivery(room.deps, gap=0.0)
    room.until(lambda: (delivery.round(), not room.record.requests.cards_out_of_date())[1])
    return room.row(asked.request)


def again(room: Room, request: Request) -> View:
    stood = next(one for one in room.slack.channel("access").messages if one.ts == request.message_ts)
    return room.slack.click("rita", stood, "Ask again…").wait_for_view()


def sent(room: Room, view: View, request: Request) -> Request:
    """The request that the form makes as it is."""
    room.slack.submit(view)
    room.until(lambda: room.record.requests.find(states={State.PENDING}) or view.errors)
    assert not view.errors
    [anew] = room.record.requests.find(states={State.PENDING})
    assert (anew.kind, anew.target_id, anew.reason) == (request.kind, request.target_id, request.reason)
    return anew


def test_a_seat(room: Room) -> None:
    team = room.record.teams.all()[0]
    who = {"email": "nia@acme.example", "first_name": "Nia", "last_name": "Novak", "role": "admin"}
    request = expired(room, Kind.PROVISION, **who, team_ids=[team.id])
    anew = sent(room, again(room, request), request)
    assert {name: anew.plan[name] for name in (*who, "teams")} == {name: request.plan[name] for name in (*who, "teams")}


def test_a_change_without_what_has_come_true_meanwhile(room: Room) -> None:
    request = expired(room, Kind.CHANGE, target_id=room.person().id, role="admin", job_title="Lead")
    room.helpscout.change_person(JANE, job_title="Lead")
    room.sync.run("test")
    room.directory.refresh()
    anew = sent(room, again(room, request), request)
    assert set(anew.plan["changes"]) == {"role"}


def test_the_deletion_of_a_team(room: Room) -> None:
    team = room.record.teams.all()[0]
    request = expired(room, Kind.DELETE_TEAM, target_id=team.id)
    view = again(room, request)
    assert "the new lead" in json.dumps(view.blocks)
    sent(room, view, request)


def test_a_team_that_is_gone_is_said_to_be(room: Room) -> None:
    team = room.record.teams.all()[0]
    request = expired(room, Kind.DELETE_TEAM, target_id=team.id)
    room.record.teams.replace([one for one in room.record.teams.all() if one.id != team.id], [])
    room.directory.refresh()
    stood = next(one for one in room.slack.channel("access").messages if one.ts == request.message_ts)
    room.slack.click("rita", stood, "Ask again…")
    room.slack.wait_until(lambda: any("no longer in Help Scout" in one.shown for one in room.told("rita")))
