"""Seals of requests, votes and audit lines; what was written before has none."""

from bot.store.migrations.ground import Ground


def m007_seals(db: Ground) -> None:
    for table in ("requests", "decisions", "audit", "audit_head"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN seal TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE audit_head ADD COLUMN sealed_from INTEGER NOT NULL DEFAULT 0")
