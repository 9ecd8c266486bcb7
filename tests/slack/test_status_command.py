"""`/hs-status`: how the bot is, at once from the record, then with each credential tried."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.outbox import Topic
from bot.model.sync import SyncState
from bot.services.reports.exports import export
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import Room


def test_it_is_answered_at_once_and_the_credentials_are_filled_in(room: Room) -> None:
    answer = room.slack.command("max", "/hs-status")
    assert "51 active" in answer.message.shown
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


def test_a_message_that_can_not_be_read_is_said_to_who_may_ask_or_decide(room: Room) -> None:
    room.workspace._requesters = (room.id("rita"),)
    for key in ("a", "b"):
        room.record.outbox.add(key, Topic.WARNING, {"sentence": "x"})
    room.record._engine.run("UPDATE outbox SET payload = 'nojson'")
    Delivery(room.deps, gap=0.0).round()
    for handle, told in (("rita", True), ("ana", True), ("max", False)):
        said = room.slack.command(handle, "/hs-status").shown
        assert ("2 messages to Slack could not be read" in said) is told
        assert "Messages waiting for Slack*\n0" in said


def test_a_failed_sync_is_said_with_its_reason_and_the_last_good_one(room: Room) -> None:
    run = room.record.syncs.start("interval", room.record.now())
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


@pytest.mark.parametrize("running", [False, True], ids=["between two", "while the next one runs"])
def test_why_the_last_sync_failed_is_said_until_one_has_worked(room: Room, running: bool) -> None:
    syncs, now = room.record.syncs, room.record.now()
    failed = syncs.start("interval", now)
    syncs.finish(replace(failed, state=SyncState.FAILED, finished_at=now, problem="The token is refused."))
    again = syncs.start("interval", now) if running else None
    shown = room.slack.command("max", "/hs-status").shown
    assert "The last sync failed" in shown
    assert "The token is refused." in shown
    assert ("running since" in shown) is running
    if again is not None:
        syncs.finish(replace(again, state=SyncState.DONE, finished_at=now, people=52))
        assert "refused" not in room.slack.command("max", "/hs-status").shown


def test_what_a_sync_could_not_read_of_teams_is_said(room: Room) -> None:
    syncs, now = room.record.syncs, room.record.now()
    done = syncs.start("interval", now)
    syncs.finish(replace(done, state=SyncState.DONE, finished_at=now, problem="Teams were left as they were."))
    assert "Teams were left as they were." in room.slack.command("max", "/hs-status").shown


def test_every_screen_counts_the_same_people(room: Room) -> None:
    people = len(room.helpscout.people)
    assert sum(row.user.is_person for row in room.record.users.by_status()) == people
    assert f"{people} active" in room.slack.command("max", "/hs-status").shown
    assert room.directory.listing(limit=1_000).total == people
    assert not [row for row in room.directory.listing(limit=1_000).rows if not row.user.is_person]
    out = io.StringIO()
    assert export(room.record, "users", "json", out, people_only=True) == people
    assert f"{people} rows" in room.slack.command("max", "/hs-user export").wait("rows").shown
    run = room.record.syncs.latest_good()
    assert run is not None
    assert run.people == people
    assert export(room.record, "users", "json", io.StringIO()) > people, "the command line writes every row"


def test_a_token_that_is_refused_is_said(room: Room) -> None:
    object.__setattr__(room.deps, "helpscout", room.client)
    room.client.close()
    assert ":red_circle:" in room.slack.command("max", "/hs-status").wait(":red_circle:").shown


def test_without_scim_it_says_how_help_scout_is_written(cold: Room) -> None:
    from bot.helpscout.client import HelpScout

    room = cold.warm().connect()
    reader = room.stack.enter_context(
        HelpScout(api_url=room.helpscout.api_url, app_id=room.helpscout.app_id, app_secret=room.helpscout.app_secret)
    )
    object.__setattr__(room.deps, "helpscout", reader)
    shown = room.slack.command("max", "/hs-status").wait("there is no SCIM token").shown
    assert "seats are given and taken by hand" in shown


def test_an_unset_channel_is_said(room: Room) -> None:
    object.__setattr__(room.deps, "channel", "")
    said = room.slack.command("max", "/hs-status").shown
    assert "There is no channel for cards. Ask whoever runs hs-bot to set one." in said
    assert "HS_BOT_CHANNEL" not in said


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
