"""The App Home: what waits for its reader, what they asked for, what runs, what changed, how many seats there are."""

from slack_sdk.models.blocks import Block, InteractiveElement
from slack_sdk.models.views import View

from bot.slack.views.home.page import AS_OF, CHANGES, NOT_COMPARED, OFFBOARD, ORPHANS, PICTURE, SEAT, HomePage
from bot.slack.views.home.requests import mine, running, scheduled
from bot.slack.views.home.waiting import waiting
from bot.slack.views.kit import (
    VIEW_BLOCKS,
    actions,
    button,
    context,
    divider,
    fields,
    header,
    section,
    shortened,
)
from bot.slack.views.people.lists import change_line
from bot.slack.views.search_box import search_box
from bot.slack.views.spark import sparkline
from bot.slack.views.text import counted, day, money, safe

_LINE = 340  # characters of one change


def home(page: HomePage) -> View:
    """Everything that concerns the reader, what waits for them first."""
    blocks: list[Block] = [
        *_top(page),
        *waiting(page),
        *scheduled(page),
        *mine(page),
        *running(page),
        *_changes(page),
        *_seats(page),
    ]
    return View(type="home", blocks=blocks[:VIEW_BLOCKS])


def turned_away(sentence: str) -> View:
    """For whom hs-bot does not work: one polite line."""
    return View(type="home", blocks=[section(f":wave: {safe(sentence, 500)}")])


def _top(page: HomePage) -> list[Block]:
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


def _changes(page: HomePage) -> list[Block]:
    blocks: list[Block] = [divider(), header("Recent changes")]
    lines = [f"• *{safe(one.name, 120)}* {shortened(change_line(one.change), _LINE)}" for one in page.changes[:CHANGES]]
    blocks.append(section("\n".join(lines) or "Nothing has changed in the last 30 days."))
    if lines:
        blocks.append(context("`/hs-user changes 30d` has all of them."))
    return blocks


def _seats(page: HomePage) -> list[Block]:
    facts = [("Seats now", f"*{page.seats:,}*"), *([("Over time", _over_time(page))] if len(page.history) > 1 else [])]
    if page.approver:
        facts.append(("Without a Slack account", _orphans(page)))
    buttons: list[InteractiveElement] = []
    if page.history:
        buttons.append(button("Picture", PICTURE, label="Seats over time as a picture, to your direct messages"))
    if page.approver:
        buttons.append(button("See who has no Slack account", ORPHANS))
    return [divider(), header("Seats"), *fields(facts), *([actions(*buttons, block_id="seats")] if buttons else [])]


def _over_time(page: HomePage) -> str:
    kept = page.history[-30:]
    (first, before), (last, now) = kept[0], kept[-1]
    return f"{sparkline([number for _, number in kept])}\n{before:,} on {day(first)}, {now:,} on {day(last)}"


def _orphans(page: HomePage) -> str:
    if page.orphans is None:
        return "being counted …"
    if page.orphans == NOT_COMPARED:
        return "not compared: the list says why"
    if not page.orphans:
        return "nobody"
    cost = f" · {money(page.cost[0] * page.orphans, page.cost[1])} a month" if page.cost else ""
    return f"{counted(page.orphans, 'person', 'people')}{cost}"
