"""The form that gives a scheduled request another time."""

from datetime import datetime

from slack_sdk.models.blocks import DateTimePickerElement, InputBlock
from slack_sdk.models.views import View

from bot.slack.views.kit import modal, section
from bot.slack.views.text import counted, safe

CALLBACK = "move"
WHEN_BLOCK = "run_at"
"""Named like the argument at fault (`Outcome.field`), so that a sentence finds its field."""


def form(about: str, run_at: datetime | None, quorum: int, *, private_metadata: str) -> View:
    """`about` is the request's title, in plain words; `run_at` its time as it stands."""
    again = f" It then needs {counted(quorum, 'approval')} again: the time is part of what is approved."
    blocks = [
        section(f"*{safe(about, 300)}* gets another time.{again if quorum else ''}"),
        InputBlock(
            block_id=WHEN_BLOCK,
            label="When",
            hint="Empty: as soon as it is approved." if quorum else "Empty: at once.",
            optional=True,
            element=DateTimePickerElement(
                action_id="run_at", initial_date_time=int(run_at.timestamp()) if run_at else None
            ),
        ),
    ]
    return modal(
        "Move this request",
        blocks,
        callback_id=CALLBACK,
        submit="Move",
        close="Back",
        private_metadata=private_metadata,
    )
