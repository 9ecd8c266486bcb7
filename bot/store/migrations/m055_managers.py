"""Who somebody's manager is, by the first source that names one; no source says it of who has left."""

from bot.store.migrations.ground import Ground


def m055_managers(db: Ground) -> None:
    db.execute("""
        CREATE TABLE managers (
            user_id INTEGER PRIMARY KEY,
            email TEXT NOT NULL,
            source TEXT NOT NULL
        ) STRICT
    """)
