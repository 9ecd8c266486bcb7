"""Somebody who can write the database, but has no key: nothing that they put there is carried out."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.model.request import Kind, Request, State
from bot.policy.requests.digest import canonical, plan_digest

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House

from tests.services.conftest import ANA, BO, RITA

SAID = (
    "doesn't say that hs-bot started",
    "doesn't have every vote",
    "can't be trusted",
    "isn't the one that was approved",
    "seal doesn't match",
    "still count",
    "has ended",
    "had expired",
)


def write(house: House, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(house.target)) as db, db:
        assert db.execute(sql, values).rowcount != 0


def write_all(house: House, *statements: str) -> None:
    with closing(sqlite3.connect(house.target)) as db, db:
        for sql in statements:
            db.execute(sql)


def nothing_is_done(house: House, bot: Bot, request: Request) -> None:
    """Whatever the row says, it ends as stale, with a sentence, and nobody's seat was touched."""
    bot.runner.start()
    row = bot.until(request, State.STALE)
    assert any(said in row.outcome for said in SAID), row.outcome
    assert house.sent() == 0
    assert house.sent("POST /scim/Users*") == 0
    assert "request.stale" in bot.events(request)


@pytest.mark.parametrize("state", ["approved", "running"])
def test_a_pending_request_set_to_run_does_not(house: House, idle: Bot, state: str) -> None:
    request = idle.asked(house.id("jane"))
    later = (idle.record.now() + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    write(house, "UPDATE requests SET state = ?, quorum = 0, start_by = ? WHERE id = ?", state, later, request.id)
    nothing_is_done(house, idle, request)


def test_a_vote_that_was_inserted_does_not_count(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    now = idle.record.now().isoformat().replace("+00:00", "Z")
    insert = (
        "INSERT INTO decisions (request_id, actor, actor_name, verdict, reason, decided_at, void, seal) "
        "VALUES (?, ?, 'Ana', 'approve', '', ?, 0, ?)"
    )
    write(house, insert, request.id, ANA, now, "0" * 64)
    write(house, "UPDATE requests SET state = 'approved', approved_at = ? WHERE id = ?", now, request.id)
    nothing_is_done(house, idle, request)


def test_a_vote_copied_under_another_approvers_id_does_not_count(house: House) -> None:
    bot = house.bot(quorum=2)
    request = bot.asked(house.id("jane"))
    assert bot.approve(request, ANA).accepted
    copy = (
        "INSERT INTO decisions (request_id, actor, actor_name, verdict, reason, decided_at, void, seal) "
        "SELECT request_id, ?, 'Bo', verdict, reason, decided_at, void, seal FROM decisions WHERE request_id = ?"
    )
    write(house, copy, BO, request.id)
    write(house, "UPDATE requests SET state = 'approved' WHERE id = ?", request.id)
    nothing_is_done(house, bot, request)


def test_a_vote_moved_to_another_request_does_not_count(house: House, idle: Bot) -> None:
    one, other = idle.asked(house.id("jane")), idle.asked(house.id("max"))
    idle.approve(one)
    write(house, "UPDATE decisions SET request_id = ? WHERE request_id = ?", other.id, one.id)
    write(house, "UPDATE requests SET state = 'cancelled' WHERE id = ?", one.id)
    write(house, "UPDATE requests SET state = 'approved' WHERE id = ?", other.id)
    nothing_is_done(house, idle, other)


def test_a_denial_turned_into_an_approval_does_not_count(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    idle.deny(request)
    write(house, "UPDATE decisions SET verdict = 'approve' WHERE request_id = ?", request.id)
    write(house, "UPDATE requests SET state = 'approved', finished_at = NULL WHERE id = ?", request.id)
    nothing_is_done(house, idle, request)


def test_what_was_cancelled_after_its_approval_stays_cancelled(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    idle.approve(request)
    idle.cancel(request)
    write(house, "UPDATE requests SET state = 'approved', finished_at = NULL, outcome = '' WHERE id = ?", request.id)
    nothing_is_done(house, idle, request)


@pytest.mark.parametrize("also", [(), ("digest",), ("digest", "target_id")], ids=["the plan", "digest too", "all"])
def test_another_plan_than_the_approved_one_is_not_carried_out(house: House, idle: Bot, also: tuple[str, ...]) -> None:
    request = idle.asked(house.id("jane"))
    idle.approve(request)
    plan = {**request.plan, "rest_id": house.id("max")}
    write(house, "UPDATE requests SET plan = ? WHERE id = ?", canonical(plan), request.id)
    if "digest" in also:
        write(house, "UPDATE requests SET digest = ? WHERE id = ?", plan_digest(Kind.OFFBOARD, plan), request.id)
    if "target_id" in also:
        write(house, "UPDATE requests SET target_id = ? WHERE id = ?", house.id("max"), request.id)
    nothing_is_done(house, idle, request)


def test_a_scheduled_request_is_not_brought_forward(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"), run_at=idle.record.now() + timedelta(hours=5))
    idle.approve(request)
    write(house, "UPDATE requests SET run_at = NULL WHERE id = ?", request.id)
    nothing_is_done(house, idle, request)


@pytest.mark.parametrize("change", [("requester", BO), ("kind", "restore")])
def test_who_asked_and_what_for_can_not_be_changed(house: House, idle: Bot, change: tuple[str, str]) -> None:
    request = idle.asked(house.id("jane"))
    idle.approve(request)
    write(house, f"UPDATE requests SET {change[0]} = ? WHERE id = ?", change[1], request.id)
    nothing_is_done(house, idle, request)


def test_a_request_without_approval_that_nobody_asked_for_gives_no_seat(house: House, idle: Bot) -> None:
    asked = idle.open(
        Kind.PROVISION, {"email": "new@acme.example", "first_name": "New", "last_name": "One", "role": "admin"}
    )
    assert asked.request is not None
    plan = {**asked.request.plan, "role": "user"}
    digest = plan_digest(Kind.PROVISION, plan)
    write(
        house,
        "UPDATE requests SET state = 'approved', quorum = 0, plan = ?, digest = ? WHERE id = ?",
        canonical(plan),
        digest,
        asked.request.id,
    )
    nothing_is_done(house, idle, asked.request)


def test_a_row_changed_while_the_work_goes_on_stops_before_the_call(house: House) -> None:
    bot = house.bot()
    request = bot.asked(house.id("jane"))

    def forge(point: str) -> None:
        if point == "remove: begun":
            write(house, "UPDATE decisions SET actor = ? WHERE request_id = ?", "UNED", request.id)

    bot.at = forge
    bot.approve(request)
    bot.runner.start()
    row = bot.until(request, State.STALE)
    assert "was removed" in row.outcome
    assert house.sent() == 0


def test_a_cut_log_brings_no_cancelled_request_back(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    idle.approve(request)
    idle.cancel(request)
    write_all(house, "DROP TRIGGER audit_refuses_delete", "DROP TRIGGER audit_details_refuses_delete")
    write_all(
        house,
        f"DELETE FROM audit_details WHERE seq >= (SELECT min(seq) FROM audit WHERE request_id = '{request.id}' "
        "AND event = 'request.cancelled')",
        f"DELETE FROM audit WHERE request_id = '{request.id}' AND event = 'request.cancelled'",
        "UPDATE audit_head SET (seq, hash, at, seal) = "
        "(SELECT seq, hash, at, seal FROM audit ORDER BY seq DESC LIMIT 1)",
    )
    assert not idle.record.audit.verify().whole
    write(house, "UPDATE requests SET state = 'approved', finished_at = NULL, outcome = '' WHERE id = ?", request.id)
    idle.record.audit.append("something.else")
    assert not idle.record.audit.verify().whole, "what is written afterwards makes it no better"
    nothing_is_done(house, idle, request)


def test_a_log_without_any_seal_is_not_whole(house: House, idle: Bot) -> None:
    idle.asked(house.id("jane"))
    write(house, "DROP TRIGGER audit_refuses_update")
    write_all(house, "UPDATE audit SET seal = ''", "UPDATE audit_head SET seal = '', sealed_from = 0")
    assert not idle.record.audit.verify().whole


def test_a_vote_that_a_move_made_void_does_not_count_again(house: House, idle: Bot) -> None:
    at = idle.record.now() + timedelta(hours=1)
    request = idle.asked(house.id("jane"), run_at=at)
    idle.approve(request)
    before = idle.row(request)
    idle.move(request, at + timedelta(hours=48))
    write(house, "UPDATE decisions SET void = 0 WHERE request_id = ?", request.id)
    back = "UPDATE requests SET state = 'approved', plan = ?, digest = ?, seal = ?, run_at = NULL WHERE id = ?"
    write(house, back, canonical(before.plan), before.digest, before.seal, request.id)
    spelled = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    write(house, "UPDATE requests SET run_at = ? WHERE id = ?", spelled, request.id)
    house.clock.move(hours=1, seconds=1)
    nothing_is_done(house, idle, request)


def test_a_request_whose_time_was_made_longer_is_not_carried_out(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    write(house, "UPDATE requests SET expires_at = '2040-01-01T00:00:00.000000Z' WHERE id = ?", request.id)
    house.clock.move(hours=25)
    idle.approve(request)
    nothing_is_done(house, idle, request)


def test_a_target_whose_pair_was_deleted_still_decides_nothing(house: House, idle: Bot) -> None:
    house.workspace.approving |= {"UJANE"}
    request = idle.asked(house.id("jane"))
    write_all(house, "DELETE FROM links", "DELETE FROM slack_accounts")
    house.workspace.change("UJANE", email="somebody.else@acme.example")
    assert not idle.approve(request, "UJANE").accepted
    assert not idle.cancel(request, "UJANE").accepted


def test_what_is_sealed_with_a_key_that_is_gone_is_not_carried_out(house: House, idle: Bot) -> None:
    from bot.policy.requests.seal import Seals
    from bot.store.record import open_record

    request = idle.asked(house.id("jane"))
    idle.approve(request)
    other = house.bot()
    other.record = house.stack.enter_context(closing(open_record(house.target, seals=Seals(("another key entirely",)))))
    other.__post_init__()
    other.runner.start()
    assert "seal doesn't match" in other.until(request, State.STALE).outcome
    assert house.sent() == 0


@pytest.mark.parametrize("who", [RITA, ANA])
@pytest.mark.parametrize("flaw", [{"deleted": True}, {"is_guest": True}])
def test_requester_and_approvers_are_full_members_when_a_scheduled_request_runs(
    house: House, idle: Bot, who: str, flaw: dict[str, bool]
) -> None:
    request = idle.asked(house.id("jane"), run_at=idle.record.now() + timedelta(hours=2))
    idle.approve(request)
    house.workspace.change(who, **flaw)
    house.clock.move(hours=2, seconds=1)
    idle.runner.start()
    assert idle.until(request, State.STALE).outcome.endswith("Nothing was done; ask again.")
    assert house.sent() == 0
