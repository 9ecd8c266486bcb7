"""Arguments of the commands: options, filters, periods, and names of several words that something else follows.

A name of several words needs no quotes where nothing follows it. Where something may follow (a reason, a team):

- quoted text is the name, whatever follows; so is all that stands before the first comma;
- an e-mail, an id, an @mention and a Slack mention are one word each;
- else the text can be split in several ways. `readings` has them all, the longest name first (at most five words), so
  that the directory can choose the first one that it knows. Who has no directory takes `likely`: the run of capitalised
  words at the beginning, at least one word: `Jane Doe left us` is `Jane Doe`, `left us`.

After `/hs-offboard` an option ends the name: in `jane doe to:bob left us` the name is `jane doe`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.model.user import Status
from bot.policy.clean import plain, straight, unescape, visible
from bot.policy.who import BadArgument, Who, is_one_word, nearest, parse_who

LONGEST_NAME = 5  # words of a name that something else follows
DECADE = timedelta(days=3660)
FILTERS = ("role", "team", "status")

_WORD = re.compile(r'(?:[A-Za-z]+:)?"[^"]*"[,;]?|(?:<[^<>]*>|[^\s<]|<)+')
_OPTION = re.compile(r"(to|at|reason):(.*)", re.IGNORECASE | re.DOTALL)
_TIME_OF_DAY = re.compile(
    r"(?:.*T)?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:am|pm|z|[+-]\d{2}:?\d{2})?|\d{1,2}(?:am|pm)|am|pm", re.IGNORECASE
)
_DAY = re.compile(
    r"\d{1,4}|\d+[mhd]|\d{4}-\d{2}-\d{2}|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?", re.IGNORECASE
)
_ZONE = re.compile(r"am|pm|z|utc|gmt|[+-]\d{2}:?\d{2}|[a-z]+/[a-z_/+0-9-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to split a text into a person and what follows."""

    who: Who
    rest: str


@dataclass(frozen=True, slots=True)
class OffboardArgs:
    """`at` is text for `parse_when`, or "". `readings` (never empty) are all ways to split WHO from the reason."""

    who: Who
    to: Who | None = None
    at: str = ""
    reason: str = ""
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class ListFilters:
    """What a list is narrowed to; "" and None: not narrowed. `role` in lower case; `team` a name or an id as typed."""

    role: str = ""
    team: str = ""
    status: Status | None = None


def split_words(text: str) -> list[str]:
    """Words of a command; quoted text (with its quotes) and Slack's `<…|…>` stay whole, also behind `key:`."""
    return _WORD.findall(straight(visible(text)))


def readings(text: str) -> tuple[Reading, ...]:
    """Every way to split `WHO REST`, longest name first, as the module's docstring says; never empty."""
    return _readings(split_words(text))


def likely(ways: Sequence[Reading]) -> Reading:
    """The way a reader without the directory would take: the longest name of capitalised words, else the shortest."""
    return next((way for way in ways if all(word[:1].isupper() for word in way.who.value.split())), ways[-1])


def parse_offboard(text: str) -> OffboardArgs:
    """Read `WHO [to:ASSIGNEE] [at:WHEN] [reason…]`. Values may be quoted; options may stand anywhere, each once."""
    words = split_words(text)
    options: dict[str, str] = {}
    before: list[str] = []
    after: list[str] = []
    while words:
        word = words.pop(0)
        found = _OPTION.fullmatch(word)
        if not found:
            (after if options else before).append(word)
            continue
        key = found[1].lower()
        if key in options:
            raise BadArgument(f"`{key}:` is given twice: give it once.")
        value = [found[2]] if found[2] else words[:1]
        if not value or _OPTION.fullmatch(value[0]):
            raise BadArgument(f"`{key}:` needs a value.")
        if not found[2]:
            words.pop(0)  # `to: jane`
        if key == "reason":
            options[key] = ""
            after += value
        else:
            value += _more(key, value[0], words)
            del words[: len(value) - 1]
            options[key] = " ".join(value)
    ways = _readings(before or after)
    chosen = ways[0] if options and before else likely(ways)
    if before and after:
        reason = _free(after)
        ways = tuple(Reading(way.who, f"{way.rest} {reason}".strip()) for way in ways)
        chosen = Reading(chosen.who, f"{chosen.rest} {reason}".strip())
    to = parse_who(options["to"]) if "to" in options else None
    return OffboardArgs(chosen.who, to, _free([options.get("at", "")]), chosen.rest, ways)


