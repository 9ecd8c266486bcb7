"""Who may decide, cancel, move and retry, and what the votes come to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.member import Member
from bot.model.request import Decision, Kind, Request, State, Verdict
from bot.policy.people.identity import NOBODY, About
from bot.policy.refusal import Refusal
from bot.policy.requests.approval import (
    Click,
    Vote,
    counted,
    heavier,
    may_cancel,
    may_decide,
    may_remind,
    may_reschedule,
    may_retry,
    quorum_for,
    who_can,
)

Make = Callable[..., Request]
MakeMember = Callable[..., Member]

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KEYS = frozenset({"jane@acme.example", "jd@acme.example"})
JANE = About(person=True, keys=KEYS, mains=frozenset({"jane@acme.example"}))
APPROVERS = frozenset({"UBOSS", "UCHIEF", "UASKS", "UJANE"})


def vote(actor: str, verdict: Verdict = Verdict.APPROVE) -> Decision:
    return Decision(request_id="R1", actor=actor, verdict=verdict, decided_at=NOW)


def known(id: str) -> Member:
    return Member(id=id, name=id.lower(), email=f"{id.lower()}@acme.example")


def click(actor: Member | None, *votes: Decision, now: datetime = NOW, about: About = JANE) -> Click:
    cast = tuple(Vote(one, known(one.actor)) for one in votes)
    return Click(actor=actor, approvers=APPROVERS, requester=known("UASKS"), about=about, votes=cast, now=now)


def decide(request: Request, actor: Member | None, *votes: Decision, now: datetime = NOW) -> Refusal | None:
    return may_decide(request, click(actor, *votes, now=now))


def code(refusal: Refusal | None) -> str:
    assert refusal is None or refusal.reason.endswith(".")
    return refusal.code if refusal else "allowed"


def test_an_approver_who_is_neither_requester_nor_target_may_decide(request_row: Make, member: MakeMember) -> None:
    assert decide(request_row(), member("UBOSS")) is None


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"deleted": True}, "deactivated"),
        ({"is_bot": True}, "bot"),
        ({"is_guest": True}, "guest"),
        ({"is_stranger": True}, "stranger"),
    ],
)
@pytest.mark.parametrize("rule", ["decide", "cancel", "reschedule", "retry"])
def test_approvers_who_are_no_full_members_may_do_nothing(
    request_row: Make, member: MakeMember, flags: dict[str, bool], said: str, rule: str
) -> None:
    actor = member("UBOSS", **flags)
    refusals = {
        "decide": may_decide(request_row(), click(actor)),
        "cancel": may_cancel(request_row(), click(actor)),
        "reschedule": may_reschedule(request_row(), click(actor)),
        "retry": may_retry(request_row(state=State.ATTENTION), click(actor)),
    }
    assert code(refusals[rule]) == said


def test_who_is_unknown_to_slack_may_not_decide(request_row: Make) -> None:
    assert code(decide(request_row(), None)) == "unknown"


def test_the_requester_may_not_decide_even_as_an_approver(request_row: Make, member: MakeMember) -> None:
    assert code(decide(request_row(), member("UASKS"))) == "requester"


@pytest.mark.parametrize("email", ["jane@acme.example", "JANE@acme.example", " jd@ACME.example "])
def test_the_target_may_not_decide_by_any_address_even_as_an_approver(
    request_row: Make, member: MakeMember, email: str
) -> None:
    assert code(decide(request_row(), member("UJANE", email=email))) == "target"


def test_an_approver_without_readable_address_could_be_the_target(request_row: Make, member: MakeMember) -> None:
    assert code(decide(request_row(), member("UBOSS", email="  "))) == "no email"
    assert may_decide(request_row(), click(member("UBOSS", email=""), about=NOBODY)) is None  # a team's deletion


@pytest.mark.parametrize("rule", [may_cancel, may_reschedule, may_decide])
def test_the_target_whose_address_slack_withholds_neither_cancels_nor_moves_nor_decides(
    request_row: Make, member: MakeMember, rule: Callable[[Request, Click], Refusal | None]
) -> None:
    assert code(rule(request_row(), click(member("UBOSS", email="")))) == "no email"


def test_the_target_is_known_by_a_remembered_pair_whatever_their_address_is_now(
    request_row: Make, member: MakeMember
) -> None:
    about = replace(JANE, slack_ids=frozenset({"UBOSS"}))
    assert code(may_decide(request_row(), click(member("UBOSS", email="new@else.example"), about=about))) == "target"


def test_the_target_is_known_by_an_address_with_another_plus_part(request_row: Make, member: MakeMember) -> None:
    assert code(decide(request_row(), member("UBOSS", email="jane+slack@acme.example"))) == "target"


def test_the_requester_is_one_person_under_two_slack_ids(request_row: Make, member: MakeMember) -> None:
    row = request_row(requester="WASKS")
    asker = member("UBOSS", aliases=frozenset({"WASKS"}))
    assert code(may_decide(row, click(asker))) == "requester"
    twin = member("UBOSS", email="uasks+2@acme.example")
    assert code(may_decide(request_row(), click(twin))) == "requester"


def test_an_approver_is_known_by_each_of_their_ids(request_row: Make, member: MakeMember) -> None:
    assert decide(request_row(), member("WBOSS", aliases=frozenset({"UBOSS"}))) is None


def test_who_is_no_approver_now_may_not_decide(request_row: Make, member: MakeMember) -> None:
    refusal = decide(request_row(), member("UFORMER"))
    assert code(refusal) == "not approver"
    assert refusal is not None
    assert "HS_BOT" not in refusal.reason


def test_nobody_votes_twice(request_row: Make, member: MakeMember) -> None:
    assert code(decide(request_row(quorum=2), member("UBOSS"), vote("UBOSS"))) == "voted"
    assert decide(request_row(quorum=2), member("UCHIEF"), vote("UBOSS")) is None
    again = member("WBOSS", aliases=frozenset({"UBOSS"}))
    assert code(decide(request_row(quorum=2), again, vote("UBOSS"))) == "voted"


@pytest.mark.parametrize("state", [state for state in State if state is not State.PENDING])
def test_a_late_click_changes_nothing_and_hears_how_it_ended(
    request_row: Make, member: MakeMember, state: State
) -> None:
    refusal = decide(request_row(state=state, outcome="Denied by Ann: not yet."), member("UBOSS"))
    assert refusal is not None
    assert code(refusal) == "not pending"
    assert "Denied by Ann" in refusal.reason
    assert "changed nothing" in refusal.reason


def test_an_expired_request_can_not_be_decided_though_nobody_marked_it_yet(
    request_row: Make, member: MakeMember
) -> None:
    assert decide(request_row(), member("UBOSS"), now=NOW + timedelta(hours=23, minutes=59)) is None
    assert code(decide(request_row(), member("UBOSS"), now=NOW + timedelta(hours=24))) == "expired"


@pytest.mark.parametrize("actor", ["UASKS", "UBOSS"])
@pytest.mark.parametrize("state", [State.PENDING, State.APPROVED])
def test_requester_and_approvers_may_cancel_before_execution(
    request_row: Make, member: MakeMember, actor: str, state: State
) -> None:
    assert may_cancel(request_row(state=state), click(member(actor))) is None


STILL = (State.PENDING, State.APPROVED, State.WAITING)


@pytest.mark.parametrize("state", [state for state in State if state not in STILL])
def test_nothing_is_cancelled_or_moved_once_execution_has_begun(
    request_row: Make, member: MakeMember, state: State
) -> None:
    row, actor = request_row(state=state), member("UBOSS")
    assert code(may_cancel(row, click(actor))) == "begun"
    assert code(may_reschedule(row, click(actor))) == "begun"


def test_what_waits_for_a_person_is_cancelled_by_an_approver_and_moved_by_none(
    request_row: Make, member: MakeMember
) -> None:
    row = request_row(state=State.WAITING)
    assert may_cancel(row, click(member("UBOSS"))) is None
    assert code(may_cancel(row, click(member("UOTHER")))) == "not approver"
    assert code(may_reschedule(row, click(member("UBOSS")))) == "begun"


def test_nobody_else_cancels_or_moves(request_row: Make, member: MakeMember) -> None:
    for actor, said in (
        (member("UOTHER"), "not involved"),
        (member("UJANE", email="jane@acme.example"), "target"),
        (None, "unknown"),
    ):
        assert code(may_cancel(request_row(), click(actor))) == said
        assert code(may_reschedule(request_row(), click(actor))) == said


def test_an_expired_request_can_not_be_moved(request_row: Make, member: MakeMember) -> None:
    late = NOW + timedelta(hours=24)
    refusal = may_reschedule(request_row(), click(member("UASKS"), now=late))
    assert code(refusal) == "expired"
    assert may_reschedule(request_row(), click(member("UASKS"))) is None


def test_retry_needs_an_approver_and_a_request_in_attention(request_row: Make, member: MakeMember) -> None:
    row = request_row(state=State.ATTENTION)
    assert may_retry(row, click(member("UBOSS"))) is None
    assert code(may_retry(row, click(member("UOTHER")))) == "not approver"
    assert code(may_retry(row, click(member("UASKS")))) == "requester"
    assert code(may_retry(row, click(member("UJANE", email="jd@acme.example")))) == "target"
    assert code(may_retry(request_row(), click(member("UBOSS")))) == "not attention"


def valid(*votes: Vote, approvers: frozenset[str] = APPROVERS | {"UA", "UB", "UC"}, about: About = JANE) -> int:
    asks = known("UASKS")
    return len(counted(votes, approvers, requester=asks, requester_id=asks.id, about=about))


def cast(id: str, verdict: Verdict = Verdict.APPROVE, **fields: Any) -> Vote:
    return Vote(vote(id, verdict), replace(known(id), **fields))


def test_votes_count_once_a_person() -> None:
    assert valid(cast("UA"), cast("UB")) == 2
    assert valid(cast("UA"), cast("UA")) == 1
    assert valid(cast("UA"), cast("WA", aliases=frozenset({"UA"}))) == 1
    assert valid(cast("UA"), cast("UB", email="ua@acme.example")) == 1


@pytest.mark.parametrize(
    "flaw", [{"deleted": True}, {"is_bot": True}, {"is_guest": True}, {"is_stranger": True}, {"email": ""}]
)
def test_votes_of_people_who_may_not_act_now_do_not_count(flaw: dict[str, Any]) -> None:
    assert valid(cast("UA", **flaw)) == 0


def test_votes_of_former_approvers_the_requester_the_target_and_strangers_do_not_count() -> None:
    assert valid(cast("UA"), approvers=frozenset({"UB"})) == 0
    assert valid(cast("UASKS")) == 0
    assert valid(cast("UJANE", email="jd@acme.example")) == 0
    assert valid(cast("UA"), about=replace(JANE, slack_ids=frozenset({"UA"}))) == 0
    assert valid(Vote(vote("UA"), None)) == 0
    assert valid(cast("UA", Verdict.DENY)) == 0


@given(
    st.lists(st.sampled_from(["U1", "U2", "U3", "UASKS", "UJANE"]), max_size=8),
    st.frozensets(st.sampled_from(["U1", "U2", "U3", "UASKS", "UJANE"])),
)
def test_what_counts_is_distinct_allowed_people(actors: list[str], allowed: frozenset[str]) -> None:
    votes = [cast(id, email="jane@acme.example") if id == "UJANE" else cast(id) for id in actors]
    assert valid(*votes, approvers=allowed) == len(set(actors) & allowed - {"UASKS", "UJANE"})


def test_the_heavier_role_counts() -> None:
    assert heavier("user", "", "Admin") == "Admin"
    assert heavier("", "light user", "user") == "light user"
    assert heavier() == ""


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["Ana"], "Ana can."),
        (["Ana", "Bo"], "Ana or Bo can."),
        (["Ana", "Bo", "Cleo"], "Ana, Bo or Cleo can."),
        (["A", "B", "C", "D", "E", "F", "G"], "A, B, C, D, E or 2 others can."),
    ],
)
def test_a_refusal_names_who_can(names: list[str], said: str) -> None:
    assert who_can(names) == said


@pytest.mark.parametrize(
    ("role", "quorum", "admin_quorum", "needed"),
    [
        ("user", 1, 2, 1),
        ("admin", 1, 2, 2),
        ("Admin", 1, 2, 2),
        ("owner", 1, 2, 2),
        ("Administrator", 1, 2, 2),  # as SCIM servers call it
        ("", 1, 2, 1),
        ("admin", 3, 2, 3),  # an admin never needs fewer than others
        ("light user", 2, 3, 2),
    ],
)
def test_admins_need_the_admins_quorum(role: str, quorum: int, admin_quorum: int, needed: int) -> None:
    assert quorum_for(role, quorum, admin_quorum) == needed


@given(st.integers(0, 7200))
def test_the_requester_may_remind_once_an_hour(seconds: int) -> None:
    row = Request(
        id="R1", kind=Kind.OFFBOARD, opened_at=NOW, requester="UASKS", expires_at=NOW + timedelta(hours=24)
    )  # fmt: skip
    asked = click(known("UASKS"), now=NOW + timedelta(seconds=seconds))
    assert may_remind(row, asked, None) is None
    assert (may_remind(row, asked, NOW) is None) is (seconds >= 3600)


@pytest.mark.parametrize("who", ["UBOSS", "UJANE", "UOTHER"])
def test_nobody_else_may_remind(request_row: Make, who: str) -> None:
    refusal = may_remind(request_row(requester_name="Asks"), click(known(who)), None)
    assert code(refusal) == "not requester of this"
    assert refusal is not None
    assert "Only Asks can" in refusal.reason


def test_the_requester_is_known_under_a_second_id(request_row: Make) -> None:
    second = replace(known("UASKS"), id="WASKS")
    assert may_remind(request_row(), click(second), None) is None


@pytest.mark.parametrize("state", [state for state in State if state is not State.PENDING])
def test_only_what_is_pending_is_reminded_of(request_row: Make, state: State) -> None:
    assert code(may_remind(request_row(state=state), click(known("UASKS")), None)) == "not pending"
