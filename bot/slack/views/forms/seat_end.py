"""The form that sets the day on which somebody's seat ends."""

from datetime import date

from slack_sdk.models.blocks import DatePickerElement, InputBlock
from slack_sdk.models.views import View

from bot.slack.views.kit import modal, section
from bot.slack.views.text import safe

CALLBACK = "seat_end"
UNTIL_BLOCK = "until"


def until_input(day: date | None, *, optional: bool) -> InputBlock:
    """The field `Until`."""
    return InputBlock(
        block_id=UNTIL_BLOCK,
        label="Until",
        hint="The last day. A request is opened before; nothing is removed without its approval.",
        optional=optional,
        element=DatePickerElement(action_id=UNTIL_BLOCK, initial_date=day.isoformat() if day else None),
    )


def form(name: str, day: date | None, *, private_metadata: str) -> View:
    """`name` in plain words; `day` as it is set now."""
    words = "gets another end" if day else "gets an end"
    return modal(
        "End of a seat",
        [
            section(f"*{safe(name, 200)}*'s seat {words}: at the end of that day where you are."),
            until_input(day, optional=False),
        ],
        callback_id=CALLBACK,
        submit="Set the end",
        close="Back",
        private_metadata=private_metadata,
    )
