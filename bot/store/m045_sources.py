"""What is remembered of sources, and what people have said about findings; earlier exemptions are taken over."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from bot.store.spelling import time_text

if TYPE_CHECKING:
    from bot.store.migrations import Ground


def m045_sources(db: "Ground") -> None:
    """The last whole reading of each source: who was in it, who of them was active, and whose seat is theirs."""
    db.execute("""
        CREATE TABLE source_readings (
            source TEXT PRIMARY KEY,
            read_at TEXT NOT NULL,
            as_of TEXT,
            group_name TEXT NOT NULL,
            people INTEGER NOT NULL,
            active INTEGER NOT NULL,
            accepted_by TEXT NOT NULL
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE source_people (
            source TEXT NOT NULL,
            person TEXT NOT NULL,
            user_id INTEGER,
            active INTEGER NOT NULL CHECK (active IN (0, 1)),
            listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
            PRIMARY KEY (source, person)
        ) STRICT
    """)
    db.execute("CREATE INDEX source_people_by_user ON source_people (user_id) WHERE user_id IS NOT NULL")


def m046_left_as_is(db: "Ground") -> None:
    """Findings that somebody has said are right as they are; those who were marked as no orphan are the first."""
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
