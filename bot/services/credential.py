"""The credential's own user: read at start and at every sync, kept in the record, told when it is in danger.

Source: Mailbox API, "Get resource owner" (`GET /v2/users/me`), "Authentication".
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.helpscout.errors import HelpScoutError, Unauthorized
from bot.helpscout.rest import Rest
from bot.model.credential import OwnUser
from bot.model.outbox import Topic
from bot.model.user import ADMIN, OWNER, User
from bot.policy.credential import locked_out, what_it_lost
from bot.store.record import Record

NOTE, REFUSED = "credential", "credential.no_such_call"
BELIEVED = timedelta(days=1)
"""So long a refused call is not tried again: an account may get newer calls."""


class Credential:
    """One account's. What is kept holds no name of a person: the record has it, and may be asked to forget it."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def known(self) -> OwnUser | None:
        """As it was read last; None: never."""
        kept = self._record.notes.get(NOTE)
        if kept is None:
            return None
        own = OwnUser(**json.loads(kept))
        row = self._record.users.get(own.id)
        return replace(own, name=row.user.name) if row is not None else own

    def read(self, rest: Rest, *, calls: bool = False) -> OwnUser:
        """Ask Help Scout now, and keep it; with `calls` also whether its API has the calls for users.

        Raises `HelpScoutError`; of a refusal the channel is told once.
        """
        try:
            me = rest.me()
        except Unauthorized as refused:
            self._refused(refused)
            raise
        has = rest.has_new_calls(me.id) if calls and me.role.strip().lower() in (ADMIN, OWNER) else None
        return self.keep(me, has)

    def keep(self, me: User, calls: bool | None = None) -> OwnUser:
        """`me` was read just now: who it is, and whether they can do less than before."""
        before = self.known()
        if calls is None and before is not None and before.id == me.id:
            calls = before.calls
        if calls and self._refused_lately():
            calls = False  # the call itself was refused, which counts for more than one of its age
        now = OwnUser(id=me.id, name=me.name, role=me.role, type=me.type, calls=calls)
        with self._record.transaction():
            before = self.known()
            if before is not None and replace(before, name=now.name) == now:
                return now
            self._set(now)
            if (alarm := what_it_lost(before, now)) is not None:
                self._tell(f"role/{now.id}/{now.role}", alarm)
            if before is not None and replace(before, name=now.name, calls=now.calls) == now:
                return now  # what its API can do was learned: nothing about the user has changed
            named = {"role": now.role, "type": now.type, "before": before.id if before else ""}
            self._record.audit.append("credential.user", actor="hs-bot", user_id=now.id, details=named)
        return now

    def noticed(self, rest: Rest) -> None:
        """For a sync: what can't be read for now leaves what is known. Raises `Unauthorized`."""
        try:
            self.read(rest, calls=True)
        except Unauthorized:
            raise
        except HelpScoutError as problem:
            structlog.get_logger("credential").warning("whose credential it is can't be read", why=problem.sentence)

    def no_such_call(self) -> None:
        """Help Scout has refused a call for users as one that it does not have."""
        with self._record.transaction():
            self._record.notes.set(REFUSED, self._record.now().isoformat())
            if (own := self.known()) is not None:
                self._set(replace(own, calls=False))

    def _refused_lately(self) -> bool:
        kept = self._record.notes.get(REFUSED)
        return kept is not None and self._record.now() - datetime.fromisoformat(kept) < BELIEVED

    def explain(self, refused: Unauthorized) -> str:
        """What a 401 means for this credential: its user is gone, or (as far as is known) its id or secret is wrong."""
        return locked_out(self.known(), by_token_endpoint=refused.api == "OAuth") or refused.sentence

    def _refused(self, refused: Unauthorized) -> None:
        with self._record.transaction():
            own = self.known()
            if own is None or own.lost:
                return
            self._set(replace(own, lost=True))
            self._record.audit.append(
                "credential.refused", actor="hs-bot", user_id=own.id, details={"api": refused.api}
            )
            self._tell(f"lost/{own.id}", self.explain(refused))

    def _set(self, own: OwnUser) -> None:
        name = "" if own.is_person else own.name
        kept = {"id": own.id, "name": name, "role": own.role, "type": own.type, "calls": own.calls, "lost": own.lost}
        self._record.notes.set(NOTE, json.dumps(kept))

    def _tell(self, key: str, alarm: str) -> None:
        at = self._record.now().isoformat()
        self._record.outbox.add(f"credential/{key}/{at}", Topic.WARNING, {"sentence": alarm})
