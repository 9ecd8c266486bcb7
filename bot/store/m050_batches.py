"""Requests that were made together, and days on which seats end."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.store.migrations import Ground


def m050_batches(db: "Ground") -> None:
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


def m051_seat_ends(db: "Ground") -> None:
    db.execute("""
        CREATE TABLE seat_ends (
            user_id INTEGER PRIMARY KEY,
            day TEXT NOT NULL,
            zone TEXT NOT NULL,
            ends_at TEXT NOT NULL,
            set_by TEXT NOT NULL,
            set_by_name TEXT NOT NULL,
            set_at TEXT NOT NULL,
            request_id TEXT,
            note TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX seat_ends_due ON seat_ends (ends_at)")
    db.execute("CREATE INDEX seat_ends_by_request ON seat_ends (request_id) WHERE request_id IS NOT NULL")
