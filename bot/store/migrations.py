"""The tables, as small named migrations that run once, in order, in one transaction, on either engine.

Written in SQLite's words; `Ground.execute` of PostgreSQL translates the few that differ (`postgresql_schema.py`). A
released migration is never edited: the next change is a new function at the end of `MIGRATIONS`.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from bot.model.address import address_key
from bot.store.m030_waiting import m030_waiting
from bot.store.m035_quiet import m035_quiet, m036_inboxes
from bot.store.m040_wishes import m040_wishes
from bot.store.m045_sources import m045_sources, m046_left_as_is
from bot.store.m050_batches import m050_batches, m051_seat_ends
from bot.store.m055_managers import m055_managers, m056_statuses
from bot.store.spelling import plain

SET = "hs-bot"
"""The name of this set of migrations in sqlite-utils' table `_sqlite_migrations`."""


class Ground(Protocol):
    """A database in the middle of a migration."""

    def execute(self, sql: str) -> object:
        """One statement."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a SELECT answers."""

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows, given in the order of `columns`."""

    def allow(self, table: str, column: str, *, after: str, also: str) -> None:
        """Have the CHECK of a column that lists its values, of which `after` is the last one, take `also`, too."""

    def append_only(self, table: str, key: str) -> None:
        """Have the database itself refuse UPDATE, DELETE and overwriting by a second INSERT, whoever asks."""

    def erasable(self, table: str, key: str, allowed_by: str) -> None:
        """Like `append_only`, but rows whose `key` stands in table `allowed_by` may be deleted."""

    def announced(self, table: str, events: str) -> None:
        """Wake whoever waits for a change when `events` happen to `table`, where the engine can."""


def m001_people(db: Ground) -> None:
    """Users, their addresses, teams; the number that moves with every write to them."""
    db.execute("CREATE TABLE record_version (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL) STRICT")
    db.execute("INSERT INTO record_version (id, number) VALUES (1, 0)")
    db.execute("""
        CREATE TABLE users (
            id INTEGER PRIMARY KEY,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            email TEXT NOT NULL,
            role TEXT NOT NULL,
            timezone TEXT NOT NULL,
            type TEXT NOT NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            photo_url TEXT NOT NULL,
            job_title TEXT NOT NULL,
            phone TEXT NOT NULL,
            alternate_emails TEXT NOT NULL,
            mention TEXT NOT NULL,
            initials TEXT NOT NULL,
            raw TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('active', 'offboarded', 'removed')),
            first_seen TEXT NOT NULL,
            last_seen TEXT NOT NULL,
            removed_at TEXT,
            scim_id TEXT,
            request_id TEXT,
            mention_key TEXT NOT NULL,
            version INTEGER NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX users_by_mention ON users (mention_key) WHERE mention_key <> ''")
    db.execute("CREATE INDEX users_by_status ON users (status, id)")
    db.execute("CREATE INDEX users_by_version ON users (version, id)")
    db.execute("""
        CREATE TABLE emails (
            address TEXT NOT NULL,
            user_id INTEGER NOT NULL,
            is_primary INTEGER NOT NULL,
            PRIMARY KEY (address, user_id)
        ) STRICT
    """)
    db.execute("CREATE INDEX emails_by_user ON emails (user_id)")
    db.execute("""
        CREATE TABLE teams (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            mention TEXT NOT NULL,
            timezone TEXT NOT NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            scim_id TEXT,
            raw TEXT NOT NULL
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE team_members (
            team_id INTEGER NOT NULL REFERENCES teams (id),
            user_id INTEGER NOT NULL,
            PRIMARY KEY (team_id, user_id)
        ) STRICT
    """)
    db.execute("CREATE INDEX team_members_by_user ON team_members (user_id)")
    db.announced("record_version", "UPDATE")


