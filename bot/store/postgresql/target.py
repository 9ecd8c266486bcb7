"""Where a PostgreSQL URL leads, and how a connection is opened there: to the server itself, or through a pooler.

A pooler in transaction mode lends a server's session for one transaction, to somebody else right after. Through a
pooler nothing therefore outlives a transaction: no prepared statements, no SET; what a transaction needs is set within
it. The same holds for the settings of the URL's `options`, which poolers refuse or pass over
(https://www.pgbouncer.org/features.html). Whether there is a pooler, each connection finds out by itself: the process
that was named at its start is the one that answers, or it is not.
"""

import re
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql as words
from psycopg.conninfo import make_conninfo

from bot.store.errors import Unsuited
from bot.store.postgresql.faults import place_of, statement_pooled
from bot.store.postgresql.silence import PATIENCE_SECONDS, POOLED_PATIENCE_SECONDS, Silence, listening
from bot.store.postgresql.url import parts_of, settings_of

Connection = psycopg.Connection[tuple[Any, ...]]

KEEPING = {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}
"""Set for each transaction of ours, whatever is set elsewhere."""

_DEFAULTS = {
    "application_name": "hs-bot",
    "connect_timeout": "5",
    "client_encoding": "utf8",
    # A server that vanished without a word is noticed within ten seconds.
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Used where the URL says nothing else."""

# What is recorded before a person is removed must outlive a crash, however the server is set up.
_DURABLE = words.SQL(
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END"
)
_PREPARED_AFTER = 5
"""Times that a statement is run before a session of our own has it prepared; psycopg's default."""
# PgBouncer; PgBouncer since 1.20 and Neon; Amazon's RDS Proxy.
_REFUSES_OPTIONS = re.compile(r"startup parameter|command-line options", re.IGNORECASE)


class Target:
    """One URL. `place` is it for people to read; `fault` what became of the last attempt to connect, None if it did.

    Raises `NoPlace` when the URL is none.
    """

    def __init__(self, url: str, silence: Silence | None = None) -> None:
        given = parts_of(url)
        self.place = place_of(given)
        self.fault: psycopg.Error | None = None
        self._silence = silence or Silence()
        self._settings = settings_of(given.get("options", ""))
        if "," in given.get("host", ""):
            # Of several servers the one that can be written is meant, whichever it is after a failover.
            given.setdefault("target_session_attrs", "read-write")
        self._with_options = make_conninfo("", **{**_DEFAULTS, **given})
        self._without_options = make_conninfo("", **{**_DEFAULTS, **given, "options": None})
        self._localized: dict[str, str] = {}
        self._localize({})

    def connect(self, *, watching: bool = False) -> Connection:
        """A connection in autocommit. Raises psycopg's errors.

        One that is `watching` asks only what is answered at once: when it isn't, it breaks, and so do all the others.
        """
        kind = self._kind(watching=watching)
        try:
            return self.opened(lambda conninfo: kind.connect(conninfo, autocommit=True, prepare_threshold=None))
        except psycopg.errors.ConnectionTimeout:
            if watching:
                self._silence.told()
            raise

    def opened(self, connect: Callable[[str], Connection]) -> Connection:
        """What `connect` makes of the conninfo; tried again without options where a pooler refuses them."""
        try:
            try:
                conn = connect(self._without_options if self._localized else self._with_options)
            except psycopg.OperationalError as fault:
                if self._localized or not self._settings or not _REFUSES_OPTIONS.search(str(fault)):
                    raise
                self._localize(self._settings)
                conn = connect(self._without_options)
            self._take_over(conn)
        except psycopg.Error as fault:
            self.fault = fault
            raise
        self.fault = None
        return conn

    def _take_over(self, conn: Connection) -> None:
        """Set up a session that is this connection's own; leave alone one that is lent."""
        if self._localized:
            return
        if conn.execute("SELECT pg_backend_pid()").fetchone() == (conn.info.backend_pid,):
            conn.execute(_configuring(KEEPING, durable=True, local=False))
            conn.prepare_threshold = _PREPARED_AFTER

    def begins_with(self, conn: Connection) -> str:
        """A SELECT that sets what a transaction needs; empty where the session has it set."""
        return "" if owned(conn) else self._begins_with

    def inspect(self, conn: Connection) -> None:
        """Whether what is behind the URL can hold a record. Raises `Unsuited`."""
        encoding = conn.info.parameter_status("server_encoding")
        if encoding is not None and encoding != "UTF8":
            raise Unsuited(
                f"The database of the record in {self.place} has the encoding {encoding}, which can't hold every name: "
                "it must be UTF8. Create one with  CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0  and name it "
                "in the URL. Nothing was written."
            )
        try:
            conn.execute("BEGIN", prepare=False)
            path = conn.execute("SELECT current_setting('search_path')").fetchone()
            conn.execute("COMMIT", prepare=False)
        except psycopg.OperationalError as fault:
            if statement_pooled(fault):
                raise Unsuited(
                    f"The pooler in front of the record in {self.place} is in statement mode, which has no "
                    "transactions. Set its pool_mode to transaction or session, or name the server itself in the URL. "
                    "Nothing was written."
                ) from fault
            raise
        wanted = self._settings.get("search_path")
        if wanted is not None and not self._localized and path != (wanted,):
            self._localize(self._settings)  # a pooler has passed the options over

    def select(self, conn: Connection, sql: bytes, params: dict[str, Any] | None = None) -> psycopg.Cursor[Any]:
        """One SELECT outside of a transaction, in one round trip."""
        if not self._localized:
            return conn.execute(sql, params)
        try:
            # Up to its end a pipeline is one transaction.
            with conn.pipeline():
                conn.execute(self._local)
                return conn.execute(sql, params)
        except psycopg.Error:
            if not conn.closed and conn.pgconn.pipeline_status:
                conn.close()  # it ended in the middle of an answer
            raise

    def line(self) -> type[Connection]:
        """The class of connections for a pool, which then opens them the same way."""
        target = self

        class Line(self._kind()):  # type: ignore[misc]  # a class that is made by a function
            @classmethod
            def connect(cls, conninfo: str = "", **given: Any) -> Any:  # noqa: ARG003 - the target knows the newest
                opens = super().connect
                return target.opened(lambda current: opens(current, **given))

        return Line

    def _kind(self, *, watching: bool = False) -> type[Connection]:
        """The class of connections that don't wait for a server which has fallen silent."""
        silence = self._silence

        class Heard(psycopg.Connection[Any]):
            def wait(self, gen: Any, *how: Any, **given: Any) -> Any:
                if not how and not given:  # else it ends by itself, as waiting for a notice does, which is no question
                    gen = listening(gen, lambda: self.pgconn.socket, self._silent)
                return super().wait(gen, *how, **given)

            def _silent(self, since: float) -> bool:
                if watching:
                    return silence.found(since, PATIENCE_SECONDS if owned(self) else POOLED_PATIENCE_SECONDS)
                return silence.known(since)

        return Heard

    def _localize(self, settings: dict[str, str]) -> None:
        """Have `settings` set in each transaction from now on."""
        self._local = _configuring(settings)
        self._begins_with = _configuring({**settings, **KEEPING}, durable=True).decode()
        self._localized = settings


def owned(conn: Connection) -> bool:
    """Whether the session is the connection's own, and not lent by a pooler for one transaction."""
    return conn.prepare_threshold is not None


def _configuring(settings: dict[str, str], *, durable: bool = False, local: bool = True) -> bytes:
    values: list[tuple[str, words.Composable]] = [(name, words.Literal(value)) for name, value in settings.items()]
    if durable:
        values.append(("synchronous_commit", _DURABLE))
    calls = [
        words.SQL("set_config({}, {}, {})").format(words.Literal(name), value, words.SQL("true" if local else "false"))
        for name, value in values
    ]
    return (words.SQL("SELECT ") + words.SQL(", ").join(calls)).as_bytes(None)
