"""Arguments of the commands: options, filters, periods. Who is meant is read in `readings.py`.

After `/hs-offboard` an option ends the name: in `jane doe to:bob left us` the name is `jane doe`. An option that is
wrong is a fault beside the rest, so that nothing typed is lost.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.model.user import Status
from bot.policy.typed.clean import QUOTES, visible
from bot.policy.typed.names import as_typed
from bot.policy.typed.readings import (
    LONGEST_NAME,
    Reading,
    first_address,
    is_name_like,
    likely,
    split_readings,
    split_words,
)
from bot.policy.typed.who import WHO_WANTED, BadArgument, Who, address_within, is_one_word, nearest, parse_who

DECADE = timedelta(days=3660)
FILTERS = ("role", "team", "status")
OPTIONS = ("to", "at", "reason")

_OTHERWISE = {"assignee": "to", "when": "at", "on": "at", "date": "at", "why": "reason", "because": "reason"}
"""What else people call an option."""
_KEYED = re.compile(r"([a-z]{2,12}):(?!//).*", re.IGNORECASE | re.DOTALL)
_OPTION = re.compile(r"(to|at|reason):(.*)", re.IGNORECASE | re.DOTALL)
_TIME_OF_DAY = re.compile(
    r"(?:.*T)?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:am|pm|z|[+-]\d{2}:?\d{2})?|\d{1,2}(?:am|pm)|am|pm", re.IGNORECASE
)
_DAY = re.compile(
    r"\d{1,4}|\d+[mhd]|\d{4}-\d{2}-\d{2}|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?", re.IGNORECASE
)
_ZONE = re.compile(r"am|pm|z|utc|gmt|[+-]\d{2}:?\d{2}|[a-z]+/[a-z_/+0-9-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OffboardArgs:
    """`at` is text for `parse_when`, or "". `readings` are all ways to split WHO from the reason, () without a WHO.

    `faults` has a sentence for each option that could not be taken, by its name; "" names what is no option.
    """

    who: Who | None
    to: Who | None = None
    at: str = ""
    reason: str = ""
    readings: tuple[Reading, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListFilters:
    """What a list is narrowed to; "" and None: not narrowed. `role` in lower case; `team` a name or an id as typed."""

    role: str = ""
    team: str = ""
    status: Status | None = None


def parse_offboard(text: str) -> OffboardArgs:
    """Read `WHO [to:ASSIGNEE] [at:WHEN] [reason…]`. Values may be quoted; options may stand anywhere, each once.

    Raises `BadArgument` when there is nothing, or WHO can't be a person.
    """
    words = split_words(text)
    options: dict[str, str] = {}
    faults: dict[str, str] = {}
    before: list[str] = []
    after: list[str] = []
    while words:
        word = words.pop(0)
        found = _OPTION.fullmatch(word)
        if not found:
            if wrong := _misnamed(word):
                faults.setdefault("", wrong)
            (after if options or faults.keys() - {""} else before).append(word)
            continue
        key, value = found[1].lower(), [found[2]] if found[2] else words[:1]
        if not value or _OPTION.fullmatch(value[0]):
            faults.setdefault(key, f"`{key}:` needs a value.")
            words[:0] = [found[2]] if found[2] else []
            continue
        if not found[2]:
            words.pop(0)  # `to: jane`
        if key == "reason":
            options[key] = ""
            after += value
            continue
        value += _more(key, value[0], words, named=bool(before))
        del words[: len(value) - 1]
        said = " ".join(value)
        if key in options:
            faults.setdefault(key, f"`{key}:` is given twice. Only the first, “{options[key]}”, is used.")
            after.append(f"{key}:{said}")
        else:
            options[key] = said
    to, at = None, as_typed(options.get("at", ""))
    try:
        to = parse_who(options["to"]) if "to" in options else None
    except BadArgument as wrong_one:
        faults["to"] = wrong_one.sentence
    if not before and not after:
        if not options and not faults:
            raise BadArgument(WHO_WANTED)
        return OffboardArgs(None, to, at, faults=faults)
    if not before and "reason" in options:  # `reason:left us`: that is nobody
        return OffboardArgs(None, to, at, as_typed(" ".join(after)), faults=faults)
    ways = split_readings(before or after)
    chosen = ways[0] if options and before and ways[-1].who.kind != "email" else likely(ways)
    if before and after:
        reason = as_typed(" ".join(after))
        chosen = replace(chosen, rest=f"{chosen.rest} {reason}".strip())
        ways = tuple(replace(way, rest=f"{way.rest} {reason}".strip()) for way in ways)
    return OffboardArgs(chosen.who, to, at, chosen.rest, ways, faults)


def parse_list_filters(text: str) -> ListFilters:
    """Read `[role:…] [team:…] [status:…]`; a value runs to the next filter, so that team names need no quotes."""
    values: dict[str, list[str]] = {}
    key = ""
    for word in split_words(text):
        name, colon, value = word.partition(":")
        named = name.lower()
        if colon and word[:1] not in QUOTES and (named in FILTERS or not (key == "team" and _is_prose(named))):
            key = named
            if key not in FILTERS:
                raise BadArgument(
                    f"`{key}:` isn't a filter.{_meant(key, FILTERS, ':')} Filters are role:, team: and status:."
                )
            if key in values:
                raise BadArgument(f"`{key}:` is given twice. Give it once.")
            values[key] = [value] if value else []
        elif key:
            values[key].append(word)
        else:
            raise BadArgument(f"“{as_typed(word)}” isn't a filter. Write role:, team: or status: before it.")
    read = {name: as_typed(" ".join(words)) for name, words in values.items()}
    for name, value in read.items():
        if not value:
            raise BadArgument(f"`{name}:` needs a value.")
    status = read.get("status", "").lower()
    if status and status not in tuple(Status):
        raise BadArgument(
            f"“{status}” isn't a status.{_meant(status, tuple(Status))} It is active, offboarded or removed."
        )
    return ListFilters(read.get("role", "").lower(), read.get("team", ""), Status(status) if status else None)


def parse_period(text: str) -> timedelta:
    """Read `90m`, `24h`, `7d`, `2w`; raise `BadArgument`."""
    if found := re.fullmatch(r"([0-9]{1,7}) ?([mhdw])", visible(text).lower().strip(" ,;")):
        unit = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[found[2]]
        span = timedelta(**{unit: int(found[1])})
        if timedelta(0) < span <= DECADE:
            return span
    raise BadArgument("Give a period as a number with a unit, like 24h, 7d or 2w, and at most ten years.")


def parse_log(text: str) -> tuple[Who | None, timedelta | None, bool]:
    """Read `[WHO] [30d] [steps]`, each of them alone too; the last says whether the machine's own steps are wanted."""
    words = split_words(text)
    steps = bool(words) and words[-1].lower().strip(",;") == "steps"
    words = words[:-1] if steps else words
    period = parse_period(words.pop()) if words and re.fullmatch(r"[0-9]+[mhdw][,;]?", words[-1].lower()) else None
    return (parse_who(" ".join(words)) if words else None), period, steps


