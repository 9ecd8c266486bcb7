"""Everybody arrives, what changed is recorded once, and a quiet account writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.model.change import ChangeKind
from bot.model.sync import SyncState
from bot.model.user import Status

if TYPE_CHECKING:
    from tests.services.sync.conftest import Account, Start

pytestmark = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.mark.parametrize(("reading", "page_size"), [("guide", 25), ("pages", 50)])
def test_a_thousand_people_arrive_completely(start: Start, reading: str, page_size: int) -> None:
    account = start(people=1_000, reading=reading, page_size=page_size)
    run = account.run("start")
    assert run.state is SyncState.DONE, run.problem
    assert account.ids() == account.listed()
    assert len(account.ids()) == 1_000
    assert run.joined == run.people == sum(account.row(id).user.is_person for id in account.ids())
    for person in account.sim.people:
        user = account.row(person.id).user
        assert (user.email, user.first_name, user.last_name, user.role) == (
            "" if "email" in person.absent else person.email,
            "" if "firstName" in person.absent else person.first_name,
            "" if "lastName" in person.absent else person.last_name,
            "" if "role" in person.absent else person.role,
        )
    members = {(team.id, member) for team in account.sim.teams for member in team.members}
    assert {(one.team_id, one.user_id) for one in account.record.teams.members()} == members


def test_a_sync_costs_little_more_than_its_pages(start: Start) -> None:
    account = start(people=1_000, page_size=50, teams=2)
    run = account.run()
    served = account.sim.log.entries()
    assert run.requests == len([entry for entry in served if entry.method == "GET"])
    assert len(served) <= 1_000 // 50 + 6, "the token and whose it is among them"


def test_a_quiet_account_writes_only_its_own_row_of_syncs(known: Account) -> None:
    before, version = known.tables(), known.record.version()
    woken = len(known.woken)
    run = known.run()
    assert (run.state, run.joined, run.removed, run.changed) == (SyncState.DONE, 0, 0, 0)
    assert known.tables() == before
    assert known.record.version() == version
    assert len(known.woken) == woken
    latest = known.record.syncs.latest()
    assert latest == run


def test_who_joined_changed_or_left_is_recorded_with_before_and_after(known: Account) -> None:
    leaver, renamed, *_ = known.people(20)[10:]
    last_time = known.run()
    was = known.row(renamed).user.role
    known.sim.remove_person(leaver)
    known.sim.change_person(renamed, role="admin", job_title="Lead")
    arrived = known.sim.add_person("nova@acme.example", "Nova", "Newcomer")
    run = known.run()
    assert (run.joined, run.removed, run.changed) == (1, 1, 1)
    said = {(c.user_id, c.kind, c.field, c.before, c.after) for c in known.changes(run)}
    assert (arrived.id, ChangeKind.JOINED, "", "", "Nova Newcomer") in said
    assert (renamed, ChangeKind.CHANGED, "role", was, "admin") in said
    assert any(c.kind is ChangeKind.REMOVED and c.user_id == leaver for c in known.changes(run))
    gone = known.row(leaver)
    assert (gone.status, gone.removed_at) == (Status.REMOVED, run.finished_at)
    assert gone.last_seen == last_time.started_at, "by the last good sync, in which nothing changed"
    assert all(c.seen_at == run.finished_at for c in known.changes(run))


def test_who_comes_back_under_the_same_id_is_the_same_person(known: Account) -> None:
    (leaver,) = known.people(1)
    email = known.row(leaver).user.email
    first_seen = known.row(leaver).first_seen
    known.sim.remove_person(leaver)
    known.run()
    known.sim.account.add_person(email=email, first_name="Back", last_name="Again", id=leaver)
    run = known.run()
    assert known.row(leaver).status is Status.ACTIVE
    assert (known.row(leaver).first_seen, known.row(leaver).removed_at) == (first_seen, None)
    assert ChangeKind.RETURNED in {c.kind for c in known.changes(run)}


def test_who_comes_back_under_a_new_id_is_recognised_by_the_address(known: Account) -> None:
    leaver = next(p for p in known.sim.people if p.role == "user" and p.email and "email" not in p.absent)
    known.sim.remove_person(leaver.id)
    known.run()
    back = known.sim.add_person(leaver.email.upper(), "Back", "Again")
    run = known.run()
    (change,) = [c for c in known.changes(run) if c.user_id == back.id]
    assert (change.kind, change.before, change.after) == (ChangeKind.RETURNED, str(leaver.id), str(back.id))
    assert known.row(leaver.id).status is Status.REMOVED, "what was is not rewritten"


def test_addresses_swapped_between_two_people_are_two_changes_and_nobody_left(known: Account) -> None:
    one, other = [p for p in known.sim.people if p.role == "user" and p.email and not p.absent][:2]
    first, second = one.email, other.email
    known.sim.change_person(one.id, email="between@acme.example")
    known.sim.change_person(other.id, email=first)
    known.sim.change_person(one.id, email=second)
    run = known.run()
    assert (run.changed, run.joined, run.removed) == (2, 0, 0)
    assert {(c.user_id, c.before, c.after) for c in known.changes(run)} == {
        (one.id, first, second),
        (other.id, second, first),
    }


def test_joining_and_leaving_a_team_is_recorded(known: Account) -> None:
    team = known.sim.teams[0]
    leaves, *stay = team.members
    joins = next(p.id for p in known.sim.people if p.id not in team.members)
    known.sim.account.set_members(team, [*stay, joins])
    run = known.run()
    assert {(c.user_id, c.kind, c.before, c.after) for c in known.changes(run)} == {
        (leaves, ChangeKind.TEAM_LEFT, team.name, ""),
        (joins, ChangeKind.TEAM_JOINED, "", team.name),
    }
    assert (run.joined, run.changed) == (0, 0)


def test_ids_of_the_other_api_survive_a_sync(known: Account) -> None:
    (person,) = known.people(1)
    team = known.sim.teams[0]
    known.record.users.set_scim_id(person, "scim-1")
    known.record.teams.set_scim_id(team.id, "group-1")
    known.sim.change_person(person, job_title="Lead")
    known.sim.account.rename_team(team, "Renamed")
    known.run()
    assert known.row(person).scim_id == "scim-1"
    assert known.row(person).user.job_title == "Lead"
    assert {t.scim_id for t in known.record.teams.all() if t.id == team.id} == {"group-1"}


def test_seats_count_people_and_neither_teams_nor_bots(known: Account) -> None:
    run = known.run()
    nobody = [row for row in map(known.row, known.listed()) if not row.user.is_person]
    assert {row.user.type for row in nobody} == {"team", "virtual"}
    assert run.people == len(known.listed()) - len(nobody) == known.record.users.counts()[Status.ACTIVE]


def test_a_team_deleted_in_the_middle_is_read_as_deleted(known: Account) -> None:
    team = known.sim.teams[0]
    end = known.sim.on_request(lambda _: known.sim.account.remove_team(team), f"GET /teams/{team.id}/members")
    run = known.run()
    end()
    assert run.state is SyncState.DONE, run.problem
    assert team.id not in {t.id for t in known.record.teams.all()}


def test_progress_is_told_in_pages(known: Account) -> None:
    told: list[tuple[int, int]] = []
    known.sync.run("command", lambda done, total: told.append((done, total)))
    assert told[-1] == (5, 5)
    assert told == sorted(told)


def test_a_progress_bar_that_breaks_does_not_break_the_sync(known: Account) -> None:
    def broken(done: int, total: int) -> None:
        raise RuntimeError("no terminal")

    assert known.sync.run("command", broken).state is SyncState.DONE
