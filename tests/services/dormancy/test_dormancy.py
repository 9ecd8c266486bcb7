"""Everybody's status is read now and then, where the API tells; a moment that was told since is not forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.helpscout.client import HelpScout, Waits
from bot.model.user import User, UserRecord
from bot.services.dormancy import Dormancy
from bot.store.record import Record, open_record

LONG = timedelta(days=90)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    opened = open_record(str(tmp_path / "hs-bot.db"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sim() -> Iterator[SimulatedHelpScout]:
    with SimulatedHelpScout(people=120, conversations=False) as simulated:
        yield simulated


@pytest.fixture(scope="module")
def client(sim: SimulatedHelpScout) -> Iterator[HelpScout]:
    with HelpScout(
        api_url=sim.api_url, scim_url=sim.scim_url, app_id=sim.app_id, app_secret=sim.app_secret, waits=Waits.none()
    ) as opened:
        yield opened


def people(record: Record, sim: SimulatedHelpScout) -> list[int]:
    now = record.now()
    users = [User(id=one.id, email=one.email, role=one.role, type="user") for one in sim.people if one.human]
    record.users.put([UserRecord(user=user, first_seen=now, last_seen=now) for user in users])
    return [one.id for one in users if one.role not in ("owner", "light user")]


def test_whole_pages_are_read_and_the_longest_comes_first(
    record: Record, sim: SimulatedHelpScout, client: HelpScout
) -> None:
    first, second, third, *_ = people(record, sim)
    for id, status, days in ((first, "away", 100), (second, "active", 200), (third, "away", 20)):
        presence = sim.account.duty.presence(id)
        presence.status, presence.since = status, (datetime.now(UTC) - timedelta(days=days)).timestamp()
    service = Dormancy(record, client, after=LONG, begin=lambda work: work())
    assert service.tick()
    assert not service.tick(), "it is not due again"
    assert [(row.id, found.away) for row, found in service.listed()] == [(second, False), (first, True)]
    row = record.users.get(first)
    assert row is not None
    assert service.of(row) is not None
    record.statuses.changed(first, record.now())  # a webhook
    assert service.of(row) is None
    service.read()
    assert service.of(row) is None, "what was told since is later than what the list says"
    assert [row.id for row, _ in service.listed()] == [second]


@pytest.mark.parametrize("missing", [404, 405])
def test_an_api_without_statuses_tells_nothing_and_is_no_fault(
    record: Record, sim: SimulatedHelpScout, client: HelpScout, missing: Literal[404, 405]
) -> None:
    first, *_ = people(record, sim)
    sim.account.duty.presence(first).since = (datetime.now(UTC) - 2 * LONG).timestamp()
    sim.behaviour.status_calls, sim.behaviour.missing = False, missing
    try:
        service = Dormancy(record, client, after=LONG)
        service.read()
        assert service.listed() == []
    finally:
        sim.behaviour.status_calls = True
