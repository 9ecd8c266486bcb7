"""The evidence bundle: everything about one request, for somebody who has nothing else."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import Fault
from bot.model.request import Kind, State
from bot.services.reports.bundle import CSV_COLUMNS
from bot.services.reports.evidence import NoSuchRequest, evidence_of

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House


def test_the_bundle_says_who_when_why_what_was_there_what_was_answered_and_how_long_it_took(
    house: House, bot: Bot
) -> None:
    jane, max_ = house.id("jane"), house.id("max")
    house.sim.faults.add(fault=Fault.DROPPED_AFTER, match="DELETE /scim/Users/*")
    request = bot.asked(jane, assignee=max_, reason="=HYPERLINK(1)")
    house.clock.move(minutes=10)
    bot.approve(request, "URITA")
    bot.approve(request, "UANA")
    bot.until(request, State.DONE)
    bundle = json.loads(evidence_of(bot.record, request.id).write("json"))
    assert bundle["request"]["requester"] == "URITA"
    assert bundle["request"]["reason"] == "=HYPERLINK(1)"
    assert bundle["plan_fits_digest"] is True
    assert [(one["actor"], one["verdict"]) for one in bundle["decisions"]] == [("UANA", "approve")]
    assert bundle["before"]["user"]["id"] == jane
    assert bundle["before"]["teams"]
    assert bundle["before"]["conversations"] == 15
    assert (bundle["after"]["rest"], bundle["after"]["record_status"]) == ("404", "offboarded")
    assert {one["to_user"] for one in bundle["conversations"]} == {max_}
    assert len(bundle["conversations"]) == 15
    remove = next(step for step in bundle["steps"] if step["name"] == "remove")
    calls = [(call["method"], call["status"]) for call in remove["result"]["calls"]]
    assert ("DELETE", None) in calls  # the answer that was lost
    assert ("GET", 404) in calls  # and what settled it
    assert 600 <= bundle["seconds"]["request_to_removal"] < 700
    assert "request.refused" in [one["event"] for one in bundle["audit"]]
    assert all(one["hash"] for one in bundle["audit"])
    newest = bot.record.audit.entries(limit=1)[0]
    assert bundle["audit_head"] == {"seq": newest.seq, "hash": newest.hash}


def test_it_is_a_table_that_no_spreadsheet_runs(house: House, bot: Bot) -> None:
    request = bot.asked(house.id("jane"), reason="=HYPERLINK(1)")
    bot.approve(request)
    bot.until(request, State.DONE)
    rows = list(csv.reader(io.StringIO(evidence_of(bot.record, request.id).write("csv"), newline="")))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert {row[0] for row in rows[1:]} >= {
        "request",
        "decision",
        "before",
        "after",
        "step",
        "call",
        "conversation",
        "audit",
    }
    assert not [cell for row in rows for cell in row if cell.startswith("=")]


def test_it_reads_as_text(house: House, bot: Bot) -> None:
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    bot.approve(request)
    bot.until(request, State.DONE)
    text = evidence_of(bot.record, request.id).write("text")
    for words in (
        f"Evidence of request {request.id}: offboard Jane D'Arcy",
        "Asked by:   Rita (URITA)",
        "Approved by: Ana (UANA)",
        "Why:        Leaves the company",
        "SCIM DELETE /Users/",
        "Conversations (15)",
        f"→ user {house.id('max')}, moved",
        "Request to removal: 0:00:0",
    ):
        assert words in text, text


def test_of_hundreds_of_answers_each_kind_is_counted_in_every_form(house: House, bot: Bot) -> None:
    house.sim.account.add_conversations(house.id("jane"), 60)
    request = bot.asked(house.id("jane"), assignee=house.id("max"))
    bot.approve(request)
    bot.until(request, State.DONE)
    evidence = evidence_of(bot.record, request.id)
    reassign = next(step for step in json.loads(evidence.write("json"))["steps"] if step["name"] == "reassign")
    assert reassign["result"]["answers"]["PATCH 204"] == 75
    assert "75 × PATCH 204" in evidence.write("text")
    assert "answers,,reassign,PATCH 204,75" in evidence.write("csv")
    assert len(json.loads(evidence.write("json"))["conversations"]) == 75


def test_of_a_change_it_says_what_was_before_and_after(house: House, bot: Bot) -> None:
    outcome = bot.open(Kind.CHANGE, {"target_id": house.id("jane"), "job_title": "Lead", "phone": "+1 555"})
    assert outcome.request is not None
    bot.until(outcome.request, State.DONE)
    bundle = json.loads(evidence_of(bot.record, outcome.request.id).write("json"))
    assert bundle["before"] == {"job_title": "Senior Support Engineer", "phone": ""}
    assert bundle["after"]["shown"] == {"job_title": "Lead", "phone": "+1 555"}
    assert bundle["after"]["record_status"] == "active"


def test_of_a_new_seat_it_says_who_came_of_it(house: House, bot: Bot) -> None:
    wanted: dict[str, object] = {"email": "nora@acme.example", "first_name": "Nora", "last_name": "N", "role": "user"}
    outcome = bot.open(Kind.PROVISION, wanted)
    assert outcome.request is not None
    bot.until(outcome.request, State.DONE)
    after = json.loads(evidence_of(bot.record, outcome.request.id).write("json"))["after"]
    assert after["rest_id"] == house.sim.person("nora@acme.example").id
    assert (after["role"], after["user"]["firstName"], after["record_status"]) == ("user", "Nora", "active")


def test_a_plan_that_was_changed_in_the_record_is_noticed(house: House, idle: Bot) -> None:
    request = idle.asked(house.id("jane"))
    idle.record.requests.update(request.id, plan={**request.plan, "assignee_id": 5})
    assert not evidence_of(idle.record, request.id).plan_fits_digest


@pytest.mark.parametrize("id", ["", "nothing"])
def test_of_no_request_there_is_none(id: str, idle: Bot) -> None:
    with pytest.raises(NoSuchRequest):
        evidence_of(idle.record, id)
