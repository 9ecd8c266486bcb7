"""What is said of a table or a view."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """`internal`: the bot's own bookkeeping, of no use to a reader."""

    holds: str
    columns: dict[str, str]
    internal: bool = False
