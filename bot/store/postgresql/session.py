"""A transaction on PostgreSQL: begun with its id, committed with certainty.

When a connection breaks while COMMIT is under way, the client can't know whether it arrived. The server can: it keeps
what became of each transaction id (`txid_status`, PostgreSQL's own answer to this very question). A transaction that is
still in progress then has a server process that waits for a client that is gone; it is ended first, so that the answer
is final.
"""

import time
from dataclasses import dataclass
from typing import Any

import psycopg

from bot.store.errors import StoreError
from bot.store.postgresql.faults import away, first_line

Connection = psycopg.Connection[tuple[Any, ...]]
_ENDING_SECONDS = 3.0


@dataclass(slots=True)
class Session:
    """What a thread has while it is inside a transaction."""

    conn: Connection
    ticket: str
    depth: int = 1
    spoiled: bool = False
    number: int | None = None  # of record_version, when this transaction moved it
    number_before: int = 0

    def roll_back(self) -> None:
        """Whatever state the connection is in; a dead one needs nothing."""
        if self.conn.broken or self.conn.closed:
            return
        try:
            self.conn.execute("ROLLBACK", prepare=False)
        except psycopg.Error:
            self.conn.close()


_IN_TURN = "pg_advisory_xact_lock(hashtext('hs-bot writer'), hashtext(current_schema()))"


def begin(conn: Connection, configuring: str, *, in_turn: bool = False) -> Session:
    """One round trip; `configuring` is a SELECT that sets what the transaction needs, or nothing.

    `in_turn` waits until no other transaction that was begun in turn is under way.
    """
    turn = f" FROM {_IN_TURN}" if in_turn else ""
    words = f"BEGIN ISOLATION LEVEL READ COMMITTED; {configuring + ';' * bool(configuring)} SELECT txid_current(){turn}"
    cursor = conn.execute(words.encode(), prepare=False)
    while cursor.nextset():
        pass
    (xid,) = cursor.fetchone() or (0,)
    return Session(conn, str(xid))


def begin_snapshot(conn: Connection, configuring: str) -> Session:
    """Reads one moment, writes nothing: as well on a server that can only be read."""
    words = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {configuring}"
    conn.execute(words.encode(), prepare=False)
    return Session(conn, "")


def commit(session: Session) -> None:
    cursor = session.conn.execute("COMMIT", prepare=False)
    if cursor.statusmessage != "COMMIT":
        raise StoreError("The database took the transaction back; nothing was written.")


def fate(conn: Connection, ticket: str, place: str) -> bool:
    """Whether the transaction was written. Raises `Away` while the server can't say."""
    ends = time.monotonic() + _ENDING_SECONDS
    while True:
        try:
            (status,) = conn.execute("SELECT txid_status(%s::bigint)", (ticket,)).fetchone() or (None,)
        except psycopg.errors.InvalidParameterValue as unknown:
            # Another server than before (a standby that had not received it yet): here it never happened.
            raise StoreError(
                f"The server of the record in {place} does not know the transaction that was under way "
                f"({first_line(unknown)}): look what is recorded before doing it again."
            ) from unknown
        if status in ("committed", "aborted"):
            return bool(status == "committed")
        if status is None:
            raise StoreError(f"What became of the transaction {ticket} in {place} is too long ago to be known.")
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_xid::text::bigint = %s::bigint & 4294967295",
            (ticket,),
        )
        if time.monotonic() > ends:
            raise away(place)
        time.sleep(0.02)
