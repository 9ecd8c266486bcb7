"""What is typed behind `/hs-provision`: `WHO [until:DAY]`. What can't be read is a fault, and the rest is kept."""

import re
from dataclasses import dataclass
from datetime import date

from bot.policy.requests.seat_end import read_day
from bot.policy.typed.readings import split_words
from bot.policy.typed.when import BadWhen
from bot.policy.typed.who import nearest

UNTIL = "until"
LONGEST_DAY = 3
"""Words of a day: `31 december 2026`."""
_OPTION = re.compile(r"([A-Za-z]{2,12}):(?!//)(.*)", re.DOTALL)
_LIKE_A_DAY = re.compile(r"\d{1,4}[.,]?")


@dataclass(frozen=True, slots=True)
class SeatArgs:
    """`who` as typed, without options. `fault` says which option could not be used, "" when all could."""

    who: str = ""
    until: date | None = None
    fault: str = ""


def parse_seat(text: str, today: date) -> SeatArgs:
    """Never raises: the form opens with what could be read."""
    words, who = split_words(text), list[str]()
    until: date | None = None
    faults: list[str] = []
    while words:
        word = words.pop(0)
        found = _OPTION.fullmatch(word)
        if found is None:
            who.append(word)
            continue
        key = found[1].lower()
        if key != UNTIL:
            meant = " Did you mean `until:`?" if nearest(key, (UNTIL,)) else ""
            faults.append(f"`{key}:` isn't an option here, so it wasn't used.{meant}")
            continue
        value = [found[2]] if found[2] else words[:1]
        if not found[2]:
            del words[:1]
        if not value or _OPTION.fullmatch(value[0]):
            words[:0] = value
            faults.append("`until:` needs a day, like 2026-12-31.")
            continue
        day, taken, fault = _day(value[0], words, today)
        del words[:taken]
        if until is not None:
            faults.append("`until:` is given twice. Only the first is used.")
        elif day is not None:
            until = day
        else:
            faults.append(fault)
    return SeatArgs(" ".join(who), until, " ".join(faults))


def _day(first: str, words: list[str], today: date) -> tuple[date | None, int, str]:
    """The day, how many of `words` belong to it too, and what is wrong with it: the longest reading counts."""
    for more in range(min(LONGEST_DAY - 1, len(words)), -1, -1):
        if not all(_LIKE_A_DAY.fullmatch(word) or word.isalpha() for word in words[:more]):
            continue
        try:
            return read_day(" ".join((first, *words[:more])), today), more, ""
        except BadWhen as wrong:
            fault = wrong.sentence
    return None, 0, fault
