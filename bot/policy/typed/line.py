"""Other people's words as one line of plain text, for a terminal, a log or a text file.

A name may hold a line break that forges the next line, a sequence that moves the terminal, or a mark that turns the
reading direction. What breaks lines becomes a blank, the rest is written out as Python would (`\\x1b`): an auditor sees
that it is there. Joiners stay: names in Persian, Hindi or Sinhala are spelt with them.
"""

import re
import unicodedata

_JOINERS = "\u200c\u200d"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def one_line(text: str) -> str:
    """`text` without anything that ends a line, moves the terminal or hides; every run of blanks as one."""
    if text.isascii() and text.isprintable():
        return re.sub(" {2,}", " ", text.strip())
    return " ".join(inert(text).split())


def inert(text: str) -> str:
    """The same with its blanks as they are: for a line that was put together already."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_seen(character) for character in text)


def _seen(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character.isspace():
        return " "
    if unicodedata.category(character) in _HIDDEN:
        return character.encode("unicode_escape").decode("ascii")
    return "\ufffd"
