"""What one thread has of the file: its connection, and how it stands with its transaction."""

import sqlite3

from sqlite_utils import Database


class Connection:
    """Used by one thread alone."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.depth = 0
        self.spoiled = False
        self.lost = False  # SQLite has taken the whole transaction back by itself, as it may when the disk is full
        self.bumped = False
        self.scrub = False
        self.data_version = -1  # of the moment when `version` was read
        self.version = 0

    def take_back(self, *statements: str) -> bool:
        """False when there was no transaction any more: SQLite has ended it itself, or the record was closed."""
        try:
            if not self.db.conn.in_transaction:
                return False
            for statement in statements:
                self.db.conn.execute(statement)
        except sqlite3.Error:
            return False
        return True
