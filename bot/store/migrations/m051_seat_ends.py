"""Days on which seats end."""

from bot.store.migrations.ground import Ground


def m051_seat_ends(db: Ground) -> None:
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
