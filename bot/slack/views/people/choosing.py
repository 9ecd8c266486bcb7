"""Several people to choose from, and nobody at all: near misses, and those who have left."""

from collections.abc import Callable, Sequence

from slack_sdk.models.blocks import Block

from bot.model.user import UserRecord
from bot.slack.views.kit import Message, button, context, divider, section
from bot.slack.views.people.person import SHOW, one_line
from bot.slack.views.text import counted, safe

SHOWN = 10
"""People listed in one message."""


def choices(
    rows: Sequence[UserRecord],
    *,
    heading: str,
    verb: str = "Show",
    action: str = SHOW,
    value: Callable[[UserRecord], str] = lambda row: str(row.id),
) -> list[Block]:
    """One line and one button a person, at most `SHOWN` of them; `heading` is safe markup."""
    lines = [
        section(
            one_line(row),
            accessory=button(verb, f"{action}:{position}", value(row), label=f"{verb} {row.user.name}"),
        )
        for position, row in enumerate(rows[:SHOWN])
    ]
    return [section(heading), *lines]


def matches(total: int, asked: str) -> str:
    """The heading over several people."""
    return f"{counted(total, 'person', 'people')} match *{safe(asked, 200)}*. Which one?"


def closest(asked: str, count: int) -> str:
    """The heading over whom somebody may have meant."""
    if count == 1:
        return f"Closest match for *{safe(asked, 200)}*:"
    return f"Nobody in Help Scout matches *{safe(asked, 200)}*. Did you mean one of these?"


def several(asked: str, rows: Sequence[UserRecord], total: int, gone: Sequence[UserRecord], note: str = "") -> Message:
    """More than one person matches what was typed: `total` of those who are there, and `gone`."""
    heading = matches(total + len(gone), asked)
    return Message(
        heading,
        (
            *choices(rows, heading=heading),
            *_more(total - min(len(rows), SHOWN)),
            *left_too(gone),
            *([context(note)] if note else []),
        ),
    )


def nobody(
    asked: str, near: Sequence[UserRecord], gone: Sequence[UserRecord], *, hint: str = "", note: str = ""
) -> Message:
    """Nobody who is there matches: who may have been meant, and who of that name has left."""
    heading = closest(asked, len(near)) if near else f"Nobody in Help Scout matches *{safe(asked, 200)}*."
    blocks: list[Block] = list(choices(near, heading=heading)) if near else [section(heading)]
    blocks += left_too(gone)
    if hint:
        blocks.append(section(hint))
    if not near and not gone and not hint:
        blocks.append(context("Try part of the name, an e-mail address, or `/hs-user search TEXT`."))
    if note:
        blocks.append(context(note))
    return Message(heading, tuple(blocks))


def left_too(gone: Sequence[UserRecord]) -> list[Block]:
    """Those of the same name who have left, to look at their tombstones."""
    if not gone:
        return []
    rows = choices(gone[:5], heading="*Already left Help Scout*", action=f"{SHOW}:gone")
    more = [context(f"and {counted(len(gone) - 5, 'other')} who left")] if len(gone) > 5 else []
    return [divider(), *rows, *more]


def _more(left: int) -> list[Block]:
    if left <= 0:
        return []
    return [context(f"and {counted(left, 'other')}: add more of the name, or `/hs-user search TEXT`.")]
