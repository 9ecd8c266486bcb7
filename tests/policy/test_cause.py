"""Whose doing it is that somebody is gone, new or different."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.model.request import Kind, Request, State
from bot.model.user import User
from bot.policy.people.cause import (
    OUTSIDE,
    Cause,
    Doer,
    cause_of_absence,
    cause_of_difference,
    cause_of_presence,
)

SEEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OFFBOARDING = Request(
    id="r1",
    kind=Kind.OFFBOARD,
    state=State.RUNNING,
    opened_at=SEEN - timedelta(hours=1),
    requester="U1",
    target_id=7,
    target_email="jane@example.com",
    expires_at=SEEN + timedelta(days=1),
)
REMOVING = frozenset({"r1"})


def test_nobody_asked_for_it_so_it_happened_outside() -> None:
    assert cause_of_absence(7, [], frozenset(), SEEN) == OUTSIDE


def test_a_person_whose_removal_is_being_sent_is_left_to_the_runner() -> None:
    assert cause_of_absence(7, [OFFBOARDING], REMOVING, SEEN) == Cause(Doer.RUNNER, "r1")


def test_an_offboarding_that_has_not_come_to_its_removal_explains_nothing() -> None:
    assert cause_of_absence(7, [OFFBOARDING], frozenset(), SEEN) == OUTSIDE


def test_somebody_elses_offboarding_explains_nothing() -> None:
    assert cause_of_absence(8, [OFFBOARDING], REMOVING, SEEN) == OUTSIDE


@pytest.mark.parametrize("state", [State.DONE, State.ATTENTION])
def test_an_offboarding_that_removed_somebody_and_ended_is_ours(state: State) -> None:
    ended = replace(OFFBOARDING, state=state, finished_at=SEEN + timedelta(minutes=1))
    assert cause_of_absence(7, [ended], REMOVING, SEEN) == Cause(Doer.OURS, "r1")


def test_an_offboarding_over_before_they_were_last_seen_explains_nothing() -> None:
    old = replace(OFFBOARDING, state=State.DONE, finished_at=SEEN - timedelta(minutes=1))
    assert cause_of_absence(7, [old], REMOVING, SEEN) == OUTSIDE


@pytest.mark.parametrize("state", sorted(set(State) - {State.RUNNING, State.WAITING, State.DONE, State.ATTENTION}))
def test_a_request_that_never_ran_or_did_nothing_explains_nothing(state: State) -> None:
    assert cause_of_absence(7, [replace(OFFBOARDING, state=state)], REMOVING, SEEN) == OUTSIDE


def test_a_running_request_goes_before_one_that_is_done() -> None:
    done = replace(OFFBOARDING, id="r0", state=State.DONE, finished_at=SEEN + timedelta(minutes=1))
    assert cause_of_absence(7, [done, OFFBOARDING], frozenset({"r0", "r1"}), SEEN) == Cause(Doer.RUNNER, "r1")


@pytest.mark.parametrize("kind", [Kind.PROVISION, Kind.RESTORE])
def test_somebody_we_provisioned_is_found_by_any_of_their_addresses(kind: Kind) -> None:
    made = replace(OFFBOARDING, kind=kind, state=State.DONE, target_id=None, finished_at=SEEN)
    arrived = User(id=9, email="j.doe@example.com", alternate_emails=("Jane@Example.com",))
    assert cause_of_presence(arrived, [made], SEEN) == Cause(Doer.OURS, "r1")
    assert cause_of_presence(User(id=9, email="other@example.com"), [made], SEEN) == OUTSIDE


def test_a_person_being_provisioned_now_is_left_to_the_runner() -> None:
    making = replace(OFFBOARDING, kind=Kind.PROVISION, target_id=None)
    assert cause_of_presence(User(id=9, email="jane@example.com"), [making], SEEN) == Cause(Doer.RUNNER, "r1")


def test_an_offboarding_does_not_explain_that_somebody_is_there() -> None:
    assert cause_of_presence(User(id=7, email="jane@example.com"), [OFFBOARDING], SEEN) == OUTSIDE


def test_a_role_that_we_changed_is_ours() -> None:
    changed = replace(OFFBOARDING, kind=Kind.CHANGE, state=State.DONE, finished_at=SEEN)
    assert cause_of_difference(7, [changed], SEEN) == Cause(Doer.OURS, "r1")
    assert cause_of_difference(8, [changed], SEEN) == OUTSIDE
