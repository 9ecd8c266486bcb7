"""Erasing the personal data of somebody who is long gone, while everything that was done stays provable.

What goes: names, addresses, phone, title, picture, raw JSON; what `changes`, requests about them (name, e-mail,
reason, plan, outcome), votes' reasons, steps' results, notes of moves, messages, and details of audit lines say.
Their addresses go wherever else they are mentioned, and their name where conversations were handed to them. What
stays: the ids, the kinds of things that happened, when, who asked and who decided; roles and teams. A line of the
audit log names the lines whose details went, so the chain stays verifiable. Backups are not touched: forget again
after restoring an older one.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bot.model.address import address_key
from bot.model.change import ChangeKind
from bot.model.user import Status
from bot.store.engine import Engine
from bot.store.errors import StillThere, Unknown
from bot.store.operations.audit.chain import ERASED, ranges
from bot.store.operations.audit.log import Audit
from bot.store.operations.user_rows import COLUMNS, as_record
from bot.store.spelling import json_text, plain, time_text

GONE = "(erased)"
"""What stands where a text mentioned the person."""

_KEPT_IN_PLANS = frozenset({"role", "type", "run_at", "at", "teams", "team_ids", "kind", "deprovision", "way"})
"""Texts of a plan that say nothing about who somebody is."""
_OWN = "target_id = :id AND kind <> 'delete team'"
_OPEN = "('pending', 'approved', 'running', 'attention', 'waiting')"
_TEXTS = (
    ("requests", ("reason", "plan", "outcome")),
    ("batches", ("reason", "assignee_name", "left_out")),
    ("seat_ends", ("note",)),
    ("decisions", ("reason",)),
    ("outbox", ("payload", "problem")),
    ("notes", ("value",)),
    ("syncs", ("problem",)),
    ("left_as_is", ("why", "email", "key", "seen")),
    ("source_people", ("person",)),
    ("managers", ("email",)),
)
_MANY = 400


class Forgetting:
    """One operation, over all tables."""

    def __init__(self, engine: Engine, audit: Audit, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._audit = audit
        self._now = now

    def forget(self, id: int, at: datetime) -> None:
        """In one transaction. Raises `Unknown`, and `StillThere` for somebody active or with an open request."""
        with self._engine.transaction():
            self._engine.scrub()
            row = self._engine.row(f"SELECT {', '.join(COLUMNS)} FROM users WHERE id = :id", {"id": id})
            if row is None:
                raise Unknown(f"The record knows nobody with the id {id}.")
            person = as_record(row)
            addresses = self._addresses(id)
            own = self._own_requests(id, addresses)
            if person.status is Status.ACTIVE:
                raise StillThere(f"{person.user.name} is active: only somebody who is gone can be forgotten.")
            if self._open(own):
                raise StillThere(f"A request about {person.user.name} is open: it must end before they are forgotten.")
            handed = self._handed_to(id)
            name = person.user.name if person.user.first_name and person.user.last_name else ""
            seqs = self._audit_lines(id, own, handed, addresses, name)
            self._erase_person(id, at)
            self._erase_wishes(id, addresses)
            for request_id in own:
                self._erase_request(request_id)
            for request_id in handed:
                self._erase_mentions(request_id, [*addresses, name])
            self._erase_addresses(addresses)
            self._replace("batches", ("left_out", "assignee_name"), [name], "1 = 1", {})
            self._erase_details(id, seqs)

    def _erase_wishes(self, id: int, addresses: Iterable[str]) -> None:
        """What identity providers pushed about them: whole rows, as all of it is theirs."""
        self._engine.run("DELETE FROM wishes WHERE kind = 'user' AND subject_id = :id", {"id": id})
        for address in addresses:
            self._engine.run("DELETE FROM wishes WHERE address = :address", {"address": plain(address_key(address))})

    # What is theirs

    def _addresses(self, id: int) -> list[str]:
        """Every address they have or had: those of now, and those that `changes` remembers; as written and folded."""
        found = {
            address
            for (address,) in self._engine.rows("SELECT address FROM known_addresses WHERE user_id = :id", {"id": id})
        }
        sql = (
            "SELECT before, after FROM changes WHERE user_id = :id AND kind = 'changed' "
            "AND field IN ('email', 'alternate_emails')"
        )
        for texts in self._engine.rows(sql, {"id": id}):
            found.update(address.strip() for text in texts for address in text.split(",") if "@" in address)
        row = self._engine.row("SELECT email, alternate_emails FROM users WHERE id = :id", {"id": id})
        if row:
            found.update(address for address in (row[0], *json.loads(row[1])) if address)
        return sorted(found | {address_key(address) for address in found})

    def _own_requests(self, id: int, addresses: Iterable[str]) -> list[str]:
        """Requests about them; those about an address alone only while nobody else has that address."""
        found = {request for (request,) in self._engine.rows(f"SELECT id FROM requests WHERE {_OWN}", {"id": id})}
        for address in addresses:
            params = {"id": id, "address": plain(address_key(address))}
            if self._engine.value("SELECT 1 FROM emails WHERE address = :address AND user_id <> :id", params):
                continue
            sql = "SELECT id FROM requests WHERE target_id IS NULL AND subject = 'address:' || :address"
            found.update(request for (request,) in self._engine.rows(sql, params))
        return sorted(found)

    def _open(self, requests: Iterable[str]) -> bool:
        sql = f"SELECT 1 FROM requests WHERE id = :id AND state IN {_OPEN}"
        return any(self._engine.value(sql, {"id": request}) for request in requests)

    def _handed_to(self, id: int) -> list[str]:
        """Requests about others whose conversations were to go to them."""
        sql = f"SELECT id, plan FROM requests WHERE plan LIKE :text AND NOT (COALESCE(target_id, -1) = :id AND {_OWN})"
        rows = self._engine.rows(sql, {"id": id, "text": f'%"assignee_id":{id}%'})
        return [request for request, plan in rows if json.loads(plan).get("assignee_id") == id]

    def _audit_lines(
        self, id: int, own: Iterable[str], handed: Iterable[str], addresses: Iterable[str], name: str
    ) -> list[int]:
        """Lines whose details go; those that name earlier erasures stay, they are part of the proof."""
        select = (
            "SELECT audit.seq FROM audit JOIN audit_details ON audit_details.seq = audit.seq "
            "WHERE audit.event <> :event"
        )
        found: set[int] = set()

        def add(condition: str, **params: Any) -> None:
            rows = self._engine.rows(f"{select} AND {condition}", {"event": ERASED, **params})
            found.update(seq for (seq,) in rows)

        add("audit.user_id = :id", id=id)
        for request in own:
            add("audit.request_id = :request", request=request)
        for request in handed:
            for word in filter(None, (name, *addresses)):
                add(
                    "audit.request_id = :request AND audit_details.details LIKE :text ESCAPE '!'",
                    request=request,
                    text=_like(word),
                )
        for address in addresses:
            add("audit_details.details LIKE :text ESCAPE '!'", text=_like(address))
        return sorted(found)

    # What is done to it

    def _erase_person(self, id: int, at: datetime) -> None:
        params = {"id": id, "at": time_text(at), "version": self._engine.bump()}
        self._engine.run(
            "UPDATE users SET first_name = '', last_name = '', email = '', timezone = '', created_at = '', "
            "updated_at = '', photo_url = '', job_title = '', phone = '', alternate_emails = '[]', mention = '', "
            "initials = '', raw = '{}', mention_key = '', scim_id = NULL, version = :version WHERE id = :id",
            params,
        )
        for table in ("emails", "known_addresses"):
            self._engine.run(f"DELETE FROM {table} WHERE user_id = :id", params)
        self._engine.run(
            "UPDATE slack_accounts SET email = '', email_key = '' "
            "WHERE id IN (SELECT slack_id FROM links WHERE user_id = :id)",
            params,
        )
        for table in ("links", "seat_ends", "source_people", "left_as_is", "managers", "statuses"):
            self._engine.run(f"DELETE FROM {table} WHERE user_id = :id", params)
        self._engine.run(
            "UPDATE changes SET before = '', after = '' WHERE user_id = :id "
            "AND kind NOT IN ('team joined', 'team left', 'returned') "
            "AND NOT (kind = 'changed' AND field IN ('role', 'type'))",
            params,
        )
        self._engine.run(
            "INSERT INTO changes (user_id, kind, field, before, after, seen_at) VALUES (:id, :kind, '', '', '', :at)",
            {**params, "kind": ChangeKind.FORGOTTEN.value},
        )

    def _erase_request(self, id: str) -> None:
        plan = self._engine.value("SELECT plan FROM requests WHERE id = :id", {"id": id})
        params = {
            "id": id,
            "plan": json_text(_without_words(json.loads(plan))),
            "subject": f"request:{id}",
            "gone": GONE,
            "result": json_text({"erased": True}),
        }
        self._engine.run(
            "UPDATE requests SET target_name = '', target_email = '', reason = :gone, outcome = :gone, plan = :plan, "
            "subject = :subject WHERE id = :id",
            params,
        )
        self._engine.run("UPDATE decisions SET reason = '' WHERE request_id = :id", params)
        self._engine.run("UPDATE steps SET result = :result, problem = '' WHERE request_id = :id", params)
        self._engine.run("UPDATE moves SET note = '' WHERE request_id = :id", params)
        self._engine.run("UPDATE quiets SET change = '{}', note = '' WHERE request_id = :id", params)
        self._engine.run(
            "UPDATE batches SET reason = :gone WHERE id = (SELECT batch_id FROM requests WHERE id = :id)", params
        )
        mentioned = {"text": _like(f'"request_id":{json.dumps(id)}'), "at": time_text(self._now()), "gone": GONE}
        self._engine.run(
            "UPDATE outbox SET payload = '{}', problem = :gone, ended_at = COALESCE(ended_at, :at), owner = NULL, "
            "state = CASE state WHEN 'waiting' THEN 'dropped' ELSE state END WHERE payload LIKE :text ESCAPE '!'",
            mentioned,
        )

    def _erase_mentions(self, request_id: str, words: list[str]) -> None:
        """In a request about somebody else: the words alone."""
        keyed = {"request": request_id}
        self._replace("requests", ("plan", "outcome", "reason"), words, "id = :request", keyed)
        self._replace("steps", ("result", "problem"), words, "request_id = :request", keyed)
        self._replace("moves", ("note",), words, "request_id = :request", keyed)
        self._replace("quiets", ("note",), words, "request_id = :request", keyed)

    def _erase_addresses(self, addresses: list[str]) -> None:
        """Wherever else they are mentioned."""
        for table, columns in _TEXTS:
            self._replace(table, columns, addresses, "1 = 1", {})
        self._replace("steps", ("result", "problem"), addresses, "1 = 1", {})

    def _replace(
        self,
        table: str,
        columns: Iterable[str],
        words: Iterable[str],
        where: str,
        params: dict[str, Any],
    ) -> None:
        """Put `GONE` for each of `words` in text columns; the longest word first, so that no half of one is left."""
        for word in sorted(filter(None, words), key=len, reverse=True):
            for column in columns:
                spelled = json.dumps(word, ensure_ascii=False)[1:-1]
                for text in dict.fromkeys((word, spelled)):
                    self._engine.run(
                        f"UPDATE {table} SET {column} = replace({column}, :word, :gone) "
                        f"WHERE {where} AND {column} LIKE :text ESCAPE '!'",
                        {**params, "word": plain(text), "gone": GONE, "text": _like(text)},
                    )

    def _erase_details(self, id: int, seqs: list[int]) -> None:
        if not seqs:
            return
        erased = self._audit.append(ERASED, actor="hs-bot", user_id=id, details={"erased": ranges(seqs)})
        self._engine.fill("audit_erasures", ("seq", "erased_by"), [(seq, erased.seq) for seq in seqs])
        self._engine.run(
            "DELETE FROM audit_details WHERE seq IN (SELECT seq FROM audit_erasures WHERE erased_by = :by)",
            {"by": erased.seq},
        )


def _without_words(value: Any, key: str = "") -> Any:
    """A plan with its numbers, times and roles; every other text is gone."""
    if isinstance(value, dict):
        return {name: _without_words(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_words(part, key) for part in value]
    return "" if isinstance(value, str) and key not in _KEPT_IN_PLANS else value


def _like(word: str) -> str:
    """A pattern that finds `word` anywhere; `!` escapes."""
    return "%" + plain(word).replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
