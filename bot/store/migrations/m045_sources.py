"""The last whole reading of each source: who was in it, who of them was active, and whose seat is theirs."""

from bot.store.migrations.ground import Ground


def m045_sources(db: Ground) -> None:
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
