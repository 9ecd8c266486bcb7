"""Who should have a seat and who has one: the list by kind, the weekly digest, the signal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from slack_sdk.models.blocks import Block, InteractiveElement

from bot.policy.people.finding import Finding, Kind
from bot.policy.typed.listed import in_a_row
from bot.slack.views.kit import Message, actions, button, context, section
from bot.slack.views.many.left_as_is import LEFT
from bot.slack.views.text import counted, money, safe

PAGE = 8
MORE = "reconcile.page"
OFFBOARD = "reconcile.offboard"
OFFBOARD_ALL = "offboard.all"
SEAT = "reconcile.seat"
CHANGE = "reconcile.change"
LEAVE = "reconcile.leave"
ACCEPT = "reconcile.accept"
DORMANT, BY_GROUP = "seats.dormant", "seats.by_group"
"""Buttons that lead to lists of seats beside the findings."""

Cost = tuple[Decimal, str]

TITLES = {
    Kind.ORPHAN: "Seats of people who are gone",
    Kind.MISSING: "People without the seat they should have",
    Kind.DIFFERENT: "Seats that differ from the source",
    Kind.UNKNOWN: "Seats of people whom no source knows",
}
SHORT = {Kind.ORPHAN: "Gone", Kind.MISSING: "No seat", Kind.DIFFERENT: "Different", Kind.UNKNOWN: "Unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """A source whose reading was discarded: `sentence`; `confirmable`: an approver may say that it is right."""

    source: str
    sentence: str
    confirmable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """What stands around a page. Cursors are "" where there is nothing to turn to; `kinds` are other kinds' pages.

    `before`: key of a finding that was left as it is and is back → who left it, when and why, as safe markup.
    """

    offset: int = 0
    newer: str = ""
    older: str = ""
    left: int = 0
    left_cursor: str = ""
    dormant_cursor: str = ""
    by_group: bool = False
    before: Mapping[str, str] = field(default_factory=dict)
    kinds: Sequence[tuple[Kind, int, str]] = ()


def listed(
    findings: Sequence[Finding],
    place: Paging,
    *,
    heading: str,
    underway: frozenset[int] = frozenset(),
    doubted: Sequence[Doubted] = (),
    hints: Sequence[str] = (),
    dormant: Mapping[int, str] = MappingProxyType({}),
    marked: bool = False,
    offboard: bool = True,
) -> Message:
    """One page, each with what one would do next. `underway`: ids with an open request. `marked`: say unknown.

    `dormant`: REST id → since when the seat looks unused, as safe markup.
    """
    blocks: list[Block] = [section(heading)]
    for number, one in enumerate(doubted[:6]):
        blocks.append(section(f":warning: {safe(one.sentence, 600)}"))
        if one.confirmable:
            blocks.append(actions(button("Use this list", f"{ACCEPT}:{number}", one.source)))
    shown = findings[place.offset : place.offset + PAGE]
    for number, finding in enumerate(shown):
        said = place.before.get(finding.key, "")
        blocks += _row(finding, number, underway, dormant, before=said, marked=marked, offboard=offboard)
    if shown:
        blocks.append(context(f"{place.offset + 1}–{place.offset + len(shown)} of {len(findings)}"))
    blocks += [context(shown_hint) for hint in hints[:2] if (shown_hint := safe(hint, 600))]
    if place.left:
        said = counted(place.left, "finding is", "findings are")
        blocks.append(context(f"{said} left as {'it is' if place.left == 1 else 'they are'}."))
        blocks.append(
            actions(button("Show them", f"{LEFT}:all", place.left_cursor, label="Show them: what was left as it is"))
        )
    turns = [button(w, f"{MORE}:{w.lower()}", c) for w, c in (("Back", place.newer), ("More", place.older)) if c]
    turns += [
        button(f"{SHORT[kind]} ({count})", f"{MORE}:kind-{kind.value}", cursor) for kind, count, cursor in place.kinds
    ]
    if place.dormant_cursor:
        turns.append(button("Dormant seats", DORMANT, place.dormant_cursor))
    if place.by_group:
        turns.append(button("Seats by group", BY_GROUP))
    if offboard and sum(one.kind is Kind.ORPHAN and one.id not in underway for one in findings) > 1:
        turns.append(button("Offboard all…", OFFBOARD_ALL, label="Offboard all who are gone: opens the form"))
    return Message(heading, (*blocks, *([actions(*turns)] if turns else [])))


def _row(
    finding: Finding,
    number: int,
    underway: frozenset[int],
    dormant: Mapping[int, str],
    *,
    before: str,
    marked: bool,
    offboard: bool,
) -> list[Block]:
    user = finding.user
    known = (safe(finding.email, 150), safe(user.role, 40) if user is not None else "")
    who = " · ".join((f"*{safe(finding.name, 150)}*", *(part for part in known if part)))
    mark = " · _unknown_" if marked and finding.kind is Kind.UNKNOWN else ""
    says = " · ".join(f"{safe(name, 20)}: {safe(said, 80)}" for name, said in finding.sources.items())
    lines = [f"{who}{mark}", safe(finding.detail, 400)]
    if len(finding.sources) > 1:
        lines.append(says)
    if finding.id is not None and finding.id in dormant:
        lines.append(f"Looks dormant: {dormant[finding.id]}")
    if before:
        lines.append(before)
    if finding.id in underway:
        lines.append("_A request about them is open._")
    key, name = finding.key, finding.name
    buttons: list[InteractiveElement] = []
    if finding.kind in (Kind.ORPHAN, Kind.UNKNOWN) and offboard and finding.id not in underway:
        buttons.append(button("Offboard", f"{OFFBOARD}:{number}", key, label=f"Offboard {name}"))
    if finding.kind is Kind.MISSING:
        buttons.append(button("Give a seat", f"{SEAT}:{number}", key, label=f"Give a seat to {name}"))
    if finding.kind is Kind.DIFFERENT and finding.asks and finding.id not in underway:
        buttons.append(button("Change", f"{CHANGE}:{number}", key, label=f"Change {name}"))
    buttons.append(button("Leave as it is", f"{LEAVE}:{number}", key, label=f"Leave as it is: {name}"))
    return [section("\n".join(lines)), actions(*buttons)]


def orphans_heading(findings: Sequence[Finding], titles: Sequence[str], cost: Cost | None) -> str:
    """What `/hs-audit orphans` and the weekly digest begin with."""
    names = [safe(title, 60) for title in titles] or ["the sources"]
    if not findings:
        if list(titles) == ["Slack"]:
            return "*No orphans:* everyone with a Help Scout seat is a full member of this workspace."
        return f"*No orphans:* everyone with a Help Scout seat works here, according to {in_a_row(names)}."
    have = counted(len(findings), "person has", "people have")
    if list(titles) == ["Slack"]:
        words = f"*{have} a Help Scout seat but no active Slack account*"
    else:
        are = "is" if len(findings) == 1 else "are"
        words = f"*{have} a Help Scout seat but {are} gone or unknown according to {in_a_row(names, 'or')}*"
    return words + _money(len(findings), cost)


def heading(findings: Sequence[Finding], kind: Kind | None, titles: Sequence[str], cost: Cost | None) -> str:
    """What a page of `/hs-audit reconcile` begins with."""
    by = ", ".join(safe(title, 60) for title in titles) or "no source"
    if kind is None:
        return f"*Nothing to do:* Help Scout agrees with {by}."
    if not findings:
        return f"*{TITLES[kind]}:* none. Compared with {by}."
    cost = cost if kind in (Kind.ORPHAN, Kind.UNKNOWN) else None
    return f"*{TITLES[kind]}: {len(findings):,}*{_money(len(findings), cost)}\nCompared with {by}."


def _money(count: int, cost: Cost | None) -> str:
    return f" · {money(cost[0] * count, cost[1])} a month" if cost is not None and count else ""


def digest(
    findings: Sequence[Finding],
    counts: Sequence[tuple[Kind, int]],
    titles: Sequence[str],
    *,
    cost: Cost | None = None,
    doubted: Sequence[Doubted] = (),
    overdue: Sequence[str] = (),
    groups: str = "",
) -> Message:
    """For the channel, weekly: counts, no list of everybody. `findings` are the orphans and the unknown.

    `overdue` are names of those whose seat should have ended by now, `groups` what groups cost (safe markup).
    """
    words = orphans_heading(findings, titles, cost) if titles else "*No source could be compared this week.*"
    reasons: dict[str, int] = {}
    for one in findings:
        why = (
            "; ".join(f"{said} in {name}" for name, said in one.sources.items())
            if one.kind is Kind.ORPHAN
            else "unknown"
        )
        reasons[why] = reasons.get(why, 0) + 1
    most = sorted(reasons.items(), key=lambda pair: -pair[1])[:10]
    lines = [f"• {counted(number, 'person', 'people')}: {safe(why, 200)}" for why, number in most]
    lines += [
        f"• {TITLES[kind].lower()}: {count}"
        for kind, count in counts
        if kind in (Kind.MISSING, Kind.DIFFERENT) and count
    ]
    lines += [groups] if groups else []
    doubts = [section(f":warning: {safe(one.sentence, 600)}") for one in doubted[:6]]
    body = "\n".join((words, *lines))
    hint = context("`/hs-audit orphans` and `/hs-audit reconcile` list them.")
    return Message(words, (section(body), *_past(overdue), *doubts, hint))


def _past(overdue: Sequence[str]) -> list[Block]:
    if not overdue:
        return []
    more = f" and {counted(len(overdue) - 10, 'other')}" if len(overdue) > 10 else ""
    seats = counted(len(overdue), "seat is", "seats are")
    return [section(f"*{seats} past their end:* {safe(', '.join(overdue[:10]), 1500)}{more}")]


def signal(finding: Finding, *, offboard: bool = True) -> Message:
    """For the channel, at once: somebody has a seat, and Slack has just said that they are gone."""
    said = finding.sources.get("slack", "gone")
    words = f"*{safe(finding.name, 150)}* still has a Help Scout seat, and is {safe(said, 60)} in Slack now."
    others = "; ".join(
        f"{safe(name, 20)}: {safe(state, 80)}" for name, state in finding.sources.items() if name != "slack"
    )
    key = finding.key
    buttons: list[InteractiveElement] = [
        button("Leave as it is", f"{LEAVE}:0", key, label=f"Leave as it is: {finding.name}")
    ]
    if offboard:
        buttons.insert(0, button("Offboard", f"{OFFBOARD}:0", key, label=f"Offboard {finding.name}"))
    return Message(words, (section(words), *([context(others)] if others else []), actions(*buttons)))
