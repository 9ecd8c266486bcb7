"""Teams changed at once, over SCIM Groups or REST: put somebody in, take them out, make a team. Deleting one needs
approval.

After each write the teams are read again over REST, and the record, its `changes` and the audit log get what is so.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bot.helpscout.client import HelpScout
from bot.helpscout.errors import Forbidden, NotFound, Rejected, Unauthorized
from bot.helpscout.rest_writes import MISSING
from bot.helpscout.scim.api import Scim
from bot.helpscout.scim.resources import ScimGroup
from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.request import Kind
from bot.model.team import Team, TeamMember
from bot.model.user import Status, UserRecord
from bot.model.way import Way
from bot.policy.people.diff import diff_teams
from bot.policy.people.standing import may_speak
from bot.policy.typed.clean import visible
from bot.policy.typed.names import same_name
from bot.policy.ways import (
    NO_NEW_TEAM,
    NO_TOKEN,
    OLD_API,
    TEAMS,
    Cannot,
    Chosen,
    Writes,
    by_hand,
    choose,
    is_light,
    why_not_rest,
)
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.membership import ids_of
from bot.services.requests.terms import Terms
from bot.services.side_by_side import together
from bot.services.steps.group_writes import Membership, NewGroup
from bot.services.steps.same_person import NotOverScim
from bot.services.steps.settling import settle
from bot.services.steps.team_groups import group_of
from bot.services.team_journal import HOUR, NotDone, TeamJournal
from bot.services.ways.choosing import Ways
from bot.services.ways.over_rest import RestMembership
from bot.store.record import Record

LONGEST_NAME = 100


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
        writes: Writes = "auto",
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._max_per_hour = max_per_hour
        self._ways = Ways(record, helpscout, Terms(writes=writes))
        self._record = record
        self._helpscout = helpscout
        self._workspace = workspace
        self._wake = wake

    def add(self, who: UserRecord, team: Team, *, actor: str, told: bool = False) -> Changed:
        """Put somebody into a team. Raises `NotDone` or what Help Scout's refusal means. `told`: the channel knows."""
        with self._attempt("team.add", actor, user_id=who.id, team=team.name):
            if not self._ask(who, team, inside=True, actor=actor, told=told):
                return Changed(f"{who.user.name} is in {team.name} already.", False)
        return Changed(f"{who.user.name} is in {team.name} now.", True)

    def remove(self, who: UserRecord, team: Team, *, actor: str, told: bool = False) -> Changed:
        """Take somebody out of a team; their seat stays."""
        with self._attempt("team.remove", actor, user_id=who.id, team=team.name):
            if not self._ask(who, team, inside=False, actor=actor, told=told):
                return Changed(f"{who.user.name} is not in {team.name}.", False)
        return Changed(f"{who.user.name} is no longer in {team.name}.", True)

    def _ask(self, who: UserRecord, team: Team, *, inside: bool, actor: str, told: bool) -> bool:
        """Change a membership and write down what is so then. False when it was so before."""
        wish, ids = self._wish(who, team, inside=inside)
        if wish.shown():
            return False
        what = "team.add" if inside else "team.remove"
        details = {"team_id": team.id, "team": team.name, **ids}
        if inside:
            journal = TeamJournal(self._record, what, actor, who.id, details)
        else:
            acted_as = self._acted_as(actor, f"{what}.sending")
            journal = TeamJournal(self._record, what, actor, who.id, details, self._max_per_hour, acted_as)
        try:
            settle(wish, journal)
        except (NotFound, Rejected) as refused:
            if not isinstance(wish, RestMembership) or refused.status not in MISSING:
                raise
            raise NotDone(f"{OLD_API}. {by_hand(_doing(who, team, inside), TEAMS)}") from refused
        self._settle(team, who, inside=inside, actor=actor, told=told)
        return True

    def _acted_as(self, actor: str, event: str) -> frozenset[str]:
        """Under which ids this person has caused the event within the hour."""
        member = self._workspace.member(actor)
        lately = self._record.audit.actors_since(event, self._record.now() - HOUR)
        return ids_of(self._workspace, member, lately) if member is not None else frozenset({actor})

    def _wish(self, who: UserRecord, team: Team, *, inside: bool) -> tuple[Membership | RestMembership, dict[str, str]]:
        """What is to be so, over the way that this account has; for the audit log, the ids that SCIM knows."""
        if who.status is not Status.ACTIVE:
            raise NotDone(f"{who.user.name} has left Help Scout.")
        if inside and is_light(who.user.role):
            raise NotDone(f"{who.user.name} is a light user, and light users can't be in a team.")
        means, (found, unknown) = together(self._ways.read, lambda: self._ways.over_scim(who))
        if isinstance(found, NotOverScim):
            raise NotDone(found.sentence)
        way = choose(means, Kind.OFFBOARD, unknown=unknown)
        if isinstance(way, Cannot):
            raise NotDone(way.sentence)
        if way.way is Way.HAND:
            raise NotDone(f"{way.why} {by_hand(_doing(who, team, inside), TEAMS)}".lstrip())
        rest = self._helpscout.rest
        if way.way is Way.REST or found is None:
            return RestMembership(rest, team, who.id, inside=inside), {}
        scim = self._scim
        group = group_of(scim.groups(), team, scim, self._record)
        if group is None:
            raise NotDone(f"SCIM does not show exactly one group named {team.name}: change its members in Help Scout.")
        ids = {"group_id": group.id, "scim_id": found.id}
        return Membership(scim, rest, team_id=team.id, user_id=who.id, inside=inside, **ids), ids

    def create(self, name: str, *, actor: str) -> Changed:
        """Make an empty team. A name that a team has already is refused: SCIM groups are matched by name."""
        wanted = visible(name)
        if not wanted or len(wanted) > LONGEST_NAME:
            raise NotDone(f"A team needs a name of 1 to {LONGEST_NAME} characters.")
        with self._attempt("team.create", actor, team=wanted):
            self._may_create()
            if self._named_over_scim(wanted) is not None:
                return Changed(f"There is a team {wanted} already.", False)
            wish = NewGroup(self._scim, wanted)
            settle(wish, TeamJournal(self._record, "team.create", actor, None, {"team": wanted}))
            assert wish.found is not None
            scim_id, maker = wish.found.id, self._name(actor)  # before the transaction, which must not wait for Slack
            with self._record.transaction():
                self._record.audit.append("team.created", actor=actor, details={"team": wanted, "scim_id": scim_id})
                self._tell(f"{maker} made the team {wanted}.")
        found = next((team for team in self._helpscout.rest.teams() if same_name(team.name, wanted)), None)
        if found is None:
            return Changed(f"The team {wanted} was made; it appears in the list once Help Scout shows it.", True)
        self._write([*self._others(found.id), replace(found, scim_id=scim_id)], self._record.teams.members())
        return Changed(f"The team {wanted} was made.", True)

    def _may_create(self) -> None:
        """Raises `NotDone` where nothing can make a team."""
        if (way := choose(self._ways.read(), Kind.DELETE_TEAM)) == Chosen(Way.SCIM):
            return
        if isinstance(way, Cannot) and self._ways.scim_may_be is False and not why_not_rest(self._ways.means()):
            raise NotDone(NO_NEW_TEAM)
        raise NotDone(way.sentence if isinstance(way, Cannot) else by_hand("Make it", TEAMS))

    def _named_over_scim(self, name: str) -> ScimGroup | None:
        try:
            return self._group_named(name)
        except (Unauthorized, Forbidden) as refused:
            raise NotDone(f"{refused.sentence} {by_hand('Make the team', TEAMS)}") from refused

    def _group_named(self, name: str) -> ScimGroup | None:
        return next((one for one in self._scim.groups() if same_name(one.display_name, name)), None)

    @contextmanager
    def _attempt(self, what: str, actor: str, *, user_id: int | None = None, **details: object) -> Iterator[None]:
        """Whether `actor` may, and what became of it: a refusal or failure is in the audit log too."""
        try:
            member, allowed = self._workspace.member(actor, fresh=True), self._workspace.requesters(fresh=True)
            if (refusal := may_speak(member)) is not None or member is None:
                raise NotDone(refusal.reason if refusal else "Slack doesn't know you.")
            if allowed is not None and not member.is_provider and member.ids.isdisjoint(allowed):
                raise NotDone("You aren't one of the people who may change teams here. Ask one of them.")
            yield
        except Problem as problem:
            told = {**details, "problem": problem.sentence}
            self._record.audit.append(f"{what}.failed", actor=actor, user_id=user_id, details=told)
            raise

    @property
    def _scim(self) -> Scim:
        if self._helpscout.scim is None:
            raise NotDone(NO_TOKEN)
        return self._helpscout.scim

    def _settle(self, team: Team, who: UserRecord, *, inside: bool, actor: str, told: bool) -> None:
        """What was read to be so; the next sync says when REST disagrees."""
        doer = self._name(actor)
        with self._record.transaction():
            members = self._record.teams.members()
            one = TeamMember(team.id, who.id)
            self._write(self._record.teams.all(), (members | {one}) if inside else (members - {one}))
            event = "team.member_added" if inside else "team.member_removed"
            self._record.audit.append(
                event, actor=actor, user_id=who.id, details={"team_id": team.id, "team": team.name}
            )
            did = f"added {who.user.name} to" if inside else f"took {who.user.name} out of"
            if not told:
                self._tell(f"{doer} {did} the team {team.name}.")

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


def _doing(who: UserRecord, team: Team, inside: bool) -> str:
    """What a person does instead, in Help Scout."""
    if inside:
        return f"Add {who.user.name} to the team {team.name}"
    return f"Take {who.user.name} out of the team {team.name}"
