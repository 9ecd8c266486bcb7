"""The chained log. What a line tells beyond its columns is beside it: erasing it leaves the chain whole."""

from bot.store.migrations.ground import Ground


def m004_audit(db: Ground) -> None:
    db.execute("""
        CREATE TABLE audit (
            seq INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            event TEXT NOT NULL,
            actor TEXT NOT NULL,
            request_id TEXT,
            user_id INTEGER,
            details_hash TEXT NOT NULL,
            previous_hash TEXT NOT NULL,
            hash TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX audit_by_request ON audit (request_id, seq) WHERE request_id IS NOT NULL")
    db.execute("CREATE INDEX audit_by_user ON audit (user_id, seq) WHERE user_id IS NOT NULL")
    db.execute("CREATE INDEX audit_by_time ON audit (at, seq)")
    db.execute("""
        CREATE TABLE audit_details (
            seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            salt TEXT NOT NULL,
            details TEXT NOT NULL
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE audit_erasures (
            seq INTEGER PRIMARY KEY REFERENCES audit (seq),
            erased_by INTEGER NOT NULL REFERENCES audit (seq)
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE audit_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            seq INTEGER NOT NULL,
            hash TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT
    """)
    db.execute("INSERT INTO audit_head (id, seq, hash, at) VALUES (1, 0, '', '')")
    db.append_only("audit", "seq")
    db.append_only("audit_erasures", "seq")
    db.erasable("audit_details", "seq", "audit_erasures")
    db.execute("""
        CREATE VIEW audit_log AS
        SELECT audit.seq, audit.at, audit.event, audit.actor, audit.request_id, audit.user_id, audit_details.details
        FROM audit LEFT JOIN audit_details ON audit_details.seq = audit.seq
    """)
