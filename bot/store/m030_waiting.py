"""Requests may wait for a person's hand: a state more, in which a target still has no second request."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.store.migrations import Ground


def m030_waiting(db: "Ground") -> None:
    """The state `waiting`."""
    db.allow("requests", "state", after="attention", also="waiting")
    db.execute("DROP INDEX requests_one_open")
    db.execute("""
        CREATE UNIQUE INDEX requests_one_open ON requests (subject)
        WHERE state IN ('pending', 'approved', 'running', 'attention', 'waiting')
    """)
