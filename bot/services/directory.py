"""Who is who in Help Scout, answered from memory: look-ups, search, typeahead, lists.

Until everybody has been read, exact look-ups (id, e-mail, @mention) are answered by the record itself. While the record
is away, memory answers, and `note` says so. Rows from memory come without the raw JSON, which the record has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nsmallest

from bot.model.team import Team
from bot.model.user import Status, UserRecord
from bot.policy.typed.fold import fold
from bot.policy.typed.readings import Reading, likely
from bot.policy.typed.when import spell
from bot.policy.typed.who import Who
from bot.services.finding.everybody import Everybody
from bot.services.finding.index import LISTED, Index
from bot.services.finding.nearest import NEAREST, nearest
from bot.services.finding.roster import Roster
from bot.services.finding.search import INITIALS_COST, Costs, best, exact, matching, wholly
from bot.services.finding.teambook import TeamsFound
from bot.services.finding.words import Query, read_query
from bot.services.ports import Workspace
from bot.store.errors import StoreError
from bot.store.record import Record

MOST_FOUND = 200
"""People that a look-up by name lists; `LookupResult.total` counts them all."""
ACTIVE = frozenset({Status.ACTIVE})
GONE = frozenset(Status) - ACTIVE


@dataclass(frozen=True, slots=True)
class LookupResult:
    """Whom a look-up led to.

    `exact`: active people who match, `total` of them. `gone`: people who match as well, but have left. `near`: who may
    have been meant when nobody matches, active people first. `note` says what stood in the way. `named`: they match by
    a key or by name, not only by initials or job title; nothing is done to others without asking.
    """

    exact: tuple[UserRecord, ...] = ()
    near: tuple[UserRecord, ...] = ()
    gone: tuple[UserRecord, ...] = ()
    total: int = 0
    note: str = ""
    named: bool = True


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """`rows` from `offset` on, of `total`. `near`: nobody matches, so these come nearest."""

    rows: tuple[UserRecord, ...] = ()
    total: int = 0
    offset: int = 0
    near: bool = False


class Directory:
    """Everybody of the record. Thread-safe.

    `interval` is that of the sync: an answer older than two of them says so. `patience` is how long (seconds) a look-up
    by name waits for the first reading; a record in another place gets at most 0.3 s to say whether it has moved.
    """

    def __init__(
        self,
        record: Record,
        *,
        workspace: Workspace | None = None,
        interval: timedelta = timedelta(minutes=15),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: float = 2.0,
        poll: float = 1.0,
    ) -> None:
        self._record = record
        self._workspace = workspace
        self._interval = interval
        self._clock = clock
        self._roster = Roster(record, patience=min(patience, 0.3), poll=poll)
        self._everybody = Everybody(record, self._roster, patience=patience)

    def start(self) -> None:
        """Read everybody in the background and keep up. Without it, who first asks by name waits for the reading."""
        self._roster.start()

    def close(self) -> None:
        self._roster.stop()

    @property
    def ready(self) -> bool:
        """Whether everybody is in memory."""
        return self._roster.wait(0)

    # One person

    def find(self, who: Who) -> LookupResult:
        """Whom these words mean. Raises `StillReading`, `WorkspaceAway`, or `StoreError` when nothing can answer."""
        if who.kind == "slack":
            return self._find_member(who.value)
        if who.kind == "name":
            return self._find_name(who.value)
        rows = self._everybody.having(who)
        exact = tuple(row for row in rows if row.status is Status.ACTIVE)
        gone = tuple(row for row in rows if row.status is not Status.ACTIVE)
        near = () if rows else self._near(who.value)
        return LookupResult(exact, near, gone, len(exact))

    def get(self, id: int) -> UserRecord | None:
        """The person, team or bot with this REST id, active or gone."""
        return self._everybody.get(id)

    def settle(self, ways: Sequence[Reading], otherwise: Reading | None = None) -> Reading:
        """Of the ways to tell a name from what follows, the first whose name somebody has; else `otherwise`, or the
        likely one.
        """
        if len(ways) == 1:
            return ways[0]
        index = self._everybody.all()
        with index.lock:
            known = (way for way in ways if wholly(index, read_query(way.beside or way.who.value)))
            return next(known, None) or otherwise or likely(ways)

    # Many

    def search(
        self, text: str, *, limit: int = 10, offset: int = 0, statuses: frozenset[Status] | None = None
    ) -> PeoplePage:
        """People by name, handle or job title, best first; the nearest when nobody matches."""
        index, query = self._everybody.all(), read_query(text)
        with index.lock:
            near = False
            ids = best(index, matching(index, query, typing=True), statuses)
            if not ids:
                ids = best(index, nearest(index, query, typing=True), statuses, NEAREST)
                near = bool(ids)
            return PeoplePage(index.rows(ids[offset : offset + limit]), len(ids), offset, near)

    def suggest(
        self, text: str, *, limit: int = 100, statuses: frozenset[Status] | None = ACTIVE
    ) -> tuple[UserRecord, ...]:
        """For a form's typeahead: who may be meant by what was typed so far, best first. No text: the first by name."""
        index, query = self._everybody.all(), read_query(text)
        if not query.tokens and text.strip():
            return ()
        with index.lock:
            if statuses == ACTIVE and len(listed := index.listed(fold(text).lstrip("@"), limit)) == limit:
                return index.rows(listed)
            if not query.tokens:
                return index.rows(best(index, dict.fromkeys(index.order, 0.0), statuses, limit))
            ids = best(index, matching(index, query, typing=True, enough=2 * limit), statuses, limit)
            if not ids:
                ids = best(index, nearest(index, query, typing=True), statuses, 4 * NEAREST)
            rows = index.rows(ids)
            if text.strip().isascii() and text.strip().isdigit():
                by_id = index.having("id", text.strip())
                rows = _once(*(row for row in by_id if statuses is None or row.status in statuses), *rows)
            return rows[:limit]

    def listing(
        self,
        *,
        role: str = "",
        team: Team | None = None,
        status: Status | None = Status.ACTIVE,
        limit: int = 10,
        offset: int = 0,
    ) -> PeoplePage:
        """People by name, narrowed to a role, a team, a status (None: whichever); neither teams nor bots."""
        index = self._everybody.all()
        with index.lock:
            ids = set(index.order) if status is None else index.of_status(status, index.order)
            if team:
                ids.intersection_update(self._roster.teams().members.get(team.id, ()))
            if role.strip():
                ids.intersection_update(index.fields[LISTED].exactly(f"role {role.strip().lower()}"))
            page = nsmallest(offset + limit, ids, key=index.order.__getitem__)[offset:]
            return PeoplePage(index.rows(page), len(ids), offset)

    # Teams

    def teams(self) -> tuple[Team, ...]:
        """By name."""
        return self._roster.teams().teams

    def teams_like(self, text: str) -> tuple[Team, ...]:
        """For a form's typeahead: the teams that may be meant by what was typed so far, by name."""
        words = fold(text).strip()
        return tuple(team for team in self.teams() if words in fold(team.name))

    def teams_of(self, id: int) -> tuple[Team, ...]:
        """The teams of a person (of somebody gone: those they were in), by name."""
        # A file is asked in microseconds; a server is a round trip away, and memory knows as of which version it is.
        if not self._roster.problem and self._record.engine == "sqlite":
            try:
                return tuple(self._record.teams.of_user(id))
            except StoreError:
                pass  # memory answers, and the next look-up notes that the record is away
        return self._roster.teams().of_user(id)

    def find_team(self, text: str) -> TeamsFound:
        return self._roster.teams().find(text)

    # How old this is

    def refresh(self) -> None:
        """Take in what the record holds now; without `start`, read everybody if that is due."""
        self._everybody.index()

    def age(self) -> timedelta | None:
        """Time since the last good sync; None before there was one."""
        as_of = self._roster.as_of
        return None if as_of is None else max(self._clock() - as_of, timedelta(0))

    def note(self) -> str:
        """A sentence when answers are older than two intervals, or come from memory alone; "" when all is well."""
        age, problem = self.age(), self._roster.problem
        if problem:
            return f"Answered from memory, as of {_ago(age)}: {problem}"
        if age is None:
            return "No sync has finished yet: the record may not have everybody."
        return f"As of {_ago(age)}: no sync has succeeded since." if age > 2 * self._interval else ""

    # Inside

    def _find_member(self, member_id: str) -> LookupResult:
        if self._workspace is None:
            return LookupResult(note="Slack mentions are understood in Slack only: give an e-mail, an id or a name.")
        member = self._workspace.member(member_id)
        if member is None:
            return LookupResult(note=f"This Slack workspace has no member {member_id}.")
        if not member.email:
            return LookupResult(note=f"Slack does not tell the e-mail address of {member.name or member_id}.")
        found = self.find(Who("email", member.email))
        note = "" if found.exact or found.gone else f"Nobody in Help Scout has {member.email}, the address in Slack."
        return LookupResult(found.exact, found.near, found.gone, found.total, note)

    def _find_name(self, name: str) -> LookupResult:
        index, query = self._everybody.all(), read_query(name)
        with index.lock:
            costs = exact(index, query) or matching(index, query)
            if not costs:
                return LookupResult(near=self._nearest(index, query))
            active, gone = (self._rows(index, costs, statuses) for statuses in (ACTIVE, GONE))
            named = all(cost < INITIALS_COST for cost in costs.values())
            return LookupResult(active, (), gone, len(costs.keys() & index.active), named=named)

    def _near(self, text: str) -> tuple[UserRecord, ...]:
        index, query = self._everybody.index(), read_query(text)
        if index is None:
            return ()
        with index.lock:
            return self._nearest(index, query)

    def _nearest(self, index: Index, query: Query) -> tuple[UserRecord, ...]:
        return tuple(map(self._everybody.as_seen, index.rows(best(index, nearest(index, query), limit=NEAREST))))

    def _rows(self, index: Index, costs: Costs, statuses: frozenset[Status]) -> tuple[UserRecord, ...]:
        return tuple(map(self._everybody.as_seen, index.rows(best(index, costs, statuses, MOST_FOUND))))


def _once(*rows: UserRecord) -> tuple[UserRecord, ...]:
    return tuple({row.id: row for row in rows}.values())


def _ago(age: timedelta | None) -> str:
    return "an unknown time" if age is None else f"{spell(age)} ago"
