"""`/hs-status`: how the bot is, at once from the record, then with each credential tried."""

import re
from datetime import timedelta

from bot.model.outbox import Topic
from bot.model.sync import SyncState
from tests.slack.conftest import Room


def test_it_is_answered_at_once_and_the_credentials_are_filled_in(room: Room) -> None:
    answer = room.slack.command("max", "/hs-status")
    assert "52 active" in answer.message.shown
    assert "Version" in answer.message.shown
    assert "…" in answer.message.shown
    shown = answer.wait("the token is accepted").shown
    assert "Help Scout the token is accepted" in shown.replace("*", "")
    assert "SCIM the token is accepted" in shown.replace("*", "")
    assert "2 may approve" in shown


def test_engine_round_trip_and_who_leads_are_named(room: Room) -> None:
    shown = room.slack.command("max", "/hs-status").shown
    assert re.search(r"record in SQLite, \d+\.\d ms away · no bot runs schedules now", shown)
    room.record.leases.take("leader", "host:17:abc", room.record.now(), room.record.now() + timedelta(seconds=20))
    assert "host:17:abc` syncs and runs schedules" in room.slack.command("max", "/hs-status").shown


def test_requests_and_waiting_messages_are_counted(room: Room) -> None:
    room.open()
    room.record.outbox.add("x", Topic.WARNING, {"sentence": "x"})
    shown = room.slack.command("max", "/hs-status").shown
    assert "1 pending" in shown
    assert "Messages waiting for Slack*\n1" in shown


def test_a_failed_sync_is_said_with_its_reason_and_the_last_good_one(room: Room) -> None:
    run = room.record.syncs.start("interval", room.record.now())
    from dataclasses import replace

    room.record.syncs.finish(
        replace(run, state=SyncState.FAILED, finished_at=room.record.now(), problem="Help Scout is <away>.")
    )
    shown = room.slack.command("max", "/hs-status").shown
    assert "Help Scout is <away>." in shown
    assert "The last good one was" in shown


def test_a_clock_that_jumped_is_said(room: Room) -> None:
    room.clock.ahead = timedelta(hours=3)
    room.record.audit.append("e")
    room.clock.ahead = timedelta(0)
    assert "3 hours ahead of the clock" in room.slack.command("max", "/hs-status").shown


def test_a_token_that_is_refused_is_said(room: Room) -> None:
    object.__setattr__(room.deps, "helpscout", room.client)
    room.client.close()
    assert ":red_circle:" in room.slack.command("max", "/hs-status").wait(":red_circle:").shown


def test_without_scim_it_says_that_it_only_reads(cold: Room) -> None:
    from bot.helpscout.client import HelpScout

    room = cold.warm().connect()
    reader = room.stack.enter_context(
        HelpScout(api_url=room.helpscout.api_url, app_id=room.helpscout.app_id, app_secret=room.helpscout.app_secret)
    )
    object.__setattr__(room.deps, "helpscout", reader)
    assert "hs-bot only reads" in room.slack.command("max", "/hs-status").wait("only reads").shown


def test_an_unset_channel_is_said(room: Room) -> None:
    object.__setattr__(room.deps, "channel", "")
    assert "HS_BOT_CHANNEL is not set" in room.slack.command("max", "/hs-status").shown


def test_before_the_first_sync_it_says_so(cold: Room) -> None:
    cold.connect()
    cold.workspace.member(cold.id("max"))
    assert "none yet" in cold.slack.command("max", "/hs-status").wait("none yet").shown


def test_the_next_sync_is_shown(cold: Room) -> None:
    cold.settings["next_sync"] = lambda: cold.record.now() + timedelta(minutes=5)
    room = cold.warm().connect()
    assert "not planned" not in room.slack.command("max", "/hs-status").shown


def test_it_tells_no_names(room: Room) -> None:
    room.open()
    shown = room.slack.command("max", "/hs-status").wait("2 may approve").shown
    assert "D'Arcy" not in shown
    assert "@acme.example" not in shown


def test_approvers_who_can_not_approve_are_not_counted(room: Room) -> None:
    room.slack.people["ana"].is_restricted = True
    room.ticks += 61
    shown = room.slack.command("max", "/hs-status").wait("may approve").shown
    assert "1 may approve; 1 of those named can't" in shown
