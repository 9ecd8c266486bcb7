"""Too many are to leave at once by one identity provider's wish: an approver is asked before any request is opened.

One question a token, kept as a note: how many, and who said that it may go on. It counts for those that were held then.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.model.action import Outcome
from bot.model.member import Member
from bot.model.outbox import Topic
from bot.model.user import Status
from bot.model.wish import Wish
from bot.policy.people.guard import may_confirm, removal_guard
from bot.policy.people.provider import provider_name
from bot.store.record import Record

NOTE = "gate.held/"


@dataclass(frozen=True, slots=True)
class Held:
    """The question that is open about one token. `id` tells it from earlier ones; `count` is what was said last."""

    token: str
    id: str
    count: int


class Holding:
    """`guard` is the share of HS_BOT_REMOVAL_GUARD."""

    def __init__(self, record: Record, *, guard: float) -> None:
        self._record = record
        self._guard = guard

    def weigh(self, leaving: Sequence[Wish]) -> list[Wish]:
        """Of what is to leave and has no request yet: what may be asked for now. The rest is held, and said so."""
        free: list[Wish] = []
        by_token: dict[str, list[Wish]] = {}
        for wish in leaving:
            by_token.setdefault(wish.token, []).append(wish)
        for token, wishes in by_token.items():
            let = [wish for wish in wishes if wish.problem == RELEASED and not wish.held]
            free += let
            rest = [wish for wish in wishes if wish not in let]
            if any(wish.held for wish in rest) or (rest and self._too_many(token)):
                self._hold(token, rest)
            else:
                free += rest
        return free

    def question(self, token: str) -> Held | None:
        kept = self._record.notes.get(f"{NOTE}{token}")
        return Held(token, *json.loads(kept)) if kept else None

    def release(self, id: str, actor: str, *, member: Member | None, approvers: frozenset[str]) -> Outcome:
        """An approver lets the requests be opened: each still needs its approvals."""
        with self._record.transaction():
            asked = next((one for token in self._tokens() if (one := self.question(token)) and one.id == id), None)
            refusal = may_confirm(member, approvers)
            if refusal is not None or asked is None:
                why = refusal.reason if refusal else "This was decided already, so your click changed nothing."
                self._record.audit.append("gate.release_refused", actor=actor, details={"why": why})
                return Outcome(accepted=False, sentence=why)
            wishes = [wish for wish in self._record.wishes.open_ones() if wish.held and wish.token == asked.token]
            for wish in wishes:
                self._record.wishes.put(replace(wish, held=False, problem=RELEASED))
            self._record.notes.delete(f"{NOTE}{asked.token}")
            details = {"token": asked.token, "people": len(wishes)}
            self._record.audit.append("gate.released", actor=actor, details=details)
            payload = {"gate": asked.token, "id": id, "count": len(wishes), "settled": "confirmed", "actor": actor}
            self._record.outbox.add(f"gate/{id}/released", Topic.GUARD, payload)
        said = f"Requests for {len(wishes)} people are being opened. Each needs approval before anything happens."
        return Outcome(accepted=True, sentence=said)

    def _too_many(self, token: str) -> bool:
        """Whether what this token wants gone, with and without a request, passes the removal guard."""
        known = self._record.users.counts()[Status.ACTIVE]
        waiting = [wish for wish in self._record.wishes.open_ones() if wish.token == token and wish.leaves]
        fresh = [wish for wish in waiting if wish.problem != RELEASED]
        return removal_guard(len(fresh), known, self._guard) is not None

    def _hold(self, token: str, wishes: Sequence[Wish]) -> None:
        asked = self.question(token)
        with self._record.transaction():
            for wish in wishes:
                if not wish.held:
                    self._record.wishes.put(replace(wish, held=True))
            if asked is None:
                asked = Held(token, secrets.token_hex(6), 0)
                payload = {"gate": token, "id": asked.id, "count": len(wishes)}
                self._record.outbox.add(f"gate/{asked.id}", Topic.GUARD, payload)
                details = {"token": token, "people": len(wishes)}
                self._record.audit.append("gate.held", actor=token, details=details)
            if asked.count != len(wishes):
                self._record.notes.set(f"{NOTE}{token}", json.dumps([asked.id, len(wishes)]))

    def _tokens(self) -> list[str]:
        return sorted({wish.token for wish in self._record.wishes.open_ones() if wish.held})

    def named(self, token: str) -> list[str]:
        """The names of those who are held, for the question."""
        found = []
        for wish in self._record.wishes.open_ones():
            if wish.held and wish.token == token:
                row = self._record.users.get(wish.subject_id) if wish.subject_id is not None else None
                found.append(row.user.name if row is not None else wish.address)
        return sorted(found, key=str.casefold)


RELEASED = "released by an approver"
"""Marks wishes that an approver has let go: they count no longer."""


def sentence(token: str, count: int) -> str:
    """What the channel is asked."""
    return (
        f"{provider_name(token)} wants {count} people removed from Help Scout at once. No request was opened. An "
        "approver must confirm before the requests are opened; each of them still needs approval."
    )
