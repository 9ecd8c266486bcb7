"""Who is who in Help Scout, answered from memory: look-ups, search, typeahead, lists.

Until everybody has been read, exact look-ups (id, e-mail, @mention) are answered by the record itself. While the record
is away, memory answers, and `note` says so. Rows from memory come without the raw JSON, which the record has.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.model.problem import Problem
from bot.model.team import Team
from bot.model.user import Status, UserRecord
from bot.policy.typed.arguments import Reading, likely
from bot.policy.typed.fold import fold
from bot.policy.typed.names import loose_key
from bot.policy.typed.when import spell
from bot.policy.typed.who import Who
from bot.services.finding.lookup import Finder
from bot.services.finding.roster import Roster, Snapshot
from bot.services.finding.search import read_query
from bot.services.finding.segment import email_key, id_key, mention_key
from bot.services.finding.teambook import TeamsFound
from bot.services.ports import Workspace
from bot.store.errors import StoreError
from bot.store.record import Record

FEW = 5
"""Who finds fewer people than this gets some with typing errors forgiven."""
NEAR_MISSES = 8
MOST_FOUND = 200
"""People that a look-up by name lists; `Found.total` counts them all."""
SURE_SECONDS = 1.0
"""How long a record in another place that has answered is taken to be there still."""
ACTIVE = frozenset({Status.ACTIVE})
GONE = frozenset(Status) - ACTIVE
_WHOLE_NAME, _TITLE = 0, 3  # ranks of `search.matching`


class StillReading(Problem):
    """Somebody was asked for by name before everybody was read."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a look-up led to.

    `exact`: active people who fit, `total` of them. `gone`: people who fit as well, but have left. `near`: who may have
    been meant when nobody fits, active people first. `note` says what stood in the way.
    """

    exact: tuple[UserRecord, ...] = ()
    near: tuple[UserRecord, ...] = ()
    gone: tuple[UserRecord, ...] = ()
    total: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`rows` from `offset` on, of `total`. `near`: few or none fit, so some came by having typing errors forgiven."""

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
        self._patience = patience
        self._roster = Roster(record, patience=min(patience, 0.3), poll=poll)
        self._finder = Finder()
        self._sure_until = float("-inf")

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

    def find(self, who: Who) -> Found:
        """Whom these words mean. Raises `StillReading`, `WorkspaceAway`, or `StoreError` when nothing can answer."""
        if who.kind == "slack":
            return self._find_member(who.value)
        if who.kind == "name":
            return self._find_name(who.value)
        rows = self._having(who)
        exact = tuple(row for row in rows if row.status is Status.ACTIVE)
        gone = tuple(row for row in rows if row.status is not Status.ACTIVE)
        near = () if rows else self._near(who.value)
        return Found(exact, near, gone, len(exact))

    def get(self, id: int) -> UserRecord | None:
        """The person with this REST id, active or gone."""
        return next(iter(self._having(Who("id", str(id)))), None)

    def settle(self, ways: Sequence[Reading], otherwise: Reading | None = None) -> Reading:
        """Of the ways to tell a name from what follows, the first whose name somebody has; else `otherwise`, or the
        likely one.
        """
        if len(ways) == 1:
            return ways[0]
        snapshot = self._everybody()
        for way in ways:
            hits = self._finder.fitting(snapshot, read_query(way.beside or way.who.value), None, enough=1)
            if next(((rank, row) for rank, row in hits.ranked() if rank == _WHOLE_NAME), None) is not None:
                return way
        return otherwise or likely(ways)

    # Many

    def search(self, text: str, *, limit: int = 10, offset: int = 0, statuses: frozenset[Status] | None = None) -> Page:
        """People by name, handle or job title, best first; typing errors are forgiven when fewer than five fit."""
        snapshot, query = self._everybody(), read_query(text)
        if not query.words:
            return Page(offset=offset)
        hits = self._finder.fitting(snapshot, query, statuses)
        if hits.total >= FEW:
            return Page(hits.page(limit, offset), hits.total, offset)
        rows = _once(*hits.page(FEW), *self._finder.near(snapshot, query, statuses).page(20))
        return Page(rows[offset : offset + limit], len(rows), offset, near=len(rows) > hits.total)

    def suggest(
        self, text: str, *, limit: int = 100, statuses: frozenset[Status] | None = ACTIVE
    ) -> tuple[UserRecord, ...]:
        """For a form's typeahead: who may be meant by what was typed so far, best first. No text: the first by name."""
        snapshot, query = self._everybody(), read_query(text)
        if not query.words and text.strip():
            return ()
        rows = self._finder.fitting(snapshot, query, statuses, enough=limit).page(limit)
        if text.strip().isascii() and text.strip().isdigit():
            by_id = snapshot.having(id_key(int(text)))
            rows = _once(*(row for row in by_id if statuses is None or row.status in statuses), *rows)
        if query.words and not rows:
            rows = self._finder.near(snapshot, query, statuses).page(20)
        return rows[:limit]

    def listing(
        self,
        *,
        role: str = "",
        team: Team | None = None,
        status: Status | None = Status.ACTIVE,
        limit: int = 10,
        offset: int = 0,
    ) -> Page:
        """People by name, narrowed to a role, a team, a status (None: whichever); neither teams nor bots."""
        snapshot = self._everybody()
        statuses = frozenset({status}) if status else None
        members = frozenset(self._roster.teams().members.get(team.id, ())) if team else None
        hits = self._finder.listed(snapshot, role.strip().lower(), members, statuses)
        return Page(hits.page(limit, offset), hits.total, offset)

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
        self._snapshot()

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

    def _snapshot(self, *, read: bool = True) -> Snapshot | None:
        """Everybody as of now, or as of before a record in another place went away; None: nobody is read yet.

        Such a record is asked by a thread, which costs as much as the answer: while it surely is there, memory knows
        whether anything has changed.
        """
        known, roster = self._roster.snapshot, self._roster
        if (
            known is not None
            and time.monotonic() < self._sure_until
            and not (roster.behind or roster.problem)
            and known.version == self._record.version()
        ):
            return known
        snapshot = roster.current(read=read)
        if self._record.engine != "sqlite" and not roster.problem:
            self._sure_until = time.monotonic() + SURE_SECONDS
        return snapshot

    def _having(self, who: Who) -> list[UserRecord]:
        snapshot = self._snapshot(read=False)
        if snapshot is not None and (not self._roster.behind or self._roster.problem):
            return [self._as_seen(row) for row in snapshot.having(_KEYS[who.kind](who.value))]
        users = self._record.users
        if who.kind == "id":
            row = users.get(int(who.value))
            return [row] if row else []
        return users.by_email(who.value) if who.kind == "email" else users.by_mention(who.value)

    def _as_seen(self, row: UserRecord) -> UserRecord:
        """With when they were last seen: by the last good sync, which moves on without a row being written."""
        if row.status is not Status.ACTIVE:
            return row
        return replace(row, last_seen=self._roster.seen.last_seen(row.id, row.last_seen))

    def _find_member(self, member_id: str) -> Found:
        if self._workspace is None:
            return Found(note="Slack mentions are understood in Slack only: give an e-mail, an id or a name.")
        member = self._workspace.member(member_id)
        if member is None:
            return Found(note=f"This Slack workspace has no member {member_id}.")
        if not member.email:
            return Found(note=f"Slack does not tell the e-mail address of {member.name or member_id}.")
        found = self.find(Who("email", member.email))
        note = "" if found.exact or found.gone else f"Nobody in Help Scout has {member.email}, the address in Slack."
        return Found(found.exact, found.near, found.gone, found.total, note)

    def _find_name(self, name: str) -> Found:
        snapshot, query = self._everybody(), read_query(name)
        active = self._finder.fitting(snapshot, query, ACTIVE)
        gone = self._finder.fitting(snapshot, query, GONE)
        fits = active.first(MOST_FOUND)
        wanted = loose_key(query.whole)
        whole = tuple(row for rank, row in fits if rank == _WHOLE_NAME and loose_key(row.user.name) == wanted)
        left = tuple(row for rank, row in gone.first(MOST_FOUND) if rank < _TITLE)
        if whole:
            return Found(tuple(map(self._as_seen, whole)), (), left, len(whole))
        exact = tuple(self._as_seen(row) for rank, row in fits if rank < _TITLE)
        if exact:
            return Found(exact, (), left, active.better_than(_TITLE))
        by_title = tuple(row for _, row in fits)
        return Found((), _once(*by_title, *self._near(name))[:NEAR_MISSES], left)

    def _near(self, text: str) -> tuple[UserRecord, ...]:
        snapshot = self._snapshot()
        if snapshot is None:
            return ()
        return self._finder.near(snapshot, read_query(text), None).page(NEAR_MISSES)

    def _everybody(self) -> Snapshot:
        snapshot = self._snapshot()
        if snapshot is None or (self._roster.behind and not snapshot.size):
            if not self._roster.wait(0 if self._roster.problem else self._patience):
                raise StillReading(
                    self._roster.problem
                    or "Everybody is being read for the first time: try again in a few seconds, or give an e-mail."
                )
            snapshot = self._roster.snapshot
        if snapshot is None:
            raise StillReading(self._roster.problem or "Nobody has been read yet: try again in a few seconds.")
        return snapshot


_KEYS = {"id": lambda value: id_key(int(value)), "email": email_key, "mention": mention_key}


def _once(*rows: UserRecord) -> tuple[UserRecord, ...]:
    return tuple({row.id: row for row in rows}.values())


def _ago(age: timedelta | None) -> str:
    return "an unknown time" if age is None else f"{spell(age)} ago"
