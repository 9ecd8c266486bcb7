"""One sync from reading to writing: what Help Scout shows, compared with the record, becomes rows, changes and notices.

`read` asks Help Scout and writes nothing; `write` runs inside the caller's transaction and asks nobody. Between the
two, others may have written: whatever they touched since we began to read is newer than what we read, and is left as
it is until the next sync.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.helpscout.rest import Rest
from bot.model.change import Change, ChangeKind
from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.request import Kind, Request
from bot.model.sync import SyncRun, SyncState
from bot.model.team import Team, TeamMember
from bot.model.user import Status, User, UserRecord
from bot.policy.people.cause import (
    ADDS,
    AT_IT,
    BY_US,
    CHANGES,
    REMOVAL,
    REMOVES,
    Cause,
    Doer,
    cause_of_absence,
    cause_of_difference,
    cause_of_presence,
)
from bot.policy.people.diff import Diff, TeamDiff, diff_teams, diff_users
from bot.policy.people.guard import another_account
from bot.services.side_by_side import together
from bot.services.syncing import held
from bot.services.syncing.account import Account, Progress, readable_teams
from bot.services.syncing.missing import Absence, look_for
from bot.services.syncing.notices import told
from bot.services.syncing.oddities import readable, told_oddities
from bot.services.syncing.shared_addresses import shared_addresses
from bot.store.operations.user_rows import UNSEEN, Spelled, spelled
from bot.store.record import Record

ENDED = BY_US - AT_IT


class AnotherAccount(Problem):
    """The credentials are of another account than the one on record: nothing is written."""


class OneSync:
    """`run` is our row of `syncs`, `guard` the removal guard's share; `owes` after `write`: Slack is owed something."""

    def __init__(self, record: Record, run: SyncRun, *, guard: float) -> None:
        self.owes = False
        self._record = record
        self._run = run
        self._guard = guard
        self._version = record.version()
        self._teams = tuple(record.teams.all())
        self._members = frozenset(record.teams.members())
        previous = record.syncs.latest_good()
        self._seen_at = previous.started_at if previous else None
        self._before: dict[int, UserRecord] = {}
        self._known_all = False
        self._ahead: dict[int, Spelled] = {}
        self._missing: frozenset[int] = frozenset()
        self._account = Account()
        self._absence = Absence()
        self._unsettled: frozenset[int] = frozenset()

    def read(self, rest: Rest, progress: Progress) -> None:
        """Everything from Help Scout, each missing person looked up. Raises a `Problem` when it can't be believed."""
        # The record is read while the network is waited for; what is written to it meanwhile is set aside by `write`.
        listed, _ = together(lambda: rest.users(progress=progress, each=self._spell_ahead), self._know)
        active = [row.id for row in self._before.values() if row.status is Status.ACTIVE]
        if sentence := another_account(self._before.keys(), frozenset(active), listed.keys()):
            raise AnotherAccount(sentence)
        self._missing = frozenset(active) - listed.keys()
        question = held.question(self._record)
        confirmed = question.confirmed if question else frozenset[int]()
        if question:  # since it was asked, syncs were good without seeing them
            self._seen_at = question.seen_at
        self._absence = look_for(rest, self._missing, known=len(active), share=self._guard, confirmed=confirmed)
        users = listed | {user.id: user for user in self._absence.present}
        self._unsettled = self._missing - self._absence.gone - users.keys()
        self._account = Account(readable(users, self._before), readable_teams(rest))

    def _know(self) -> None:
        self._before = {row.id: row for row in self._record.users.by_status()}
        self._known_all = True

    def _spell_ahead(self, user: User) -> None:
        """The rows of who is new, while further pages are waited for: of the others hardly any will be written."""
        if self._known_all and user.id not in self._before:
            self._ahead[user.id] = spelled(user)

    def write(self, requests: int) -> SyncRun:
        """Rows, changes, teams, question and notice; returns our row of `syncs` as it is to be closed."""
        at = self._record.now()
        _, touched = self._record.users.changed_since(self._version)
        running = self._record.requests.find(states=AT_IT, limit=1000)
        aside = {row.id for row in touched} | self._left_to_runners(running)
        diff = diff_users(
            {user_id: row for user_id, row in self._before.items() if user_id not in aside},
            {user_id: user for user_id, user in self._account.users.items() if user_id not in aside},
            self._absence.gone,
            at=at,
            began=self._run.started_at,
            seen_at=self._seen_at,
        )
        diff = self._attributed(diff)
        teams = self._team_diff(diff, aside)
        changes = self._stamped((*diff.changes, *teams.changes), at)
        unseen = self._unsettled - {row.id for row in touched}
        unseen_before = self._record.users.seen().unseen
        if rows := (*diff.rows, *(self._before[id] for id in sorted(unseen - unseen_before))):
            self._record.users.put(rows, self._ahead)  # from now on their rows say themselves when they were last seen
        if unseen != unseen_before:
            self._record.notes.set(UNSEEN, json.dumps(sorted(unseen)))
        if teams.written:
            self._record.teams.replace(teams.teams, teams.members)
        if changes:
            self._record.changes.add(changes)
        after = {**self._before, **{row.id: row for row in (*touched, *diff.rows)}}
        self._owe(changes, after)
        return replace(
            self._run,
            state=SyncState.HELD if self._absence.held else SyncState.DONE,
            finished_at=at,
            people=_people(row for row in after.values() if row.status is Status.ACTIVE),
            joined=_people((*diff.joined, *diff.returned)),
            removed=_people(diff.removed),
            changed=_people(diff.changed),
            requests=requests,
            problem=" ".join(
                part
                for part in (
                    self._absence.held,
                    self._account.teams.problem,
                    told_oddities(self._account.users),
                    *shared_addresses(self._record),
                )
                if part
            ),
        )

    # Whose doing

    def _left_to_runners(self, running: list[Request]) -> set[int]:
        """People whom a runner is removing, making or changing at this moment: it writes the record itself."""
        if not running:
            return set()
        removing = self._removing(running)
        left = {
            user_id
            for user_id in self._absence.gone
            if cause_of_absence(user_id, running, removing, self._seen_at).doer is Doer.RUNNER
        }
        for user in self._account.users.values():
            row = self._before.get(user.id)
            if row is None or row.status is not Status.ACTIVE:
                cause = cause_of_presence(user, running, self._seen_at)
            else:
                cause = cause_of_difference(user.id, running, self._seen_at)
            if cause.doer is Doer.RUNNER:
                left.add(user.id)
        return left

    def _attributed(self, diff: Diff) -> Diff:
        """The diff with what requests of ours did: offboarded instead of removed, and the request named."""
        if not self._before:
            return diff
        causes: dict[int, Cause] = {}
        for row in diff.removed:
            requests = self._find(REMOVES, row.id)
            causes[row.id] = cause_of_absence(row.id, requests, self._removing(requests), self._seen_at)
        if diff.joined or diff.returned:
            requests = self._record.requests.find(states=ENDED, kinds=ADDS, limit=200)
            for row in (*diff.joined, *diff.returned):
                causes[row.id] = cause_of_presence(row.user, requests, self._seen_at)
        if diff.changed:
            requests = self._record.requests.find(states=ENDED, kinds=CHANGES, limit=200)
            for row in diff.changed:
                causes[row.id] = cause_of_difference(row.id, requests, self._seen_at)
        ours = {user_id: cause for user_id, cause in causes.items() if cause.doer is Doer.OURS}
        if not ours:
            return diff
        rows = tuple(_row_by(ours[row.id], row) if row.id in ours else row for row in diff.rows)
        by_id = {row.id: row for row in rows}
        return replace(
            diff,
            removed=tuple(by_id[row.id] for row in diff.removed if row.id not in ours),
            changes=tuple(_change_by(ours[c.user_id], c) if c.user_id in ours else c for c in diff.changes),
            rows=rows,
        )

    def _find(self, kinds: frozenset[Kind], target_id: int) -> list[Request]:
        return self._record.requests.find(states=ENDED, kinds=kinds, target_id=target_id, limit=20)

    def _removing(self, requests: Iterable[Request]) -> frozenset[str]:
        """Requests whose removal step has begun."""
        offboardings = (request for request in requests if request.kind in REMOVES)
        return frozenset(
            request.id
            for request in offboardings
            if any(step.name == REMOVAL for step in self._record.requests.steps(request.id))
        )

    # Teams

    def _team_diff(self, diff: Diff, aside: set[int]) -> TeamDiff:
        teams_now, members_now = tuple(self._record.teams.all()), frozenset(self._record.teams.members())
        status = {row.id: row.status for row in (*self._before.values(), *diff.rows)}
        gone = {user_id for user_id, its in status.items() if its is not Status.ACTIVE}
        read = self._account.teams
        teams = read.listed if read.listed is not None else teams_now
        members = read.members | {
            member for member in members_now if read.listed is None or member.team_id in read.unread
        }
        if self._absence.held:  # nothing about who is held changes, so the teams that they were in stay as well
            kept = {member.team_id for member in members_now if member.user_id in self._absence.asked}
            shown = {team.id for team in teams}
            teams = (*teams, *(team for team in teams_now if team.id in kept - shown))
        return diff_teams(
            teams_now,
            newer_teams(self._teams, teams_now, teams),
            members_now,
            newer_members(self._members, members_now, members),
            gone=gone | self._unsettled | (aside - self._account.users.keys()),
        )

    # Telling

    def _stamped(self, changes: Iterable[Change], at: datetime) -> tuple[Change, ...]:
        return tuple(
            Change(  # `dataclasses.replace` takes three times as long, which tens of thousands at once feel
                user_id=change.user_id,
                kind=change.kind,
                field=change.field,
                before=change.before,
                after=change.after,
                seen_at=at,
                sync_id=None if change.request_id else self._run.id,
                request_id=change.request_id,
            )
            for change in changes
        )

    def _owe(self, changes: Iterable[Change], after: Mapping[int, UserRecord]) -> None:
        news = [change for change in changes if told(change, after.get(change.user_id))]
        for change in news:
            if change.kind is ChangeKind.REMOVED:
                details = {"sync_id": self._run.id}
                self._record.audit.append("user.removed", actor="hs-bot", user_id=change.user_id, details=details)
        # The first look at an account shows everybody as new; that is no news.
        if self._before and news:
            self._record.outbox.add(f"notice:{self._run.id}", Topic.NOTICE, {"sync_id": self._run.id})
            self.owes = True
        left = self._missing - self._absence.gone - {user.id for user in self._absence.present}
        if held.settle(self._record, self._run.id, asked=self._absence.asked, missing=left, seen_at=self._seen_at):
            self.owes = True


