"""The form that asks why a request is denied."""

from slack_sdk.models.views import View

from bot.slack.views.forms.inputs import reason_input
from bot.slack.views.kit import modal, section
from bot.slack.views.text import safe

CALLBACK = "deny"


def form(about: str, *, private_metadata: str, callback_id: str = CALLBACK) -> View:
    """`about` is the request's title, in plain words; of a batch's, `callback_id` is its own."""
    blocks = [
        section(f"*{safe(about, 300)}*: one denial ends the request, and nothing is changed."),
        reason_input(hint="The requester sees this, and it's kept on record.", focus=True),
    ]
    return modal(
        "Deny this request",
        blocks,
        callback_id=callback_id,
        submit="Deny",
        close="Back",
        private_metadata=private_metadata,
    )
