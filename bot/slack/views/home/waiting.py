"""What waits for the reader of the Home: the removal guard, seats past their end, batches, requests."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.policy.requests.seen import mark
from bot.slack.views.home.batches import batch_rows
from bot.slack.views.home.page import (
    DETAILS,
    SHOWN,
    HomePage,
    Overdue,
    ShownRequest,
)
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
from bot.slack.views.people.person import OFFBOARD as OPEN_FORM
from bot.slack.views.requests.messages import CONFIRMING, GUARD
from bot.slack.views.requests.request_card import APPROVE, DENY, RETRY, before_approving
from bot.slack.views.requests.request_card import one_line as in_a_line
from bot.slack.views.text import at, counted, safe


def waiting(page: HomePage) -> list[Block]:
    if page.decide is None:
        return []
    blocks: list[Block] = [header("Waiting for you")]
    if page.held is not None:
        blocks += _held(*page.held)
    blocks += _overdue(page.overdue)
    for position, batch in enumerate(page.batches[:SHOWN]):
        blocks += batch_rows(batch, f"decide{position}", decides=True)
    for position, shown in enumerate(page.stuck[:SHOWN]):
        blocks += [section(in_a_line(shown.request, shown.words)), _stuck_buttons(shown, position)]
    for position, shown in enumerate(page.decide[:SHOWN]):
        blocks += [*_asked(shown), _decide_buttons(shown, position)]
    if page.decide_more > 0:
        blocks.append(context(f"and {counted(page.decide_more, 'other')}: `/hs-offboard list`"))
    if len(blocks) == 1:
        blocks.append(section("Nothing is waiting for your decision."))
    return [divider(), *blocks]


def _overdue(ends: Sequence[Overdue]) -> list[Block]:
    """Seats whose day has passed, with the way to ask for their removal."""
    blocks: list[Block] = []
    for position, one in enumerate(ends[:SHOWN]):
        offboard = button("Offboard…", f"{OPEN_FORM}:overdue{position}", str(one.user_id), label=f"Offboard {one.name}")
        words = f":calendar: *{safe(one.name, 150)}*'s seat should have ended on {safe(one.day, 40)}."
        blocks.append(section(words, accessory=offboard))
    if len(ends) > SHOWN:
        blocks.append(context(f"and {counted(len(ends) - SHOWN, 'other seat')} past their end"))
    return blocks


def _asked(shown: ShownRequest) -> list[Block]:
    request = shown.request
    reason = f"\n>{safe(request.reason, 600)}" if request.reason else ""
    facts = " · ".join(f"{label}: {safe(value, 120)}" for label, value in shown.words.facts[:6] if value)
    expires = f"expires {at(request.expires_at)}"
    line = shortened(f"{in_a_line(request, shown.words)}{reason}", 2900)
    return [section(line), context(shortened(f"{facts} · {expires}" if facts else expires, 1900))]


def _decide_buttons(shown: ShownRequest, position: int) -> Block:
    id, words = shown.request.id, shown.words
    sure = before_approving(shown.request, words)
    return actions(
        button("Approve", f"{APPROVE}:{position}", id, style="primary", confirm=sure, label=f"Approve: {words.title}"),
        button("Deny", f"{DENY}:{position}", id, style="danger", label=f"Deny: {words.title}"),
        button("Details", f"{DETAILS}:decide{position}", id, label=f"Details: {words.title}"),
        block_id=f"decide{position}:{mark(shown.request)}",
    )


def _stuck_buttons(shown: ShownRequest, position: int) -> Block:
    id, words = shown.request.id, shown.words
    return actions(
        button("Retry", f"{RETRY}:{position}", id, style="primary", label=f"Retry: {words.title}"),
        button("Details", f"{DETAILS}:stuck{position}", id, label=f"Details: {words.title}"),
        block_id=f"stuck{position}",
    )


def _held(sync_id: int, missing: int) -> list[Block]:
    people = counted(missing, "person is", "people are")
    sure = confirmation(
        "Confirm the removals?",
        CONFIRMING.format(people=counted(missing, "person", "people")),
        "Confirm",
        "Not now",
        style="danger",
    )
    return [
        section(
            f":rotating_light: {people} missing from Help Scout. Are they really gone? Their names are in the channel."
        ),
        actions(
            button("Confirm removals", f"{GUARD}:home", str(sync_id), style="danger", confirm=sure), block_id="held"
        ),
    ]
