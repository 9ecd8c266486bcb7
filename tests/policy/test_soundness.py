"""May an approved request be carried out? Every way in which its row, its votes or its people can be wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.model.audit import LogLine
from bot.model.member import Member
from bot.model.request import Decision, Kind, Request, State, Verdict
from bot.policy.people.identity import About
from bot.policy.requests.approval import Vote
from bot.policy.requests.digest import plan_digest
from bot.policy.requests.seal import Seals, opening, vote
from bot.policy.requests.soundness import Soundness, why_unsound

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SEALS = Seals(("a key that nobody knows",))
PLAN: dict[str, Any] = {"rest_id": 7, "scim_id": "s7", "email": "jane@acme.example", "role": "user", "run_at": None}


def row(**fields: Any) -> Request:
    given: dict[str, Any] = {
        "id": "r1",
        "kind": Kind.OFFBOARD,
        "state": State.APPROVED,
        "opened_at": NOW,
        "requester": "URITA",
        "target_id": 7,
        "plan": PLAN,
        "digest": plan_digest(Kind.OFFBOARD, PLAN),
        "expires_at": NOW + timedelta(hours=24),
    }
    made = Request(**given)
    return replace(made, **{"seal": SEALS.make(*opening(made)), **fields})


def person(id: str, **fields: Any) -> Member:
    return Member(id=id, email=f"{id.lower()}@acme.example", **fields)


def cast(id: str, request: Request, **fields: Any) -> Vote:
    made = Decision(request_id=request.id, actor=id, verdict=Verdict.APPROVE, decided_at=NOW)
    made = replace(made, seal=SEALS.make(*vote(made, request.digest)))
    return Vote(replace(made, **fields), person(id))


def line_of(vote: Vote, seq: int) -> LogLine:
    return LogLine(seq, NOW, f"decision.{vote.decision.verdict}", vote.decision.actor)


def facts(request: Request, *votes: Vote, **fields: Any) -> Soundness:
    return replace(
        Soundness(
            request=request,
            votes=votes,
            requester=person("URITA"),
            approvers=frozenset({"UANA", "UBO"}),
            about=About(person=True, keys=frozenset({"jane@acme.example"})),
            needed=1,
            seals=SEALS,
            lines=[LogLine(1, NOW, "request.opened", "URITA"), *(line_of(one, 2) for one in votes)],
            now=NOW,
            approval_ttl=timedelta(hours=24),
            execution_ttl=timedelta(hours=4),
        ),
        **fields,
    )


def test_what_was_asked_and_approved_may_be_carried_out() -> None:
    assert why_unsound(facts(row(), cast("UANA", row()))) is None


def test_a_vote_that_came_when_the_request_had_expired_does_not_count() -> None:
    late, moved = cast("UANA", row()), LogLine(2, NOW - timedelta(hours=1), "request.rescheduled", "URITA")
    opened = LogLine(1, NOW - timedelta(hours=24, seconds=1), "request.opened", "URITA")
    voted = [line_of(late, 3), LogLine(4, NOW, "request.approved", "UANA")]
    assert "expired" in (why_unsound(facts(row(), late, lines=[opened, *voted])) or "")
    assert why_unsound(facts(row(), late, lines=[opened, moved, *voted])) is None


def test_what_needs_no_approval_needs_its_own_seal_only() -> None:
    assert why_unsound(facts(row(), needed=0)) is None
    assert why_unsound(facts(row(seal=""), needed=0)) is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"plan": {**PLAN, "rest_id": 8}},
        {"plan": {**PLAN, "rest_id": 8}, "digest": plan_digest(Kind.OFFBOARD, {**PLAN, "rest_id": 8}), "target_id": 8},
        {"kind": Kind.RESTORE},
        {"target_id": 8},
        {"run_at": NOW},
        {"requester": "UANA"},
        {"requester": "UBO"},
        {"id": "r2"},
        {"seal": ""},
        {"seal": "0" * 64},
        {"seal": "ä"},
    ],
)
def test_a_row_that_was_changed_is_not_carried_out(changed: dict[str, Any]) -> None:
    approved = cast("UANA", row())
    assert why_unsound(facts(row(**changed), approved)) is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"actor": "UBO"},
        {"request_id": "r2"},
        {"decided_at": NOW + timedelta(seconds=1)},
        {"seal": ""},
        {"verdict": Verdict.DENY},
    ],
)
def test_a_vote_that_was_changed_counts_for_nobody_and_stops_it_all(changed: dict[str, Any]) -> None:
    request = row()
    honest = cast("UANA", request)
    forged = Vote(replace(cast("UCLEO", request).decision, **changed), person("UBO"))
    assert why_unsound(facts(request, honest, forged)) is not None
    assert why_unsound(facts(request, forged)) is not None


def test_a_denial_turned_into_an_approval_does_not_count() -> None:
    request = row()
    denied = Decision(request_id="r1", actor="UANA", verdict=Verdict.DENY, decided_at=NOW)
    denied = replace(denied, seal=SEALS.make(*vote(denied, request.digest)))
    turned = Vote(replace(denied, verdict=Verdict.APPROVE), person("UANA"))
    assert why_unsound(facts(request, turned)) is not None


def test_votes_on_another_plan_do_not_count() -> None:
    other = {**PLAN, "assignee_id": 9}
    moved = replace(row(), plan=other, digest=plan_digest(Kind.OFFBOARD, other))
    moved = replace(moved, seal=SEALS.make(*opening(moved)))
    assert why_unsound(facts(moved, cast("UANA", row()))) is not None


@pytest.mark.parametrize("flaw", [{"deleted": True}, {"is_guest": True}, {"is_stranger": True}, {"is_bot": True}])
def test_requester_and_voters_are_full_members_still(flaw: dict[str, Any]) -> None:
    request = row()
    assert why_unsound(facts(request, cast("UANA", request), requester=person("URITA", **flaw))) is not None
    voter = Vote(cast("UANA", request).decision, person("UANA", **flaw))
    assert why_unsound(facts(request, voter)) is not None


def test_somebody_whom_slack_does_not_know_neither_asks_nor_approves() -> None:
    request = row()
    assert why_unsound(facts(request, cast("UANA", request), requester=None)) is not None
    assert why_unsound(facts(request, Vote(cast("UANA", request).decision, None))) is not None


def test_the_quorum_is_that_of_now_among_those_who_approve_now() -> None:
    request = row()
    both = (cast("UANA", request), cast("UBO", request))
    assert why_unsound(facts(request, *both, needed=2)) is None
    assert "1 of the 2" in str(why_unsound(facts(request, both[0], needed=2)))
    assert why_unsound(facts(request, *both, needed=2, approvers=frozenset({"UANA"}))) is not None


def test_the_person_it_is_about_neither_asks_nor_approves() -> None:
    request = row()
    paired = About(person=True, keys=frozenset({"jane@acme.example"}), slack_ids=frozenset({"UANA"}))
    assert why_unsound(facts(request, cast("UANA", request), about=paired)) is not None
    asks = replace(paired, slack_ids=frozenset({"URITA"}))
    assert "may be the person it is about" in str(why_unsound(facts(request, cast("UANA", request), about=asks)))


def test_what_the_log_says_has_ended_never_goes_on() -> None:
    request = row()
    fine = facts(request, cast("UANA", request))
    for event in ("request.cancelled", "request.done", "request.stale", "request.failed"):
        over = [*fine.lines, LogLine(3, NOW, event, "hs-bot")]
        assert "has ended" in str(why_unsound(replace(fine, lines=over)))


def test_a_vote_counts_only_while_the_log_has_it_and_nothing_has_made_it_void() -> None:
    request = row()
    fine = facts(request, cast("UANA", request))
    moved = [*fine.lines, LogLine(3, NOW, "request.rescheduled", "URITA")]
    assert why_unsound(replace(fine, lines=moved)) is not None
    assert why_unsound(replace(fine, lines=fine.lines[:1])) is not None
    assert why_unsound(replace(fine, log_problem="The audit log is broken at line 7.")) is not None


def test_what_runs_was_started_by_the_log_too() -> None:
    request = row(state=State.RUNNING)
    fine = facts(request, cast("UANA", request))
    assert "doesn't say that hs-bot started" in str(why_unsound(fine))
    assert why_unsound(replace(fine, lines=[*fine.lines, LogLine(3, NOW, "request.started", "hs-bot")])) is None


def test_an_approved_request_starts_in_time_by_the_log_and_not_by_the_row() -> None:
    request = row(start_by=NOW + timedelta(days=365))
    fine = facts(request, cast("UANA", request))
    assert why_unsound(replace(fine, now=NOW + timedelta(hours=4))) is None
    late = replace(fine, now=NOW + timedelta(hours=4, seconds=1))
    assert "wasn't started in time" in str(why_unsound(late))
    waited = [*late.lines, LogLine(3, NOW + timedelta(hours=1), "request.waiting", "hs-bot")]
    assert why_unsound(replace(late, lines=waited)) is None


def test_a_key_may_be_changed_for_another_one_while_the_old_one_is_kept() -> None:
    request = row()
    both = Seals(("a newer key", "a key that nobody knows"))
    assert why_unsound(facts(request, cast("UANA", request), seals=both)) is None
    assert why_unsound(facts(request, cast("UANA", request), seals=Seals(("a newer key",)))) is not None


def test_no_secret_shows_in_what_is_printed_of_seals() -> None:
    assert "nobody knows" not in repr(SEALS)
