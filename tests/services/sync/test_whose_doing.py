"""What a request of ours did is no alarm; what a runner is doing is left to it; everything else is told."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.model.change import ChangeKind
from bot.model.outbox import Topic
from bot.model.request import Kind, State
from bot.model.team import Team, TeamMember
from bot.model.user import Status
from bot.services.syncing.notices import read_notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.sync.conftest import Account


pytestmark = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


def test_who_vanished_without_a_request_is_an_alarm(known: Account) -> None:
    (leaver,) = known.people(1)
    known.sim.remove_person(leaver)
    run = known.run()
    assert known.row(leaver).status is Status.REMOVED
    (item,) = known.owed(Topic.NOTICE)
    assert item.payload == {"sync_id": run.id}
    notice = read_notice(known.record, run.id)
    assert [entry.change.user_id for entry in notice.removed] == [leaver]
    assert known.woken
    (entry,) = [e for e in known.record.audit.entries(user_id=leaver) if e.event == "user.removed"]
    assert entry.details["sync_id"] == run.id


def test_a_removal_that_a_runner_has_just_sent_is_left_to_the_runner(known: Account) -> None:
    (leaver,) = known.people(1)
    request = known.request(Kind.OFFBOARD, State.RUNNING, target_id=leaver, started_at=known.record.now())
    known.step(request, "remove", 4)
    known.sim.remove_person(leaver)
    run = known.run()
    assert known.row(leaver).status is Status.ACTIVE, "the runner writes the tombstone"
    assert known.changes(run) == []
    assert known.owed(Topic.NOTICE) == []


def test_an_offboarding_that_stands_at_attention_after_its_removal_is_ours(known: Account) -> None:
    (leaver,) = known.people(1)
    request = known.request(Kind.OFFBOARD, State.ATTENTION, target_id=leaver, started_at=known.record.now())
    known.step(request, "remove", 4)
    known.sim.remove_person(leaver)
    run = known.run()
    row = known.row(leaver)
    assert (row.status, row.request_id) == (Status.OFFBOARDED, request.id)
    (change,) = [c for c in known.record.changes.of_request(request.id) if c.kind is ChangeKind.OFFBOARDED]
    assert change.user_id == leaver
    assert run.removed == 0
    assert known.owed(Topic.NOTICE) == []


def test_an_offboarding_that_has_not_removed_yet_does_not_hide_somebody_elses_removal(known: Account) -> None:
    (leaver,) = known.people(1)
    request = known.request(Kind.OFFBOARD, State.RUNNING, target_id=leaver, started_at=known.record.now())
    known.step(request, "reassign", 3)
    known.sim.remove_person(leaver)
    known.run()
    assert known.row(leaver).status is Status.REMOVED
    assert len(known.owed(Topic.NOTICE)) == 1


@pytest.mark.parametrize("kind", [Kind.PROVISION, Kind.RESTORE])
def test_somebody_we_let_in_is_no_news(known: Account, kind: Kind) -> None:
    request = known.request(kind, State.DONE, target_email="nova@acme.example", finished_at=known.record.now())
    arrived = known.sim.add_person("Nova@acme.example", "Nova", "Newcomer")
    known.run()
    assert known.row(arrived.id).status is Status.ACTIVE
    assert [c.user_id for c in known.record.changes.of_request(request.id)] == [arrived.id]
    assert known.owed(Topic.NOTICE) == []


def test_somebody_a_runner_is_letting_in_is_left_to_the_runner(known: Account) -> None:
    request = known.request(Kind.PROVISION, State.RUNNING, target_email="nova@acme.example")
    arrived = known.sim.add_person("nova@acme.example", "Nova", "Newcomer")
    known.run()
    assert known.record.users.get(arrived.id) is None
    known.record.requests.transition(
        request.id, from_states={State.RUNNING}, to=State.DONE, finished_at=known.record.now()
    )
    known.run()
    assert known.row(arrived.id).status is Status.ACTIVE


def test_a_role_that_we_changed_is_no_news_and_one_changed_elsewhere_is(known: Account) -> None:
    ours, theirs = known.people(2)
    known.request(Kind.CHANGE, State.DONE, target_id=ours, finished_at=known.record.now())
    known.sim.change_person(ours, role="admin")
    known.sim.change_person(theirs, role="admin")
    run = known.run()
    notice = read_notice(known.record, run.id)
    assert [entry.change.user_id for entry in notice.changed] == [theirs]


def test_the_first_look_at_an_account_is_no_news(known: Account) -> None:
    assert known.owed(Topic.NOTICE) == []
    assert known.woken == []


def test_changes_that_give_nobody_access_are_kept_but_not_told(known: Account) -> None:
    (person,) = known.people(1)
    known.sim.change_person(person, job_title="Lead")
    run = known.run()
    assert len(known.changes(run)) == 1
    assert known.owed(Topic.NOTICE) == []


# Somebody writes while we read


@contextmanager
def while_reading(account: Account) -> Iterator[None]:
    """The block runs after the users were read and before anything is written."""
    hold = account.sim.faults.hold("GET /teams")
    pages = account.sim.log.count("GET /users")
    failed: list[BaseException] = []

    def work() -> None:
        try:
            account.run()
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert hold.reached.wait(10)
        account.sim.log.wait_for("GET /users", count=pages + 6)  # five, and the first once more
        yield
    finally:
        hold.release()
        thread.join(20)
    assert not failed


def test_who_was_offboarded_while_we_read_has_not_returned(known: Account) -> None:
    (leaver,) = known.people(1)
    known.sim.change_person(leaver, job_title="Seen by the walk, so that there is a row to write")
    with while_reading(known):
        known.sim.remove_person(leaver)
        known.record.users.mark_gone(leaver, Status.OFFBOARDED, known.record.now(), "r1")
    assert known.row(leaver).status is Status.OFFBOARDED
    known.run()
    assert known.row(leaver).status is Status.OFFBOARDED


def test_what_was_changed_while_we_read_is_not_changed_back(known: Account) -> None:
    (person,) = known.people(1)
    known.sim.change_person(person, job_title="Seen by the walk, so that there is a row to write")
    with while_reading(known):
        known.sim.change_person(person, role="admin")
        row = known.row(person)
        known.record.users.put([replace(row, user=replace(row.user, role="admin"))])
    assert known.row(person).user.role == "admin"
    assert [c for c in known.record.changes.of_user(person, limit=9, offset=0) if c.field == "role"] == []


def test_a_team_made_while_we_read_is_not_unmade(known: Account) -> None:
    with while_reading(known):
        teams = [*known.record.teams.all(), Team(id=7, name="Night shift", scim_id="group-7")]
        known.record.teams.replace(teams, known.record.teams.members())
    assert 7 in {team.id for team in known.record.teams.all()}
    known.run()
    assert 7 not in {team.id for team in known.record.teams.all()}, "Help Scout never had it"


def test_a_membership_given_while_we_read_is_not_taken_back(known: Account) -> None:
    team = known.sim.teams[0]
    joins = next(p.id for p in known.sim.people if p.id not in team.members)
    with while_reading(known):
        members = known.record.teams.members() | {TeamMember(team.id, joins)}
        known.record.teams.replace(known.record.teams.all(), members)
    assert TeamMember(team.id, joins) in known.record.teams.members()
    run = known.run()
    assert TeamMember(team.id, joins) not in known.record.teams.members(), "Help Scout never had it"
    assert [c.kind for c in known.changes(run)] == [ChangeKind.TEAM_LEFT]
