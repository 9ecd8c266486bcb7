"""Who is meant by each line of a list, and what is wrong with a line that is nobody, or several people."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.model.batch import LeftOut
from bot.model.user import UserRecord
from bot.policy.typed.fold import fold
from bot.policy.typed.many import Line
from bot.services.directory import Directory, LookupResult

_GIVE = "Give the e-mail address."
NAMED = 3
"""Of several people who match, those that are named."""


@dataclass(frozen=True, slots=True)
class Named:
    """A line and the one person it means."""

    line: Line
    row: UserRecord


@dataclass(frozen=True, slots=True)
class NamedPeople:
    """The lines that mean one person each, nobody twice, and those that don't, with why."""

    named: tuple[Named, ...] = ()
    wrong: tuple[LeftOut, ...] = ()


def find_many(directory: Directory, lines: Iterable[Line]) -> NamedPeople:
    """Whom each line means. Raises what `Directory.find` raises."""
    named: list[Named] = []
    wrong: list[LeftOut] = []
    at: dict[int, int] = {}
    for line in lines:
        if line.who is None:
            wrong.append(_left_out(line, line.why))
            continue
        found = directory.find(line.who)
        if found.total != 1 or not found.named:
            wrong.append(_left_out(line, _why(found)))
        elif line.called and not _same_name(line.called, found.exact[0].user.name):
            name = found.exact[0].user.name
            wrong.append(_left_out(line, f"This id belongs to {name}, but the row names {line.called}. {_GIVE}"))
        elif (row := found.exact[0]).id in at:
            wrong.append(_left_out(line, f"{row.user.name} is on line {at[row.id]} already."))
        else:
            at[row.id] = line.number
            named.append(Named(line, row))
    return NamedPeople(tuple(named), tuple(wrong))


def _same_name(called: str, name: str) -> bool:
    """Whether each word of the shorter one is in the longer one: `Doe, Jane` is `Jane Mary Doe`."""
    one, other = (set(re.findall(r"\w+", fold(text))) for text in (called, name))
    return one <= other or other <= one


def _why(found: LookupResult) -> str:
    if found.total > 1:
        names = [f"{row.user.name} ({row.user.email or row.id})" for row in found.exact[:NAMED]]
        more = found.total - len(names)
        others = f" and {more} {'other' if more == 1 else 'others'}" if more else ""
        return f"{found.total} people match: {', '.join(names)}{others}. {_GIVE}"
    if found.total == 1:
        row = found.exact[0]
        return f"Only {row.user.name} ({row.user.email or row.id}) comes close. Give the e-mail address to be sure."
    if found.gone:
        return f"{found.gone[0].user.name} has already left Help Scout."
    if found.note:
        return found.note
    if found.near:
        row = found.near[0]
        return f"Nobody in Help Scout matches. Closest: {row.user.name} ({row.user.email or row.id})."
    return "Nobody in Help Scout matches."


def _left_out(line: Line, why: str) -> LeftOut:
    return LeftOut(number=line.number, text=line.text, why=why)
