"""Remembers which Slack people are which Help Scout people: once seen as one, they stay paired.

Whoever meets a Slack person calls `seen`: a command, a click, a form, a reading of the workspace. It asks nobody, and
writes only when something is new.
"""

import threading
from collections.abc import Iterable

import structlog
from cachetools import LRUCache

from bot.model.member import Member
from bot.model.problem import Problem
from bot.model.user import Status, User
from bot.policy.people.standing import may_speak
from bot.services.ports import Workspace
from bot.services.side_by_side import stream
from bot.store.record import Record

KEPT = 20_000
AT_ONCE = 500  # people of a whole workspace that are remembered in one transaction
WIDTH = 4


class Pairing:
    """Safe to use from any thread."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._log = structlog.get_logger("pairing")
        self._known: LRUCache[str, tuple[str, frozenset[str], int]] = LRUCache(KEPT)

    def is_new(self, member: Member) -> bool:
        """Whether `seen` may have something to write; asks nobody."""
        version = self._record.version()
        with self._lock:
            return self._known.get(member.id) != (member.key, member.ids, version)

    def seen(self, member: Member) -> None:
        """Remember a Slack person: their ids, their address, and whose address in Help Scout it is."""
        if not self.is_new(member):
            return
        version = self._record.version()
        before = self._record.identities.account(member.ids)
        if before is None or before.email != member.email or not member.ids <= before.ids:
            with self._record.transaction():
                self._record.identities.see(member)
                if before is not None and before.email and before.key != member.key:
                    details = {"before": before.email, "after": member.email}
                    self._record.audit.append("member.email_changed", actor=member.id, details=details)
        if may_speak(member) is None:
            self._pair(member, before.linked if before else frozenset())
        with self._lock:
            self._known[member.id] = (member.key, member.ids, version)

    def noticed(self, members: Iterable[Member]) -> None:
        """Whom Slack has just told us about. A record that can't be written keeps nobody from their answer."""
        people = [one for one in members if one.key and not one.is_bot]
        try:
            for at in range(0, len(people), AT_ONCE):
                some = [one for one in people[at : at + AT_ONCE] if self.is_new(one)]
                if some:
                    with self._record.transaction():
                        for member in some:
                            self.seen(member)
        except Problem as problem:
            self._log.warning("who is who in Slack was not remembered", problem=problem.sentence)

    def find(self, workspace: Workspace, user: User) -> None:
        """Pair this person with whoever in Slack has one of their addresses now. Raises `WorkspaceAway`."""
        addresses = dict.fromkeys(a for a in (user.email, *user.alternate_emails) if a.strip())
        for answer in stream(workspace.member_by_email, addresses, width=WIDTH):
            member = answer.result()
            if member is not None:
                self.seen(member)

    def _pair(self, member: Member, linked: frozenset[int]) -> None:
        """With the one active person whose address this is; not with a second one while the first is still there."""
        if not member.key:
            return
        rows = [row for row in self._record.users.by_email(member.key) if row.status is Status.ACTIVE]
        mains = [row for row in rows if row.user.key == member.key]
        found = mains if mains else rows
        if len(found) != 1 or found[0].user.type == "team" or found[0].id in linked:
            return
        others = (self._record.users.get(id) for id in linked)
        if any(row is not None and row.status is Status.ACTIVE for row in others):
            return
        self._record.identities.link(member.ids, found[0].id)
