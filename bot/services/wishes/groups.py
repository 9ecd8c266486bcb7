"""Teams as identity providers want them: members at once, told in the channel; a deletion by a request."""

from dataclasses import replace
from datetime import timedelta

import structlog

from bot.model.action import Open
from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.request import OPEN, Kind, State
from bot.model.team import Team
from bot.model.user import UserRecord
from bot.model.wish import Wish, WishKind
from bot.policy.people.provider import provider_name
from bot.policy.requests.hourly_limit import minute
from bot.policy.typed.names import same_name
from bot.services.approvals import Approvals
from bot.services.team_journal import HourFull, NotDone
from bot.services.teams import Teams
from bot.services.wishes.keeping import hash_of, put
from bot.services.wishes.roster import Roster
from bot.store.record import Record

AGAIN = timedelta(minutes=2)
NAMED = 5
"""Members that come and go of whom each is told in a line of its own; more are one line."""


class Groups:
    """Calls Help Scout: for the thread of the pursuit."""

    def __init__(
        self,
        record: Record,
        roster: Roster,
        teams: Teams,
        approvals: Approvals,
    ) -> None:
        self._record = record
        self._roster = roster
        self._teams = teams
        self._approvals = approvals
        self._log = structlog.get_logger("gate")

    def pursue(self, wish: Wish) -> int:
        """One group; 1 when something moved. What can't be done now is tried again later."""
        try:
            return self._deletion(wish) if wish.deleted else self._members(wish)
        except Problem as problem:
            self._log.warning("a group that was pushed waits", resource=wish.id, problem=problem.sentence)
            self._later(wish, problem.sentence)
            return 0

    def _later(self, wish: Wish, sentence: str) -> None:
        """Tried again later; what is still so then is told in the channel, once."""
        with self._record.transaction():
            if wish.problem == sentence:
                name = str(wish.document.get("displayName") or wish.id)
                said = f"What {provider_name(wish.token)} wants of the team {name} can't be done now. {sentence}"
                key = f"gate/{wish.token}/{wish.id}/{wish.changed_at.timestamp():.0f}/{hash_of(sentence)}"
                self._record.outbox.add(key, Topic.WARNING, {"sentence": said})
            put(self._record, replace(wish, not_before=self._record.now() + AGAIN, problem=sentence))

    def waiting_for(self, wish: Wish) -> list[int]:
        """The REST ids of the teams that wait for somebody who is to come."""
        return [
            one.subject_id
            for one in self._roster.teams(wish.token)
            if one.subject_id is not None and wish.id in one.fields["members"]
        ]

    def _deletion(self, wish: Wish) -> int:
        request = self._record.requests.get(wish.request_id) if wish.request_id else None
        if wish.subject_id is None or (request is not None and request.state not in OPEN):
            put(self._record, replace(wish, open=False, request_id=None))
            if request is not None and request.state is not State.DONE:
                self._record.audit.append("gate.fell_back", actor=wish.token, request_id=request.id)
            return 1
        if request is not None:
            return 0
        reason = f"{provider_name(wish.token)} has deleted the group."
        action = Open(kind=Kind.DELETE_TEAM, actor=wish.token, reason=reason, arguments={"target_id": wish.subject_id})
        outcome = self._approvals.apply(action)
        if outcome.request is None:
            self._later(wish, outcome.sentence)
            return 0
        put(self._record, replace(wish, request_id=outcome.request.id))
        return 1

    def _members(self, wish: Wish) -> int:
        team = self._team(wish)
        if team is None:
            return 0
        if wish.subject_id is None:
            wish = self._adopted(wish, team)
        if "members" not in wish.wanted:
            return self._done(wish)
        known = {id: self._roster.user_id(wish.token, id) for id in wish.wanted["members"]}
        wanted = {user_id for user_id in known.values() if user_id is not None}
        come = [id for id, user_id in known.items() if user_id is None and self._roster.person(wish.token, id)]
        inside = {one.user_id for one in self._record.teams.members() if one.team_id == team.id}
        more = self._record.users.several(wanted - inside)
        less = [row for row in self._record.users.several(inside - wanted) if self._may_go(wish.token, row)]
        many = len(more) + len(less) > NAMED
        put_in: list[UserRecord] = []
        taken_out: list[UserRecord] = []
        failed: list[str] = []
        full: HourFull | None = None
        for change, rows, done in ((self._teams.add, more, put_in), (self._teams.remove, less, taken_out)):
            for row in sorted(rows, key=lambda one: one.id):
                try:
                    if change(row, team, actor=wish.token, told=many).changed:
                        done.append(row)
                except HourFull as refused:
                    full = refused
                    break
                except NotDone as refused:  # one of them holds up nobody else
                    failed.append(refused.sentence)
        moved = len(put_in) + len(taken_out)
        if many:
            self._tell_done(wish, team, put_in, taken_out)
        if full is not None:
            left = [row for row in less if row not in taken_out]
            self._wait_for_hour(wish, team, full, len(less), left)
            return int(moved > 0)
        if failed:
            self._later(wish, failed[0] + (f" ({len(failed) - 1} more are like this.)" if len(failed) > 1 else ""))
            return int(moved > 0)
        if come:  # they have no seat yet: asked again when they may have
            put(self._record, replace(wish, not_before=self._record.now() + timedelta(seconds=30)))
            return int(moved > 0)
        return self._done(wish)

    def _adopted(self, wish: Wish, team: Team) -> Wish:
        """The group stands for a team from now on. Who is in that already stays in it."""
        with self._record.transaction():
            now = self._record.wishes.get(wish.token, wish.id) or wish
            members = [*self._roster.inside(wish.token, team.id), *now.wanted.get("members", ())]
            wanted = {**now.wanted, "members": list(dict.fromkeys(members))} if "members" in now.wanted else now.wanted
            now = replace(now, subject_id=team.id, wanted=wanted)
            self._record.wishes.put(now)
        return now

    def _may_go(self, token: str, row: UserRecord) -> bool:
        """Not whom this token has deleted: no list of members names them, and a second person decides on their seat."""
        return row.user.is_person and not self._record.wishes.hidden(token, WishKind.USER, row.id)

    def _tell_done(self, wish: Wish, team: Team, put_in: list[UserRecord], taken_out: list[UserRecord]) -> None:
        """Of many changes at once the channel is told in one line: of those that reading has shown."""
        parts = [
            f"put {_people(put_in)} into" if put_in else "",
            f"took {_people(taken_out)} out of" if taken_out else "",
        ]
        if not any(parts):
            return
        said = f"{provider_name(wish.token)} {' and '.join(filter(None, parts))} the team {team.name}."
        ids = ",".join(str(row.id) for row in (*put_in, *taken_out))
        key = f"gate/{wish.token}/{wish.id}/{self._record.now().timestamp():.0f}/{hash_of(ids)}/members"
        self._record.outbox.add(key, Topic.WARNING, {"sentence": said, "news": True})

    def _wait_for_hour(self, wish: Wish, team: Team, full: HourFull, of: int, left: list[UserRecord]) -> None:
        """The hour's removals from teams are used up: who stays till when, told once for as long as somebody waits."""
        limit = f"At most {'1 person' if full.most == 1 else f'{full.most} people'} an hour can leave teams"
        problem, provider = f"{limit}.", provider_name(wish.token)
        with self._record.transaction():
            if wish.problem != problem:
                said = (
                    f"{of - len(left)} of {of} whom {provider} takes out of the team {team.name} are out of it. "
                    f"{limit}, so the others follow from about {minute(full.at)} on: {_people(left)}."
                )
                key = f"gate/{wish.token}/{wish.id}/{self._record.now().timestamp():.0f}/hour"
                self._record.outbox.add(key, Topic.WARNING, {"sentence": said})
            put(self._record, replace(wish, not_before=full.at, problem=problem))

    def _team(self, wish: Wish) -> Team | None:
        """The team of the group; made where there is none."""
        teams = self._record.teams.all()
        if wish.subject_id is not None:
            return next((team for team in teams if team.id == wish.subject_id), None)
        name = str(wish.wanted.get("name") or "")
        for _ in range(2):
            found = next((team for team in self._record.teams.all() if same_name(team.name, name)), None)
            if found is not None:
                return found
            self._teams.create(name, actor=wish.token)
        put(
            self._record,
            replace(wish, not_before=self._record.now() + AGAIN, problem="Help Scout doesn't show the team yet."),
        )
        return None

    def _done(self, wish: Wish) -> int:
        left = {name: value for name, value in wish.wanted.items() if name == "name" and not self._named(wish, value)}
        put(self._record, replace(wish, wanted=left, open=False, problem=""))
        return 1

    def _named(self, wish: Wish, name: object) -> bool:
        teams = self._record.teams.all()
        return any(team.id == wish.subject_id and same_name(team.name, str(name)) for team in teams)


def _people(rows: list[UserRecord]) -> str:
    names = [row.user.name for row in sorted(rows, key=lambda one: one.user.name.casefold())]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
