"""Who may decide, cancel, move and retry, and what the votes come to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.member import Member
from bot.model.request import Decision, Request, State, Verdict
from bot.policy.approval import may_cancel, may_decide, may_reschedule, may_retry, quorum_for, tally
from bot.policy.refusal import Refusal
from bot.policy.standing import is_person_of

Make = Callable[..., Request]
MakeMember = Callable[..., Member]

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
JANE = frozenset({"jane@acme.example", "jd@acme.example"})
APPROVERS = frozenset({"UBOSS", "UCHIEF", "UASKS", "UJANE"})


def vote(actor: str, verdict: Verdict = Verdict.APPROVE) -> Decision:
    return Decision(request_id="R1", actor=actor, verdict=verdict, decided_at=NOW)


def decide(request: Request, actor: Member | None, *votes: Decision, now: datetime = NOW) -> Refusal | None:
    return may_decide(request, actor=actor, approvers=APPROVERS, emails=JANE, decisions=votes, now=now)


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
    given = {"actor": actor, "approvers": APPROVERS, "emails": JANE}
    refusals = {
        "decide": may_decide(request_row(), **given, decisions=(), now=NOW),  # type: ignore[arg-type]
        "cancel": may_cancel(request_row(), **given),  # type: ignore[arg-type]
        "reschedule": may_reschedule(request_row(), **given, now=NOW),  # type: ignore[arg-type]
        "retry": may_retry(request_row(state=State.ATTENTION), **given),  # type: ignore[arg-type]
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
    team = may_decide(
        request_row(), actor=member("UBOSS", email=""), approvers=APPROVERS, emails=frozenset(), decisions=(), now=NOW
    )
    assert team is None  # a request about nobody, such as deleting a team


def test_two_unknown_addresses_are_not_the_same_address(member: MakeMember) -> None:
    assert not is_person_of(member("UBOSS", email=""), frozenset({""}))
    assert is_person_of(member("UJANE", email="JD@acme.example"), JANE)


def test_who_is_no_approver_now_may_not_decide(request_row: Make, member: MakeMember) -> None:
    refusal = decide(request_row(), member("UFORMER"))
    assert code(refusal) == "not approver"
    assert refusal is not None
    assert "HS_BOT_APPROVERS" in refusal.reason


def test_nobody_votes_twice(request_row: Make, member: MakeMember) -> None:
    assert code(decide(request_row(quorum=2), member("UBOSS"), vote("UBOSS"))) == "voted"
    assert decide(request_row(quorum=2), member("UCHIEF"), vote("UBOSS")) is None


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
    assert may_cancel(request_row(state=state), actor=member(actor), approvers=APPROVERS, emails=JANE) is None


@pytest.mark.parametrize("state", [state for state in State if state not in (State.PENDING, State.APPROVED)])
def test_nothing_is_cancelled_or_moved_once_execution_has_begun(
    request_row: Make, member: MakeMember, state: State
) -> None:
    row, actor = request_row(state=state), member("UBOSS")
    assert code(may_cancel(row, actor=actor, approvers=APPROVERS, emails=JANE)) == "begun"
    assert code(may_reschedule(row, actor=actor, approvers=APPROVERS, emails=JANE, now=NOW)) == "begun"


def test_nobody_else_cancels_or_moves(request_row: Make, member: MakeMember) -> None:
    for actor, said in (
        (member("UOTHER"), "not involved"),
        (member("UJANE", email="jane@acme.example"), "target"),
        (None, "unknown"),
    ):
        assert code(may_cancel(request_row(), actor=actor, approvers=APPROVERS, emails=JANE)) == said
        assert code(may_reschedule(request_row(), actor=actor, approvers=APPROVERS, emails=JANE, now=NOW)) == said


def test_an_expired_request_can_not_be_moved(request_row: Make, member: MakeMember) -> None:
    late = NOW + timedelta(hours=24)
    refusal = may_reschedule(request_row(), actor=member("UASKS"), approvers=APPROVERS, emails=JANE, now=late)
    assert code(refusal) == "expired"
    assert may_reschedule(request_row(), actor=member("UASKS"), approvers=APPROVERS, emails=JANE, now=NOW) is None


def test_retry_needs_an_approver_and_a_request_in_attention(request_row: Make, member: MakeMember) -> None:
    row = request_row(state=State.ATTENTION)
    assert may_retry(row, actor=member("UBOSS"), approvers=APPROVERS, emails=JANE) is None
    assert code(may_retry(row, actor=member("UOTHER"), approvers=APPROVERS, emails=JANE)) == "not approver"
    assert code(may_retry(row, actor=member("UASKS"), approvers=APPROVERS, emails=JANE)) == "requester"
    assert (
        code(may_retry(row, actor=member("UJANE", email="jd@acme.example"), approvers=APPROVERS, emails=JANE))
        == "target"
    )
    assert code(may_retry(request_row(), actor=member("UBOSS"), approvers=APPROVERS, emails=JANE)) == "not attention"


def test_one_deny_ends_it_whatever_else_was_voted() -> None:
    assert tally([vote("UA"), vote("UB"), vote("UC", Verdict.DENY)], 2) is State.DENIED


def test_the_quorum_is_of_distinct_people() -> None:
    assert tally([vote("UA"), vote("UA")], 2) is None
    assert tally([vote("UA"), vote("UB")], 2) is State.APPROVED
    assert tally([], 1) is None


def test_votes_of_former_approvers_and_of_the_requester_do_not_carry_a_decision() -> None:
    votes = [vote("UA"), vote("UB")]
    assert tally(votes, 2, frozenset({"UA"})) is None
    assert tally(votes, 2, frozenset({"UA", "UB"})) is State.APPROVED
    assert tally(votes, 2, requester="UB") is None


@pytest.mark.parametrize("quorum", [0, -1])
def test_a_quorum_of_nothing_is_still_a_second_person(quorum: int) -> None:
    assert tally([], quorum) is None
    assert tally([vote("UA")], quorum) is State.APPROVED


@given(
    st.lists(st.builds(vote, st.sampled_from(["U1", "U2", "U3", "UASKS"]), st.sampled_from(Verdict)), max_size=8),
    st.integers(1, 3),
    st.frozensets(st.sampled_from(["U1", "U2", "U3", "UASKS"])),
)
def test_approved_means_a_quorum_of_allowed_people_and_no_deny(
    votes: list[Decision], quorum: int, allowed: frozenset[str]
) -> None:
    outcome = tally(votes, quorum, allowed, requester="UASKS")
    denied = any(one.verdict is Verdict.DENY for one in votes)
    people = {one.actor for one in votes if one.actor in allowed and one.actor != "UASKS"}
    assert (outcome is State.DENIED) == denied
    assert (outcome is State.APPROVED) == (not denied and len(people) >= quorum)


@pytest.mark.parametrize(
    ("role", "quorum", "admin_quorum", "needed"),
    [
        ("user", 1, 2, 1),
        ("admin", 1, 2, 2),
        ("Admin", 1, 2, 2),
        ("owner", 1, 2, 2),
        ("", 1, 2, 1),
        ("admin", 3, 2, 3),  # an admin never needs fewer than others
        ("light user", 2, 3, 2),
    ],
)
def test_admins_need_the_admins_quorum(role: str, quorum: int, admin_quorum: int, needed: int) -> None:
    assert quorum_for(role, quorum, admin_quorum) == needed
