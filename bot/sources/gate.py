"""The gate: what an identity provider has pushed to us (product.md section 12) is a source like any other."""

from collections.abc import Callable, Iterable

from bot.model.colleague import Colleague, Listing

NAME, TITLE = "gate", "what your identity provider pushed"


class Gate:
    """`pushed` gives everybody as last pushed; nothing is asked of anybody."""

    name, title = NAME, TITLE

    def __init__(self, pushed: Callable[[], Iterable[Colleague]]) -> None:
        self._pushed = pushed

    def read(self) -> Listing:
        return Listing(source=NAME, title=TITLE, people=tuple(self._pushed()))
