"""What Slack is owed, who leads, and small durable notes."""

from bot.store.migrations.ground import Ground


def m005_deliveries(db: Ground) -> None:
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
