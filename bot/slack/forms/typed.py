"""What people put into the fields of a form, as they meant it."""

import unicodedata

from bot.model.address import as_written
from bot.policy.typed.emoji import as_emoji
from bot.policy.typed.who import BadArgument, address_in, parse_who

_NEVER = frozenset({"Cc", "Cs", "Co", "Cn"})
"""Controls, halves of signs, what no alphabet has. Formats stay: emoji and right-to-left names are made with them."""


def one_line(text: str) -> str:
    """A name, a title, a number: nothing in it is markup but emoji, and nothing that can be seen is taken away."""
    kept = "".join(" " if unicodedata.category(sign) in _NEVER else sign for sign in as_emoji(text))
    return " ".join(kept.split())


def address(text: str) -> str:
    """An e-mail address as people paste one, as written; what is none is given back, for the rules to refuse."""
    if (plain := address_in(as_written(text))) is not None:
        return plain
    try:
        who = parse_who(text)
    except BadArgument:
        return one_line(text)
    return who.value if who.kind == "email" else one_line(text)
