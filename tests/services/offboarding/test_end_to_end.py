"""An offboarding from the question to the tombstone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model.change import ChangeKind
from bot.model.offboarding.conversation import MoveState
from bot.model.outbox import Topic
from bot.model.request import State
from bot.model.user import Status

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

STEPS = ["check", "record", "quiet", "reassign", "remove", "verify", "close"]


def test_an_approved_offboarding_hands_over_removes_once_and_leaves_a_tombstone(house: House, bot: Bot) -> None:
    jane, max_ = house.id("jane"), house.id("max")
    open_ones = {conversation.id for conversation in house.sim.conversations_of("jane@acme.example")}
    assert len(open_ones) == 15
    request = bot.asked(jane, assignee=max_)
    assert bot.row(request).state is State.PENDING
    outcome = bot.approve(request)
    assert outcome.accepted, outcome.sentence
    done = bot.until(request, State.DONE, State.ATTENTION, State.STALE, State.FAILED)
    assert done.state is State.DONE, done.outcome
    assert done.outcome == "Jane D'Arcy was removed from Help Scout. Conversations handed to Max Brückner: 15."
    assert house.deletes(jane) == 1
    assert house.sent() == 1
    assert [step.name for step in bot.record.requests.steps(request.id)] == STEPS
    assert {c.id for c in house.sim.conversations_of("max@acme.example")} >= open_ones
    moves = bot.record.moves.of_request(request.id)
    assert {move.conversation_id for move in moves if move.state is MoveState.MOVED} == open_ones
    row = bot.record.users.get(jane)
    assert row is not None
    assert (row.status, row.request_id) == (Status.OFFBOARDED, request.id)
    assert row.removed_at is not None
    assert [change.kind for change in bot.record.changes.of_request(request.id)] == [ChangeKind.OFFBOARDED]
    assert done.lease_owner is None
    assert bot.record.audit.verify().whole


def test_a_team_that_was_joined_since_the_last_sync_is_remembered(house: House, bot: Bot) -> None:
    jane = house.id("jane")
    before = {team.name for team in bot.record.teams.of_user(jane)}
    new = next(team for team in house.sim.teams if team.name not in before)
    house.sim.account.set_members(new, [*new.members, jane])
    request = bot.asked(jane)
    bot.approve(request)
    bot.until(request, State.DONE)
    assert {team.name for team in bot.record.teams.of_user(jane)} == before | {new.name}
    changes = {(change.kind, change.after) for change in bot.record.changes.of_request(request.id)}
    assert (ChangeKind.TEAM_JOINED, new.name) in changes


def test_the_requester_is_told_the_leaver_never(house: House, bot: Bot) -> None:
    request = bot.asked(house.id("jane"))
    bot.approve(request)
    bot.until(request, State.DONE)
    assert {item.payload["member"] for item in bot.owed(Topic.DM)} == {"URITA"}
    assert [item.payload["event"] for item in bot.owed(Topic.THREAD)] == ["approved", "started", "done"]
