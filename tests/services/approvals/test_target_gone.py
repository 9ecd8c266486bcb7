"""Somebody leaves Help Scout while a request about them waits: a sync ends it, and nobody has to decide any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model.action import Open, Outcome
from bot.model.outbox import Topic
from bot.model.request import Kind, Request, State
from bot.services.syncing.sync import Sync
from tests.services.conftest import RITA

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House


def sync(bot: Bot) -> None:
    Sync(bot.record, bot.helpscout, guard=1.0, after=bot.approvals.after_sync).run("test")


def changed(bot: Bot, target: int) -> Outcome:
    arguments: dict[str, object] = {"target_id": target, "email": "new@acme.example"}
    return bot.apply(Open(kind=Kind.CHANGE, actor=RITA, arguments=arguments, reason="Married"))


def test_a_sync_ends_what_is_asked_of_somebody_who_is_gone(house: House, bot: Bot) -> None:
    pending, later = bot.asked(house.id("jane")), bot.record.now() + timedelta(days=2)
    scheduled = bot.asked(house.id("max"), run_at=later)
    assert bot.approve(scheduled).accepted
    change = changed(bot, house.id("bo")).request
    assert change is not None
    for name in ("jane", "max", "bo"):
        house.sim.remove_person(f"{name}@acme.example")
    sync(bot)
    requests: tuple[Request, ...] = (pending, scheduled, change)
    assert [bot.row(one).state for one in requests] == [State.STALE] * 3
    assert "was removed from Help Scout outside hs-bot" in bot.row(pending).outcome
    assert "conversations" not in bot.row(change).outcome
    assert [item.payload["event"] for item in bot.owed(Topic.DM)][-3:] == ["stale"] * 3
    assert not bot.owed(Topic.WARNING), "the sync's own notice tells the channel who is gone"
    late = bot.approve(pending)
    assert not late.accepted
    assert house.sent() == 0
    assert bot.record.audit.verify().whole


def test_a_restore_waits_on_although_who_it_is_about_is_gone(house: House, bot: Bot) -> None:
    house.sim.remove_person("jane@acme.example")
    sync(bot)
    restore = bot.open(Kind.RESTORE, {"target_id": house.id("jane")}).request
    assert restore is not None
    sync(bot)
    assert bot.row(restore).state is State.PENDING
