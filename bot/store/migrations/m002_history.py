"""Syncs and what they, and requests, changed."""

from bot.store.migrations.ground import Ground


def m002_history(db: Ground) -> None:
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
