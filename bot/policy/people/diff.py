"""What happened between two looks at the account, by id: who joined, came back, changed, is gone."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from bot.model.address import address_key
from bot.model.change import Change, ChangeKind
from bot.model.team import Team, TeamMember
from bot.model.user import Status, User, UserRecord

QUIET = frozenset({"id", "raw", "odd", "updated_at"})
"""Fields that move without a change anybody would ask about: the row is written, `changes` is not."""

COMPARED = tuple(field.name for field in fields(User) if field.name not in QUIET)


@dataclass(frozen=True, slots=True)
class Diff:
    """`joined`, `returned`, `changed`, `removed`: rows as they are to be written; `rows` is all there is to write."""

    joined: tuple[UserRecord, ...] = ()
    returned: tuple[UserRecord, ...] = ()
    changed: tuple[UserRecord, ...] = ()
    removed: tuple[UserRecord, ...] = ()
    changes: tuple[Change, ...] = ()
    rows: tuple[UserRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamDiff:
    """`teams` and `members` are what the record is to hold; `written` is False when it holds just that."""

    teams: tuple[Team, ...] = ()
    members: frozenset[TeamMember] = frozenset()
    changes: tuple[Change, ...] = ()
    written: bool = False


def diff_users(
    before: Mapping[int, UserRecord],
    after: Mapping[int, User],
    confirmed_gone: Collection[int],
    *,
    at: datetime,
    began: datetime | None = None,
    seen_at: datetime | None = None,
    leaving: Container[int] = frozenset(),
) -> Diff:
    """Compare the record with a complete walk.

    `before` is the whole record, gone people included, each with its raw JSON; `after` everybody whom the pages (or a
    look-up by id) showed; `confirmed_gone` those for whom Help Scout answered 404. Whoever is in neither is left alone.
    `at` stamps the rows; `began` is when the walk began: whoever was marked gone since is not taken for returned by an
    older page. `seen_at`, the time of the last good sync, is when removed people were last seen. `leaving` are people
    whom a running request of ours removes: their end is written by that request.

    Came back: the same id, or the same e-mail (any of any) under a new id, of somebody who is gone.
    """
    gone_now = {
        id
        for id in confirmed_gone
        if id in before and before[id].status is Status.ACTIVE and id not in after and id not in leaving
    }
    formerly = _by_email(before, gone_now)
    joined: list[UserRecord] = []
    returned: list[UserRecord] = []
    changed: list[UserRecord] = []
    removed: list[UserRecord] = []
    quiet: list[UserRecord] = []
    changes: list[Change] = []
    for id, user in sorted(after.items()):
        old = before.get(id)
        if old is None:
            row = UserRecord(user=user, first_seen=at, last_seen=at)
            if formerly and (earlier := _earlier(formerly, user)):
                returned.append(row)
                changes.append(
                    Change(user_id=id, kind=ChangeKind.RETURNED, field="id", before=str(earlier.id), after=str(id))
                )
            else:
                joined.append(row)
                changes.append(Change(user_id=id, kind=ChangeKind.JOINED, after=user.name))
        elif old.status is not Status.ACTIVE:
            if began is not None and old.removed_at is not None and old.removed_at >= began:
                continue
            returned.append(
                replace(old, user=user, status=Status.ACTIVE, last_seen=at, removed_at=None, request_id=None)
            )
            changes.append(Change(user_id=id, kind=ChangeKind.RETURNED, before=old.status, after=Status.ACTIVE))
            changes.extend(_changed_fields(old.user, user))
        elif (old.user is not user) and (old.user != user or old.user.raw != user.raw):
            row = replace(old, user=user, last_seen=at)
            told = tuple(_changed_fields(old.user, user))
            (changed if told else quiet).append(row)
            changes.extend(told)
    for id in sorted(gone_now):
        old = before[id]
        last_seen = max(old.last_seen, seen_at) if seen_at else old.last_seen
        removed.append(replace(old, status=Status.REMOVED, removed_at=at, last_seen=last_seen, request_id=None))
        changes.append(Change(user_id=id, kind=ChangeKind.REMOVED, before=old.user.name))
    rows = sorted((*joined, *returned, *changed, *removed, *quiet), key=lambda row: row.id)
    return Diff(tuple(joined), tuple(returned), tuple(changed), tuple(removed), tuple(changes), tuple(rows))


def diff_teams(
    before: Iterable[Team],
    after: Iterable[Team],
    members_before: Collection[TeamMember],
    members_after: Collection[TeamMember],
    *,
    gone: Container[int] = frozenset(),
) -> TeamDiff:
    """Compare teams and memberships.

    Memberships of people who are `gone` (not active any more, or being removed by a running request of ours) stay as
    they were, as part of what is remembered of them, until their team is deleted. A team's known SCIM id is kept.
    """
    old_teams = {team.id: team for team in before}
    new_teams = {team.id: _with_scim_id(team, old_teams.get(team.id)) for team in after}
    kept = {member for member in members_before if member.user_id in gone and member.team_id in new_teams}
    members = frozenset(members_after) | kept
    names = {id: team.name or str(id) for id, team in (old_teams | new_teams).items()}
    changes = [
        Change(user_id=one.user_id, kind=ChangeKind.TEAM_LEFT, before=names.get(one.team_id, str(one.team_id)))
        for one in frozenset(members_before) - members
    ] + [
        Change(user_id=one.user_id, kind=ChangeKind.TEAM_JOINED, after=names.get(one.team_id, str(one.team_id)))
        for one in members - frozenset(members_before)
    ]
    changes.sort(key=lambda change: (change.user_id, change.kind, change.before, change.after))
    teams = tuple(team for _, team in sorted(new_teams.items()))
    same = old_teams == new_teams and all(old_teams[team.id].raw == team.raw for team in teams)
    return TeamDiff(teams, members, tuple(changes), written=bool(changes) or not same)


def _by_email(before: Mapping[int, UserRecord], gone_now: Container[int]) -> dict[str, UserRecord]:
    """Everybody who is gone by each of their addresses; of two, who left last."""
    found: dict[str, UserRecord] = {}
    for row in before.values():
        if row.status is Status.ACTIVE and row.id not in gone_now:
            continue
        for address in row.user.keys:
            if address not in found or _left(found[address], gone_now) < _left(row, gone_now):
                found[address] = row
    return found


def _left(row: UserRecord, gone_now: Container[int]) -> tuple[bool, datetime, int]:
    return row.id in gone_now, row.removed_at or row.last_seen, row.id


def _earlier(formerly: Mapping[str, UserRecord], user: User) -> UserRecord | None:
    """Who of the people who are gone had one of this user's addresses; the primary one counts first."""
    primary = [address for address in user.keys if address == address_key(user.email)]
    for address in (*primary, *sorted(user.keys)):
        if address in formerly:
            return formerly[address]
    return None


def _changed_fields(old: User, new: User) -> Iterator[Change]:
    for name in COMPARED:
        before, after = getattr(old, name), getattr(new, name)
        if name == "alternate_emails":
            if frozenset(before) == frozenset(after):
                continue
            before, after = ", ".join(before), ", ".join(after)
        if before != after:
            yield Change(user_id=new.id, kind=ChangeKind.CHANGED, field=name, before=str(before), after=str(after))


def _with_scim_id(team: Team, old: Team | None) -> Team:
    return replace(team, scim_id=old.scim_id) if old is not None and team.scim_id is None and old.scim_id else team
