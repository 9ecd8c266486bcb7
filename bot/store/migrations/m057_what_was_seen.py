"""What each source said of somebody when their finding was left as it is; not known of what was left before."""

from bot.store.migrations.ground import Ground


def m057_what_was_seen(db: Ground) -> None:
    db.execute("ALTER TABLE left_as_is ADD COLUMN seen TEXT")
