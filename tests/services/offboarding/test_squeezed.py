"""Hand-overs within the limits of the smallest plan, with a minute squeezed to less than a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.helpscout.client import Waits
from bot.model.request import State

if TYPE_CHECKING:
    from tests.services.conftest import House

WINDOW = 0.6


@pytest.mark.parametrize("sliding", [False, True], ids=["fixed", "sliding"])
def test_sixty_conversations_on_the_standard_plan_meet_no_limit_of_our_own_making(sliding: bool, house: House) -> None:
    house.sim.behaviour.reading = "pages"
    house.sim.account.add_conversations(house.id("jane"), 45)
    asking = house.bot()
    request = asking.asked(house.id("jane"), assignee=house.id("max"))
    asking.approve(request)
    house.sim.limit.set(200, window=WINDOW, sliding=sliding)
    house.sim.limit.bursts = True
    options = {"per_minute": 200, "window": WINDOW, "waits": Waits(jitter=0.0), "token_url": house.sim.token_url}
    bot = house.bot(start=True, options=options)
    row = bot.until(request, State.DONE, State.ATTENTION)
    assert row.state is State.DONE, row.outcome
    assert "handed to Max Brückner: 60." in row.outcome
    assert not [one for one in house.sim.log.entries() if one.status == 429]
