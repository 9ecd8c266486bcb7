"""The form that strikes people out of a batch."""

from collections.abc import Sequence

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, StaticMultiSelectElement
from slack_sdk.models.views import View

from bot.model.request import Request
from bot.slack.views.kit import modal, option, section
from bot.slack.views.text import safe

CALLBACK = "leave_out"
WHO_BLOCK, REASON_BLOCK = "who", "reason"
MOST_OPTIONS = 100


def form(about: str, requests: Sequence[Request], *, private_metadata: str) -> View:
    """`requests` are those that have not begun, of a batch called `about` (plain words)."""
    options = [
        option(f"{one.target_name} · {one.target_email}" if one.target_email else one.target_name, one.id)
        for one in requests[:MOST_OPTIONS]
    ]
    blocks = [
        section(f"*{safe(about, 300)}*: nothing will be done to whom you choose. The rest goes on."),
        InputBlock(
            block_id=WHO_BLOCK, label="Leave out", element=StaticMultiSelectElement(action_id="who", options=options)
        ),
        InputBlock(
            block_id=REASON_BLOCK,
            label="Reason",
            hint="It's kept on record.",
            optional=True,
            element=PlainTextInputElement(action_id="reason", multiline=True, max_length=1000),
        ),
    ]
    return modal(
        "Leave people out",
        blocks,
        callback_id=CALLBACK,
        submit="Leave out",
        close="Back",
        private_metadata=private_metadata,
    )