def parse_list_filters(text: str) -> ListFilters:
    """Read `[role:…] [team:…] [status:…]`; a value runs to the next filter, so that team names need no quotes."""
    values: dict[str, list[str]] = {}
    key = ""
    for word in split_words(unescape(text)):
        name, colon, value = word.partition(":")
        if colon and not word.startswith('"'):
            key = name.lower()
            if key not in FILTERS:
                raise BadArgument(
                    f"There is no filter `{key}:`.{_meant(key, FILTERS, ':')} Filters are role:, team: and status:."
                )
            if key in values:
                raise BadArgument(f"`{key}:` is given twice: give it once.")
            values[key] = [value] if value else []
        elif key:
            values[key].append(word)
        else:
            raise BadArgument(f"“{_free([word])}” is no filter: write role:, team: or status: before it.")
    read = {name: _free(words) for name, words in values.items()}
    for name, value in read.items():
        if not value:
            raise BadArgument(f"`{name}:` needs a value.")
    status = read.get("status", "").lower()
    if status and status not in tuple(Status):
        raise BadArgument(
            f"There is no status “{status}”.{_meant(status, tuple(Status))} It is active, offboarded or removed."
        )
    return ListFilters(read.get("role", "").lower(), read.get("team", ""), Status(status) if status else None)


def parse_period(text: str) -> timedelta:
    """Read `90m`, `24h`, `7d`, `2w`; raise `BadArgument`."""
    if found := re.fullmatch(r"([0-9]{1,7}) ?([mhdw])", visible(text).lower().strip(" ,;")):
        unit = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[found[2]]
        span = timedelta(**{unit: int(found[1])})
        if timedelta(0) < span <= DECADE:
            return span
    raise BadArgument("A period is a number with a unit, like 24h, 7d or 2w, and at most ten years.")


def parse_log(text: str) -> tuple[Who | None, timedelta | None, bool]:
    """Read `[WHO] [30d] [steps]`, each of them alone too; the last says whether the machine's own steps are wanted."""
    words = split_words(text)
    steps = bool(words) and words[-1].lower().strip(",;") == "steps"
    words = words[:-1] if steps else words
    period = parse_period(words.pop()) if words and re.fullmatch(r"[0-9]+[mhdw][,;]?", words[-1].lower()) else None
    return (parse_who(" ".join(words)) if words else None), period, steps


def _readings(words: Sequence[str]) -> tuple[Reading, ...]:
    if not words:
        raise BadArgument("Say who: an e-mail, a Help Scout id, an @mention or a name.")
    alone = next((i for i, word in enumerate(words) if is_one_word(word)), len(words))
    comma = next((i for i, word in enumerate(words) if word.endswith((",", ";"))), len(words))
    if alone < min(len(words), LONGEST_NAME) and (alone == 0 or unescape(words[alone]).startswith("<")):
        sizes: Iterable[int] = (alone + 1,)  # `Jane Doe <jane@example.com>` is one person
    elif comma < min(alone, LONGEST_NAME):
        sizes = (comma + 1,)
    else:
        sizes = range(min(alone, LONGEST_NAME), 0, -1)
    return tuple(Reading(parse_who(" ".join(words[:size])), _free(words[size:])) for size in sizes)


def _more(key: str, first: str, words: Sequence[str]) -> list[str]:
    """Words that still belong to an option's value: the rest of a capitalised name, of a date, its time and zone."""
    taken: list[str] = []
    if first.startswith('"') or (key == "to" and (is_one_word(first) or not first[:1].isupper())):
        return taken
    timed = _TIME_OF_DAY.fullmatch(first) is not None
    for word in words:
        if key == "to":
            goes_on = word[:1].isupper() and not _OPTION.fullmatch(word)
        elif timed:
            goes_on = _ZONE.fullmatch(word) is not None
        else:
            timed = _TIME_OF_DAY.fullmatch(word) is not None
            goes_on = timed or _DAY.fullmatch(word) is not None
        if not goes_on:
            break
        taken.append(word)
    return taken


def _free(words: Sequence[str]) -> str:
    """Words as free text; quotes around all of it fall away."""
    text = plain(" ".join(words))
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def _meant(word: str, words: Iterable[str], sign: str = "") -> str:
    found = nearest(word, words)
    return f" Did you mean {found}{sign}?" if found else ""
