"""The main story on real parts: signed requests, a real process, HTTP to both APIs, a SQLite file."""

import threading

import httpx
import pytest

from bot.demo.helpscout import Fault
from bot.model.user import Status
from tests.journeys.conftest import HTTP, JANE, World

file_alone = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # nothing in it depends on the engine


def test_a_person_is_offboarded_after_a_second_person_approved(world: World) -> None:
    world.start()
    jane = world.helpscout.person(JANE)
    theirs = world.helpscout.conversations_of(JANE)
    ana = world.helpscout.person("ana@acme.example")
    assert len(theirs) == 15

    assert "D'Arcy" in world.slack.command("max", f"/hs-user lookup {JANE}").shown
    card = world.ask_to_offboard("rita", JANE, to="ana@acme.example", reason="left the company")
    assert "left the company" in card.shown
    world.slack.click("ana", card, "Approve")
    world.until(lambda: world.state() == "done")

    assert world.helpscout.log.deletes == {jane.id: 1}
    assert {c.assignee_id for c in theirs} == {ana.id}
    world.until(lambda: not world.buttons(card) & {"Approve", "Deny", "Cancel"})
    shown = world.slack.command("max", f"/hs-user lookup {JANE}").shown
    assert "left the company" in shown or "offboarded" in shown.lower()
    for name in ("Rita", "Ana"):
        assert name in shown, "the tombstone names who asked and who approved"


@file_alone
def test_a_click_by_who_may_not_decide_does_nothing_and_says_why_privately(world: World) -> None:
    """Who asked, a member, a guest, and the one it is about, who is an approver."""
    world.settings["HS_BOT_ADMIN_QUORUM"] = "1"
    world.start()
    card = world.ask_to_offboard("rita", "bo@acme.example")
    for who, why in (("rita", "your own request"), ("max", "approver"), ("gus", "guest"), ("bo", "")):
        world.slack.click(who, card, "Approve")
        world.until(lambda who=who, why=why: any(why in one.shown.lower() for one in world.slack.ephemerals(who)))  # type: ignore[misc]
        assert world.state() == "pending"
    assert world.deletes("bo@acme.example") == 0


def test_two_approvers_at_once_cause_exactly_one_delete(world: World) -> None:
    world.start()
    card = world.ask_to_offboard("rita", JANE)
    clicks = [threading.Thread(target=world.slack.click, args=(who, card, "Approve")) for who in ("ana", "bo") * 3]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    world.until(lambda: world.state() == "done")
    assert world.deletes() == 1
    assert world.helpscout.log.count("DELETE /scim/Users/*") == 1


def test_a_killed_bot_goes_on_after_its_start_from_its_record_and_removes_exactly_once(world: World) -> None:
    held = world.helpscout.faults.hold("DELETE /scim/Users/*", phase="before")
    world.start()
    card = world.ask_to_offboard("rita", JANE)
    world.slack.click("ana", card, "Approve")
    assert held.reached.wait(15)
    record = world.record()
    assert record.users.by_email(JANE)[0].user.raw["email"] == JANE, "it is kept before the DELETE is sent"
    assert len(record.moves.of_request(record.requests.find(limit=1)[0].id)) == 15
    record.close()
    world.kill()
    held.release(drop=True)
    world.start()
    world.until(lambda: world.state() == "done", 60)
    assert world.deletes() == 1
    assert len(world.cards()) == 1, "the card is not posted again"


def test_killed_after_the_effect_it_settles_by_reading_and_sends_no_second_delete(world: World) -> None:
    held = world.helpscout.faults.hold("DELETE /scim/Users/*", phase="after")
    world.start()
    world.slack.click("ana", world.ask_to_offboard("rita", JANE), "Approve")
    assert held.reached.wait(15)
    world.kill()
    held.release(drop=True)
    world.start()
    world.until(lambda: world.state() == "done", 60)
    assert world.deletes() == 1
    assert world.helpscout.log.count("DELETE /scim/Users/*", status=204) <= 1


@file_alone
def test_a_bad_signature_gets_401_and_does_nothing(world: World) -> None:
    world.start()
    card = world.ask_to_offboard("rita", JANE)
    for how in ({"secret": "not-the-secret"}, {"age": 3600}):
        with world.slack.forging(**how):
            assert world.slack.click("ana", card, "Approve").status == 401
            assert world.slack.command("max", f"/hs-user {JANE}").status == 401
    assert world.state() == "pending"


def test_a_stop_in_the_middle_ends_cleanly_and_the_next_start_finishes(world: World) -> None:
    world.helpscout.behaviour.latency = 0.05
    world.start()
    card = world.ask_to_offboard("rita", JANE, to="ana@acme.example")
    world.slack.click("bo", card, "Approve")
    world.until(lambda: world.state() == "running")
    assert world.stop() == 0
    world.helpscout.behaviour.latency = 0.0
    world.start()
    world.until(lambda: world.state() == "done", 30)
    assert world.deletes() == 1


@file_alone
def test_with_help_scout_away_the_bot_starts_answers_from_its_record_and_says_how_old_it_is(world: World) -> None:
    world.settings["HS_BOT_SYNC_INTERVAL"] = "1s"
    world.start()
    world.stop()
    world.helpscout.faults.add(fault=Fault.UNAVAILABLE_503, times=None)
    world.start(wait=False)
    answer = world.slack.command("max", f"/hs-user lookup {JANE}")
    assert "D'Arcy" in answer.shown
    assert "Traceback" not in world.log


@file_alone
def test_a_removal_outside_the_bot_is_an_alarm_in_the_channel(world: World) -> None:
    world.settings["HS_BOT_SYNC_INTERVAL"] = "1s"
    world.start()
    world.helpscout.remove_person(JANE)
    world.until(lambda: any("D'Arcy" in m.shown for m in world.cards()), 30)
    record = world.record()
    assert record.users.by_email(JANE)[0].status is Status.REMOVED
    record.close()


@file_alone
def test_health_and_metrics_are_served(world: World) -> None:
    port = world.start()
    assert HTTP.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    metrics = HTTP.get(f"http://127.0.0.1:{port}/metrics").text
    assert "hs_bot_" in metrics
    assert JANE not in metrics


@file_alone
def test_a_conversation_given_to_somebody_who_leaves_is_a_warning_and_a_forged_webhook_is_refused(world: World) -> None:
    world.settings["HELPSCOUT_WEBHOOK_SECRET"] = "a-webhook-secret"
    port = world.start()
    url = f"http://127.0.0.1:{port}/helpscout/webhook"
    assert httpx.post(url, json={"id": 1}, headers={"X-HelpScout-Signature": "forged"}).status_code == 401
    world.ask_to_offboard("rita", JANE)
    world.helpscout.webhooks.target(url, "a-webhook-secret")
    conversation = next(c for c in world.helpscout.conversations if c.assignee_id != world.ids[JANE])
    world.helpscout.assign(conversation, JANE)
    world.until(lambda: any(f"#{conversation.number}" in card.shown for card in world.cards()), 10)
