"""Text as people paste it into Slack, made plain: links and mentions, entities, quotes, invisible signs.

Source: Slack, "Formatting text for app surfaces": with `should_escape` mentions and links arrive as `<…|label>` and
`&`, `<`, `>` as entities; without it text arrives as typed. Both are taken.
"""

import re
import unicodedata

MARKUP = re.compile(r"<(?P<sign>[@#!]?)(?P<target>[^<>|\s]+)(?:\|(?P<label>[^<>]*))?>")
"""`<@U1|jane>`, `<#C1|x>`, `<!here>`, `<mailto:a@b.com|a@b.com>`, `<https://…|…>`; mail clients' `<a@b.com>`."""

_ENTITIES = re.compile(r"&(amp|lt|gt|nbsp|quot|#39|apos);")
_MEANING = {"amp": "&", "lt": "<", "gt": ">", "nbsp": " ", "quot": '"', "#39": "'", "apos": "'"}
_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»＂″", '"'), **dict.fromkeys("‘’‚‛ʼ‹›＇′", "'")})
_INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
"""Formats (zero-width, direction marks, soft hyphen), controls, lone surrogates, what no alphabet has."""


def visible(text: str) -> str:
    """One line without invisible signs, every run of any space (NBSP too) as one blank, composed (NFC)."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = "".join(" " if sign.isspace() else sign for sign in text)
    kept = "".join(sign for sign in spaced if unicodedata.category(sign) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def straight(text: str) -> str:
    """Typographic quotes as the ones on the keyboard."""
    return text if text.isascii() else text.translate(_QUOTES)


def unescape(text: str) -> str:
    """Slack's entities, and the few others that come with a paste, once."""
    return _ENTITIES.sub(lambda found: _MEANING[found[1]], text)


def plain(text: str) -> str:
    """Free text (a reason) as a person reads it: labels of links and mentions, signs for entities. Quotes stay."""
    return visible(unescape(MARKUP.sub(_label, visible(text))))


def _label(found: re.Match[str]) -> str:
    label, target = found["label"], found["target"]
    if found["sign"] == "@":
        return "@" + (label or target).lstrip("@")
    if found["sign"] == "#":
        return "#" + (label or target).lstrip("#")
    return label or target.removeprefix("mailto:")
