"""Requests that were made together."""

from bot.store.migrations.ground import Ground


def m050_batches(db: Ground) -> None:
    db.execute("""
        CREATE TABLE batches (
            id TEXT PRIMARY KEY,
            opened_at TEXT NOT NULL,
            requester TEXT NOT NULL,
            requester_name TEXT NOT NULL,
            reason TEXT NOT NULL,
            assignee_name TEXT NOT NULL,
            run_at TEXT,
            members TEXT NOT NULL,
            left_out TEXT NOT NULL,
            seal TEXT NOT NULL,
            finished_at TEXT,
            channel TEXT NOT NULL,
            message_ts TEXT NOT NULL,
            shown TEXT NOT NULL,
            card_version INTEGER NOT NULL,
            version INTEGER NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX batches_unfinished ON batches (opened_at) WHERE finished_at IS NULL")
    db.execute("ALTER TABLE requests ADD COLUMN batch_id TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX requests_by_batch ON requests (batch_id) WHERE batch_id <> ''")
