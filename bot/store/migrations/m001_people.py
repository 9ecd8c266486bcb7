"""Users, their addresses, teams; the number that moves with every write to them."""

from bot.store.migrations.ground import Ground


def m001_people(db: Ground) -> None:
    db.execute("CREATE TABLE record_version (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL) STRICT")
    db.execute("INSERT INTO record_version (id, number) VALUES (1, 0)")
    db.execute("""
        CREATE TABLE users (
            id INTEGER PRIMARY KEY,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            email TEXT NOT NULL,
            role TEXT NOT NULL,
            timezone TEXT NOT NULL,
            type TEXT NOT NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            photo_url TEXT NOT NULL,
            job_title TEXT NOT NULL,
            phone TEXT NOT NULL,
            alternate_emails TEXT NOT NULL,
            mention TEXT NOT NULL,
            initials TEXT NOT NULL,
            raw TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('active', 'offboarded', 'removed')),
            first_seen TEXT NOT NULL,
            last_seen TEXT NOT NULL,
            removed_at TEXT,
            scim_id TEXT,
            request_id TEXT,
            mention_key TEXT NOT NULL,
            version INTEGER NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX users_by_mention ON users (mention_key) WHERE mention_key <> ''")
    db.execute("CREATE INDEX users_by_status ON users (status, id)")
    db.execute("CREATE INDEX users_by_version ON users (version, id)")
    db.execute("""
        CREATE TABLE emails (
            address TEXT NOT NULL,
            user_id INTEGER NOT NULL,
            is_primary INTEGER NOT NULL,
            PRIMARY KEY (address, user_id)
        ) STRICT
    """)
    db.execute("CREATE INDEX emails_by_user ON emails (user_id)")
    db.execute("""
        CREATE TABLE teams (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            mention TEXT NOT NULL,
            timezone TEXT NOT NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            scim_id TEXT,
            raw TEXT NOT NULL
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE team_members (
            team_id INTEGER NOT NULL REFERENCES teams (id),
            user_id INTEGER NOT NULL,
            PRIMARY KEY (team_id, user_id)
        ) STRICT
    """)
    db.execute("CREATE INDEX team_members_by_user ON team_members (user_id)")
    db.announced("record_version", "UPDATE")
