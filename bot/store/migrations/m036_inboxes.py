"""Inboxes by name."""

from bot.store.migrations.ground import Ground


def m036_inboxes(db: Ground) -> None:
    db.execute("""
        CREATE TABLE inboxes (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL
        ) STRICT
    """)
