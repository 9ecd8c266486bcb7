"""What views need to know of values that live above them: the services fill these shapes."""

from collections.abc import Sequence
from typing import Protocol

from bot.model.change import Change


class CardWords(Protocol):
    """What a card says about a request: plain text, not escaped. Filled by `services.requests.kinds.CardWords`."""

    @property
    def title(self) -> str: ...

    @property
    def verb(self) -> str: ...

    @property
    def consequence(self) -> str: ...

    @property
    def facts(self) -> Sequence[tuple[str, str]]: ...


class Entry(Protocol):
    """A change and the name of whom it is about. Filled by `services.reports.history.Entry`."""

    @property
    def change(self) -> Change: ...

    @property
    def name(self) -> str: ...


class Notice(Protocol):
    """What one sync found outside the bot. Filled by `services.syncing.notices.Notice`."""

    @property
    def sync_id(self) -> int: ...

    @property
    def joined(self) -> Sequence[Entry]: ...

    @property
    def returned(self) -> Sequence[Entry]: ...

    @property
    def removed(self) -> Sequence[Entry]: ...

    @property
    def changed(self) -> Sequence[Entry]: ...

    @property
    def entries(self) -> Sequence[Entry]: ...

    @property
    def digest(self) -> bool: ...
