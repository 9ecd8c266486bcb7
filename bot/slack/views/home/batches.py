"""A batch on the Home, with what can be done about it here; the rest is on its card."""

from slack_sdk.models.blocks import Block

from bot.policy.requests.seen import mark_of_many
from bot.slack.views.home.page import BATCH_DETAILS
from bot.slack.views.kit import (
    actions,
    button,
    section,
    shortened,
)
from bot.slack.views.many.batch_card import APPROVE as APPROVE_MANY
from bot.slack.views.many.batch_card import DENY as DENY_MANY
from bot.slack.views.many.batch_card import ShownBatch as Batch
from bot.slack.views.many.batch_card import before_approving as before_approving_many
from bot.slack.views.many.batch_card import one_line as batch_line
from bot.slack.views.many.batch_words import title
from bot.slack.views.text import safe


def batch_rows(shown: Batch, place: str, *, decides: bool = False) -> list[Block]:
    id, about = shown.batch.id, title(shown.batch, shown.tally.most)
    details = button("Details", f"{BATCH_DETAILS}:{place}", id, label=f"Details: {about}")
    reason = f"\n>{safe(shown.batch.reason, 600)}" if shown.batch.reason else ""
    line = section(shortened(f"{batch_line(shown.batch, shown.tally)}{reason}", 2900))
    if not decides:
        return [line, actions(details, block_id=f"batch {place}")]
    return [
        line,
        actions(
            button("Approve", f"{APPROVE_MANY}:{place}", id, style="primary", confirm=before_approving_many(shown)),
            button("Deny", f"{DENY_MANY}:{place}", id, style="danger", label=f"Deny: {about}"),
            details,
            block_id=f"batch {place}:{mark_of_many(shown.batch.members, shown.requests)}",
        ),
    ]
