"""Texts made comparable: case, accents, apostrophes and spaces folded away."""

import unicodedata

from bot.model.user import fold_email

__all__ = ["fold", "fold_email"]

_LETTERS = str.maketrans(
    {
        **{sign: "'" for sign in "’‘‛ʼ`´′"},
        **{"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "ı": "i", "ŧ": "t", "Ŧ": "t"},
        **{"æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th", "ħ": "h", "Ħ": "h"},
    }
)
"""Letters that Unicode does not take apart (NFKD), as people without them on the keyboard type them."""


def fold(text: str) -> str:
    """For search: `José  O’Brien` → `jose o'brien`. Never longer than a few times the text; folding twice changes nothing."""
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    apart = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    apart = unicodedata.normalize("NFKD", apart)
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())
