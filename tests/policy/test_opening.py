"""May this request be opened? One broken thing at a time, and combinations of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bot.model.member import Member
from bot.model.request import Kind, Request, State
from bot.model.user import Status, User
from bot.policy.people.identity import About
from bot.policy.refusal import Refusal
from bot.policy.requests.opening import LONGEST_REASON, can_approve, guards_protected, may_open
from bot.policy.requests.opening_facts import OpeningFacts

Facts = Callable[..., OpeningFacts]
MakeMember = Callable[..., Member]


def whose(facts: OpeningFacts, **fields: Any) -> OpeningFacts:
    """The same opening about a target who differs in these fields."""
    assert facts.target is not None
    target = replace(facts.target, **fields)
    return replace(facts, target=target, about=about(target))


def about(user: User) -> About:
    return About(person=True, keys=user.keys, mains=frozenset({user.key} - {""}))


def refused(facts: OpeningFacts) -> Refusal:
    refusal = may_open(facts)
    assert refusal is not None
    assert refusal.reason.endswith(".")
    return refusal


def test_with_everything_in_order_a_request_may_be_opened(facts: Facts) -> None:
    assert may_open(facts()) is None


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ({"deleted": True}, "deactivated"),
        ({"is_bot": True}, "bot"),
        ({"is_guest": True}, "guest"),
        ({"is_stranger": True}, "stranger"),
    ],
)
def test_only_full_members_may_ask(facts: Facts, member: MakeMember, flags: dict[str, bool], code: str) -> None:
    assert refused(facts(actor=member("UASKS", **flags))).code == code


def test_who_is_unknown_to_slack_may_not_ask(facts: Facts) -> None:
    assert refused(facts(actor=None)).code == "unknown"


def test_where_requesters_are_named_nobody_else_may_ask(facts: Facts) -> None:
    assert may_open(facts(requesters=frozenset({"UASKS"}))) is None
    refusal = refused(facts(requesters=frozenset({"UOTHER"})))
    assert refusal.code == "not requester"
    assert refused(facts(requesters=frozenset())).code == "not requester"  # an empty group lets nobody in


def test_a_guest_named_as_requester_is_still_a_guest(facts: Facts, member: MakeMember) -> None:
    assert refused(facts(requesters=frozenset({"UASKS"}), actor=member("UASKS", is_guest=True))).code == "guest"


def test_without_approvers_no_request_can_be_opened(facts: Facts) -> None:
    refusal = refused(facts(approvers=()))
    assert refusal.code == "no approvers"


def test_what_the_way_of_writing_cant_do_is_refused_with_its_sentence(facts: Facts) -> None:
    refusal = refused(facts(no_way="REST can't do this."))
    assert (refusal.code, refusal.reason) == ("no way", "REST can't do this.")


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("role", ["owner", "Owner", " OWNER "])
def test_the_owner_is_never_touched_by_any_kind(facts: Facts, kind: Kind, role: str) -> None:
    fine = facts()
    status = Status.ACTIVE if kind in (Kind.OFFBOARD, Kind.CHANGE) else Status.REMOVED
    refusal = refused(replace(whose(fine, role=role), kind=kind, status=status))
    assert (refusal.code, refusal.field) == ("owner", "target_id")


def test_a_user_of_type_team_is_no_target_and_unknown_types_are(facts: Facts) -> None:
    fine = facts()
    for type in ("team", "Team"):
        refusal = refused(whose(fine, type=type))
        assert (refusal.code, refusal.field) == ("team", "target_id")
    for type in ("", "virtual", "user", "whatever comes"):
        assert may_open(whose(fine, type=type)) is None


def test_a_protected_person_can_not_be_offboarded_by_any_of_their_addresses(facts: Facts) -> None:
    fine = facts()
    protected = frozenset({"boss@acme.example"})
    by_primary = whose(fine, email="Boss@Acme.Example")
    by_alternate = whose(fine, alternate_emails=("x@acme.example", "BOSS@acme.example"))
    for broken in (by_primary, by_alternate):
        refusal = refused(replace(broken, protected=protected))
        assert (refusal.code, refusal.field) == ("protected", "target_id")
    assert may_open(facts(protected=protected)) is None


def test_a_protected_person_stays_protected_under_a_new_address(facts: Facts) -> None:
    fine, protected = facts(), frozenset({"boss@acme.example"})
    once = replace(fine.about, keys=fine.about.keys | protected, mains=fine.about.mains | protected)
    assert refused(replace(fine, about=once, protected=protected)).code == "protected"
    swapped = replace(once, others_mains=protected)  # the address is somebody else's main address by now
    assert refused(replace(fine, about=swapped, protected=protected)).code == "protected"


def test_an_alternate_that_is_another_persons_main_address_protects_that_person_only(facts: Facts) -> None:
    fine, protected = facts(), frozenset({"boss@acme.example"})
    listed = replace(fine.about, keys=fine.about.keys | protected, others_mains=protected)
    assert may_open(replace(fine, about=listed, protected=protected)) is None


@pytest.mark.parametrize(
    ("kind", "plan", "guarded"),
    [
        (Kind.OFFBOARD, {}, True),
        (Kind.RESTORE, {}, True),
        (Kind.CHANGE, {"changes": {"email": {}}}, True),
        (Kind.CHANGE, {"changes": {"role": {}}}, True),
        (Kind.CHANGE, {"changes": {"phone": {}}}, False),
        (Kind.PROVISION, {"returns": True}, True),
        (Kind.PROVISION, {"returns": False}, False),
        (Kind.DELETE_TEAM, {}, False),
    ],
)
def test_what_takes_a_seat_gives_it_back_or_changes_who_somebody_is_guards_protected_people(
    kind: Kind, plan: dict[str, Any], guarded: bool
) -> None:
    assert guards_protected(kind, plan) is guarded


def test_two_active_people_with_one_address_are_no_target(facts: Facts) -> None:
    refusal = refused(facts(names_at=("Jane Doe", "Jane Dough")))
    assert refusal.code == "shared address"
    assert "Jane Dough" in refusal.reason


def test_a_requester_has_at_most_twenty_open_requests(facts: Facts) -> None:
    assert may_open(facts(open_ones=19)) is None
    assert refused(facts(open_ones=20)).code == "too many open"


def test_what_was_denied_can_be_asked_again_after_an_hour(facts: Facts) -> None:
    fine = facts()
    refusal = refused(replace(fine, denied_at=fine.now - timedelta(minutes=59, seconds=30)))
    assert refusal.code == "denied before"
    assert "in 1 minute;" in refusal.reason
    assert may_open(replace(fine, denied_at=fine.now - timedelta(hours=1))) is None


@pytest.mark.parametrize("kind", [Kind.OFFBOARD, Kind.CHANGE])
@pytest.mark.parametrize("status", [Status.OFFBOARDED, Status.REMOVED, None])
def test_only_active_people_are_offboarded_or_changed(facts: Facts, kind: Kind, status: Status | None) -> None:
    refusal = refused(facts(kind=kind, status=status))
    assert (refusal.code, refusal.field) == ("not active", "target_id")


@pytest.mark.parametrize("kind", [Kind.RESTORE, Kind.PROVISION])
def test_who_is_active_is_neither_restored_nor_provisioned(facts: Facts, kind: Kind) -> None:
    assert refused(facts(kind=kind, status=Status.ACTIVE)).code == "already active"
    assert may_open(facts(kind=kind, status=Status.OFFBOARDED)) is None


def test_deleting_a_team_needs_no_person(facts: Facts) -> None:
    assert may_open(facts(kind=Kind.DELETE_TEAM, target=None, status=None)) is None


@pytest.mark.parametrize(
    "addresses", [{"email": "UASKS@acme.example"}, {"alternate_emails": ("other@a.example", "Uasks@ACME.example")}]
)
def test_nobody_asks_about_themselves_whichever_address_slack_knows(facts: Facts, addresses: dict[str, Any]) -> None:
    fine = facts()
    refusal = refused(whose(fine, **addresses))
    assert (refusal.code, refusal.field) == ("target", "target_id")


def test_nobody_provisions_themselves(facts: Facts) -> None:
    who = About(person=True, keys=frozenset({"uasks@acme.example"}))
    own = facts(kind=Kind.PROVISION, target=None, status=None, about=who)
    assert refused(own).code == "target"


def test_who_has_no_readable_address_could_be_the_target_and_is_refused(facts: Facts, member: MakeMember) -> None:
    refusal = refused(facts(actor=member("UASKS", email="")))
    assert refusal.code == "no email"
    assert "users:read.email" in refusal.reason


def test_a_name_alike_is_not_the_same_person(facts: Facts, member: MakeMember) -> None:
    assert may_open(facts(actor=member("UASKS", name="Jane Doe"))) is None


def test_a_target_has_at_most_one_open_request_and_it_is_named(
    facts: Facts, request_row: Callable[..., Request]
) -> None:
    refusal = refused(facts(open_request=request_row(id="R99", state=State.APPROVED)))
    assert (refusal.code, refusal.field) == ("open request", "target_id")
    assert "R99" in refusal.reason


def test_conversations_are_not_handed_to_who_leaves(facts: Facts) -> None:
    fine = facts()
    refusal = refused(facts(assignee=fine.target, assignee_status=Status.ACTIVE))
    assert (refusal.code, refusal.field) == ("assignee is target", "assignee_id")


@pytest.mark.parametrize("status", [Status.OFFBOARDED, Status.REMOVED, None])
def test_conversations_are_not_handed_to_who_is_gone(facts: Facts, status: Status | None) -> None:
    bob = User(id=8, first_name="Bob")
    refusal = refused(facts(assignee=bob, assignee_status=status))
    assert (refusal.code, refusal.field) == ("assignee not active", "assignee_id")
    assert may_open(facts(assignee=bob, assignee_status=Status.ACTIVE)) is None


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_reason_is_needed(facts: Facts, reason: str) -> None:
    refusal = refused(facts(reason=reason))
    assert (refusal.code, refusal.field) == ("no reason", "reason")


def test_a_reason_has_a_limit(facts: Facts) -> None:
    assert may_open(facts(reason="x" * LONGEST_REASON)) is None
    assert refused(facts(reason="x" * (LONGEST_REASON + 1))).field == "reason"


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=-1)])
def test_a_time_in_the_past_is_refused(facts: Facts, ahead: timedelta) -> None:
    fine = facts()
    refusal = refused(replace(fine, run_at=fine.now + ahead))
    assert (refusal.code, refusal.field) == ("bad time", "run_at")
    assert may_open(replace(fine, run_at=fine.now + timedelta(minutes=1))) is None


def test_a_request_that_nobody_could_approve_is_refused(facts: Facts, member: MakeMember) -> None:
    assert refused(facts(approvers=(member("UASKS"),))).code == "no quorum"  # only the requester
    jane = member("UJANE", email="Jane@Acme.example")
    assert refused(facts(approvers=(jane,))).code == "no quorum"  # only the target
    assert refused(facts(approvers=(jane, member("UASKS")))).code == "no quorum"
    assert may_open(facts(approvers=(jane, member("UASKS"), member("UBOSS")))) is None


def test_an_admin_needs_the_admins_quorum_of_possible_approvers(facts: Facts, member: MakeMember) -> None:
    fine = facts()
    admin = whose(fine, role="admin")
    one = (member("UBOSS"), member("UASKS"))
    refusal = refused(replace(admin, approvers=one))
    assert refusal.code == "no quorum"
    assert "needs 2 approvals" in refusal.reason
    assert "only uboss could give one" in refusal.reason
    assert may_open(admin) is None  # two others
    assert refused(facts(role="admin", approvers=one)).code == "no quorum"  # who is to become one


@pytest.mark.parametrize(
    "flags", [{"deleted": True}, {"is_bot": True}, {"is_guest": True}, {"is_stranger": True}, {"email": ""}]
)
def test_approvers_who_may_not_act_do_not_count(facts: Facts, member: MakeMember, flags: dict[str, Any]) -> None:
    assert refused(facts(approvers=(member("UBOSS", **flags),))).code == "no quorum"


def test_what_needs_no_approval_needs_no_approvers(facts: Facts) -> None:
    new = About(person=True, keys=frozenset({"new@acme.example"}))
    plain = facts(kind=Kind.PROVISION, target=None, status=None, about=new)
    assert may_open(replace(plain, needs_approval=False, approvers=())) is None


def test_an_alternate_address_of_the_target_takes_an_approver_out(member: MakeMember) -> None:
    approvers = (member("UA"), member("UB"), member("UC"))
    jane = About(person=True, keys=frozenset({"x@acme.example", "ub@acme.example"}))
    assert can_approve(approvers, approvers[2], jane) == (approvers[0],)


def full_member(one: Member) -> bool:
    return not any((one.deleted, one.is_bot, one.is_guest, one.is_stranger))


def mostly(fine: Any, *others: Any) -> st.SearchStrategy[Any]:
    """So many rules apply at once that evenly random values would never pass them all."""
    return st.sampled_from([fine] * (4 * len(others)) + list(others))


MEMBERS = st.builds(
    lambda id, email, flaw: Member(id=id, email=email, **flaw),
    st.sampled_from(["U1", "U2", "U3", "U4"]),
    st.sampled_from(["", "a@x.example", "B@x.example", "c@x.example", "d@x.example", "e@x.example", "f@x.example"]),
    mostly({}, {"deleted": True}, {"is_bot": True}, {"is_guest": True}, {"is_stranger": True}),
)
USERS = st.builds(
    User,
    id=st.just(1),
    role=st.sampled_from(["user", "user", "admin", "owner"]),
    type=mostly("user", "", "team"),
    email=st.sampled_from(["", "a@x.example", "b@X.example"]),
    alternate_emails=st.sampled_from([(), ("c@x.example",)]),
)


@settings(max_examples=400)
@given(
    actor=MEMBERS,
    target=USERS,
    status=mostly(Status.ACTIVE, Status.REMOVED, None),
    approvers=st.lists(MEMBERS, min_size=1, max_size=4, unique_by=lambda one: one.id).map(tuple),
    requesters=mostly(None, frozenset({"U1"}), frozenset()),
    protected=mostly(frozenset(), frozenset({"a@x.example"}), frozenset({"c@x.example"})),
    quorum=st.integers(1, 2),
    reason=mostly("left", ""),
    no_way=mostly("", "REST can't do this."),
)
def test_whatever_may_be_opened_keeps_every_promise(
    actor: Member | None,
    target: User,
    status: Status | None,
    approvers: tuple[Member, ...],
    requesters: frozenset[str] | None,
    protected: frozenset[str],
    quorum: int,
    reason: str,
    no_way: str,
) -> None:
    facts = OpeningFacts(
        kind=Kind.OFFBOARD,
        actor=actor,
        requesters=requesters,
        approvers=approvers,
        reason=reason,
        now=datetime(2026, 11, 24, tzinfo=UTC),
        target=target,
        status=status,
        about=about(target),
        guards_protected=True,
        protected=protected,
        no_way=no_way,
        quorum=quorum,
    )
    if may_open(facts) is not None:
        return
    assert actor is not None
    event("may be opened")
    assert full_member(actor)
    assert actor.email
    assert actor.email.lower() not in target.keys
    assert requesters is None or actor.id in requesters
    assert target.role != "owner"
    assert target.type != "team"
    assert status is Status.ACTIVE
    assert not protected & target.keys
    assert reason
    assert not no_way
    able = {
        one.email.lower()
        for one in approvers
        if one.id != actor.id
        and one.email.lower() != actor.email.lower()
        and one.email
        and one.email.lower() not in target.keys
        and full_member(one)
    }
    assert len(able) >= (max(quorum, 2) if target.role == "admin" else quorum)
