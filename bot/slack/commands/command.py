"""A slash command as a table of sub-commands, its help, and what it says to what it does not understand."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.model.problem import Problem
from bot.policy.typed.clean import plain, visible
from bot.policy.typed.when import BadWhen
from bot.policy.typed.who import BadArgument, nearest, parse_who
from bot.slack.handling.answer import Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.views.words import help_of, usage

Run: TypeAlias = Callable[[Call, Deps, str], Reply]
"""(call, deps, what was typed after the sub-command, as Slack sent it)"""

Fits: TypeAlias = Callable[[Call, Deps, str], bool]
"""Whether what was typed after the sub-command, as people read it, is something there is."""


def nothing(call: Call, deps: Deps, text: str) -> bool:
    """Of a sub-command that takes no argument."""
    return not text


def anything(call: Call, deps: Deps, text: str) -> bool:
    """Of a sub-command that takes what people make up."""
    return True


def somebody(call: Call, deps: Deps, text: str) -> bool:
    """Of a sub-command that takes WHO: whether they are on record, as far as memory knows."""
    try:
        who = parse_who(text)
        if not deps.directory.ready or who.kind == "slack":
            return False
        found = deps.directory.find(who)
    except Problem:  # nobody can be found now, so nobody is suggested
        return False
    return bool(found.exact or found.gone)


_FIRST = re.compile(r"\s*(\S+)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SubCommand:
    """`form` is how it is typed after the command ("lookup WHO"), `does` what for: a line of the help.

    `fits` keeps a "did you mean" to what there is.
    """

    name: str
    form: str
    does: str
    run: Run
    fits: Fits = nothing

    def said(self, words: str, command: str, meant: str = "") -> Reply:
        """A wrong argument: what is wrong, the usage line, what may have been meant."""
        return usage(words, command, [self.form], meant=meant)


@dataclass(frozen=True, slots=True)
class Command:
    """`default` takes text that begins with no sub-command; `empty` runs without any text (else: the help)."""

    name: str
    subs: tuple[SubCommand, ...]
    default: SubCommand | None = None
    empty: SubCommand | None = None

    def __call__(self, call: Call, deps: Deps) -> Reply:
        """The handler for the dispatcher."""
        found = _FIRST.fullmatch(call.text)
        first = visible(found[1]).lower().rstrip(",:") if found else ""
        if found is None or not first:
            return self._run(self.empty, call, deps, "") if self.empty is not None else self.help()
        if first == "help":
            return self.help()
        sub = next((sub for sub in self.subs if sub.name == first), None)
        if sub is not None:
            return self._run(sub, call, deps, found[2])
        hint = self._meant(call, deps, first, found[2])
        if self.default is not None:
            return self._run(self.default, replace(call, hint=hint), deps, call.text)
        forms = [sub.form for sub in self.subs]
        return usage(f"{self.name} has no “{visible(found[1])[:60]}”.", self.name, forms, meant=hint)

    def _meant(self, call: Call, deps: Deps, first: str, rest: str) -> str:
        """The line that was probably meant, if it leads anywhere: a sub-command of ours, about what there is."""
        names = [*(sub.name for sub in self.subs if sub.name), "help"]
        typed = plain(rest)
        second, _, third = typed.partition(" ")
        joined = f"{first}{second.lower()}"
        name, left = (joined, third) if joined in names else (nearest(first, names), typed)  # `look up jane`
        sub = next((sub for sub in self.subs if sub.name == name), None)
        if name == "help":
            return f"{self.name} help"
        if sub is None or not sub.fits(call, deps, left):
            return ""
        return f"{self.name} {sub.name} {left[:100]}".strip()

    def help(self) -> Reply:
        forms = [*((sub.form, sub.does) for sub in self.subs), ("help", "all of this")]
        return help_of(self.name, forms)

    def _run(self, sub: SubCommand, call: Call, deps: Deps, rest: str) -> Reply:
        return self._told(sub, call, lambda: sub.run(call, deps, rest))

    def _told(self, sub: SubCommand, call: Call, work: Callable[[], Reply]) -> Reply:
        """The reply; the usage line for a wrong argument, also when that comes out later."""
        try:
            reply = work()
        except BadArgument as wrong:
            return sub.said(wrong.sentence, self.name, call.hint)
        except BadWhen as wrong:  # the rest was understood
            return sub.said(wrong.sentence, self.name)
        if isinstance(reply, Later):
            later = reply.work
            return Later(lambda: self._told(sub, call, later))
        return reply
