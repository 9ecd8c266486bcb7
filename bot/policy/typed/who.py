"""Whom somebody means: one person, taken as people paste one."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.model.address import address_key, as_written
from bot.model.problem import Problem
from bot.policy.typed.clean import MARKUP, straight, unescape, visible
from bot.policy.typed.emoji import as_emoji
from bot.policy.typed.fold import fold

WhoKind: TypeAlias = Literal["id", "email", "mention", "slack", "name"]

LONGEST_WHO = 320  # an e-mail is at most 254 characters long, with a display name before it some more
WHO_WANTED = "Who? Give an e-mail address, name, @mention or Help Scout id."
LARGEST_ID = 2**63 - 1  # what the record's integer columns hold

_ADDRESS = re.compile(r"[^@\s<>\"(),;:|]+@[^@\s<>\"(),;:|]+")
_BETWEEN = re.compile(r"[\s<>\"(),;:|]+")
_SLACK_ID = re.compile(r"(?=.*[0-9])[UW][A-Z0-9]{7,}")
_NOT_PEOPLE = {"#": "a channel", "!": "a group"}
_EDGES = " ,;"
_ENDS = "!?…"


class BadArgument(Problem):
    """What was typed after a command can't be understood; the sentence says what is expected."""


@dataclass(frozen=True, slots=True)
class Who:
    """`value`: digits (id), address as written (email), handle in lower case (mention), `U…`/`W…` (slack), name."""

    kind: WhoKind
    value: str

    def __str__(self) -> str:
        return f"@{self.value}" if self.kind == "mention" else self.value


def parse_who(text: str) -> Who:
    """Read one person; raise `BadArgument` when there is nothing, or what can't be a person.

    Of `Jane Doe <jane@example.com>` the address counts. A bare number that no id can be is taken for a name.
    """
    tidy = straight(visible(as_emoji(unescape(text)))).strip(_EDGES)
    if len(tidy) > LONGEST_WHO:
        raise BadArgument("That's too long for a name or an e-mail address. Give one person.")
    for found in MARKUP.finditer(tidy):
        sign, target, label = found["sign"], found["target"], found["label"] or ""
        if sign == "@":
            return Who("slack", target.upper())
        if sign in _NOT_PEOPLE:
            raise BadArgument(
                f"That's {_NOT_PEOPLE[sign]}, not a person. Give an e-mail address, name, @mention or Help Scout id."
            )
        if address := address_in(label) or address_in(target):
            return Who("email", address)
    tidy = _unwrap(MARKUP.sub(lambda found: found["label"] or found["target"], tidy))
    if not any(sign.isalnum() for sign in tidy):
        raise BadArgument(WHO_WANTED)
    if re.fullmatch(r"[0-9]{1,19}", tidy) and int(tidy) <= LARGEST_ID:
        return Who("id", str(int(tidy)))
    if address := address_in(tidy.lstrip("@").rstrip(_ENDS)):
        return Who("email", address)
    if _SLACK_ID.fullmatch(tidy):
        return Who("slack", tidy)
    if tidy.startswith("@") and " " not in tidy:
        return Who("mention", tidy.strip("@").lower())
    if pasted := address_within(tidy):
        return Who("email", pasted.address)
    return Who("name", tidy.lstrip("@ "))


def people_in(text: str) -> int:
    """How many people a text names by what names one alone: addresses, mentions and ids. A name counts as nobody.

    Somebody's address beside their mention or id is one person; a label of Slack's markup is what it stands for.
    """
    tidy = straight(visible(unescape(text)))
    mentions = {found["target"].upper() for found in MARKUP.finditer(tidy) if found["sign"] == "@"}
    bare = MARKUP.sub(lambda found: " " if found["sign"] else f" {found['label'] or found['target']} ", tidy)
    words = [word for word in _BETWEEN.split(bare) if word.strip(".!?…")]
    addresses = {address_key(one) for word in words if "@" in word and (one := address_in(word.rstrip(_ENDS)))}
    handles = {word.lower() for word in words if re.fullmatch(r"@[\w.-]+", word)}
    ids = {word for word in words if re.fullmatch(r"[0-9]+", word)} if all(map(str.isdecimal, words)) else set()
    return max(len(addresses), len(mentions), len(handles), len(ids))


@dataclass(frozen=True, slots=True)
class Pasted:
    """An address among other text: what stands before and after it. `angled`, `bracketed`: as mail clients set it."""

    address: str
    before: str = ""
    after: str = ""
    angled: bool = False
    bracketed: bool = False


def address_within(text: str) -> Pasted | None:
    """The first e-mail address in a text, whatever stands around it; None when a mention comes first, or none does."""
    tidy = unescape(text)
    if whole := address_in(tidy.rstrip(_ENDS)):
        angled = tidy.startswith("<") and not tidy.startswith("<mailto:")
        return Pasted(whole, angled=angled, bracketed=angled or tidy.startswith(("(", "[")))
    for found in MARKUP.finditer(tidy):
        if found["sign"] == "@":
            return None
        if not found["sign"] and (address := address_in(found["label"] or "") or address_in(found["target"])):
            before, after = tidy[: found.start()], tidy[found.end() :]
            angled = not found["label"] and not found["target"].startswith("mailto:")
            return _pasted(address, before, after, angled or before.endswith("<"))
    bare = None if "://" in tidy else _ADDRESS.search(tidy)
    address = address_in(bare[0].rstrip(_ENDS)) if bare else None
    return _pasted(address, tidy[: bare.start()], tidy[bare.end() :], False) if bare and address else None


def _pasted(address: str, before: str, after: str, angled: bool) -> Pasted:
    bracketed = before.rstrip().endswith(("(", "["))
    return Pasted(address, before.rstrip(" <([\"'`"), after.lstrip(" >)]\"'`,;:."), angled, angled or bracketed)


def is_one_word(word: str) -> bool:
    """Whether this word is somebody by itself: quoted, Slack's markup, an e-mail, an id or an @mention."""
    tidy = straight(unescape(word)).strip(_EDGES)
    return (
        tidy.startswith(('"', "<", "@"))
        or re.fullmatch(r"[0-9]+", tidy) is not None
        or _SLACK_ID.fullmatch(tidy) is not None
        or address_in(tidy) is not None
    )


def address_in(text: str) -> str | None:
    """The e-mail address that this text is, as written; None when it is none."""
    tidy = text.strip(" ,;<>()[]\"'`")
    if tidy[:7].lower() == "mailto:":
        tidy = tidy[7:].partition("?")[0]
    tidy = tidy.rstrip(".")
    return as_written(tidy) if _ADDRESS.fullmatch(tidy) else None


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that was probably meant, for a "did you mean"; None when none is close."""
    known = {fold(candidate): candidate for candidate in words}
    found = difflib.get_close_matches(fold(word), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def _unwrap(text: str) -> str:
    """Without quotes or brackets around all of it, and without what a sentence leaves at the edges."""
    tidy = text.strip(_EDGES)
    while len(tidy) > 1 and tidy[0] + tidy[-1] in ('""', "''", "<>", "()", "[]", "``"):
        tidy = tidy[1:-1].strip(_EDGES)
    return tidy.strip('"` ,;')