def _more(key: str, first: str, words: Sequence[str], *, named: bool) -> list[str]:
    """Words that still belong to an option's value: the rest of a capitalised name, of a date, its time and zone.

    `named`: it has been said who is to go, so an address that follows a name is of that name.
    """
    if key == "to":
        return _more_of_a_person(first, words, named=named)
    taken: list[str] = []
    if first[:1] in QUOTES:
        return taken
    timed = _TIME_OF_DAY.fullmatch(first) is not None
    for word in words:
        if timed:
            goes_on = _ZONE.fullmatch(word) is not None
        else:
            timed = _TIME_OF_DAY.fullmatch(word) is not None
            goes_on = timed or _DAY.fullmatch(word) is not None
        if not goes_on:
            break
        taken.append(word)
    return taken


def _more_of_a_person(first: str, words: Sequence[str], *, named: bool) -> list[str]:
    quoted = first[:1] in QUOTES
    if address_within(first) or (is_one_word(first) and not quoted):
        return []
    at, pasted = first_address(words)
    before = words[:at]
    if pasted and not any(_OPTION.fullmatch(word) for word in before):
        near = named and all(is_name_like(word) for word in before)
        if near or (pasted.bracketed and len(before) < LONGEST_NAME):
            return list(words[: at + 1])
    if quoted or not first[:1].isupper():
        return []
    run = next((i for i, word in enumerate(words) if not word[:1].isupper() or _OPTION.fullmatch(word)), len(words))
    return list(words[:run])


def _misnamed(word: str) -> str:
    """What to say of `too:bob`; "" for what isn't meant as an option."""
    found = _KEYED.fullmatch(word)
    key = found[1].lower() if found else ""
    meant = _OTHERWISE.get(key) or (nearest(key, OPTIONS) if key else None)
    return f"`{key}:` isn't an option, so it's left in the reason. Did you mean `{meant}:`?" if meant else ""


def _is_prose(key: str) -> bool:
    """Whether this is a part of a name, as in `team:Tier 2: Billing`, and not a misspelt filter."""
    return nearest(key, FILTERS) is None


def _meant(word: str, words: Iterable[str], sign: str = "") -> str:
    found = nearest(word, words)
    return f" Did you mean {found}{sign}?" if found else ""
