"""Move…: a scheduled request gets another time, from its card, and needs to be approved again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import Message, View
from bot.model.request import Request, State
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import Room


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


@pytest.fixture
def friday(room: Room) -> datetime:
    return (room.record.now() + timedelta(days=3)).replace(second=0, microsecond=0)


@pytest.fixture
def scheduled(room: Room, friday: datetime) -> Request:
    """Approved by Ana, for a time that is still to come."""
    request = room.open(run_at=friday)
    room.decide(request, "ana")
    assert room.row(request).state is State.APPROVED
    return request


def card(room: Room, delivery: Delivery, request: Request) -> Message:
    room.until(lambda: delivery.round() >= 1.0)
    ts = room.row(request).message_ts
    return next(message for message in room.slack.channel("access").messages if message.ts == ts)


def form(room: Room, delivery: Delivery, request: Request, who: str = "rita") -> View:
    return room.slack.click(who, card(room, delivery, request), "Move…").wait_for_view()


def private(room: Room, who: str, words: str) -> str:
    return room.slack.wait_for(lambda: room.told(who), words).shown


@pytest.mark.parametrize("who", ["rita", "bo"])
def test_the_requester_or_an_approver_moves_it_and_it_is_approved_again(
    room: Room, delivery: Delivery, scheduled: Request, friday: datetime, who: str
) -> None:
    view = form(room, delivery, scheduled, who)
    picker = next(block["element"] for block in view.blocks if block["type"] == "input")
    assert picker["initial_date_time"] == int(friday.timestamp())
    room.slack.submit(view, {"When": friday + timedelta(days=4)})
    assert view.closed
    private(room, who, "needs approval again")
    row = room.row(scheduled)
    assert (row.state, row.run_at, row.approved_at) == (State.PENDING, friday + timedelta(days=4), None)
    assert row.digest != scheduled.digest
    assert not room.record.requests.decisions(row.id)
    shown = card(room, delivery, row)
    assert "0 of 1 approval" in shown.shown
    assert "Approve" in shown.shown
    assert "Moved to" in room.slack.channel("access").thread(shown.ts)[-1].shown
    newest = next(iter(room.record.audit.entries(request_id=row.id)))
    assert (newest.event, newest.actor) == ("request.rescheduled", room.id(who))


def test_without_a_time_it_is_to_start_as_soon_as_it_is_approved(
    room: Room, delivery: Delivery, scheduled: Request
) -> None:
    view = form(room, delivery, scheduled)
    room.slack.submit(view, {"When": None})
    private(room, "rita", "as soon as it can")
    room.decide(scheduled, "ana")
    room.work_off()
    assert room.row(scheduled).started_at is not None


def test_a_time_that_has_passed_is_refused_at_its_field(
    room: Room, delivery: Delivery, scheduled: Request, friday: datetime
) -> None:
    view = form(room, delivery, scheduled)
    room.slack.submit(view, {"When": datetime(2001, 1, 1, tzinfo=UTC)})
    assert "passed" in view.errors["run_at"]
    assert (room.row(scheduled).state, room.row(scheduled).run_at) == (State.APPROVED, friday)


@pytest.mark.parametrize(
    ("who", "words"), [("max", "Only the person who asked for this"), ("gus", "Guests"), ("sid", "its own")]
)
def test_nobody_else_may_move_it_and_it_is_recorded(
    room: Room, delivery: Delivery, scheduled: Request, friday: datetime, who: str, words: str
) -> None:
    answer = room.slack.click(who, card(room, delivery, scheduled), "Move…")
    private(room, who, words)
    assert answer.view is None
    assert (room.row(scheduled).state, room.row(scheduled).run_at) == (State.APPROVED, friday)
    newest = next(iter(room.record.audit.entries(request_id=scheduled.id)))
    assert (newest.event, newest.actor) == ("request.refused", room.id(who))


def test_who_lost_the_right_while_choosing_moves_nothing(
    room: Room, delivery: Delivery, scheduled: Request, friday: datetime
) -> None:
    view = form(room, delivery, scheduled, "bo")
    room.slack.workspace.groups["S0APPROVER"].users.remove(room.id("bo"))
    room.slack.submit(view, {"When": friday + timedelta(days=4)})
    private(room, "bo", "Only the person who asked for this")
    assert room.row(scheduled).run_at == friday


def test_one_that_has_begun_meanwhile_is_not_moved(
    room: Room, delivery: Delivery, scheduled: Request, friday: datetime
) -> None:
    view = form(room, delivery, scheduled)
    room.clock.ahead = timedelta(days=3, minutes=5)
    room.work_off()
    room.slack.submit(view, {"When": room.record.now() + timedelta(days=4)})
    private(room, "rita", "so it can't be moved")
    assert room.row(scheduled).run_at == friday


@pytest.mark.parametrize("forged", ["nosuchrequest", "", "' OR 1=1 --"])
def test_a_forged_button_moves_nothing(room: Room, delivery: Delivery, scheduled: Request, forged: str) -> None:
    shown = card(room, delivery, scheduled)
    for block in shown.blocks:
        for element in block.get("elements", ()):
            if "value" in element:
                element["value"] = forged
    answer = room.slack.click("rita", shown, "Move…")
    private(room, "rita", "This request doesn't exist")
    assert answer.view is None
