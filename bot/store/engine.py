"""What an engine gives the named operations: statements in SQL that both speak, and transactions.

Statements have `:name` parameters. Rows are tuples in the order of the columns asked for. What an engine does
differently is in its own file and nowhere else: `sqlite.py`, `postgresql.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

from bot.store.spelling import plain

Row = tuple[Any, ...]
Params = dict[str, Any]
Statement = tuple[str, Params]

NO_CLOCK = "NULL"
"""`Engine.clock_sql` where the database has no clock of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHealth:
    """Whether the record answers now, and can be written: if not, `problem` is the sentence why.

    `round_trip_ms` is None when it does not answer.
    """

    engine: str
    round_trip_ms: float | None
    problem: str = ""

    @property
    def well(self) -> bool:
        return not self.problem


def storable(params: Params | None) -> Params:
    """Parameters whose texts both engines take: what a forged button holds must find nothing, and not fail."""
    return {name: plain(value) if type(value) is str else value for name, value in (params or {}).items()}


class Engine(ABC):
    """One record, for all threads of a process. Every method raises `StoreError`s only, for what can go wrong."""

    name: Literal["sqlite", "postgresql"]
    place: str  # where the record is, without a password
    remarks: tuple[str, ...] = ()  # sentences about what was set right when it was opened
    row_lock: str  # appended to a SELECT whose rows this transaction is going to change
    skip_locked: str  # appended to a SELECT that takes what nobody else is taking
    clock_sql: str  # an expression: the database's own clock, spelled as `spelling` does; else NO_CLOCK

    @abstractmethod
    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a statement that answers rows; a transaction of its own outside of one."""

    @abstractmethod
    def run(self, sql: str, params: Params | None = None) -> int:
        """Run a statement; returns the number of rows it touched. A transaction of its own outside of one."""

    @abstractmethod
    def run_all(self, statements: Sequence[Statement]) -> None:
        """Run statements one after the other, within a transaction, in one round trip where the engine can."""

    @abstractmethod
    def put(self, table: str, columns: Sequence[str], key: Sequence[str], rows: Iterable[Row]) -> None:
        """Insert many rows, or overwrite those with the same `key`; `rows` in the order of `columns`."""

    @abstractmethod
    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
        """Insert many new rows, fast; returns how many."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """All statements of this thread inside the block: all or nothing.

        A block inside a block is a savepoint: when it fails, and its caller goes on, only its own writes are taken
        back.
        """

    @abstractmethod
    def joined(self) -> AbstractContextManager[None]:
        """For one operation of several statements: a transaction of its own, or simply part of the one around it."""

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """All reads of this thread inside the block see one moment; nobody's writes wait for it."""

    @abstractmethod
    def stream(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """Every row of a table, in constant memory, within `transaction` or `snapshot`."""

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether this thread is inside a transaction."""

    @abstractmethod
    def version(self) -> int:
        """The committed number of `record_version`, at the cost of microseconds."""

    @abstractmethod
    def bump(self) -> int:
        """Move `record_version` within a transaction; returns the new number, that rows are stamped with."""

    @abstractmethod
    def wait_for_change(self, timeout: float) -> bool:
        """Wait until somebody (other than this thread) has written; True when so, False after `timeout` seconds."""

    @abstractmethod
    def health(self) -> RecordHealth:
        """Ask the database something now."""

    def connections(self) -> dict[str, int]:
        """Connections to a server: `open`, `idle`, and threads `waiting` for one. Empty where there is no server."""
        return {}

    @abstractmethod
    def check(self) -> None:
        """Raises `Corrupt` when what is kept is damaged; may take seconds."""

    @abstractmethod
    def settle(self, ticket: str) -> bool:
        """Whether the transaction of an `Unsettled` was written. Raises `Away` while nobody can say."""

    @abstractmethod
    def empty(self, tables: Sequence[str]) -> None:
        """Remove every row of `tables`, append-only ones included: only for a restore and for a copy that failed."""

    @abstractmethod
    def filled(self) -> None:
        """After rows came with their own numbers (a copy): see to it that new ones get new numbers."""

    @abstractmethod
    def columns(self, table: str) -> list[str]:
        """The names of a table's columns, in order."""

    @abstractmethod
    def scrub(self) -> None:
        """Personal data is being erased: leave no copy of it in free space after the commit, as far as one can."""

    @abstractmethod
    def close(self) -> None:
        """Let go of every connection; idempotent. Nothing works afterwards."""

    def thread_ends(self) -> None:  # noqa: B027 - where connections are shared there is nothing to do
        """The calling thread asks nothing more: what it alone has is let go of."""

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        """The first row, or None."""
        found = self.rows(sql, params)
        return found[0] if found else None

    def value(self, sql: str, params: Params | None = None) -> Any:
        """The first column of the first row; None without a row."""
        found = self.row(sql, params)
        return found[0] if found else None
