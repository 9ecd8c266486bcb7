"""Everybody's status and since when; "" where only a change is known. What a webhook told of one was a note before."""

from bot.store.migrations.ground import Ground


def m056_statuses(db: Ground) -> None:
    db.execute("""
        CREATE TABLE statuses (
            user_id INTEGER PRIMARY KEY,
            status TEXT NOT NULL,
            changed_at TEXT
        ) STRICT
    """)
    db.execute("DELETE FROM notes WHERE key LIKE 'status.changed/%'")
