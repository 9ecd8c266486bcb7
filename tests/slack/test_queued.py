"""What waits for the hourly limit: when it starts, wherever somebody reads of it."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import JANE, Room
from tests.slack.test_decisions import posted


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


def test_what_waits_for_the_hourly_limit_says_when_it_starts_wherever_it_is_told(room: Room) -> None:
    room.clock.ahead += timedelta(seconds=(65 - room.clock().second) % 60)  # times are told by the minute
    room.terms["max_per_hour"] = 1
    delivery = Delivery(room.deps, gap=0.0)
    first = room.open()
    room.decide(first, "ana")
    room.work_off()
    began = room.row(first).started_at or room.clock()
    about_max = room.open("max@acme.example")
    room.decide(about_max, "ana")
    others = [row.user.email for row in room.record.users.by_status() if row.user.role == "user"]
    plain = [
        email for email in others if email.isascii() and email not in (JANE, "max@acme.example", "rita@acme.example")
    ]
    by_rita, by_max = room.open(plain[0]), room.open(plain[1], by="max")

    def at(hours: int) -> str:
        whole = (began + timedelta(hours=hours, minutes=1)).replace(second=0, microsecond=0)
        return f"This one starts at about <!date^{int(whole.timestamp())}^"

    room.slack.click("ana", posted(room, delivery, by_rita), "Approve")
    room.until(lambda: room.told("ana"))
    assert "Approved. Queued" in room.told("ana")[-1].shown
    assert at(2) in json.dumps(room.told("ana")[-1].blocks)
    card = posted(room, delivery, by_rita)
    assert at(2) in json.dumps(card.blocks)
    assert at(2) in json.dumps([reply.blocks for reply in room.slack.channel("access").thread(card.ts)])
    assert at(2) in json.dumps([message.blocks for message in room.slack.dms("rita")])
    room.decide(by_max, "ana")
    same = "what goes first and is about who asked is not counted"
    assert room.row(by_max).outcome == room.row(by_rita).outcome, same
    told = len(room.slack.channel("access").thread(card.ts))
    room.work_off()
    posted(room, delivery, by_rita)
    assert len(room.slack.channel("access").thread(card.ts)) == told, "and it is told once"
