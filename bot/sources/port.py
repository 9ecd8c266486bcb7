"""The port: what every source can do."""

from typing import Protocol

from bot.model.colleague import Listing


class Source(Protocol):
    """Who works here. `name` is as in HS_BOT_SOURCES, `title` how people call it."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def read(self) -> Listing:
        """Everybody, now. Raises `SourceError` (or another `Problem`) unless the whole was read."""
        ...
