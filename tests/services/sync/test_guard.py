"""Too many vanish at once: nobody is removed until an approver says so, and the question is asked once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout import Fault
from bot.model.change import ChangeKind
from bot.model.member import Member
from bot.model.outbox import Topic
from bot.model.sync import SyncState
from bot.model.user import Status

if TYPE_CHECKING:
    from tests.services.sync.conftest import Account, Start

APPROVERS = frozenset({"UAPPROVER"})
APPROVER = Member(id="UAPPROVER")


def vanish(account: Account, count: int) -> list[int]:
    """Take the seats of so many people in Help Scout itself."""
    leavers = account.people(count)
    for leaver in leavers:
        account.sim.remove_person(leaver)
    return leavers


@pytest.mark.parametrize("count", [13, 60], ids=["each is looked up", "a sample is looked up"])
def test_a_mass_removal_is_held_and_an_approver_is_asked(known: Account, count: int) -> None:
    leavers = vanish(known, count)
    arrived = known.sim.add_person("nova@acme.example", "Nova", "Newcomer")
    run = known.run()
    assert (run.state, run.removed, run.joined) == (SyncState.HELD, 0, 1)
    assert f"{count} of 120 people" in run.problem
    assert set(leavers) <= known.ids()
    assert arrived.id in known.ids(), "what is not a removal is written"
    (question,) = known.owed(Topic.GUARD)
    assert question.payload == {"sync_id": run.id, "missing": sorted(leavers)}
    assert known.woken
    assert [e.event for e in known.record.audit.entries()].count("sync.held") == 1


@pytest.mark.parametrize("count", [13, 60], ids=["each is looked up", "a sample is looked up"])
def test_a_held_removal_holds_their_teams_too(known: Account, count: int) -> None:
    """Tombstones remember them, and a restore goes by them: also where a whole team went with its members."""
    emptied, kept = known.sim.teams[:2]
    leavers = known.people(count)
    known.sim.account.set_members(emptied, leavers[:3])
    known.sim.account.set_members(kept, [*leavers[3:], *known.people(70)[60:]])
    known.run()
    before = known.record.teams.members()
    vanish(known, count)
    known.sim.account.remove_team(emptied)
    held = known.run()
    assert held.state is SyncState.HELD
    assert known.record.teams.members() == before
    assert not [change for change in known.changes(held) if change.user_id in leavers]
    known.sync.confirm_removals(held.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS)
    assert known.ids(Status.REMOVED) >= set(leavers)
    assert {one for one in known.record.teams.members() if one.user_id in leavers[3:]} == {
        one for one in before if one.user_id in leavers[3:]
    }


def test_up_to_a_tenth_needs_no_question(known: Account) -> None:
    leavers = vanish(known, 12)
    run = known.run()
    assert (run.state, run.removed) == (SyncState.DONE, 12)
    assert known.ids(Status.REMOVED) == set(leavers)


def test_five_may_always_vanish(start: Start) -> None:
    account = start(people=20)
    account.run()
    vanish(account, 5)
    assert account.run().removed == 5


def test_the_same_question_is_not_asked_again_not_even_after_a_restart(known: Account) -> None:
    leavers = vanish(known, 20)
    first = known.run()
    assert known.run().state is SyncState.HELD
    assert known.another_bot().run("start").state is SyncState.HELD
    known.sim.add_person(known.row(leavers[0]).user.email, "Back", "Again", id=leavers[0])
    assert known.run().state is SyncState.HELD, "a part of the set is no new question either"
    assert [item.payload["sync_id"] for item in known.owed(Topic.GUARD)] == [first.id]


def test_when_more_vanish_the_question_is_asked_anew_and_the_old_one_is_void(known: Account) -> None:
    vanish(known, 20)
    first = known.run()
    leavers = vanish(known, 10)
    second = known.run()
    told = [(item.payload["sync_id"], item.payload.get("settled")) for item in known.owed(Topic.GUARD)]
    assert sorted(told, key=str) == sorted([(first.id, None), (first.id, "asked again"), (second.id, None)], key=str)
    refused = known.sync.confirm_removals(first.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS)
    assert not refused.accepted
    assert str(second.id) in refused.sentence
    assert set(leavers) <= known.ids()


def test_only_an_approver_confirms_and_a_refusal_is_recorded(known: Account) -> None:
    vanish(known, 20)
    run = known.run()
    refused = known.sync.confirm_removals(run.id, "USOMEBODY", member=Member(id="USOMEBODY"), approvers=APPROVERS)
    assert not refused.accepted
    assert known.ids(Status.REMOVED) == set()
    assert known.run().state is SyncState.HELD
    entry = known.record.audit.entries(limit=1)[0]
    assert (entry.event, entry.actor) == ("sync.confirm_refused", "USOMEBODY")


@pytest.mark.parametrize(
    "member",
    [
        None,
        Member(id="UAPPROVER", is_guest=True),
        Member(id="UAPPROVER", is_stranger=True),
        Member(id="UAPPROVER", is_bot=True),
        Member(id="UAPPROVER", deleted=True),
    ],
    ids=["unknown", "guest", "stranger", "bot", "deactivated"],
)
def test_an_approver_who_is_no_full_member_confirms_nothing(known: Account, member: Member | None) -> None:
    vanish(known, 20)
    run = known.run()
    assert not known.sync.confirm_removals(run.id, "UAPPROVER", member=member, approvers=APPROVERS).accepted
    assert known.ids(Status.REMOVED) == set()
    assert known.record.audit.entries(limit=1)[0].event == "sync.confirm_refused"


def test_confirmed_removals_are_looked_up_once_more_and_written(known: Account) -> None:
    last_time = known.run()
    leavers = vanish(known, 60)
    back, *gone = leavers
    held = known.run()
    known.run()
    known.sim.add_person(known.row(back).user.email, "Back", "Again", id=back)
    known.sim.log.clear()
    outcome = known.sync.confirm_removals(held.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS)
    assert outcome.accepted, outcome.sentence
    assert known.ids(Status.REMOVED) == set(gone)
    assert {known.row(leaver).last_seen for leaver in gone} == {last_time.started_at}, "not by those that held them"
    looked_up = {int(e.path.split("/")[-1]) for e in known.sim.log.entries("GET /users/*") if e.status == 404}
    assert looked_up == set(gone)
    assert known.row(back).status is Status.ACTIVE
    run = known.record.syncs.latest()
    assert run is not None
    assert (run.trigger, run.state, run.removed) == ("confirmation", SyncState.DONE, 59)
    assert {c.kind for c in known.changes(run)} >= {ChangeKind.REMOVED}
    assert run.id in {item.payload["sync_id"] for item in known.owed(Topic.NOTICE)}, "an alarm it is, confirmed or not"


def test_a_second_confirmation_is_told_that_it_is_settled(known: Account) -> None:
    vanish(known, 20)
    held = known.run()
    assert known.sync.confirm_removals(held.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS).accepted
    late = known.sync.confirm_removals(held.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS)
    assert not late.accepted
    assert "already confirmed" in late.sentence


def test_a_confirmation_outlives_a_sync_that_fails(known: Account) -> None:
    leavers = vanish(known, 20)
    held = known.run()
    known.sim.faults.add(fault=Fault.ERROR_500, match="GET /users?page=2", times=None)
    outcome = known.sync.confirm_removals(held.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS)
    assert outcome.accepted
    assert "next sync" in outcome.sentence
    again = known.sync.confirm_removals(held.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS)
    assert (again.accepted, "already" in again.sentence) == (False, True)
    assert known.ids(Status.REMOVED) == set()
    known.sim.faults.clear()
    assert known.another_bot().run("start").removed == 20
    assert known.ids(Status.REMOVED) == set(leavers)


def test_confirmed_people_who_can_not_be_looked_up_stay_until_they_can(known: Account) -> None:
    leavers = vanish(known, 20)
    held = known.run()
    for leaver in leavers[:14]:
        known.sim.faults.add(fault=Fault.ERROR_500, match=f"GET /users/{leaver}", times=None)
    known.sync.confirm_removals(held.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS)
    assert known.ids(Status.REMOVED) == set(leavers[14:])
    known.sim.faults.clear()
    assert known.run().removed == 14, "without another question, though they are more than a tenth"
    assert known.ids(Status.REMOVED) == set(leavers)


def test_a_confirmation_covers_nobody_who_vanished_after_it(known: Account) -> None:
    vanish(known, 20)
    held = known.run()
    more = vanish(known, 20)
    known.sync.confirm_removals(held.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS)
    assert set(more) <= known.ids()
    latest = known.record.syncs.latest()
    assert latest is not None
    assert latest.state is SyncState.HELD
    assert known.owed(Topic.GUARD)[-1].payload == {"sync_id": latest.id, "missing": sorted(more)}


def test_when_they_are_back_the_question_is_dropped_and_a_new_wave_is_asked_about(known: Account) -> None:
    leavers = vanish(known, 20)
    rows = [known.row(leaver) for leaver in leavers]
    first = known.run()
    for row in rows:
        known.sim.add_person(row.user.email or f"{row.id}@acme.example", "Back", "Again", id=row.id)
    assert known.run().state is SyncState.DONE
    assert not known.sync.confirm_removals(first.id, "UAPPROVER", member=APPROVER, approvers=APPROVERS).accepted
    for leaver in leavers:
        known.sim.remove_person(leaver)
    second = known.run()
    told = [(item.payload["sync_id"], item.payload.get("settled")) for item in known.owed(Topic.GUARD)]
    assert sorted(told, key=str) == sorted([(first.id, None), (first.id, "back"), (second.id, None)], key=str)


def test_a_confirmation_during_a_running_sync_is_carried_out_by_the_next(known: Account) -> None:
    leavers = vanish(known, 20)
    held = known.run()
    hold = known.sim.faults.hold(f"GET /users/{leavers[0]}")  # it has looked for confirmations by then
    running = threading.Thread(target=known.run)
    running.start()
    assert hold.reached.wait(10)
    confirming = threading.Thread(
        target=known.sync.confirm_removals,
        args=(held.id, "UAPPROVER"),
        kwargs={"member": APPROVER, "approvers": APPROVERS},
    )
    confirming.start()
    while not any(entry.event == "sync.confirmed" for entry in known.record.audit.entries()):
        time.sleep(0.01)
    hold.release()
    running.join(20)
    confirming.join(20)
    assert known.ids(Status.REMOVED) == set(leavers)
