"""What one thread has of the file: its connection, and how it stands with its transaction."""

import sqlite3
import threading

from bot.store.sqlite.library import Database


class Connection:
    """Used by one thread alone, but for the end: who closes the record takes `at_work`, that each statement holds.

    SQLite does not survive a connection that is closed while another thread runs a statement on it.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self.at_work = threading.RLock()
        self.depth = 0
        self.spoiled = False
        self.lost = False  # SQLite has taken the whole transaction back by itself, as it may when the disk is full
        self.bumped = False
        self.scrub = False
        self.data_version = -1  # of the moment when `version` was read
        self.version = 0

    def take_back(self, *statements: str) -> bool:
        """False when there was no transaction any more: SQLite has ended it itself, or the record was closed."""
        with self.at_work:
            try:
                if not self.db.conn.in_transaction:
                    return False
                for statement in statements:
                    self.db.conn.execute(statement)
            except sqlite3.Error:
                return False
            return True

    def close(self, patience: float) -> None:
        """Close it; what runs on it is ended first. What can't be had in `patience` seconds ends with the process."""
        if not self.at_work.acquire(blocking=False):
            self.db.conn.interrupt()
            if not self.at_work.acquire(timeout=patience):
                return
        try:
            self.db.conn.close()
        finally:
            self.at_work.release()
