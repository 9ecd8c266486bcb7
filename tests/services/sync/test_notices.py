"""What a channel is told about a sync, as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.model.change import Change, ChangeKind
from bot.model.user import User, UserRecord
from bot.services.reports.history import Entry
from bot.services.syncing.notices import notice_of, told

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def entry(user_id: int, kind: ChangeKind, field: str = "", name: str = "", **fields: object) -> Entry:
    person = UserRecord(user=User(id=user_id, first_name=name or f"P{user_id}"), first_seen=AT, last_seen=AT)
    return Entry(Change(user_id=user_id, kind=kind, field=field, sync_id=1, **fields), person)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "field", "is_told"),
    [
        (ChangeKind.JOINED, "", True),
        (ChangeKind.RETURNED, "", True),
        (ChangeKind.REMOVED, "", True),
        (ChangeKind.CHANGED, "role", True),
        (ChangeKind.CHANGED, "email", True),
        (ChangeKind.CHANGED, "job_title", False),
        (ChangeKind.OFFBOARDED, "", False),
        (ChangeKind.TEAM_JOINED, "", False),
        (ChangeKind.TEAM_LEFT, "", False),
        (ChangeKind.FORGOTTEN, "", False),
    ],
)
def test_the_channel_hears_of_people_roles_and_addresses(kind: ChangeKind, field: str, is_told: bool) -> None:
    change = entry(1, kind, field)
    assert told(change.change, change.person) is is_told
    assert bool(notice_of(1, [change]).entries) is is_told


@pytest.mark.parametrize("kind", [ChangeKind.JOINED, ChangeKind.REMOVED])
def test_what_a_request_of_ours_did_is_not_told(kind: ChangeKind) -> None:
    assert notice_of(1, [entry(1, kind, request_id="r1")]).entries == ()


def test_a_team_that_comes_or_goes_is_nobody_who_came_or_vanished() -> None:
    came = entry(1, ChangeKind.REMOVED)
    assert came.person is not None
    team = replace(came, person=replace(came.person, user=replace(came.person.user, type="team")))
    assert notice_of(1, [team]).entries == ()


def test_the_alarm_comes_first_and_each_part_is_by_name() -> None:
    notice = notice_of(
        7,
        [
            entry(3, ChangeKind.CHANGED, "role"),
            entry(2, ChangeKind.JOINED, name="zoe"),
            entry(4, ChangeKind.JOINED, name="Adam"),
            entry(1, ChangeKind.REMOVED),
        ],
    )
    assert [e.change.user_id for e in notice.entries] == [1, 4, 2, 3]
    assert notice.removed
    assert not notice_of(7, [entry(2, ChangeKind.JOINED)]).removed


@pytest.mark.parametrize(("count", "digest"), [(5, False), (6, True)])
def test_more_than_five_are_a_digest(count: int, digest: bool) -> None:
    assert notice_of(1, [entry(i, ChangeKind.JOINED) for i in range(count)]).digest is digest


def test_somebody_of_whom_only_the_id_is_left_is_named_by_it() -> None:
    nameless = Entry(Change(user_id=5, kind=ChangeKind.REMOVED), None)
    assert notice_of(1, [nameless]).removed[0].name == "5"
