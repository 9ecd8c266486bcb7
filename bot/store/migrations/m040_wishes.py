"""What identity providers want, beside what Help Scout shows: one row a resource and token."""

from bot.store.migrations.ground import Ground


def m040_wishes(db: Ground) -> None:
    db.execute("""
        CREATE TABLE wishes (
            token TEXT NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('user', 'group')),
            subject_id INTEGER,
            address TEXT NOT NULL,
            external_id TEXT NOT NULL,
            document TEXT NOT NULL,
            wanted TEXT NOT NULL,
            deleted INTEGER NOT NULL,
            open INTEGER NOT NULL,
            request_id TEXT,
            not_before TEXT,
            problem TEXT NOT NULL,
            since TEXT NOT NULL,
            created_at TEXT NOT NULL,
            changed_at TEXT NOT NULL,
            PRIMARY KEY (token, id)
        ) STRICT
    """)
    db.execute("CREATE UNIQUE INDEX wishes_one_address ON wishes (token, address) WHERE address <> '' AND deleted = 0")
    db.execute("CREATE INDEX wishes_by_subject ON wishes (kind, subject_id) WHERE subject_id IS NOT NULL")
    db.execute("CREATE INDEX wishes_by_external_id ON wishes (token, kind, external_id) WHERE external_id <> ''")
    db.execute("CREATE INDEX wishes_open ON wishes (changed_at, id) WHERE open = 1")
