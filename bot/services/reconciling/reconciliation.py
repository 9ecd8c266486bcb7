"""Who should have a seat, compared with who has one; and what people have said about the findings."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.model.colleague import Colleague, Listing
from bot.model.member import Member
from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.request import OPEN, Request
from bot.model.request import Kind as Asked
from bot.model.user import Status
from bot.policy.people.finding import Finding, Kind, newly_said
from bot.policy.people.guard import may_confirm
from bot.policy.people.matching import Seat
from bot.policy.people.reconciliation import Compared, reconcile
from bot.services.reconciling.readings import Reading, Readings
from bot.store.operations.left_as_is import LeftAsIs
from bot.store.record import Record

TOLD = "orphans.told"
"""Notes: of whom the channel was told at once, as long as they are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`findings` without those that are left as they are (`left`, by key). `underway`: REST id → the open request.

    `returned`: of the findings those that were left as they are until a source newly said that somebody is gone.
    `groups`: REST id → the groups that a source has them in.
    """

    findings: tuple[Finding, ...]
    readings: tuple[Reading, ...]
    left: Mapping[str, LeftAsIs]
    returned: Mapping[str, LeftAsIs]
    underway: Mapping[int, Request]
    groups: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Reading, ...]:
        """The sources whose readings were discarded."""
        return tuple(one for one in self.readings if one.problem)

    @property
    def titles(self) -> tuple[str, ...]:
        """The sources that were compared."""
        return tuple(one.title for one in self.readings if one.listing is not None)

    @property
    def groups_by(self) -> tuple[str, ...]:
        """The sources that tell groups."""
        read = [(one.title, one.listing) for one in self.readings if one.listing is not None]
        return tuple(title for title, listing in read if any(person.groups for person in listing.people))

    def of(self, *kinds: Kind, source: str = "") -> list[Finding]:
        """Findings of these kinds (all without any), to which `source` has something to say."""
        return [
            one
            for one in self.findings
            if (not kinds or one.kind in kinds)
            and (not source or one.sources.get(source, "not listed") != "not listed" or one.kind is Kind.UNKNOWN)
        ]


class Reconciliation:
    """Safe to use from any thread. `roles`: group → role."""

    def __init__(
        self,
        record: Record,
        readings: Readings,
        *,
        roles: Mapping[str, str] | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._record = record
        self.readings = readings
        self._roles = dict(roles or {})
        self._wake = wake
        self._log = structlog.get_logger("reconcile")
        self._working = threading.Lock()

    def compare(self, *, anew: bool = False, accepted_by: str = "", only: str = "") -> Comparison:
        """Read what is due (of `only` one source, when named), compare, and keep whose accounts are whose."""
        seats = self._seats()
        people = sum(1 for seat in seats if seat.user.is_person)

        def orphaned(listing: Listing) -> frozenset[int]:
            alone = reconcile(seats, [listing], remembered=self._record.sources.pairs())
            return frozenset(one.id for one in alone.findings if one.kind is Kind.ORPHAN and one.id is not None)

        readings = self.readings.read(orphaned, people, anew=anew, accepted_by=accepted_by, only=only)
        return self._compared(seats, readings)

    def known(self) -> Comparison:
        """The same by what was read last, asking nobody."""
        return self._compared(self._seats(), self.readings.known())

    def at_hand(self) -> Comparison:
        """By what was read last; read first where nothing was."""
        return self.known() if self.readings.known() else self.compare()

    def finding(self, key: str) -> Finding | None:
        """The finding with this key as of now; None when it is gone."""
        return next((one for one in self.at_hand().findings if one.key == key), None)

    def _compared(self, seats: list[Seat], readings: list[Reading]) -> Comparison:
        listings = [one.listing for one in readings if one.listing is not None]
        pairs = self._record.sources.pairs()
        all_read = len(listings) == len(self.readings.names)
        found = reconcile(seats, listings, remembered=pairs, roles=self._roles, all_read=all_read)
        silent = [seat.user.id for seat in seats if seat.user.id not in found.managers] if all_read else []
        self._remember(found, pairs, silent)
        return self._comparison(found, readings)

    def _comparison(self, found: Compared, readings: Iterable[Reading]) -> Comparison:
        """Without what is left as it is, as long as no source says more than it did then."""
        left = self._record.left_as_is.all()
        returned = {one.key: left.pop(one.key) for one in found.findings if _is_back(one, left.get(one.key))}
        return Comparison(
            findings=tuple(one for one in found.findings if one.key not in left),
            readings=tuple(readings),
            left=left,
            returned=returned,
            underway=self._underway(),
            groups=found.groups,
        )

    def _remember(self, found: Compared, pairs: Mapping[tuple[str, str], int], silent: Iterable[int]) -> None:
        """Pairs that are new, and managers. A record that can't be written now learns them at the next comparison."""
        fresh = {key: id for key, id in found.pairs.items() if key not in pairs}
        try:
            if fresh:
                self._record.sources.pair(fresh)
            self._record.managers.keep(found.managers, silent)
        except Problem as problem:
            self._log.warning("whose accounts are whose was not remembered", problem=problem.sentence)

    def _seats(self) -> list[Seat]:
        keys, slack = self._record.identities.everybody()
        return [
            Seat(user=row.user, keys=keys.get(row.id, frozenset()), slack_ids=slack.get(row.id, frozenset()))
            for row in self._record.users.by_status(Status.ACTIVE)
        ]

    def _underway(self) -> dict[int, Request]:
        found = self._record.requests.find(states=OPEN, limit=None)
        return {one.target_id: one for one in found if one.target_id is not None and one.kind is not Asked.DELETE_TEAM}

    # What people say

    def leave(self, finding: Finding, *, by: str, why: str, until: datetime | None = None) -> LeftAsIs:
        """Keep that this is right as it is, with who said so, why, and until when (None: for good)."""
        made = LeftAsIs(
            key=finding.key,
            kind=finding.kind.value,
            user_id=finding.id,
            email=finding.email,
            why=why.strip(),
            by=by,
            at=self._record.now(),
            until=until,
            seen=finding.sources,
        )
        with self._record.transaction():
            self._record.left_as_is.put(made)
            details = {"kind": made.kind, "why": made.why, "email": finding.email, "seen": dict(finding.sources)}
            if until is not None:
                details["until"] = until.isoformat()
            self._record.audit.append("finding.left", actor=by, user_id=finding.id, details=details)
            told = frozenset(json.loads(self._record.notes.get(TOLD) or "[]"))
            if finding.id in told:  # what Slack says of them next is news again
                self._record.notes.set(TOLD, json.dumps(sorted(told - {finding.id})))
        return made

    def take_back(self, key: str, *, by: str) -> bool:
        """It is listed again; False when nobody had said otherwise."""
        with self._record.transaction():
            one = self._record.left_as_is.all().get(key)
            if one is None or not self._record.left_as_is.remove(key):
                return False
            details = {"kind": one.kind, "email": one.email}
            self._record.audit.append("finding.taken_back", actor=by, user_id=one.user_id, details=details)
        return True

    def accept(self, source: str, by: str, *, member: Member | None, approvers: frozenset[str]) -> str:
        """An approver says that a reading which is held back is right. What came of it, a sentence."""
        title = self.readings.titles.get(source, source)
        if refusal := may_confirm(member, approvers):
            details = {"source": source, "why": refusal.reason}
            self._record.audit.append("source.confirm_refused", actor=by, details=details)
            return refusal.reason.replace("confirm removals", "confirm a list of who works here")
        if not self.readings.accept(source, by):
            return f"Nothing of {title} is held back now. Run the command again to see how it stands."
        self._record.audit.append("source.confirmed", actor=by, details={"source": source})
        return f"Confirmed: {title} is compared from now on. Run the command again to see what it changes."

    # Signals

    def told(self, user_ids: frozenset[int], at: str, changed: Colleague) -> int:
        """Slack says that somebody has changed: who of these is an orphan by that is owed to the channel at once.

        Once, however often Slack tells of them while they are gone. `at` is the event's own time. How many were owed.
        No list is read for it: a large workspace takes minutes, and this is to be told within one.
        """
        comparison = self.known() if self.readings.put_in("slack", changed) else self._alone(changed)
        gone = {one.id: one for one in comparison.of(Kind.ORPHAN, source="slack") if one.id in user_ids}
        owed = 0
        with self._record.transaction():
            before = frozenset(json.loads(self._record.notes.get(TOLD) or "[]"))
            new = {id: one for id, one in gone.items() if id not in before and id not in comparison.underway}
            for id, one in new.items():
                payload = {"finding": one.key, "user_id": id, "said": one.sources["slack"]}
                owed += self._record.outbox.add(f"orphan:{id}/{at}", Topic.ORPHANS, payload)
            now = (before - user_ids) | (before & gone.keys()) | new.keys()
            if now != before:
                self._record.notes.set(TOLD, json.dumps(sorted(now)))
        if owed:
            self._wake()
        return owed

    def _alone(self, changed: Colleague) -> Comparison:
        """By this one account, as long as its source was not read whole."""
        listing = Listing(source="slack", title="Slack", people=(changed,), own_names=True)
        found = reconcile(self._seats(), [listing], remembered=self._record.sources.pairs(), all_read=False)
        return self._comparison(found, ())

    def signalled(self, key: str, user_id: int, said: str) -> Finding | None:
        """What Slack has told of somebody, as it stands now; None when that is settled. Nothing is read for it."""
        if self.readings.has("slack"):
            return self.finding(key)
        row = self._record.users.get(user_id)
        if row is None or row.status is not Status.ACTIVE:
            return None
        finding = Finding(
            kind=Kind.ORPHAN,
            email=row.user.email,
            id=user_id,
            name=row.user.name,
            sources={"slack": said},
            detail=f"{said} in Slack",
            by=frozenset({"slack"}),
            user=row.user,
        )
        kept = self._record.left_as_is.all().get(key)
        return finding if kept is None or _is_back(finding, kept) else None

    def tick(self) -> bool:
        """Read the sources when they are due, beside everything else. True when a reading was begun."""
        if not self.readings.due() or not self._working.acquire(blocking=False):
            return False
        threading.Thread(target=self._read_in_time, name="sources", daemon=True).start()
        return True

    def _read_in_time(self) -> None:
        try:
            for one in self.compare().problems:
                self._log.warning("a source was discarded", source=one.source, problem=one.problem)
                self._warn(one)
        except Problem as problem:
            self._log.warning("the sources were not compared", problem=problem.sentence)
        except Exception:  # noqa: BLE001 - a thread of its own outlives a fault; the log has the traceback
            self._log.exception("the sources were not compared")
        finally:
            self._working.release()

    def _warn(self, reading: Reading) -> None:
        """Once an outage: until the source was read whole again."""
        good = self._record.sources.read_at().get(reading.source)
        key = f"source:{reading.source}/{good.isoformat() if good else 'never'}"
        if self._record.outbox.add(key, Topic.WARNING, {"sentence": reading.problem}):
            self._wake()


def _is_back(finding: Finding, kept: LeftAsIs | None) -> bool:
    """Whether it was left as it is, and a source says more now than it did then."""
    return kept is not None and bool(newly_said(finding, kept.kind, kept.seen))
