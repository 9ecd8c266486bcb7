"""Findings that somebody has said are right as they are; those who were marked as no orphan are the first."""

import json
from datetime import datetime

from bot.store.migrations.ground import Ground
from bot.store.spelling import time_text


def m046_left_as_is(db: Ground) -> None:
    db.execute("""
        CREATE TABLE left_as_is (
            key TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            user_id INTEGER,
            email TEXT NOT NULL,
            why TEXT NOT NULL,
            said_by TEXT NOT NULL,
            said_at TEXT NOT NULL,
            until TEXT
        ) STRICT
    """)
    rows = db.rows("SELECT value FROM notes WHERE key = 'orphans.exempt'")
    saved = json.loads(rows[0][0]) if rows else []
    columns = ("key", "kind", "user_id", "email", "why", "said_by", "said_at", "until")
    db.fill(
        "left_as_is",
        columns,
        [
            (f"seat:{e['user_id']}", "orphan", e["user_id"], "", e["why"], e["by"], _spelled(e["at"]), None)
            for e in saved
        ],
    )
    db.execute("DELETE FROM notes WHERE key = 'orphans.exempt'")


def _spelled(at: str) -> str:
    return time_text(datetime.fromisoformat(at))
