"""Teams changed at once, over SCIM Groups: put somebody in, take them out, make a team. Deleting one needs approval.

After each write the teams are read again over REST, and the record, its `changes` and the audit log get what is so.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.helpscout.client import HelpScout
from bot.helpscout.errors import HelpScoutError
from bot.helpscout.scim.api import Scim
from bot.helpscout.scim.resources import ScimGroup
from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.team import Team, TeamMember
from bot.model.user import Status, UserRecord
from bot.policy.people.diff import diff_teams
from bot.policy.people.standing import may_speak
from bot.policy.requests.opening import NO_SCIM
from bot.policy.typed.clean import visible
from bot.policy.typed.names import same_name
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.steps.group_wishes import Membership, NewGroup
from bot.services.steps.people import NotOverScim, find_over_scim
from bot.services.steps.settling import settle
from bot.services.steps.team_groups import group_of
from bot.store.record import Record

LONGEST_NAME = 100
HOUR = timedelta(hours=1)


PAUSES = (0.0, 0.2, 0.5, 1.0)
"""Seconds before each look at whether a change shows: somebody is waiting for the answer."""


class _Journal:
    """The intent goes to the audit log before each call: with the record locked, nothing is changed unaudited."""

    again = "try again"

    def __init__(
        self,
        record: Record,
        what: str,
        actor: str,
        user_id: int | None,
        details: Mapping[str, object],
        most: int | None = None,
    ) -> None:
        self._record, self._what, self._actor, self._most = record, what, actor, most
        self._user_id, self._details = user_id, details
        self.sent = False

    def sending(self) -> None:
        event = f"{self._what}.sending"
        with self._record.transaction():
            # The line first: appending is serialized on both engines, so that two at once can't both be the last one.
            self._record.audit.append(event, actor=self._actor, user_id=self._user_id, details=self._details)
            if self._most is not None:
                since = self._record.now() - HOUR
                if self._record.audit.people_since(event, self._actor, since) > self._most:
                    raise NotDone(
                        f"You've taken {self._most} people out of teams within the last hour, and that is the most. "
                        "Try again later, or ask a colleague."
                    )
        self.sent = True

    def answered(self, problem: HelpScoutError | None) -> None:
        """What came of it is written down when it is settled."""

    def looks(self) -> Iterator[object]:
        for pause in PAUSES:
            time.sleep(pause)
            yield pause

    def pause(self, seconds: float) -> None:
        time.sleep(min(seconds, PAUSES[-1]))


class NotDone(Problem):
    """The team was left as it was; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Changed:
    """`sentence` says what is so now; `changed` False: it was so before."""

    sentence: str
    changed: bool


