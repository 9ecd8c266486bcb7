"""Short private answers, usage lines, the help of a command."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.model.problem import Problem
from bot.slack.views.kit import Message, context, modal, say, section
from bot.slack.views.text import code, explained, told

GONE_FROM_THE_RECORD = "This person isn't on record anymore. Look them up again."
REASON_HINT = "Approvers see this, and it's kept on record."
NOTHING_YET = "Nothing happens until you submit this and someone else approves it."


def sentence(words: str) -> Message:
    """A sentence of ours (a refusal, an outcome), whatever names are in it."""
    return say(told(words))


def trouble(problem: Problem) -> Message:
    """What went wrong; what stands between backticks in its sentence is what one would type."""
    return say(explained(problem.sentence, 2900))


def usage(words: str, command: str, lines: Sequence[str], *, meant: str = "") -> Message:
    """What was wrong with what was typed, how it is typed right, and what was probably meant."""
    told = [explained(words)] if words else []
    told += [f"Did you mean {code(meant)}?"] if meant else []
    told += ["\n".join(f"`{' '.join((command, line)).strip()}`" for line in lines)] if lines else []
    return say("\n".join(told))


def help_of(command: str, lines: Sequence[tuple[str, str]]) -> Message:
    """Every form of a command with what it does."""
    listed = "\n".join(f"`{' '.join((command, form)).strip()}` – {does}" for form, does in lines)
    who = "WHO is an e-mail address, a name, an @mention or a Help Scout id."
    tail = [context(who)] if any("WHO" in form for form, _ in lines) else []
    return Message(f"How to use {command}", (section(f"*{command}*\n{listed}"), *tail))


def note(message: Message, title: str = "hs-bot") -> View:
    """The message as a small modal, where there is no other private place."""
    blocks: Sequence[Block] = message.blocks or (section(message.text),)
    return modal(title, blocks)
