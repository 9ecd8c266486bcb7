"""The form that asks why a request is denied."""

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.slack.views.kit import modal, section
from bot.slack.views.text import safe

CALLBACK = "deny"
REASON_BLOCK = "reason"
LONGEST_REASON = 1000


def form(about: str, *, private_metadata: str, callback_id: str = CALLBACK) -> View:
    """`about` is the request's title, in plain words; of a batch's, `callback_id` is its own."""
    reason = PlainTextInputElement(action_id="reason", multiline=True, max_length=LONGEST_REASON, focus_on_load=True)
    blocks = [
        section(f"*{safe(about, 300)}*: one denial ends the request, and nothing is changed."),
        InputBlock(
            block_id=REASON_BLOCK,
            label="Reason",
            hint="The requester sees this, and it's kept on record.",
            element=reason,
        ),
    ]
    return modal(
        "Deny this request",
        blocks,
        callback_id=callback_id,
        submit="Deny",
        close="Back",
        private_metadata=private_metadata,
    )
