"""Names compared as people mean them: one rule for what is typed, what is stored, and what another API shows.

Names are shown and stored as they are written; only keys made here are compared.
"""

import unicodedata

from bot.policy.typed.clean import QUOTES, plain, straight, unescape
from bot.policy.typed.emoji import as_emoji
from bot.policy.typed.fold import fold

_UNSEEN = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
_VARIATIONS = frozenset({"\ufe0e", "\ufe0f"})


def name_key(name: str) -> str:
    """Two names with the same key are the same name: NFC, without invisible characters, quotes as on the keyboard,
    characters for entities, emoji for their shortcodes, any run of blanks as one, case aside.
    """
    text = straight(as_emoji(unescape(name)))
    if text.isascii() and text.isprintable():
        return " ".join(text.casefold().split())
    spaced = "".join(" " if sign.isspace() else sign for sign in text)
    kept = "".join(sign for sign in spaced if unicodedata.category(sign) not in _UNSEEN and sign not in _VARIATIONS)
    folded = unicodedata.normalize("NFD", kept).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: identity providers push names with blanks of their own, or decomposed."""
    return name_key(one) == name_key(other)


def loose_key(name: str) -> str:
    """For a second look when no name has the key: accents, and quotes around words, make no difference either."""
    return fold(name_key(name).replace('"', ""))


def as_typed(text: str) -> str:
    """The name that somebody typed for something new: emoji for shortcodes, without quotes around all of it."""
    name = plain(text)
    if len(name) < 2 or name[0] not in QUOTES or name[-1] not in QUOTES:
        return name
    within = '"' if name[0] == name[-1] == '"' else QUOTES  # a quotation may hold another kind of quotes
    return name if set(name[1:-1]) & set(within) else name[1:-1].strip()
