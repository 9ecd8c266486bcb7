"""A wish whose call must not have its effect twice, put to the journal of a step."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.helpscout.errors import HelpScoutError
from bot.services.requests.execution import Execution
from bot.services.steps.once import do_once


class Wish(Protocol):
    """What is wanted. `id` names it in the journal; `about` begins a sentence: "The removal of Jane Doe"."""

    @property
    def id(self) -> str: ...

    @property
    def about(self) -> str: ...

    @property
    def already(self) -> type[HelpScoutError]: ...

    @property
    def hidden(self) -> str: ...

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        """How it is asked for."""
        ...

    def ready(self) -> None:
        """Right before each call; raises when it must not be sent (any more)."""
        ...

    def shown(self) -> bool:
        """Read: is it so?"""
        ...

    def result(self) -> Mapping[str, Any]:
        """What it came to, once it was asked for or shown."""
        ...


def asked_once(ex: Execution, wish: Wish) -> Mapping[str, Any]:
    """Sent, settled by reading, and sent again only when reading shows that it had no effect."""
    return do_once(ex, _Deed(wish))


class _Deed:
    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self.id, self.about, self.hidden = wish.id, wish.about, wish.hidden
        self.already: type[HelpScoutError] = wish.already

    def look(self, *, sent: bool) -> Mapping[str, Any] | None:
        if sent and self._wish.shown():
            return self._wish.result()
        self._wish.ready()
        return None

    def send(self) -> Mapping[str, Any]:
        self._wish.ways[0]()
        return self._wish.result()
