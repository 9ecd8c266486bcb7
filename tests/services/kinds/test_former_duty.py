"""Somebody who is restored: back in rotations where that is wished; inboxes for a person to give are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout.world.conversations import MAILBOX
from bot.model.request import Kind, State

if TYPE_CHECKING:
    from bot.model.request import Request
    from tests.services.conftest import Bot, House

JANE = "jane@acme.example"
BILLING = 85_002


def gone(house: House, bot: Bot) -> int:
    """Jane, offboarded; her id. She was in two rotations and could see Billing, which not everybody can."""
    house.sim.behaviour.reading = "pages"
    jane = house.id("jane")
    for inbox in (MAILBOX, BILLING):
        house.sim.account.duty.rotate(inbox, [jane, house.id("rita")])
    house.sim.account.duty.inboxes[BILLING].people = {jane, house.id("rita"), house.id("olivia")}
    request = bot.asked(jane, assignee=house.id("max"))
    bot.approve(request)
    bot.until(request, State.DONE)
    return jane


def restored(bot: Bot, jane: int, **wishes: bool) -> Request:
    outcome = bot.open(Kind.RESTORE, {"target_id": jane, **wishes})
    assert outcome.request is not None, outcome.sentence
    bot.approve(outcome.request)
    row = bot.until(outcome.request, State.DONE, State.ATTENTION)
    assert row.state is State.DONE, row.outcome
    return row


@pytest.mark.parametrize("wished", [True, False])
def test_rotations_come_back_where_that_is_wished(wished: bool, house: House) -> None:
    bot = house.bot(start=True)
    row = restored(bot, gone(house, bot), rotations=wished)
    new = house.sim.person(JANE).id
    assert (new in house.sim.account.duty.inboxes[MAILBOX].routing.user_ids) is wished
    assert ("They are back in the rotation of Support." in row.outcome) is wished
    assert ("couldn't be put back into the rotation of Billing" in row.outcome) is wished, "they can't see it yet"


def test_inboxes_that_they_can_not_see_yet_are_named_for_a_person(house: House) -> None:
    bot = house.bot(start=True)
    row = restored(bot, gone(house, bot))
    assert "Give them access again in Help Scout to: Billing." in row.outcome


def test_what_was_handed_over_and_merged_since_is_skipped(house: House) -> None:
    bot = house.bot(start=True)
    jane = gone(house, bot)
    moved = [one.conversation_id for one in bot.record.moves.of_request(bot.record.requests.find()[0].id)]
    merged, kept = (house.sim.account.conversations[id] for id in moved[:2])
    house.sim.account.work.merge(merged, kept)
    row = restored(bot, jane, hand_back=True)
    assert "Conversations handed back: 14." in row.outcome
    assert merged.assignee_id == house.id("max")
    assert kept.assignee_id == house.sim.person(JANE).id