def m002_history(db: Ground) -> None:
    """Syncs and what they, and requests, changed."""
    db.execute("""
        CREATE TABLE syncs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            "trigger" TEXT NOT NULL,
            started_at TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'held')),
            finished_at TEXT,
            people INTEGER NOT NULL,
            joined INTEGER NOT NULL,
            removed INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            requests INTEGER NOT NULL,
            problem TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX syncs_by_state ON syncs (state, id)")
    db.execute("""
        CREATE TABLE changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('joined', 'removed', 'offboarded', 'returned', 'changed',
                                               'team joined', 'team left', 'forgotten')),
            field TEXT NOT NULL,
            before TEXT NOT NULL,
            after TEXT NOT NULL,
            seen_at TEXT NOT NULL,
            sync_id INTEGER,
            request_id TEXT
        ) STRICT
    """)
    db.execute("CREATE INDEX changes_by_user ON changes (user_id, seen_at, id)")
    db.execute("CREATE INDEX changes_by_time ON changes (seen_at, id)")
    db.execute("CREATE INDEX changes_by_sync ON changes (sync_id, id) WHERE sync_id IS NOT NULL")
    db.execute("CREATE INDEX changes_by_request ON changes (request_id, id) WHERE request_id IS NOT NULL")


def m003_requests(db: Ground) -> None:
    """Requests with their decisions, steps and conversations to move."""
    db.execute("""
        CREATE TABLE requests (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('offboard', 'restore', 'provision', 'change', 'delete team')),
            state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'running', 'done', 'denied', 'cancelled',
                                                 'expired', 'stale', 'failed', 'attention')),
            opened_at TEXT NOT NULL,
            requester TEXT NOT NULL,
            requester_name TEXT NOT NULL,
            target_id INTEGER,
            target_name TEXT NOT NULL,
            target_email TEXT NOT NULL,
            reason TEXT NOT NULL,
            plan TEXT NOT NULL,
            digest TEXT NOT NULL,
            quorum INTEGER NOT NULL,
            run_at TEXT,
            expires_at TEXT NOT NULL,
            start_by TEXT,
            approved_at TEXT,
            started_at TEXT,
            finished_at TEXT,
            outcome TEXT NOT NULL,
            reminded INTEGER NOT NULL,
            lease_owner TEXT,
            lease_until TEXT,
            channel TEXT NOT NULL,
            message_ts TEXT NOT NULL,
            card_version INTEGER NOT NULL,
            version INTEGER NOT NULL,
            subject TEXT NOT NULL,
            remind_at TEXT
        ) STRICT
    """)
    db.execute("""
        CREATE UNIQUE INDEX requests_one_open ON requests (subject)
        WHERE state IN ('pending', 'approved', 'running', 'attention')
    """)
    db.execute("CREATE INDEX requests_by_time ON requests (opened_at, id)")
    db.execute("CREATE INDEX requests_by_target ON requests (target_id, opened_at, id) WHERE target_id IS NOT NULL")
    db.execute("CREATE INDEX requests_by_requester ON requests (requester, opened_at, id)")
    db.execute("CREATE INDEX requests_by_state ON requests (state, opened_at, id)")
    db.execute("CREATE INDEX requests_expiring ON requests (expires_at) WHERE state = 'pending'")
    db.execute("CREATE INDEX requests_to_remind ON requests (remind_at) WHERE state = 'pending'")
    db.execute("CREATE INDEX requests_to_start ON requests (start_by) WHERE state = 'approved'")
    db.execute("CREATE INDEX requests_leased ON requests (lease_until) WHERE state = 'running'")
    db.execute("CREATE INDEX requests_started ON requests (started_at) WHERE kind = 'offboard'")
    db.execute("CREATE INDEX requests_cards ON requests (opened_at) WHERE card_version < version")
    db.execute("""
        CREATE TABLE decisions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            request_id TEXT NOT NULL REFERENCES requests (id),
            actor TEXT NOT NULL,
            actor_name TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('approve', 'deny')),
            reason TEXT NOT NULL,
            decided_at TEXT NOT NULL,
            void INTEGER NOT NULL
        ) STRICT
    """)
    db.execute("CREATE UNIQUE INDEX decisions_one_each ON decisions (request_id, actor) WHERE void = 0")
    db.execute("""
        CREATE TABLE steps (
            request_id TEXT NOT NULL REFERENCES requests (id),
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
            started_at TEXT NOT NULL,
            finished_at TEXT,
            attempts INTEGER NOT NULL,
            done INTEGER NOT NULL,
            total INTEGER NOT NULL,
            result TEXT NOT NULL,
            problem TEXT NOT NULL,
            PRIMARY KEY (request_id, position)
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE moves (
            request_id TEXT NOT NULL REFERENCES requests (id),
            conversation_id INTEGER NOT NULL,
            number INTEGER NOT NULL,
            from_user INTEGER NOT NULL,
            to_user INTEGER,
            state TEXT NOT NULL CHECK (state IN ('todo', 'moved', 'skipped')),
            note TEXT NOT NULL,
            moved_at TEXT,
            PRIMARY KEY (request_id, conversation_id)
        ) STRICT
    """)
    db.announced("requests", "INSERT OR UPDATE OF state")


def m004_audit(db: Ground) -> None:
    """The chained log. What a line tells beyond its columns is beside it: erasing it leaves the chain whole."""
    db.execute("""
        CREATE TABLE audit (
            seq INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            event TEXT NOT NULL,
            actor TEXT NOT NULL,
            request_id TEXT,
            user_id INTEGER,
            details_hash TEXT NOT NULL,
            previous_hash TEXT NOT NULL,
            hash TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX audit_by_request ON audit (request_id, seq) WHERE request_id IS NOT NULL")
    db.execute("CREATE INDEX audit_by_user ON audit (user_id, seq) WHERE user_id IS NOT NULL")
    db.execute("CREATE INDEX audit_by_time ON audit (at, seq)")
    db.execute("""
        CREATE TABLE audit_details (
            seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            salt TEXT NOT NULL,
            details TEXT NOT NULL
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE audit_erasures (
            seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            erased_by INTEGER NOT NULL REFERENCES audit (seq)
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE audit_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            seq INTEGER NOT NULL,
            hash TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT
    """)
    db.execute("INSERT INTO audit_head (id, seq, hash, at) VALUES (1, 0, '', '')")
    db.append_only("audit", "seq")
    db.append_only("audit_erasures", "seq")
    db.erasable("audit_details", "seq", "audit_erasures")
    db.execute("""
        CREATE VIEW audit_log AS
        SELECT audit.seq, audit.at, audit.event, audit.actor, audit.request_id, audit.user_id, audit_details.details
        FROM audit LEFT JOIN audit_details ON audit_details.seq = audit.seq
    """)


def m005_deliveries(db: Ground) -> None:
    """What Slack is owed, who leads, and small durable notes."""
    db.execute("""
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            topic TEXT NOT NULL CHECK (topic IN ('thread', 'dm', 'notice', 'guard', 'orphans', 'warning')),
            payload TEXT NOT NULL,
            created_at TEXT NOT NULL,
            not_before TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            maybe_sent INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dropped')),
            owner TEXT,
            owned_until TEXT,
            ended_at TEXT,
            problem TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX outbox_waiting ON outbox (not_before, id) WHERE state = 'waiting'")
    db.execute("CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until TEXT NOT NULL) STRICT")
    db.execute("CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL, written_at TEXT NOT NULL) STRICT")
    db.announced("outbox", "INSERT")


def m006_addresses(db: Ground) -> None:
    """Keys of addresses made anew (IDNA, no case folding); every address ever had; who in Slack is who."""
    current: dict[tuple[str, int], int] = {}
    for id, email, others in db.rows("SELECT id, email, alternate_emails FROM users"):
        for address in (*json.loads(others), email):
            if key := plain(address_key(address)):
                current[key, id] = int(address == email)
    db.execute("DELETE FROM emails")
    db.fill("emails", ("address", "user_id", "is_primary"), [(*one, main) for one, main in current.items()])
    db.execute("""
        CREATE TABLE known_addresses (
            address TEXT NOT NULL,
            user_id INTEGER NOT NULL,
            is_main INTEGER NOT NULL,
            PRIMARY KEY (address, user_id)
        ) STRICT
    """)
    db.execute("CREATE INDEX known_addresses_by_user ON known_addresses (user_id)")
    ever = dict(current)
    changed = (
        "SELECT user_id, field, before, after FROM changes WHERE kind = 'changed' "
        "AND field IN ('email', 'alternate_emails')"
    )
    for id, field, *texts in db.rows(changed):
        for address in (part for text in texts for part in text.split(",")):
            if "@" in address and (key := plain(address_key(address))):
                ever[key, id] = max(ever.get((key, id), 0), int(field == "email"))
    db.fill("known_addresses", ("address", "user_id", "is_main"), [(*one, main) for one, main in ever.items()])
    _rename_subjects(db)
    db.execute("""
        CREATE TABLE slack_accounts (
            id TEXT PRIMARY KEY,
            person TEXT NOT NULL,
            email TEXT NOT NULL,
            email_key TEXT NOT NULL,
            seen_at TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX slack_accounts_by_person ON slack_accounts (person)")
    db.execute("CREATE INDEX slack_accounts_by_email ON slack_accounts (email_key) WHERE email_key <> ''")
    db.execute("""
        CREATE TABLE links (
            slack_id TEXT NOT NULL,
            user_id INTEGER NOT NULL,
            since TEXT NOT NULL,
            PRIMARY KEY (slack_id, user_id)
        ) STRICT
    """)
    db.execute("CREATE INDEX links_by_user ON links (user_id)")


def _rename_subjects(db: Ground) -> None:
    """What one address may have one open request for: the new key, but where that would make two of one."""
    taken: set[str] = set()
    for id, address in db.rows("SELECT id, target_email FROM requests WHERE subject LIKE 'address:%' ORDER BY id"):
        subject = f"address:{plain(address_key(address))}"
        if subject not in taken:
            taken.add(subject)
            db.execute(f"UPDATE requests SET subject = {_quoted(subject)} WHERE id = {_quoted(id)}")


def m007_seals(db: Ground) -> None:
    """Seals of requests, votes and audit lines; what was written before has none."""
    for table in ("requests", "decisions", "audit", "audit_head"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN seal TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE audit_head ADD COLUMN sealed_from INTEGER NOT NULL DEFAULT 0")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_NAME = "COALESCE(NULLIF(trim(users.first_name || ' ' || users.last_name), ''), users.email)"
_ASKED_BY = "COALESCE(NULLIF(requests.requester_name, ''), requests.requester)"


def m010_views(db: Ground) -> None:
    """For people who read the record. A later migration that makes one of these tables anew drops the views first."""
    db.execute(f"""
        CREATE VIEW v_seats AS
        SELECT users.id, {_NAME} AS name, users.email, users.role, users.status, users.job_title,
               (SELECT count(*) FROM team_members WHERE team_members.user_id = users.id) AS teams,
               NULLIF(users.created_at, '') AS created_at, users.first_seen, users.last_seen, users.removed_at,
               users.request_id, {_ASKED_BY} AS asked_by
        FROM users LEFT JOIN requests ON requests.id = users.request_id
        WHERE users.type NOT IN ('team', 'virtual')
    """)
    db.execute(f"""
        CREATE VIEW v_requests AS
        SELECT requests.id, requests.kind, requests.state,
               COALESCE(NULLIF(requests.target_name, ''), requests.target_email) AS target, requests.target_email,
               requests.target_id, {_ASKED_BY} AS asked_by, requests.reason,
               (SELECT count(*) FROM decisions WHERE decisions.request_id = requests.id
                AND decisions.verdict = 'approve' AND decisions.void = 0) AS approvals,
               requests.quorum AS approvals_needed, requests.opened_at, requests.run_at, requests.approved_at,
               requests.started_at, requests.finished_at, requests.outcome
        FROM requests
    """)
    db.execute(f"""
        CREATE VIEW v_changes AS
        SELECT changes.id, changes.seen_at, changes.user_id, {_NAME} AS name, users.email, changes.kind, changes.field,
               changes.before, changes.after, changes.request_id, {_ASKED_BY} AS asked_by, changes.sync_id
        FROM changes
        LEFT JOIN users ON users.id = changes.user_id
        LEFT JOIN requests ON requests.id = changes.request_id
    """)
    db.execute(f"""
        CREATE VIEW v_decisions AS
        SELECT decisions.id, decisions.decided_at, decisions.request_id, requests.kind,
               COALESCE(NULLIF(requests.target_name, ''), requests.target_email) AS target, {_ASKED_BY} AS asked_by,
               COALESCE(NULLIF(decisions.actor_name, ''), decisions.actor) AS decided_by, decisions.verdict,
               decisions.reason, 1 - decisions.void AS counts, requests.state
        FROM decisions JOIN requests ON requests.id = decisions.request_id
    """)


MIGRATIONS: tuple[Callable[[Ground], None], ...] = (
    m001_people,
    m002_history,
    m003_requests,
    m004_audit,
    m005_deliveries,
    m006_addresses,
    m007_seals,
    m010_views,
    m030_waiting,
    m035_quiet,
    m036_inboxes,
    m040_wishes,
    m045_sources,
    m046_left_as_is,
    m050_batches,
    m051_seat_ends,
    m055_managers,
    m056_statuses,
)
