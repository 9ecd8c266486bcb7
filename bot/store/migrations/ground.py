"""What a migration may ask of either engine."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol


class Ground(Protocol):
    """A database in the middle of a migration."""

    def execute(self, sql: str) -> object:
        """One statement."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a SELECT answers."""

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows, given in the order of `columns`."""

    def allow(self, table: str, column: str, *, after: str, also: str) -> None:
        """Have the CHECK of a column that lists its values, of which `after` is the last one, take `also`, too."""

    def append_only(self, table: str, key: str) -> None:
        """Have the database itself refuse UPDATE, DELETE and overwriting by a second INSERT, whoever asks."""

    def erasable(self, table: str, key: str, allowed_by: str) -> None:
        """Like `append_only`, but rows whose `key` stands in table `allowed_by` may be deleted."""

    def announced(self, table: str, events: str) -> None:
        """Wake whoever waits for a change when `events` happen to `table`, where the engine can."""
