"""Who somebody's manager is, as the sources said last: kept, as no source says it of who has left."""

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
