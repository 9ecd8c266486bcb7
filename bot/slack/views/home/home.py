"""The App Home: what waits for its reader, what they asked for, what runs, what changed, how many seats there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from slack_sdk.models.blocks import Block, InteractiveElement
from slack_sdk.models.views import View

from bot.model.request import ENDED, Request, State, Step, StepState
from bot.slack.views.kit import (
    VIEW_BLOCKS,
    actions,
    button,
    confirmation,
    context,
    divider,
    fields,
    header,
    section,
    shortened,
)
from bot.slack.views.letters import CONFIRMING, GUARD
from bot.slack.views.lists import change_line
from bot.slack.views.many.batch_card import APPROVE as APPROVE_MANY
from bot.slack.views.many.batch_card import DENY as DENY_MANY
from bot.slack.views.many.batch_card import Shown as Batch
from bot.slack.views.many.batch_card import before_approving as before_approving_many
from bot.slack.views.many.batch_card import one_line as batch_line
from bot.slack.views.many.batch_card import title
from bot.slack.views.person import OFFBOARD as OPEN_FORM
from bot.slack.views.request_card import APPROVE, CANCEL, DENY, RETRY, bar, before_approving
from bot.slack.views.request_card import one_line as in_a_line
from bot.slack.views.search_box import search_box
from bot.slack.views.shapes import CardWords, Entry
from bot.slack.views.spark import sparkline
from bot.slack.views.text import at, counted, day, money, safe, told

OFFBOARD, SEAT, PICTURE, DETAILS = "home.offboard", "home.seat", "home.picture", "home.details"
ORPHANS = "home.orphans"
BATCH_DETAILS = "batch.status"
"""Buttons. The value of Details is a request's id."""

