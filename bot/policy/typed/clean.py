"""Text as people paste it into Slack, made plain: links and mentions, entities, emoji, quotes, invisible characters.

Source: Slack, "Formatting text for app surfaces": with `should_escape` mentions and links arrive as `<…|label>` and
`&`, `<`, `>` as entities; without it text arrives as typed. Both are taken.
"""

import re
import unicodedata
from collections.abc import Iterator

from bot.policy.typed.emoji import VARIATION, as_emoji

MARKUP = re.compile(r"<(?P<sign>[@#!]?)(?P<target>[^<>|\s]+)(?:\|(?P<label>[^<>]*))?>")
"""`<@U1|jane>`, `<#C1|x>`, `<!here>`, `<mailto:a@b.com|a@b.com>`, `<https://…|…>`; mail clients' `<a@b.com>`."""

_ENTITIES = re.compile(r"&(amp|lt|gt|nbsp|quot|#39|apos);")
_MEANING = {"amp": "&", "lt": "<", "gt": ">", "nbsp": " ", "quot": '"', "#39": "'", "apos": "'"}
_TYPOGRAPHIC = "“”„‟«»＂″"
QUOTES = frozenset(f'"{_TYPOGRAPHIC}')
"""Characters that stand around a quotation."""
_STRAIGHT = str.maketrans({**dict.fromkeys(_TYPOGRAPHIC, '"'), **dict.fromkeys("‘’‚‛ʼ‹›＇′", "'")})
_INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
"""Formats (zero-width, direction marks, soft hyphen), controls, lone surrogates, what no alphabet has."""
_JOINERS = frozenset("\u200c\u200d")
_VOWEL_SEPARATOR = "\u180e"
_FLAG, _TAGS = "\U0001f3f4", frozenset(map(chr, range(0xE0020, 0xE0080)))
_MEANT = re.compile("[\u200c\u200d\u180e\U000e0020-\U000e007f]")
"""Formats that can be part of what one sees: see `_belongs`."""


def visible(text: str) -> str:
    """One line without invisible characters, every run of any space (NBSP too) as one blank, composed (NFC).

    Joiners that shape what one sees stay: within an emoji, and in scripts whose letters they join or part.
    """
    if text.isprintable():  # no other character than letters, marks, numbers, symbols and the plain blank
        return " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())
    if _MEANT.search(text):
        seen = "".join(_seen("".join(" " if sign.isspace() else sign for sign in text)))
    else:
        seen = text.translate(_SHOWN)
    return " ".join(unicodedata.normalize("NFC", seen).split())


class _Shown(dict[int, int | str | None]):
    """For `str.translate`: a blank for every space, nothing for what can't be seen. Learns, but not all of Unicode."""

    def __missing__(self, code: int) -> int | str | None:
        sign = chr(code)
        shown = " " if sign.isspace() else code if _is_seen(sign) else None
        if len(self) < 10_000:
            self[code] = shown
        return shown


_SHOWN = _Shown()


def _is_seen(sign: str) -> bool:
    return unicodedata.category(sign) not in _INVISIBLE


def _seen(text: str) -> Iterator[str]:
    """What can be seen, and the formats that belong to it."""
    signs = [sign for sign in text if _is_seen(sign) or sign in _JOINERS or _MEANT.match(sign)]
    before, flag = "", False
    for at, sign in enumerate(signs):
        flag = sign == _FLAG or (flag and sign in _TAGS)
        if _is_seen(sign) or flag or _belongs(sign, before, signs[at + 1] if at + 1 < len(signs) else ""):
            yield sign
            before = sign


def _belongs(joiner: str, before: str, after: str) -> bool:
    """Whether this format is written here: between two pictures, or after a letter of a script that knows it.

    Sources: Unicode 16, chapters 9 (Arabic), 12 (Indic), 13 (Mongolian), and UTS #51 (emoji sequences).
    """
    if not before or joiner in _TAGS:
        return False
    if joiner == _VOWEL_SEPARATOR:
        return "\u1800" <= before <= "\u18af"
    if joiner == "\u200d" and (before == VARIATION or unicodedata.category(before) in ("So", "Sk")):
        return bool(after) and unicodedata.category(after) in ("So", "Sm")
    return "\u0600" <= before <= "\u1cff" and unicodedata.category(before)[0] in "LM"


def straight(text: str) -> str:
    """Typographic quotes as the ones on the keyboard."""
    return text if text.isascii() else text.translate(_STRAIGHT)


def unescape(text: str) -> str:
    """Slack's entities, and the few others that come with a paste, once."""
    return _ENTITIES.sub(lambda found: _MEANING[found[1]], text)


def plain(text: str) -> str:
    """Free text (a reason) as a person reads it: labels of links and mentions, characters for entities, emoji for
    shortcodes. Quotes stay.
    """
    return visible(as_emoji(unescape(MARKUP.sub(_label, visible(text)))))


def _label(found: re.Match[str]) -> str:
    label, target = found["label"], found["target"]
    if found["sign"] == "@":
        return "@" + (label or target).lstrip("@")
    if found["sign"] == "#":
        return "#" + (label or target).lstrip("#")
    if not found["sign"] and label is None and ":" not in target and "@" not in target:
        return found[0]  # `<core>`: Slack's own links have a scheme
    return label or target.removeprefix("mailto:")
