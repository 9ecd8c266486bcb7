"""What the reader of the Home asked for, what is scheduled, and what runs."""

from slack_sdk.models.blocks import Block

from bot.model.request import ENDED, State, StepState
from bot.slack.views.home.batches import batch_rows
from bot.slack.views.home.page import DETAILS, SHOWN, HomePage, ShownRequest
from bot.slack.views.kit import (
    actions,
    button,
    confirmation,
    context,
    divider,
    header,
    section,
    shortened,
)
from bot.slack.views.requests.request_card import CANCEL, bar
from bot.slack.views.requests.request_card import one_line as in_a_line
from bot.slack.views.text import counted, safe, told


def mine(page: HomePage) -> list[Block]:
    if page.mine is None:
        return []
    blocks: list[Block] = [divider(), header("Your requests")]
    for position, batch in enumerate(page.own_batches[:SHOWN]):
        blocks += batch_rows(batch, f"mine{position}")
    for position, shown in enumerate(page.mine[:SHOWN]):
        blocks.append(_request(shown, f"{DETAILS}:mine{position}"))
        if shown.request.state in (State.PENDING, State.APPROVED):
            blocks.append(_cancel(shown, position))
    if not page.mine and not page.own_batches:
        blocks.append(section("You haven't requested anything yet."))
    return blocks


def _cancel(shown: ShownRequest, position: int) -> Block:
    title = shown.words.title
    sure = confirmation("Cancel this request?", f"{title}: nothing will be done.", "Cancel it", "Keep it")
    return actions(
        button("Cancel", f"{CANCEL}:{position}", shown.request.id, confirm=sure, label=f"Cancel: {title}"),
        block_id=f"mine{position}",
    )


def scheduled(page: HomePage) -> list[Block]:
    """Approved, and to begin at a time that was chosen, or when the hourly limit allows."""
    if not page.scheduled:
        return []
    lines = [_request(shown, f"{DETAILS}:scheduled{position}") for position, shown in enumerate(page.scheduled)]
    more = [context(f"and {counted(page.scheduled_more, 'other')}: `/hs-offboard list`")]
    return [divider(), header("Scheduled"), *lines, *(more if page.scheduled_more > 0 else [])]


def running(page: HomePage) -> list[Block]:
    if not page.running:
        return []
    lines = [_request(shown, f"{DETAILS}:running{position}") for position, shown in enumerate(page.running[:SHOWN])]
    more = len(page.running) - SHOWN
    return [
        divider(),
        header("At work"),
        *lines,
        *([context(f"and {counted(more, 'other')}: `/hs-offboard list`")] if more > 0 else []),
    ]


def _request(shown: ShownRequest, action: str) -> Block:
    request = shown.request
    words = in_a_line(request, shown.words)
    if request.state in ENDED and request.outcome:
        words += f"\n{told(request.outcome, 300)}"
    step = next((step for step in shown.steps if step.state is StepState.RUNNING), None)
    if step is not None and request.state is State.RUNNING:
        words += f"\n{safe(step.name, 60)}{f' {bar(step.done, step.total)}' if step.total > 0 else ' …'}"
    details = button("Details", action, request.id, label=f"Details: {shown.words.title}")
    return section(shortened(words, 2900), accessory=details)