AS_OF = "as_of"
"""block_id of the line that says how old this is."""
SHOWN = 8  # requests of one part
CHANGES = 8
_LINE = 340  # signs of one change


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A request as the Home shows it."""

    request: Request
    words: CardWords
    steps: Sequence[Step] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Somebody whose seat should have ended. `day` in words."""

    user_id: int
    name: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one person's Home shows. A part that is None does not concern them, an empty one says that it is empty.

    `held` is the removal guard's open question: (id of the sync, how many people). `orphans` None: not counted yet.
    `note` says how old this is, or what is out of reach. `synced` is the last sync that began, in words, and
    `sync_trouble` why the last one failed; both are safe markup. `greeting` is for whom it is new.
    """

    seats: int
    history: Sequence[tuple[datetime, int]] = ()
    changes: Sequence[Entry] = ()
    may_ask: bool = False
    approver: bool = False
    decide: Sequence[Shown] | None = None
    decide_more: int = 0
    batches: Sequence[Batch] = ()  # of which they can decide on somebody
    own_batches: Sequence[Batch] = ()
    stuck: Sequence[Shown] = ()
    held: tuple[int, int] | None = None
    overdue: Sequence[Overdue] = ()  # for approvers
    mine: Sequence[Shown] | None = None
    running: Sequence[Shown] = ()
    scheduled: Sequence[Shown] = ()
    scheduled_more: int = 0
    orphans: int | None = None
    cost: tuple[Decimal, str] | None = None
    note: str = ""
    synced: str = ""
    sync_trouble: str = ""
    greeting: Sequence[Block] = ()


def home(page: Page) -> View:
    """Everything that concerns the reader, what waits for them first."""
    blocks: list[Block] = [
        *_top(page),
        *_decide(page),
        *_scheduled(page),
        *_mine(page),
        *_running(page),
        *_changes(page),
        *_seats(page),
    ]
    return View(type="home", blocks=blocks[:VIEW_BLOCKS])


def turned_away(sentence: str) -> View:
    """For whom hs-bot does not work: one polite line."""
    return View(type="home", blocks=[section(f":wave: {safe(sentence, 500)}")])


def _top(page: Page) -> list[Block]:
    buttons: list[InteractiveElement] = []
    if page.may_ask:
        buttons += [
            button("Offboard…", OFFBOARD, label="Offboard somebody from Help Scout"),
            button("New seat…", SEAT, label="New seat in Help Scout for somebody"),
        ]
    hint = "`/hs-user help` lists everything you can do."
    return [
        header("Help Scout people"),
        *page.greeting,
        *([] if page.greeting else [context(hint)]),
        search_box(),
        *([actions(*buttons, block_id="ask")] if buttons else []),
        *([section(page.sync_trouble)] if page.sync_trouble else []),
        *([context(safe(page.note, 600))] if page.note.strip() else []),
        *([_as_of(page.synced)] if page.synced else []),
    ]


def _as_of(synced: str) -> Block:
    """Small, and no reason to publish a Home anew: each sync changes it."""
    line = context(f"Last sync: {synced}")
    line.block_id = AS_OF
    return line


# What waits


def _decide(page: Page) -> list[Block]:
    if page.decide is None:
        return []
    blocks: list[Block] = [header("Waiting for you")]
    if page.held is not None:
        blocks += _held(*page.held)
    blocks += _overdue(page.overdue)
    for position, batch in enumerate(page.batches[:SHOWN]):
        blocks += _batch(batch, f"decide{position}", decides=True)
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


def _asked(shown: Shown) -> list[Block]:
    request = shown.request
    reason = f"\n>{safe(request.reason, 600)}" if request.reason else ""
    facts = " · ".join(f"{label}: {safe(value, 120)}" for label, value in shown.words.facts[:6] if value)
    expires = f"expires {at(request.expires_at)}"
    line = shortened(f"{in_a_line(request, shown.words)}{reason}", 2900)
    return [section(line), context(shortened(f"{facts} · {expires}" if facts else expires, 1900))]


def _decide_buttons(shown: Shown, position: int) -> Block:
    id, words = shown.request.id, shown.words
    sure = before_approving(shown.request, words)
    return actions(
        button("Approve", f"{APPROVE}:{position}", id, style="primary", confirm=sure, label=f"Approve: {words.title}"),
        button("Deny", f"{DENY}:{position}", id, style="danger", label=f"Deny: {words.title}"),
        button("Details", f"{DETAILS}:decide{position}", id, label=f"Details: {words.title}"),
        block_id=f"decide{position}",
    )


def _batch(shown: Batch, place: str, *, decides: bool = False) -> list[Block]:
    """A batch with what can be done about it here; the rest is on its card."""
    id, about = shown.batch.id, title(shown.batch)
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
            block_id=f"batch {place}",
        ),
    ]


def _stuck_buttons(shown: Shown, position: int) -> Block:
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


# What was asked for, and what runs


def _mine(page: Page) -> list[Block]:
    if page.mine is None:
        return []
    blocks: list[Block] = [divider(), header("Your requests")]
    for position, batch in enumerate(page.own_batches[:SHOWN]):
        blocks += _batch(batch, f"mine{position}")
    for position, shown in enumerate(page.mine[:SHOWN]):
        blocks.append(_request(shown, f"{DETAILS}:mine{position}"))
        if shown.request.state in (State.PENDING, State.APPROVED):
            blocks.append(_cancel(shown, position))
    if not page.mine and not page.own_batches:
        blocks.append(section("You haven't requested anything yet."))
    return blocks


def _cancel(shown: Shown, position: int) -> Block:
    title = shown.words.title
    sure = confirmation("Cancel this request?", f"{title}: nothing will be done.", "Cancel it", "Keep it")
    return actions(
        button("Cancel", f"{CANCEL}:{position}", shown.request.id, confirm=sure, label=f"Cancel: {title}"),
        block_id=f"mine{position}",
    )


def _scheduled(page: Page) -> list[Block]:
    """Approved, and to begin at a time that was chosen, or when the hourly limit allows."""
    if not page.scheduled:
        return []
    lines = [_request(shown, f"{DETAILS}:scheduled{position}") for position, shown in enumerate(page.scheduled)]
    more = [context(f"and {counted(page.scheduled_more, 'other')}: `/hs-offboard list`")]
    return [divider(), header("Scheduled"), *lines, *(more if page.scheduled_more > 0 else [])]


def _running(page: Page) -> list[Block]:
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


def _request(shown: Shown, action: str) -> Block:
    request = shown.request
    words = in_a_line(request, shown.words)
    if request.state in ENDED and request.outcome:
        words += f"\n{told(request.outcome, 300)}"
    step = next((step for step in shown.steps if step.state is StepState.RUNNING), None)
    if step is not None and request.state is State.RUNNING:
        words += f"\n{safe(step.name, 60)}{f' {bar(step.done, step.total)}' if step.total > 0 else ' …'}"
    details = button("Details", action, request.id, label=f"Details: {shown.words.title}")
    return section(shortened(words, 2900), accessory=details)


# Everybody's


def _changes(page: Page) -> list[Block]:
    blocks: list[Block] = [divider(), header("Recent changes")]
    lines = [f"• *{safe(one.name, 120)}* {shortened(change_line(one.change), _LINE)}" for one in page.changes[:CHANGES]]
    blocks.append(section("\n".join(lines) or "Nothing has changed in the last 30 days."))
    if lines:
        blocks.append(context("`/hs-user changes 30d` has all of them."))
    return blocks


def _seats(page: Page) -> list[Block]:
    facts = [("Seats now", f"*{page.seats:,}*"), *([("Over time", _over_time(page))] if len(page.history) > 1 else [])]
    if page.approver:
        facts.append(("Without a Slack account", _orphans(page)))
    buttons: list[InteractiveElement] = []
    if page.history:
        buttons.append(button("Picture", PICTURE, label="Seats over time as a picture, to your direct messages"))
    if page.approver:
        buttons.append(button("See who has no Slack account", ORPHANS))
    return [divider(), header("Seats"), *fields(facts), *([actions(*buttons, block_id="seats")] if buttons else [])]


def _over_time(page: Page) -> str:
    kept = page.history[-30:]
    (first, before), (last, now) = kept[0], kept[-1]
    return f"{sparkline([number for _, number in kept])}\n{before:,} on {day(first)}, {now:,} on {day(last)}"


def _orphans(page: Page) -> str:
    if page.orphans is None:
        return "being counted …"
    if not page.orphans:
        return "nobody"
    cost = f" · {money(page.cost[0] * page.orphans, page.cost[1])} a month" if page.cost else ""
    return f"{counted(page.orphans, 'person', 'people')}{cost}"
