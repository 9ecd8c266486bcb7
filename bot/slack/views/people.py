"""Several people to choose from, and nobody at all: near misses, and those who have left."""

from collections.abc import Callable, Sequence

from slack_sdk.models.blocks import Block

from bot.model.user import UserRecord
from bot.slack.views.kit import Message, button, context, divider, section
from bot.slack.views.person import SHOW, one_line
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


def several(asked: str, rows: Sequence[UserRecord], total: int, gone: Sequence[UserRecord], note: str = "") -> Message:
    """More than one person fits what was typed."""
    heading = f"{counted(total, 'person', 'people')} fit *{safe(asked, 200)}*: who is it?"
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
    """Nobody who is there fits: who may have been meant, and who of that name has left."""
    heading = f"Nobody in Help Scout fits *{safe(asked, 200)}*."
    blocks: list[Block] = []
    if near:
        blocks += choices(near, heading=f"{heading} Did you mean one of these?")
    else:
        blocks.append(section(heading))
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
    rows = choices(gone[:5], heading="*Have left Help Scout*", action=f"{SHOW}:gone")
    more = [context(f"and {counted(len(gone) - 5, 'other')} who left")] if len(gone) > 5 else []
    return [divider(), *rows, *more]


def _more(left: int) -> list[Block]:
    if left <= 0:
        return []
    return [context(f"and {counted(left, 'other')}: add more of the name, or `/hs-user search TEXT`.")]
