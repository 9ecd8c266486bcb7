"""Seats that end: a request before each, never a removal without its approval, whatever the clock did meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model.action import Action, Outcome
from bot.model.outbox import Topic
from bot.model.request import HS_BOT, Kind, Request, State
from bot.model.seat_end import SeatEnd
from bot.model.user import UserRecord
from bot.policy.requests.seat_end import end_of
from bot.services.approvals import Approvals
from bot.services.credential import Credential
from bot.services.seat_ends import SeatEnds
from tests.services.conftest import ANA, BO, JANE_IN_SLACK, RITA

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House


@pytest.fixture
def bot(house: House) -> Bot:
    house.workspace.change(RITA, timezone="Europe/Vienna")
    return house.bot()


def ends_of(bot: Bot) -> SeatEnds:
    return SeatEnds(bot.record, bot.workspace, bot.approvals)


def in_days(bot: Bot, days: int) -> date:
    return (bot.record.now() + timedelta(days=days)).date()


def near(house: House, bot: Bot, days: int = 2) -> Request:
    """The request about Jane, whose seat ends soon."""
    ends = ends_of(bot)
    assert ends.set(house.id("jane"), in_days(bot, days), actor=RITA).accepted
    (id,) = ends.tick()
    found = bot.record.requests.get(id)
    assert found is not None
    return found


def until(house: House, bot: Bot, moment: datetime) -> None:
    """It becomes `moment`."""
    house.clock.move(seconds=(moment - bot.record.now()).total_seconds())


def after(house: House, bot: Bot, request: Request) -> None:
    """A minute after its time has come."""
    assert request.run_at is not None
    until(house, bot, request.run_at + timedelta(minutes=1))


def test_a_request_is_opened_in_the_setters_name_for_the_end_of_their_day(house: House, bot: Bot) -> None:
    ends, jane, day = ends_of(bot), house.id("jane"), in_days(bot, 10)
    assert "A request is opened 3 days before" in ends.set(jane, day, actor=RITA).sentence
    ends_at = end_of(day, "Europe/Vienna")
    until(house, bot, ends_at - timedelta(days=3, minutes=1))
    assert ends.tick() == ()
    until(house, bot, ends_at - timedelta(days=3))
    (id,) = ends.tick()
    request = bot.record.requests.get(id)
    assert request is not None
    assert (request.requester, request.state) == (RITA, State.PENDING)
    assert request.run_at == ends_at
    assert "as Rita set" in request.reason
    assert ends.tick() == (), "once"
    house.clock.move(days=1, hours=1)
    bot.approvals.tick()
    assert bot.row(request).outcome.endswith("within 1 day. hs-bot will ask again before the seat ends.")
    (again,) = ends.tick()
    assert again != request.id, "nobody decided in time: it is asked again while the day is ahead"
    second = bot.record.requests.get(again)
    assert second is not None
    assert house.deletes(jane) == 0, "nothing goes without an approval"
    assert bot.approve(second).accepted
    after(house, bot, second)
    assert [one.user_id for one in ends.overdue()] == [jane]
    bot.runner.work_off()
    assert bot.row(second).state is State.DONE, bot.row(second).outcome
    assert house.deletes(jane) == 1
    ends.tick()
    assert bot.record.seat_ends.get(jane) is None


def test_who_set_it_and_left_is_stood_in_for_by_the_bot(house: House, bot: Bot) -> None:
    ends, jane = ends_of(bot), house.id("jane")
    ends.set(jane, in_days(bot, 2), actor=RITA)
    house.workspace.change(RITA, deleted=True)
    (id,) = ends.tick()
    request = bot.record.requests.get(id)
    assert request is not None
    assert request.requester == HS_BOT
    assert "Rita can't make requests anymore, so hs-bot asks." in request.reason
    assert bot.approve(request).accepted
    after(house, bot, request)
    bot.runner.work_off()
    assert bot.row(request).state is State.DONE


def test_what_was_approved_and_missed_its_time_while_the_bot_was_down_is_asked_for_again(house: House) -> None:
    request = near(house, house.bot())
    assert house.bot().approve(request).accepted
    house.clock.move(days=4)
    bot = house.bot()
    assert bot.approvals.tick().expired == (request.id,)
    assert bot.row(request).outcome.endswith("could not be started in time. hs-bot will ask again.")
    (id,) = ends_of(bot).tick()
    again = bot.record.requests.get(id)
    assert again is not None
    assert (again.state, again.run_at) == (State.PENDING, None)
    assert bot.deny(again).accepted
    assert ends_of(bot).tick() == (), "what people have refused isn't asked for again"


def test_a_day_that_passed_while_the_bot_was_down_is_acted_on_at_its_start(house: House, bot: Bot) -> None:
    ends_of(bot).set(house.id("jane"), in_days(bot, 10), actor=RITA)
    house.clock.move(days=30)
    (id,) = ends_of(house.bot()).tick()
    request = bot.record.requests.get(id)
    assert request is not None
    assert request.run_at is None, "as soon as it is approved"
    house.clock.move(days=1, hours=1)
    bot.approvals.tick()
    assert bot.row(request).outcome.endswith("Ask again."), "the day is over, so nobody else does"


def test_extending_takes_the_request_back_and_asks_again_later(house: House, bot: Bot) -> None:
    request, ends = near(house, bot), ends_of(bot)
    bot.approve(request)
    assert ends.set(house.id("jane"), in_days(bot, 60), actor=BO).accepted
    ended = bot.row(request)
    assert ended.state is State.CANCELLED
    assert "Their seat now ends on" in ended.outcome
    house.clock.move(days=58)
    (id,) = ends.tick()
    assert id != request.id


def test_kept_for_good_it_is_asked_about_no_more(house: House, bot: Bot) -> None:
    request, ends = near(house, bot), ends_of(bot)
    assert ends.keep(house.id("jane"), actor=ANA).accepted
    assert bot.row(request).state is State.CANCELLED
    house.clock.move(days=9)
    assert ends.tick() == ()
    assert not ends.keep(house.id("jane"), actor=ANA).accepted


def test_nobody_sets_it_for_themselves_and_no_stranger_for_others(house: House, bot: Bot) -> None:
    ends, jane, day = ends_of(bot), house.id("jane"), in_days(bot, 9)
    assert "your own seat" in ends.set(jane, day, actor=JANE_IN_SLACK).sentence
    house.workspace.asking = frozenset({RITA})
    assert "aren't one of the people" in ends.set(jane, day, actor="UNED").sentence
    assert ends.set(jane, day, actor=ANA).accepted, "an approver"
    assert "has passed" in ends.set(jane, in_days(bot, -2), actor=RITA).sentence


def test_the_seat_that_the_bot_itself_needs_gets_no_end(house: House, bot: Bot) -> None:
    ends, me = ends_of(bot), bot.helpscout.rest.me()
    Credential(bot.record).keep(me)
    bot.record.users.put(
        [UserRecord(user=replace(me, type="user"), first_seen=(now := bot.record.now()), last_seen=now)]
    )
    assert "Give hs-bot a Help Scout user of its own first" in ends.why_not(me.id, RITA)
    assert "Give hs-bot a Help Scout user of its own first" in ends.set(me.id, in_days(bot, 9), actor=RITA).sentence
    assert not ends.why_not(house.id("jane"), RITA)


def test_an_end_knows_its_request_as_soon_as_there_is_one(house: House, bot: Bot) -> None:
    """Its card is posted at once, and has the buttons of an end."""
    known: list[SeatEnd | None] = []

    class Watched(Approvals):
        def apply(self, action: Action) -> Outcome:
            outcome = bot.approvals.apply(action)
            assert outcome.request is not None
            known.append(bot.record.seat_ends.of_request(outcome.request.id))
            return outcome

    ends = SeatEnds(bot.record, bot.workspace, Watched.__new__(Watched))
    for name in ("jane", "max"):
        ends.set(house.id(name), in_days(bot, 2), actor=RITA)
    assert len(ends.tick()) == 2
    assert None not in known


def test_once_the_removal_runs_it_is_too_late(house: House, bot: Bot) -> None:
    request = near(house, bot)
    bot.record.requests.transition(request.id, from_states={State.PENDING}, to=State.RUNNING)
    assert "begun already" in ends_of(bot).keep(house.id("jane"), actor=ANA).sentence


def test_a_crash_between_the_request_and_its_note_opens_no_second_one(house: House, bot: Bot) -> None:
    request, ends = near(house, bot), ends_of(bot)
    bot.record.seat_ends.opened(house.id("jane"), None)
    assert ends.tick() == ()
    end = bot.record.seat_ends.get(house.id("jane"))
    assert end is not None
    assert end.request_id == request.id


def test_what_cannot_be_opened_is_said_once_and_tried_again(house: House, bot: Bot) -> None:
    ends, jane = ends_of(bot), house.id("jane")
    ends.set(jane, in_days(bot, 1), actor=RITA)
    house.workspace.approving = frozenset()
    for _ in range(3):
        assert ends.tick() == ()
    assert str(bot.owed(Topic.WARNING)[0].payload["sentence"]).startswith("Jane")
    house.workspace.approving = frozenset({ANA})
    house.clock.move(hours=2)
    assert len(ends.tick()) == 1
    assert len(bot.owed(Topic.WARNING)) == 1


def test_a_new_seat_comes_with_its_end(house: House, bot: Bot) -> None:
    day = in_days(bot, 30)
    arguments: dict[str, object] = {
        "email": "cora@acme.example",
        "first_name": "Cora",
        "last_name": "Contractor",
        "until": day.isoformat(),
        "until_zone": "Europe/Vienna",
    }
    outcome = bot.open(Kind.PROVISION, arguments)
    assert outcome.accepted, outcome.sentence
    bot.runner.work_off()
    (end,) = bot.record.seat_ends.all()
    assert (end.day, end.zone, end.set_by) == (day, "Europe/Vienna", RITA)
    assert not bot.open(Kind.PROVISION, {**arguments, "email": "d@acme.example", "until": "2020-01-01"}).accepted
