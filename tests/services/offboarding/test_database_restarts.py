"""The database goes away in the middle of an offboarding and comes back: nothing is lost, nothing is done twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from bot.model.offboarding.conversation import MoveState
from bot.model.request import State
from bot.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.conftest import House

T = TypeVar("T")

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]


def once_it_is_back(read: Callable[[], T], seconds: float = 30.0) -> T:
    """What is read, as soon as the record can be: a bot that knows it to be away doesn't wait for it."""
    ends = time.monotonic() + seconds
    while True:
        try:
            return read()
        except StoreError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("point", "crash"),
    [
        ("record: acted", False),
        ("reassign: marked", True),
        ("remove: about to send", False),
        ("remove: answered", True),
        ("close: acted", False),
    ],
)
def test_restarted_at_any_moment_it_ends_the_same(point: str, crash: bool, house: House, postgresql: Any) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    bot.approve(request)
    restarted: list[str] = []

    def at(crossed: str) -> None:
        if crossed == point and not restarted:
            restarted.append(crossed)
            if crash:
                postgresql.crash()
                postgresql.start()
            else:
                postgresql.restart()

    bot.at = at
    bot.runner.start()
    once_it_is_back(lambda: bot.until(request, State.DONE, State.ATTENTION, timeout=30))
    assert restarted == [point]
    assert bot.row(request).state is State.DONE
    assert house.deletes(house.id("jane")) == 1
    assert {move.state for move in bot.record.moves.of_request(request.id)} == {MoveState.MOVED}
    events = bot.events(request)
    assert events.count("request.done") == events.count("request.started") == 1
    assert bot.record.audit.verify().whole


def test_while_it_is_away_a_click_is_refused_with_a_sentence_and_nothing_is_half_done(
    house: House, postgresql: Any
) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"))
    before = bot.events()
    postgresql.stop()
    try:
        with pytest.raises(StoreError):
            bot.approve(request)
    finally:
        postgresql.start()
    assert once_it_is_back(lambda: bot.row(request)).state is State.PENDING
    assert bot.events() == before
    assert bot.approve(request).accepted
