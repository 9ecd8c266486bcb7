"""Addresses that a reader may take for another one: mixed scripts, and letters that stand for other letters."""

import unicodedata

from bot.model.address import without_invisible

_ONE = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK", "BOPOMOFO": "CJK"}
"""Scripts that are written together."""


def why_unusual(address: str) -> str | None:
    """None for an address that reads as what it is; else what is unusual about it, as the end of a sentence.

    An e-mail address may mix scripts between its parts (an ASCII name at a Cyrillic domain), never within one.
    """
    if address.isascii():
        return None
    if without_invisible(address) != address:
        return "it has an invisible character"
    if unicodedata.normalize("NFKC", address) != address:
        return "it has characters that look like others"
    if any(len(_scripts(part)) > 1 for part in address.replace("@", ".").split(".")):
        return "it mixes letters of several alphabets"
    return None


def _scripts(text: str) -> set[str]:
    names = (unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha())
    return {_ONE.get(name, name) for name in names if name}
