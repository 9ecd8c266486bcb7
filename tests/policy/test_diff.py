"""What happened between two looks at the account."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.change import Change, ChangeKind
from bot.model.team import Team, TeamMember
from bot.model.user import Status, User, UserRecord
from bot.policy.people.diff import COMPARED, Diff, diff_teams, diff_users

Person = Callable[..., UserRecord]
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def by_id(*rows: UserRecord) -> dict[int, UserRecord]:
    return {row.id: row for row in rows}


def walk(*users: User) -> dict[int, User]:
    return {user.id: user for user in users}


def compare(
    before: dict[int, UserRecord], after: dict[int, User], gone: frozenset[int] = frozenset(), **more: Any
) -> Diff:
    return diff_users(before, after, gone, at=AT, **more)


def kinds(diff: Diff) -> list[tuple[int, ChangeKind]]:
    return [(change.user_id, change.kind) for change in diff.changes]


def test_nothing_changed_writes_nothing(person: Person) -> None:
    rows = by_id(person(1), person(2, status=Status.REMOVED, removed_at=AT - timedelta(days=3)))
    assert compare(rows, walk(replace(rows[1].user))) == Diff()


def test_a_new_id_has_joined(person: Person) -> None:
    jane = person(1).user
    diff = compare({}, walk(jane))
    assert diff.joined == diff.rows == (UserRecord(user=jane, first_seen=AT, last_seen=AT),)
    assert diff.changes == (Change(user_id=1, kind=ChangeKind.JOINED, after="Jane Doe1"),)


def test_a_missing_person_is_left_alone_until_a_404_says_more(person: Person) -> None:
    rows = by_id(person(1), person(2))
    assert compare(rows, walk(rows[1].user)) == Diff()


def test_a_confirmed_missing_person_is_recorded_as_removed_outside_the_bot(person: Person) -> None:
    rows = by_id(person(1, scim_id="s1", request_id="R1"))
    seen = AT - timedelta(minutes=15)
    diff = compare(rows, {}, frozenset({1}), seen_at=seen)
    assert diff.removed == (replace(rows[1], status=Status.REMOVED, removed_at=AT, last_seen=seen, request_id=None),)
    assert diff.changes == (Change(user_id=1, kind=ChangeKind.REMOVED, before="Jane Doe1"),)
    assert compare(rows, {}, frozenset({1})).removed[0].last_seen == rows[1].last_seen


def test_last_seen_never_goes_back(person: Person) -> None:
    rows = by_id(person(1))
    assert compare(rows, {}, frozenset({1}), seen_at=AT - timedelta(days=99)).removed[0].last_seen == rows[1].last_seen


def test_who_is_on_a_page_is_not_removed_whatever_a_look_up_said(person: Person) -> None:
    rows = by_id(person(1))
    assert compare(rows, walk(rows[1].user), frozenset({1})) == Diff()


def test_who_is_gone_already_is_not_removed_again_and_strangers_are_not_invented(person: Person) -> None:
    rows = by_id(person(1, status=Status.OFFBOARDED, removed_at=AT - timedelta(days=1)))
    assert compare(rows, {}, frozenset({1, 99})) == Diff()


def test_whom_a_request_of_ours_removes_is_left_to_that_request(person: Person) -> None:
    rows = by_id(person(1), person(2))
    diff = compare(rows, {}, frozenset({1, 2}), leaving=frozenset({1}))
    assert [row.id for row in diff.removed] == [2]


@pytest.mark.parametrize("status", [Status.OFFBOARDED, Status.REMOVED])
def test_the_same_id_came_back(person: Person, status: Status) -> None:
    old = person(1, status=status, removed_at=AT - timedelta(days=2), request_id="R1", scim_id="s1")
    diff = compare(by_id(old), walk(replace(old.user, role="admin")))
    (row,) = diff.returned
    assert (row.status, row.removed_at, row.request_id, row.scim_id) == (Status.ACTIVE, None, None, "s1")
    assert (row.first_seen, row.last_seen) == (old.first_seen, AT)
    assert kinds(diff) == [(1, ChangeKind.RETURNED), (1, ChangeKind.CHANGED)]


def test_an_older_page_does_not_bring_back_who_was_removed_while_it_was_walked(person: Person) -> None:
    began = AT - timedelta(minutes=1)
    old = person(1, status=Status.OFFBOARDED, removed_at=began)
    assert compare(by_id(old), walk(old.user), began=began) == Diff()
    earlier = replace(old, removed_at=began - timedelta(seconds=1))
    assert len(compare(by_id(earlier), walk(old.user), began=began).returned) == 1


@pytest.mark.parametrize(
    "fields",
    [{"email": "JANE@acme.example"}, {"email": "new@x.example", "alternate_emails": ("jd@acme.example",)}],
)
def test_the_same_address_under_a_new_id_came_back(person: Person, fields: dict[str, Any]) -> None:
    old = person(
        1, status=Status.OFFBOARDED, removed_at=AT, email="jane@acme.example", alternate_emails=("JD@acme.example",)
    )
    diff = compare(by_id(old), walk(replace(person(2).user, **fields)))
    assert [row.id for row in diff.returned] == [2]
    assert diff.joined == ()
    assert diff.changes == (Change(user_id=2, kind=ChangeKind.RETURNED, field="id", before="1", after="2"),)


def test_who_is_re_created_between_two_syncs_came_back_too(person: Person) -> None:
    old = person(1, email="jane@acme.example")
    diff = compare(by_id(old), walk(person(2, email="jane@acme.example").user), frozenset({1}))
    assert kinds(diff) == [(2, ChangeKind.RETURNED), (1, ChangeKind.REMOVED)]


def test_an_address_of_somebody_active_makes_nobody_return(person: Person) -> None:
    old = person(1, email="jane@acme.example")
    diff = compare(by_id(old), walk(old.user, person(2, email="jane@acme.example").user))
    assert kinds(diff) == [(2, ChangeKind.JOINED)]


def test_of_two_who_had_the_address_the_last_one_came_back(person: Person) -> None:
    first = person(1, email="it@a.example", status=Status.REMOVED, removed_at=AT - timedelta(days=9))
    last = person(2, email="it@a.example", status=Status.REMOVED, removed_at=AT - timedelta(days=3))
    for rows in (by_id(first, last), by_id(last, first)):
        assert compare(rows, walk(person(3, email="it@a.example").user)).changes[0].before == "2"


def test_who_is_gone_since_an_unknown_time_counts_by_when_they_were_last_seen(person: Person) -> None:
    first = person(1, email="it@a.example", status=Status.REMOVED)
    last = replace(person(2, email="it@a.example", status=Status.REMOVED), last_seen=AT + timedelta(days=1))
    assert compare(by_id(last, first), walk(person(3, email="it@a.example").user), began=AT).changes[0].before == "2"
    assert len(compare(by_id(first), walk(first.user), began=AT).returned) == 1


def test_the_primary_address_says_who_came_back_before_an_alternate_does(person: Person) -> None:
    by_alternate = person(1, email="a@x.example", status=Status.REMOVED, removed_at=AT)
    by_primary = person(2, email="m@x.example", status=Status.REMOVED, removed_at=AT)
    back = person(3, email="M@x.example", alternate_emails=("a@x.example",)).user
    assert compare(by_id(by_alternate, by_primary), walk(back)).changes[0].before == "2"


def test_nobody_returns_by_having_no_address(person: Person) -> None:
    gone = person(1, email="", status=Status.REMOVED, removed_at=AT)
    assert kinds(compare(by_id(gone), walk(person(2, email="").user))) == [(2, ChangeKind.JOINED)]


@pytest.mark.parametrize("field", COMPARED)
def test_every_field_that_changes_is_told_with_before_and_after(person: Person, field: str) -> None:
    old = person(1, alternate_emails=("a@x.example",))
    new: Any = ("b@x.example", "c@x.example") if field == "alternate_emails" else "something else"
    diff = compare(by_id(old), walk(replace(old.user, **{field: new})))
    before, after = getattr(old.user, field), new
    if field == "alternate_emails":
        before, after = "a@x.example", "b@x.example, c@x.example"
    assert diff.changes == (Change(user_id=1, kind=ChangeKind.CHANGED, field=field, before=before, after=after),)
    assert diff.changed == (replace(old, user=replace(old.user, **{field: new}), last_seen=AT),)
    assert diff.rows == diff.changed


@pytest.mark.parametrize(
    "quiet",
    [{"updated_at": "2026-11-24T00:00:00Z"}, {"raw": {"new": 1}}, {"alternate_emails": ("b@x.example", "a@x.example")}],
)
def test_what_nobody_would_ask_about_is_written_but_not_told(person: Person, quiet: dict[str, Any]) -> None:
    old = person(1, alternate_emails=("a@x.example", "b@x.example"), raw={"id": 1})
    diff = compare(by_id(old), walk(replace(old.user, **quiet)))
    assert (diff.changes, diff.changed) == ((), ())
    assert [row.id for row in diff.rows] == [1]


def test_two_who_swap_addresses_are_two_changes_and_no_arrivals(person: Person) -> None:
    one, two = person(1, email="a@x.example"), person(2, email="b@x.example")
    after = walk(replace(one.user, email="b@x.example"), replace(two.user, email="a@x.example"))
    assert kinds(compare(by_id(one, two), after)) == [(1, ChangeKind.CHANGED), (2, ChangeKind.CHANGED)]


USERS = st.builds(
    User,
    id=st.integers(1, 8),
    first_name=st.sampled_from(["", "Jane", "José"]),
    email=st.sampled_from(["", "a@x.example", "B@x.example", "b@x.example"]),
    role=st.sampled_from(["user", "admin"]),
    alternate_emails=st.sampled_from([(), ("c@x.example",), ("a@x.example", "c@x.example")]),
)
WALKS = st.lists(USERS, max_size=8, unique_by=lambda user: user.id).map(lambda users: walk(*users))


@given(st.lists(st.tuples(WALKS, st.frozensets(st.integers(1, 8))), max_size=6))
def test_over_any_history_the_record_follows_and_forgets_nobody(
    history: list[tuple[dict[int, User], frozenset[int]]],
) -> None:
    record: dict[int, UserRecord] = {}
    for step, (after, not_found) in enumerate(history):
        at = AT + timedelta(minutes=step)
        diff = diff_users(record, after, not_found, at=at)
        known = set(record)
        active = {id for id, row in record.items() if row.status is Status.ACTIVE}
        record |= by_id(*diff.rows)
        assert known <= set(record)  # nobody is forgotten
        assert set(after) == {id for id in after if record[id].status is Status.ACTIVE and record[id].user == after[id]}
        assert {row.id for row in diff.removed} == (active & not_found) - set(after)
        assert {row.id for row in diff.joined} | {row.id for row in diff.returned} == set(after) - active
        assert {change.user_id for change in diff.changes} <= {row.id for row in diff.rows}
        assert [row.id for row in diff.rows] == sorted({row.id for row in diff.rows})
        assert diff_users(record, after, not_found, at=at) == Diff()  # looking again changes nothing


def test_joining_and_leaving_a_team_is_told_by_its_name() -> None:
    teams = [Team(id=1, name="Tier 1"), Team(id=2, name="Tier 2")]
    diff = diff_teams(teams, teams, {TeamMember(1, 7)}, {TeamMember(2, 7)})
    assert diff.changes == (
        Change(user_id=7, kind=ChangeKind.TEAM_JOINED, after="Tier 2"),
        Change(user_id=7, kind=ChangeKind.TEAM_LEFT, before="Tier 1"),
    )
    assert diff.members == {TeamMember(2, 7)}
    assert diff.written


def test_a_team_without_a_name_is_told_by_its_id() -> None:
    diff = diff_teams([], [Team(id=9)], set(), {TeamMember(9, 7)})
    assert [change.after for change in diff.changes] == ["9"]


def test_a_newer_scim_id_of_a_team_wins() -> None:
    diff = diff_teams([Team(id=1, scim_id="old")], [Team(id=1, scim_id="new")], set(), set())
    assert [team.scim_id for team in diff.teams] == ["new"]
    assert diff.written


def test_the_same_teams_write_nothing_and_keep_their_scim_ids() -> None:
    known = [Team(id=1, name="Tier 1", scim_id="g1")]
    diff = diff_teams(known, [Team(id=1, name="Tier 1")], {TeamMember(1, 7)}, {TeamMember(1, 7)})
    assert not diff.written
    assert diff.teams == tuple(known)


@pytest.mark.parametrize(
    "after",
    [[Team(id=1, name="New")], [], [Team(id=1, name="Old"), Team(id=2)], [Team(id=1, name="Old", raw={"x": 1})]],
)
def test_renamed_new_deleted_and_rewritten_teams_are_written(after: list[Team]) -> None:
    diff = diff_teams([Team(id=1, name="Old")], after, set(), set())
    assert diff.written
    assert diff.teams == tuple(after)


def test_what_is_remembered_of_the_gone_keeps_their_teams_until_the_team_is_deleted() -> None:
    teams = [Team(id=1, name="Tier 1")]
    diff = diff_teams(teams, teams, {TeamMember(1, 7)}, set(), gone={7})
    assert diff.members == {TeamMember(1, 7)}
    assert not diff.written
    deleted = diff_teams(teams, [], {TeamMember(1, 7)}, set(), gone={7})
    assert deleted.members == frozenset()
    assert deleted.changes == (Change(user_id=7, kind=ChangeKind.TEAM_LEFT, before="Tier 1"),)


def test_who_is_active_leaves_a_team_by_missing_from_it() -> None:
    teams = [Team(id=1, name="Tier 1")]
    assert diff_teams(teams, teams, {TeamMember(1, 7)}, set()).members == frozenset()
