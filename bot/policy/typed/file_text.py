"""The text of a list as people upload it: a CSV or lines, in the encodings that spreadsheets write."""

import codecs

from bot.model.problem import Problem

NOT_UTF8 = "The list is not text in UTF-8. Export it as CSV in UTF-8."
_OTHERS = (
    (b"PK\x03\x04", "an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a text document"),
)


class NoText(Problem):
    """The file is something else than a list in text."""


def text_of(content: bytes) -> tuple[str, bool]:
    """The text, and whether every character of it is certain: Windows' own encoding is only guessed.

    Raises `NoText`.
    """
    for begin, what in _OTHERS:
        if content.startswith(begin):
            raise NoText(f"That is {what}, not a CSV. Save the list as CSV (UTF-8) and try again.")
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding, sure in (("utf-16", True),) if wide else (("utf-8-sig", True), ("cp1252", False)):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, sure or text.isascii()
    raise NoText(NOT_UTF8)


def certain_text(content: bytes) -> str:
    """The text, where none of it has to be guessed. Raises `NoText`."""
    text, sure = text_of(content)
    if not sure:
        raise NoText(NOT_UTF8)
    return text
