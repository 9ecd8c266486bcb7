"""Texts made comparable: case, accents, apostrophes and spaces folded away."""

import unicodedata

_LETTERS = str.maketrans(
    dict.fromkeys("’‘‛ʼ`´′", "'")
    | dict(zip("øØłŁđĐðÐıŧŦħĦ", "oolldddditthh", strict=True))
    | {"æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th"}
)
"""Letters that Unicode does not take apart (NFKD), as people without them on the keyboard type them."""


def fold(text: str) -> str:
    """For search: `José  O’Brien` → `jose o'brien`. Folding twice changes nothing."""
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
    apart = unicodedata.normalize("NFKD", apart)
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())
