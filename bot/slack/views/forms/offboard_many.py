"""The form that asks for the offboarding of several people, and what was wrong with lines of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.blocks.block_elements import FileInputElement
from slack_sdk.models.views import View

from bot.model.batch import MOST, LeftOut
from bot.model.user import User
from bot.slack.views.forms.inputs import assignee_input, reason_input, when_input
from bot.slack.views.kit import context, modal, section
from bot.slack.views.text import code, counted, safe
from bot.slack.views.words import NOTHING_YET

CALLBACK = "offboard_many"
TITLE = "Offboard several people"
PEOPLE_BLOCK, FILE_BLOCK = "people", "file"
LONGEST_TEXT = 3000  # Slack's own limit
_HOW = (
    f"One person a line, up to {MOST}: an e-mail address, name, @mention or Help Scout id. Or paste CSV with a header."
)
_LINES = 9  # wrong lines in one section


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the form holds. `wrong` are lines that are not among `people` any longer; `turn` counts its showings.

    `trouble` (safe markup) stands above the fields.
    """

    people: str = ""
    reason: str = ""
    assignee: User | None = None
    run_at: datetime | None = None
    wrong: Sequence[LeftOut] = ()
    trouble: str = ""
    turn: int = 0


def form(filled: Filled, *, private_metadata: str = "") -> View:
    """The modal. Labels are the contract's."""
    blocks: list[Block] = [
        *([section(filled.trouble)] if filled.trouble else []),
        *wrong_lines(filled.wrong, rest=len(filled.people.splitlines())),
        InputBlock(
            block_id=PEOPLE_BLOCK,
            label="People",
            hint=_HOW,
            optional=True,
            element=PlainTextInputElement(
                # Another field at each showing, or Slack would keep what was typed before.
                action_id=f"people:{filled.turn}",
                multiline=True,
                max_length=LONGEST_TEXT,
                initial_value=filled.people[:LONGEST_TEXT] or None,
            ),
        ),
        InputBlock(
            block_id=FILE_BLOCK,
            label="Or a file",
            hint="A CSV or text file with the same lines, for a list that doesn't fit above.",
            optional=True,
            element=FileInputElement(action_id=f"file:{filled.turn}", filetypes=["csv", "txt", "text"], max_files=1),
        ),
        reason_input(filled.reason),
        assignee_input(filled.assignee),
        when_input(filled.run_at),
        context(NOTHING_YET),
    ]
    return modal(
        TITLE,
        blocks,
        callback_id=CALLBACK,
        submit="Ask for approval",
        close="Cancel",
        private_metadata=private_metadata,
    )


def wrong_lines(wrong: Sequence[LeftOut], *, rest: int) -> Iterator[Block]:
    """Each with its number and why, and what can be done about it."""
    if not wrong:
        return
    lines = counted(len(wrong), "line")
    yield section(f":warning: *{lines} can't be used.* Nothing has been asked for yet.")
    told = list(lines_of(wrong))
    for start in range(0, len(told), _LINES):
        yield section("\n".join(told[start : start + _LINES]))
    if rest:
        yield context(
            f"The other {counted(rest, 'line is', 'lines are')} below. Submit to go on without the rest, or add them "
            "again in another way."
        )
    else:
        yield context("Add them again in another way.")


def lines_of(wrong: Iterable[LeftOut]) -> Iterator[str]:
    for one in wrong:
        where = f"Line {one.number}" if one.number else "–"
        yield f"• {where} · {code(one.text[:40])}: {safe(one.why, 200)}"