def newer_members(
    start: frozenset[TeamMember], now: frozenset[TeamMember], read: frozenset[TeamMember]
) -> frozenset[TeamMember]:
    """What was read, except where somebody wrote since `start`: there, what the record says `now`."""
    contested = start ^ now
    return (read - contested) | (now & contested)


def newer_teams(start: Iterable[Team], now: Iterable[Team], read: Iterable[Team]) -> tuple[Team, ...]:
    """As `newer_members`, by id."""
    before, current, seen = ({team.id: team for team in teams} for teams in (start, now, read))
    contested = {team_id for team_id in before.keys() | current.keys() if before.get(team_id) != current.get(team_id)}
    merged = {team_id: team for team_id, team in seen.items() if team_id not in contested}
    merged |= {team_id: team for team_id, team in current.items() if team_id in contested}
    return tuple(team for _, team in sorted(merged.items()))


def _people(rows: Iterable[UserRecord]) -> int:
    """How many of them are people."""
    return sum(row.user.is_person for row in rows)


def _row_by(cause: Cause, row: UserRecord) -> UserRecord:
    if row.status is Status.REMOVED:
        return replace(row, status=Status.OFFBOARDED, request_id=cause.request_id)
    return row


def _change_by(cause: Cause, change: Change) -> Change:
    kind = ChangeKind.OFFBOARDED if change.kind is ChangeKind.REMOVED else change.kind
    return replace(change, kind=kind, request_id=cause.request_id)
