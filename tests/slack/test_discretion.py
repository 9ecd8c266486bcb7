"""Whoever is to be offboarded learns nothing of it from the bot, whatever they ask; everybody else may."""

import json
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from bot.demo.slack import TEAM_ID
from bot.model.action import Cancel
from bot.model.batch import OpenMany, RemindMany
from bot.model.request import Request
from bot.policy.typed.who import parse_who
from bot.services.reports.metrics import Metrics
from bot.services.requests.telling import Event, tell
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import JANE, Room

MAX = "max@acme.example"


@pytest.fixture
def about_max(room: Room) -> Request:
    """Asked for by Rita, who had tried it before without a reason."""
    room.slack.submit(room.slack.command("rita", f"/hs-offboard {MAX}").wait_for_view(), {"Reason": " \u200b "})
    room.until(lambda: [entry for entry in room.record.audit.entries() if entry.event == "request.refused"])
    return room.open(MAX, reason="a secret reason")


@pytest.mark.parametrize(
    "line",
    ["/hs-offboard list", "/hs-offboard status {}", "/hs-audit log", f"/hs-audit log {MAX}", "/hs-audit evidence {}"],
)
def test_whatever_the_leaver_asks_there_is_no_such_request(room: Room, about_max: Request, line: str) -> None:
    answer = room.slack.command("max", line.format(about_max.id))
    room.until(lambda: answer.shown)
    room.until(lambda: not room.worker.unfinished)
    said = answer.shown
    assert "secret" not in said
    assert "Offboard Max" not in said
    assert "*Asked*" not in said
    assert about_max.id not in said.replace(f"Request {about_max.id}", "").replace(f"Request “{about_max.id}”", "")
    assert not room.slack.dms("max")


def test_somebody_else_is_told(room: Room, about_max: Request) -> None:
    for line in ("/hs-offboard list", f"/hs-offboard status {about_max.id}"):
        assert "Offboard Max" in room.slack.command("ana", line).wait("Offboard Max").shown
    log = room.slack.command("ana", f"/hs-audit log {MAX}").wait("*Asked*").shown
    assert about_max.id in log
    assert "*Refused*" in log


def test_a_forged_button_shows_the_leaver_nothing(room: Room, about_max: Request) -> None:
    click = {
        "type": "block_actions",
        "user": {"id": room.id("max")},
        "team": {"id": TEAM_ID},
        "trigger_id": "1.2",
        "actions": [{"type": "button", "action_id": "request.status:0", "value": about_max.id}],
    }
    assert room.deliver(urlencode({"payload": json.dumps(click)})).status == 200
    room.until(lambda: room.slack.dms("max"))
    assert [message.shown for message in room.slack.dms("max")] == ["This request doesn't exist."]


def test_who_shows_slack_no_address_could_be_the_leaver(room: Room, about_max: Request) -> None:
    room.slack.people["max"].email = ""
    room.ticks += 61
    assert "Nothing is pending" in room.slack.command("max", "/hs-offboard list").wait("Nothing").shown


def test_a_request_about_a_team_is_about_nobody(room: Room) -> None:
    name = room.directory.teams()[0].name
    room.slack.submit(room.slack.command("rita", f"/hs-team delete {name}").wait_for_view(), {"Reason": "merged"})
    room.until(lambda: room.record.requests.count())
    assert name in room.slack.command("max", "/hs-offboard list").wait(name).shown


# Before, while, after: a request about somebody changes nothing that they see

LINES = (
    "/hs-status",
    "/hs-audit verify",
    "/hs-audit log",
    "/hs-audit log 30d steps",
    "/hs-audit orphans",
    f"/hs-audit log {MAX}",
    "/hs-offboard list",
    "/hs-offboard status {}",
    "/hs-audit evidence {}",
    "/hs-offboard cancel {}",
    f"/hs-user {MAX}",
    f"/hs-user history {MAX}",
    "/hs-user changes 7d",
    "/hs-user list",
    "/hs-user search max",
    "/hs-team list",
)
PASSING = re.compile(r"<!date\^[^>]*>|\d{4}-\d\d-\d\d \d\d:\d\d( UTC)?|[\d.]+ ms|[\d,]+ of [\d,]+ left this minute")
"""Times, and the rate budget, which every look-up of anybody uses."""


def seen(room: Room, handle: str, id: str) -> dict[str, str]:
    """Everything that somebody can ask, and their Home."""
    found = {}
    for line in LINES:
        answer = room.slack.command(handle, line.format(id))
        room.until(lambda answer=answer: answer.shown)  # type: ignore[misc]
        room.until(lambda: not room.worker.unfinished)
        found[line] = PASSING.sub("…", answer.shown)
    room.deps.homes.touch()
    found["home"] = PASSING.sub("…", room.slack.open_home(handle).shown)
    found["dms"] = str([message.shown for message in room.slack.dms(handle)])
    found["/healthz"] = str(Metrics(room.record, interval=timedelta(minutes=15), budget_left=lambda: 0).fitness().well)
    return found


def opened_with(room: Room, email: str) -> Request:
    """A batch with this person and another, of whom is the request; somebody was refused to ask for both before."""
    targets = tuple(room.directory.find(parse_who(one)).exact[0].id for one in (email, JANE))
    ask = {"actor": room.id("rita"), "targets": targets}
    assert not room.approvals.many(OpenMany(reason="", **ask)).accepted  # type: ignore[arg-type]
    outcome = room.approvals.many(OpenMany(reason="a secret reason", **ask))  # type: ignore[arg-type]
    assert outcome.batch is not None
    remind = RemindMany(batch_id=outcome.batch.id, actor=room.id("rita"))
    assert room.approvals.many(remind).accepted
    (other,) = (one for one in room.record.requests.of_batch(outcome.batch.id) if one.target_email == JANE)
    return other


@pytest.mark.parametrize(
    ("handle", "fault", "others"),
    [("max", "", False), ("bo", "not_in_channel", False), ("bo", "not_in_channel", True)],
    ids=["a member", "an approver, with nothing posted", "an approver in a batch, with nothing posted"],
)
def test_whatever_the_leaver_asks_a_request_about_them_changes_nothing(
    room: Room, handle: str, fault: str, others: bool
) -> None:
    room.terms["admin_quorum"] = 1
    email = room.slack.people[handle].email
    delivery = Delivery(room.deps, gap=0.0)
    object.__setattr__(room.deps, "post_problem", delivery.problem)
    if fault:
        room.slack.faults.error(fault, "chat.postMessage", times=None, channel=room.deps.channel)
    nobody = "c7bzf6ayc94u"
    room.slack.open_home(handle)  # the first time there is a welcome in it
    room.until(lambda: not room.worker.unfinished)
    before = seen(room, handle, nobody)
    request = opened_with(room, email) if others else room.open(email, reason="a secret reason")
    tell(room.record, request, Event.STALE, "It was stopped.")
    ends, target = room.deps.seat_ends, room.person(email).id
    assert ends.set(target, (room.record.now() + timedelta(days=90)).date(), actor=room.id("rita")).accepted
    delivery.round()
    pending = seen(room, handle, request.id)
    room.approvals.apply(Cancel(request_id=request.id, actor=room.id("rita"), reason=""))
    assert ends.keep(target, actor=room.id("rita")).accepted
    delivery.round()
    after = seen(room, handle, request.id)
    for found in (pending, after):
        assert {line: said.replace(request.id, nobody) for line, said in found.items()} == before
    if fault:
        assert delivery.problem(), "others are told"
        assert delivery.problem() in room.slack.command("ana", "/hs-status").shown
