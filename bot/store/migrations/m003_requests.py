"""Requests with their decisions, steps and conversations to move."""

from bot.store.migrations.ground import Ground


def m003_requests(db: Ground) -> None:
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
