"""What a half-typed line may become: commands with their hints, forms of a command, people."""

import re
from dataclasses import dataclass

from bot.demo.page.manifest import Command
from bot.demo.slack.people import Person


@dataclass(frozen=True, kw_only=True)
class Offer:
    """`line` is the whole line when it is taken."""

    shown: str
    hint: str = ""
    detail: str = ""
    line: str


_PERSON = re.compile(r"(?:^|\s)@([\w.-]*)$")
MOST = 12


def offers(line: str, commands: tuple[Command, ...], people: list[Person]) -> list[Offer]:
    """What to offer below a line; nothing when there is nothing to complete."""
    if found := _PERSON.search(line):
        return _people(line, found, people)
    if not line.startswith("/"):
        return []
    name, space, rest = line.partition(" ")
    if not space:
        return [
            Offer(shown=c.name, hint=c.usage_hint, detail=c.description, line=f"{c.name} ")
            for c in commands
            if c.name.startswith(name)
        ]
    command = next((c for c in commands if c.name == name), None)
    if command is None or len(command.forms) < 2:
        return []
    return [
        Offer(shown=f"{command.name} {form}", line=f"{command.name} {_fixed(form)}")
        for form in command.forms
        if form.startswith(rest) and _fixed(form).strip() != rest.strip()
    ][:MOST]


def _fixed(form: str) -> str:
    """The words of a form that are typed as they stand: `lookup WHO` gives `lookup `, `sync` gives `sync`."""
    kept: list[str] = []
    for word in form.split():
        if not re.fullmatch(r"[a-z][a-z-]*", word):
            return " ".join([*kept, ""])
        kept.append(word)
    return " ".join(kept)


def _people(line: str, found: re.Match[str], people: list[Person]) -> list[Offer]:
    typed = found[1].casefold()
    near = [
        p
        for p in people
        if p.handle.casefold().startswith(typed) or any(w.casefold().startswith(typed) for w in p.name.split())
    ]
    return [
        Offer(shown=f"@{p.handle}", detail=p.name, line=f"{line[: found.start(1)]}{p.handle} ")
        for p in sorted(near, key=lambda p: (not p.handle.casefold().startswith(typed), p.handle))[:MOST]
    ]
