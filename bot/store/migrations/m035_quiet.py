"""What an offboarding has changed about somebody's duty, to be put back when it ends before the removal."""

from bot.store.migrations.ground import Ground


def m035_quiet(db: Ground) -> None:
    db.execute("""
        CREATE TABLE quiets (
            request_id TEXT PRIMARY KEY REFERENCES requests (id),
            user_id INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('held', 'undone', 'kept')),
            change TEXT NOT NULL,
            tries INTEGER NOT NULL,
            due_at TEXT NOT NULL,
            note TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX quiets_held ON quiets (due_at) WHERE state = 'held'")
