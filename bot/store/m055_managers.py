"""Who somebody's manager is, as the sources said last (no source says it of who has left), and everybody's status."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.store.migrations import Ground


def m055_managers(db: "Ground") -> None:
    """One manager a person, by the first source that names one."""
    db.execute("""
        CREATE TABLE managers (
            user_id INTEGER PRIMARY KEY,
            email TEXT NOT NULL,
            source TEXT NOT NULL
        ) STRICT
    """)


def m056_statuses(db: "Ground") -> None:
    """A status and since when; "" where only a change is known. What a webhook told of one was a note before."""
    db.execute("""
        CREATE TABLE statuses (
            user_id INTEGER PRIMARY KEY,
            status TEXT NOT NULL,
            changed_at TEXT
        ) STRICT
    """)
    db.execute("DELETE FROM notes WHERE key LIKE 'status.changed/%'")
