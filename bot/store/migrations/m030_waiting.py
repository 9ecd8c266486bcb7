"""Requests may wait for a person's hand: the state `waiting`, in which a target still has no second request."""

from bot.store.migrations.ground import Ground


def m030_waiting(db: Ground) -> None:
    db.allow("requests", "state", after="attention", also="waiting")
    db.execute("DROP INDEX requests_one_open")
    db.execute("""
        CREATE UNIQUE INDEX requests_one_open ON requests (subject)
        WHERE state IN ('pending', 'approved', 'running', 'attention', 'waiting')
    """)
