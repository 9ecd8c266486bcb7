"""What is typed after `/hs-audit reconcile`: `[kind:…] [source:…]`."""

from dataclasses import dataclass

from bot.policy.people.finding import Kind
from bot.policy.typed.names import as_typed
from bot.policy.typed.readings import split_words
from bot.policy.typed.who import BadArgument


@dataclass(frozen=True, slots=True)
class ReconcileFilters:
    """`kind` None: all; `source` "": all."""

    kind: Kind | None = None
    source: str = ""


def parse_reconcile(text: str, sources: tuple[str, ...]) -> ReconcileFilters:
    """Raises `BadArgument`. `sources` are those that are configured."""
    kind: Kind | None = None
    source = ""
    for word in split_words(text):
        name, colon, value = word.partition(":")
        value = as_typed(value).lower().strip()
        if name.lower() == "kind" and colon:
            if value not in tuple(Kind):
                raise BadArgument(f"“{value}” isn't a kind. It is {', '.join(Kind)}.")
            kind = Kind(value)
        elif name.lower() == "source" and colon:
            if value not in sources:
                raise BadArgument(f"“{value}” isn't a source here. hs-bot compares with {', '.join(sources)}.")
            source = value
        else:
            raise BadArgument(f"“{as_typed(word)}” isn't a filter. Write kind: or source: before it.")
    return ReconcileFilters(kind, source)