class Teams:
    """`actor` is a Slack id everywhere. Methods call Help Scout: they are for the worker.

    `max_per_hour`: how many people one person may take out of teams in an hour. Each change is told in the channel.
    """

    def __init__(
        self,
        record: Record,
        helpscout: HelpScout,
        workspace: Workspace,
        *,
        max_per_hour: int = 10,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._max_per_hour = max_per_hour
        self._record = record
        self._helpscout = helpscout
        self._workspace = workspace
        self._wake = wake

    def add(self, who: UserRecord, team: Team, *, actor: str) -> Changed:
        """Put somebody into a team. Raises `NotDone` or what Help Scout's refusal means."""
        with self._attempt("team.add", actor, user_id=who.id, team=team.name):
            if not self._ask(who, team, inside=True, actor=actor):
                return Changed(f"{who.user.name} is in {team.name} already.", False)
        return Changed(f"{who.user.name} is in {team.name} now.", True)

    def remove(self, who: UserRecord, team: Team, *, actor: str) -> Changed:
        """Take somebody out of a team; their seat stays."""
        with self._attempt("team.remove", actor, user_id=who.id, team=team.name):
            if not self._ask(who, team, inside=False, actor=actor):
                return Changed(f"{who.user.name} is not in {team.name}.", False)
        return Changed(f"{who.user.name} is no longer in {team.name}.", True)

    def _ask(self, who: UserRecord, team: Team, *, inside: bool, actor: str) -> bool:
        """Change a membership and write down what is so then. False when it was so before."""
        scim_id, group = self._pair(who, team)
        ids = {"group_id": group.id, "scim_id": scim_id}
        wish = Membership(self._scim, self._helpscout.rest, team_id=team.id, user_id=who.id, inside=inside, **ids)
        if wish.shown():
            return False
        what = "team.add" if inside else "team.remove"
        details = {"team_id": team.id, "team": team.name, **ids}
        journal = _Journal(self._record, what, actor, who.id, details, None if inside else self._max_per_hour)
        settle(wish, journal)
        self._settle(team, who, inside=inside, actor=actor)
        return True

    def create(self, name: str, *, actor: str) -> Changed:
        """Make an empty team. A name that a team has already is refused: SCIM groups are matched by name."""
        wanted = visible(name)
        if not wanted or len(wanted) > LONGEST_NAME:
            raise NotDone(f"A team needs a name of 1 to {LONGEST_NAME} characters.")
        with self._attempt("team.create", actor, team=wanted):
            if self._group_named(wanted) is not None:
                return Changed(f"There is a team {wanted} already.", False)
            wish = NewGroup(self._scim, wanted)
            settle(wish, _Journal(self._record, "team.create", actor, None, {"team": wanted}))
            assert wish.found is not None
            scim_id = wish.found.id
            with self._record.transaction():
                self._record.audit.append("team.created", actor=actor, details={"team": wanted, "scim_id": scim_id})
                self._tell(f"{self._name(actor)} made the team {wanted}.")
        found = next((team for team in self._helpscout.rest.teams() if same_name(team.name, wanted)), None)
        if found is None:
            return Changed(f"The team {wanted} was made; it appears in the list once Help Scout shows it.", True)
        self._write([*self._others(found.id), replace(found, scim_id=scim_id)], self._record.teams.members())
        return Changed(f"The team {wanted} was made.", True)

    def _group_named(self, name: str) -> ScimGroup | None:
        return next((one for one in self._scim.groups() if same_name(one.display_name, name)), None)

    @contextmanager
    def _attempt(self, what: str, actor: str, *, user_id: int | None = None, **details: object) -> Iterator[None]:
        """Whether `actor` may, and what became of it: a refusal or failure is in the audit log too."""
        try:
            member, allowed = self._workspace.member(actor, fresh=True), self._workspace.requesters(fresh=True)
            if (refusal := may_speak(member)) is not None or member is None:
                raise NotDone(refusal.reason if refusal else "Slack doesn't know you.")
            if allowed is not None and member.ids.isdisjoint(allowed):
                raise NotDone("You aren't one of the people who may change teams here. Ask one of them.")
            yield
        except Problem as problem:
            told = {**details, "problem": problem.sentence}
            self._record.audit.append(f"{what}.failed", actor=actor, user_id=user_id, details=told)
            raise

    @property
    def _scim(self) -> Scim:
        if self._helpscout.scim is None:
            raise NotDone(NO_SCIM)
        return self._helpscout.scim

    def _pair(self, who: UserRecord, team: Team) -> tuple[str, ScimGroup]:
        """The person and the team as SCIM knows them; the pairs are kept in the record."""
        if who.status is not Status.ACTIVE:
            raise NotDone(f"{who.user.name} has left Help Scout.")
        group = group_of(self._scim.groups(), team, self._scim, self._record)
        if group is None:
            raise NotDone(f"SCIM does not show exactly one group named {team.name}: change its members in Help Scout.")
        try:
            return find_over_scim(self._record, self._scim, who).id, group
        except NotOverScim as problem:
            raise NotDone(problem.sentence) from problem

    def _settle(self, team: Team, who: UserRecord, *, inside: bool, actor: str) -> None:
        """What was read to be so; the next sync says when REST disagrees."""
        with self._record.transaction():
            members = self._record.teams.members()
            one = TeamMember(team.id, who.id)
            self._write(self._record.teams.all(), (members | {one}) if inside else (members - {one}))
            event = "team.member_added" if inside else "team.member_removed"
            self._record.audit.append(
                event, actor=actor, user_id=who.id, details={"team_id": team.id, "team": team.name}
            )
            did = f"added {who.user.name} to" if inside else f"took {who.user.name} out of"
            self._tell(f"{self._name(actor)} {did} the team {team.name}.")

    def _name(self, actor: str) -> str:
        try:
            member = self._workspace.member(actor)
        except WorkspaceAway:
            return "Someone"
        return member.name if member is not None and member.name else "Someone"

    def _tell(self, sentence: str) -> None:
        """Owe the channel this news; within the transaction that it tells of."""
        self._record.outbox.add(f"team/{secrets.token_hex(8)}", Topic.WARNING, {"sentence": sentence, "news": True})

    def _others(self, team_id: int) -> list[Team]:
        return [team for team in self._record.teams.all() if team.id != team_id]

    def _write(self, teams: list[Team], members: set[TeamMember]) -> None:
        with self._record.transaction():
            found = diff_teams(self._record.teams.all(), teams, self._record.teams.members(), members)
            self._record.teams.replace(list(found.teams), set(found.members))
            now = self._record.now()
            self._record.changes.add([replace(change, seen_at=now) for change in found.changes])
        self._wake()
